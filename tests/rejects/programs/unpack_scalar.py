# ADC306 at 3:5
def f(x):
    a, b = x
    return a + b
