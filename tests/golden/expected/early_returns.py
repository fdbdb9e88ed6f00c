import math


def f_grad(x, limit):
    """Gradient of `f` with respect to `x`."""
    if x < 0:
        return 0.0
    if x > limit:
        sqrt_x = math.sqrt(x)
        # return limit * math.sqrt(x)
        return limit * (0.5 / sqrt_x if sqrt_x != 0 else math.inf)
    # return x * x
    return 2 * x
