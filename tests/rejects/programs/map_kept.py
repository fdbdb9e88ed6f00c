# ADC306 at 3:15
def f(x):
    doubled = map(lambda v: v * x, [1.0, 2.0])
    return sum(doubled) + sum(doubled)
