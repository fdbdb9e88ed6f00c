# ADC204 at 3:9
def f(x):
    z = y * x
    y = 2.0
    return z
