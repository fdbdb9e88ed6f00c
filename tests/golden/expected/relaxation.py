from math import cos, sin


def f_grad(x, n):
    """Gradient of `f` with respect to `x`."""
    y_saved = []
    y = x
    for i in range(n):
        y_saved.append(y)
        y = y - 0.1 * sin(y)
    x_bar = y
    y_bar = x
    for y in reversed(y_saved):
        # y = y - 0.1 * sin(y)
        y_bar -= 0.1 * y_bar * cos(y)
    x_bar += y_bar
    return x_bar
