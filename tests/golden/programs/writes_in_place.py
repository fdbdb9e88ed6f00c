# f(np.array([0.5, -1.0, 2.0]),)
import numpy as np


def f(x):
    y = np.zeros(len(x))
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = y[i - 1] * x[i] + 1
    return y.sum()
