import numpy as np


def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    y = np.zeros(len(x))
    y[0] = x[0]
    saved = []
    for i in range(1, len(x)):
        t = y[i - 1]
        saved.append(t)
        y[i] = t * x[i] + 1
    y_bar = np.full(y.shape, 1.0)
    x_bar = np.zeros_like(x)
    for k, v in zip(reversed(range(len(saved))), reversed(saved)):
        i = 1 + k
        # y[i] = y[i - 1] * x[i] + 1
        t = y_bar[i]
        y_bar[i] = 0.0
        x_bar[i] += v * t
        y_bar[i - 1] += t * x[i]
    # y[0] = x[0]
    x_bar[0] += y_bar[0]
    return x_bar
