def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    product = 3 * x
    # return y * x
    return 2 * x + product + product
