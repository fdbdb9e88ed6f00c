# ADC406 at 6:1
# call: np.ones(3), 2
import numpy as np


def halve(v, n):
    if n == 0:
        return v[0] * 1.0
    v[n] *= 0.5
    return halve(v, n - 1) + v[n]


def f(v, n):
    w = v.copy()
    return halve(w, n) + np.sum(w)
