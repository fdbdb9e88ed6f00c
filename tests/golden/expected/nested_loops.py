def f_grad(x, n):
    """Gradient of `f` with respect to `x`."""
    x_bar = 0.0
    for i in range(n):
        for j in range(i):
            # s += x ** j / (i + 1)
            x_bar += j * x ** (1 if j == 0 else j - 1) / (i + 1)
    return x_bar
