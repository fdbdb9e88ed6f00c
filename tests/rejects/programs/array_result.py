# ADC304 at 6:1
# call: np.ones(3)
import numpy as np


def f(v):
    w = np.sin(v)
    return w * 2.0
