# ADC113 at 6:9
def f(x):
    total = 0.0

    def add(y):
        nonlocal total
        total = total + y

    add(x * x)
    return total
