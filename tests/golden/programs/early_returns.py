# f(0.7, 2.0)
import math


def f(x, limit):
    if x < 0:
        return 0.0
    if x > limit:
        return limit * math.sqrt(x)
    return x * x
