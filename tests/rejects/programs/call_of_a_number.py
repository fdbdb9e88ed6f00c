# ADC313 at 4:12
def f(x):
    y = x * 2
    return y(3.0)
