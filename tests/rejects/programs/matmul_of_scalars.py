# ADC3xx at 3:12
def f(x):
    return x @ x
