def f_grad(x, n):
    """Gradient of `f` with respect to `x`."""
    count = 0
    for i in range(n):
        count += 1
        if i * x > 2:
            result_bar = 1.0
            x_bar = 0.0
            break
    else:
        result_bar = 0.0
        x_bar = 5.0
    for i in reversed(range(count)):
        if i * x > 2:
            # result = x * x
            x_bar += 2 * (result_bar * x)
            result_bar = 0.0
    return x_bar
