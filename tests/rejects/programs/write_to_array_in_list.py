# ADC4xx at 8:5
import numpy as np


def f(x):
    a = np.zeros(3)
    rows = [a, a]
    rows[0][1] = x
    return rows[1][1] * x
