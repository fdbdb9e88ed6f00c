from math import exp


def f_grad(x, w):
    """Gradient of `f` with respect to `x` and `w`."""
    ratio = x / w
    # return exp(-(x / width) ** 2)
    product = 2 * ratio * exp(-ratio ** 2)
    x_bar = -(product / w) - 2 * x * exp(-x ** 2)
    w_bar = product * ratio / w
    return x_bar, w_bar
