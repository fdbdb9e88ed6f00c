# ADC119 at 4:8
def f(x):
    y = x * x
    if y is x:
        return x
    return y
