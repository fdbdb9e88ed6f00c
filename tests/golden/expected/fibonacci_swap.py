def f_grad(x, n):
    """Gradient of `f` with respect to `x`."""
    b_saved = []
    a = 1.0
    b = x
    for _ in range(n):
        b_saved.append(b)
        a, b = b, a + b * x
    a_bar = 1.0
    b_bar = 0.0
    x_bar = 0.0
    for b in reversed(b_saved):
        # a, b = b, a + b * x
        x_bar += b * b_bar
        a_bar, b_bar = b_bar, a_bar + b_bar * x
    x_bar += b_bar
    return x_bar
