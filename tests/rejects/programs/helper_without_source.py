# ADC503 at 6:12
helper = eval("lambda q: q * q")


def f(x):
    return helper(x) + 1.0
