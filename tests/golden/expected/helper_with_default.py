from math import exp


def f_grad(x, w):
    """Gradient of `f` with respect to `x` and `w`."""
    t = x / w
    # return exp(-(x / width) ** 2)
    t_1 = 2 * t * exp(-t ** 2)
    return -(t_1 / w) - 2 * x * exp(-x ** 2), t_1 * t / w
