def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    # return x**2 + 3*x + 1
    return 2 * x + 3
