# ADC601 at 6:7
# call: np.array([1, 2, 3])
import numpy as np


def f(v):
    return np.sum(v * v)
