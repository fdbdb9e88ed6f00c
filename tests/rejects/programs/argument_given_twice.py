# ADC302 at 7:12
def helper(x, scale=1.0):
    return x * scale


def f(x):
    return helper(x, 2.0, scale=3.0)
