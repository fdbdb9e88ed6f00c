# f(0.7,)
from math import exp, sin


def f(x):
    inner = sin(x) * x
    outer = exp(-inner)
    return outer / (1 + outer)
