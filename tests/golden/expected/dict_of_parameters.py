def f_grad(p, x):
    """Gradient of `f` with respect to `p`."""
    return {"k": x ** 2, "c": x}
