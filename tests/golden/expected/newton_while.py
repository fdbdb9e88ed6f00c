def f_grad(a):
    """Gradient of `f` with respect to `a`."""
    x_saved = []
    x = a
    while abs(x * x - a) > 1e-12:
        x_saved.append(x)
        x = 0.5 * (x + a / x)
    x_bar = 1.0
    a_bar = 0.0
    for x in reversed(x_saved):
        # x = 0.5 * (x + a / x)
        x_bar = 0.5 * x_bar
        a_bar += x_bar / x
        x_bar -= x_bar * (a / x) / x
    a_bar += x_bar
    return a_bar
