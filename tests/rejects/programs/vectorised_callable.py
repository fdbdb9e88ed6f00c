# ADC304 at 6:1
# call: np.ones(3)
import numpy as np


def f(v):
    return np.sum(np.frompyfunc(float, 1, 1)(v))
