# ADC3xx at 3:12
def f(x):
    return f(x - 1.0)
