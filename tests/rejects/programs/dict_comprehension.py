# ADC307 at 3:32
def f(x, n=3):
    table = {k: x * k for k in range(n)}
    return table[1]
