def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    if x > 1:
        # y = math.log(x)
        return 3 / x
    if x > 0:
        # y = x * x
        return 6 * x
    return -3.0
