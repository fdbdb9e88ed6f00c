# ADC203 at 17:5
import functools


def doubling(function):
    @functools.wraps(function)
    def inner(*args):
        return 2.0 * function(*args)
    return inner


@doubling
def helper(x):
    return x * x

def f(x):
    return 2.0 * helper(x)
