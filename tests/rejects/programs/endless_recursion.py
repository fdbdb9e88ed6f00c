# ADC304 at 2:1
def f(x):
    return f(x - 1.0)
