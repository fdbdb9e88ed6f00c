# ADC306 at 4:8
def f(x):
    values = (x, 2 * x, 3 * x)
    if any((last := v) > 0.1 for v in values):
        return last
    return x
