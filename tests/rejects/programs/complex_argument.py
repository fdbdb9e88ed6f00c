# ADC601 at 6:7
# call: np.array([1.0 + 1.0j, 2.0])
import numpy as np


def f(v):
    return np.sum(v)
