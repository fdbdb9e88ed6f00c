def f_grad(x):
    """Gradient of `f` with respect to `x`."""
    assert x < 100, "too large"
    if x <= 0:
        raise ValueError("x must be positive")
    # return math.log(x)
    return 1 / x
