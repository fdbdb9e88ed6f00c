# ADC201 at 3:16
def helper(x):
    return x + missing


def f(x):
    return helper(x) * 2.0
