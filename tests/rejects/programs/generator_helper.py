# ADC111 at 4:9
def powers(x, n):
    for i in range(n):
        yield x**i


def f(x):
    total = 0.0
    for p in powers(x, 3):
        total += p
    return total
