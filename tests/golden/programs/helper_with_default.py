# f(0.7, 1.2)  wrt=(0, 1)
from math import exp


def gauss(x, width=1.0):
    return exp(-(x / width) ** 2)


def f(x, w):
    return gauss(x) + gauss(x, width=w)
