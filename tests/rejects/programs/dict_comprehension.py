# ADC1xx at 3:13
def f(x, n=3):
    table = {k: x * k for k in range(n)}
    return table[1]
