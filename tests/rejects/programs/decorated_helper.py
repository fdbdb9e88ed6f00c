# ADC2xx at 11:18
import functools


@functools.lru_cache
def helper(x):
    return x * x


def f(x):
    return 2.0 * helper(x)
