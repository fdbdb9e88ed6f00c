# ADC301 at 7:19
# call: np.ones((2, 3))
import numpy as np


def f(m):
    return np.sum(m @ 2.0)
