# ADC308 at 3:5
def f(x):
    a, b, c = x, x * x
    return a + b + c
