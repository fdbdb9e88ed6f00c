def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    t = x * x
    return t
