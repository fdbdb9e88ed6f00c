import numpy as np


def _unbroadcast(value, like):
    """Sum over the axes along which `like` was broadcast to the shape of `value`."""
    value = np.sum(value, axis=tuple(range(np.ndim(value) - np.ndim(like))))
    ones = tuple(k for k, n in enumerate(np.shape(like)) if n == 1 and np.shape(value)[k] != 1)
    return np.sum(value, axis=ones, keepdims=True) if ones else value


def f_grad(u, steps):
    """Gradient of `f` with respect to `u`."""
    u_saved = []
    for _ in range(steps):
        u_saved.append(u)
        new = u.copy()
        t = u[2:] - 2 * u[1:-1]
        t = 0.1 * (t + u[:-2])
        new[1:-1] += t
        u = new
    # return np.sum(u * u)
    u_bar = 2 * u
    for u in reversed(u_saved):
        t = u[2:]
        t_1 = u[1:-1]
        t_2 = t - 2 * t_1
        t_3 = u[:-2]
        # new[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        t_4 = 0.1 * _unbroadcast(u_bar[1:-1], t_2 + t_3)
        t_2 = _unbroadcast(t_4, t_2)
        u_bar_1 = np.zeros_like(u)
        u_bar_1[:-2] += _unbroadcast(t_4, t_3)
        u_bar_1[1:-1] += 2 * _unbroadcast(-t_2, t_1)
        u_bar_1[2:] += _unbroadcast(t_2, t)
        # new = u.copy()
        u_bar = u_bar_1 + u_bar
    return u_bar
