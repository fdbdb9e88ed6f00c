# ADC119 at 3:14
def f(x):
    values = {x, 2.0 * x}
    return sum(values)
