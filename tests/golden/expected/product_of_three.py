def f_grad(x, y, z):
    """Gradient of `f` with respect to `x`, `y` and `z`."""
    # return x * y * z
    return z * y, x * z, x * y
