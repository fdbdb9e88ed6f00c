# f(0.7,)
import math


def f(x):
    assert x < 100, "too large"
    if x <= 0:
        raise ValueError("x must be positive")
    return math.log(x)
