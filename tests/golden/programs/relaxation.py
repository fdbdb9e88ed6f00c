# f(0.7, 5)
from math import sin


def f(x, n):
    y = x
    for i in range(n):
        y = y - 0.1 * sin(y)
    return y * x
