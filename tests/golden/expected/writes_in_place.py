import numpy as np


def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    y = np.zeros(len(x))
    y[0] = x[0]
    y_item_saved = []
    for i in range(1, len(x)):
        y_item = y[i - 1]
        y_item_saved.append(y_item)
        y[i] = y_item * x[i] + 1
    y_bar = np.full(x.shape, 1.0)
    x_bar = np.zeros_like(x)
    for k, y_item in zip(reversed(range(len(y_item_saved))), reversed(y_item_saved)):
        i = 1 + k
        # y[i] = y[i - 1] * x[i] + 1
        y_i_bar = y_bar[i]
        y_bar[i] = 0.0
        x_bar[i] += y_item * y_i_bar
        y_bar[i - 1] += y_i_bar * x[i]
    # y[0] = x[0]
    x_bar[0] += y_bar[0]
    return x_bar
