from math import cos, exp, sin


def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    sin_x = sin(x)
    inner = sin_x * x
    outer = exp(-inner)
    total = outer + 1
    # return outer / (1 + outer)
    outer_bar = 1 / total - outer / total / total
    # outer = exp(-inner)
    product = outer_bar * outer
    # inner = sin(x) * x
    return -(sin_x * product) - product * x * cos(x)
