# f(np.array([0.5, 1.0, 2.0]),)
import numpy as np


def f(x):
    return np.sum(np.where(x > 0.7, np.log(x), 0.0))
