# ADC402 at 8:5
# call: np.ones(3)
import numpy as np

def f(x):
    y = x * 2
    last = y[2, ...]
    y[2] = 5.0
    return last + np.sum(y)
