# ADC304 at 10:1
def even(x, n):
    return odd(x, n - 1)


def odd(x, n):
    return even(x, n - 1)


def f(x):
    return even(x, 4)
