# ADC301 at 6:9
import numpy as np


def f(x):
    m = np.array([[x, 1.0], [2.0]])
    return m[0, 0]
