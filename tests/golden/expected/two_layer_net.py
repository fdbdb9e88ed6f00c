import numpy as np


def f_grad(w1, b1, w2, x, y):
    """Gradient of `f` with respect to `w1`, `b1` and `w2`."""
    h = np.tanh(w1 @ x + b1)
    e = w2 @ h - y
    # return np.mean(e**2)
    e_bar = 2.0 / e.size * e
    # e = w2 @ h - y
    w2_bar = np.outer(e_bar, h)
    h_bar = w2.T @ e_bar
    # h = np.tanh(w1 @ x + b1)
    b1_bar = h_bar * (1 - h * h)
    return np.outer(b1_bar, x), b1_bar, w2_bar
