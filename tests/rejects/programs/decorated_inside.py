# ADC121 at 6:6
import functools


def f(x):
    @functools.cache
    def square(y):
        return y * y

    return square(x)
