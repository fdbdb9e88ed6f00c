# ADC3xx at ?:?
def f(x):
    if x > 0.0:
        return x * x
