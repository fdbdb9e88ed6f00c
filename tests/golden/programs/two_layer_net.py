# f(np.ones((4, 3)) / 3, np.zeros(4), np.ones((2, 4)) / 4, np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.0]))  wrt=(0, 1, 2)
import numpy as np


def f(w1, b1, w2, x, y):
    h = np.tanh(w1 @ x + b1)
    e = w2 @ h - y
    return np.mean(e**2)
