# ADC114 at 5:5
def f(x):
    y = x * x
    z = y + 1.0
    del y
    return z
