# ADC3xx at 3:5
def f(x):
    return int(x)
