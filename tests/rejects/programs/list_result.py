# ADC3xx at 4:5
def f(x):
    ys = [x, x * x]
    return ys
