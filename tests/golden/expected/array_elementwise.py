import numpy as np


def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    exponential = np.exp(-x)
    # return np.sum(np.exp(-x) * x**2)
    return 2 * x * exponential - exponential * x ** 2
