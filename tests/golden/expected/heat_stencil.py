import numpy as np


def f_grad(u, steps):
    """Gradient of `f` with respect to `u`."""
    for _ in range(steps):
        new = u.copy()
        new[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = new
    # return np.sum(u * u)
    u_bar = 2 * u
    for _ in range(steps):
        # new[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        product = 0.1 * u_bar[1:-1]
        u_bar_1 = np.zeros_like(u_bar)
        u_bar_1[:-2] = product
        u_bar_1[1:-1] -= 2 * product
        u_bar_1[2:] += product
        # new = u.copy()
        u_bar = u_bar_1 + u_bar
    return u_bar
