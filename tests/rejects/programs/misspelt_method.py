# ADC309 at 7:12
# call: np.ones(3)
import numpy as np


def f(v):
    return v.total() * np.pi
