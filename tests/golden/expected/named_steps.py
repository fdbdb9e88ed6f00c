from math import cos, exp, sin


def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    t = sin(x)
    inner = t * x
    outer = exp(-inner)
    t_1 = outer + 1
    # return outer / (1 + outer)
    outer_bar = 1 / t_1 - outer / t_1 / t_1
    # outer = exp(-inner)
    t_1 = outer_bar * outer
    # inner = sin(x) * x
    return -(t * t_1) - t_1 * x * cos(x)
