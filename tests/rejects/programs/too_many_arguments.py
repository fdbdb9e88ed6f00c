# ADC302 at 7:12
def helper(x):
    return x * x


def f(x):
    return helper(x, 2.0)
