def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    t = 3 * x
    # return y * x
    return 2 * x + t + t
