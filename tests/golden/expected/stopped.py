def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    return x * x
