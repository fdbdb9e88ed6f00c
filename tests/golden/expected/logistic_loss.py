import numpy as np


def f_grad(w, features, labels):
    """Gradient of `f` with respect to `w`."""
    z = features @ w
    # return np.mean(np.logaddexp(0, z) - labels * z)
    ratio = 1.0 / z.size
    z_bar = ratio * np.exp(z - np.logaddexp(0, z)) - labels * ratio
    # z = features @ w
    return features.T @ z_bar
