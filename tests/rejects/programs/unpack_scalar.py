# ADC3xx at 3:5
def f(x):
    a, b = x
    return a + b
