# f(np.array([0.5, -1.0]), np.array([[1.0, 2.0], [0.5, -1.0], [2.0, 0.1]]), np.array([1.0, 0.0, 1.0]))
import numpy as np


def f(w, features, labels):
    z = features @ w
    return np.mean(np.logaddexp(0, z) - labels * z)
