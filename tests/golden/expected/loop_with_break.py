def f_grad(x, n):
    """Gradient of `f` with respect to `x`."""
    y_saved = []
    y = 1.0
    for i in range(n):
        y_saved.append(y)
        y = y * x
        if y > 10:
            break
    y_bar = 1.0
    x_bar = 0.0
    for y in reversed(y_saved):
        # y = y * x
        x_bar += y * y_bar
        y_bar *= x
    return x_bar
