# ADC4xx at 9:9
import numpy as np


def f(x):
    a = np.zeros(3)
    b = np.zeros(3)
    for row in [a, b]:
        row[0] = x
    return a[0] * b[0]
