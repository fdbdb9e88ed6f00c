def _f_forward_2(a, x, depth):
    test = abs(x * x - a) < 1e-12 or depth > 50
    if test:
        result = x
        saved = None
    else:
        result, saved = _f_forward_2(a, 0.5 * (x + a / x), depth + 1)
    saved = a, x, test, saved
    return result, saved


def _f_reverse_2(saved, result_bar):
    a, x, t, saved = saved
    if t:
        return 0.0, result_bar
    # return f(a, 0.5 * (x + a / x), depth + 1)
    a_bar, t = _f_reverse_2(saved, result_bar)
    x_bar = 0.5 * t
    a_bar += x_bar / x
    x_bar -= x_bar * (a / x) / x
    return a_bar, x_bar


def _f_forward(a, x, depth):
    test = abs(x * x - a) < 1e-12 or depth > 50
    if test:
        result = x
        saved = None
    else:
        result, saved = _f_forward_2(a, 0.5 * (x + a / x), depth + 1)
    saved = x, test, saved
    return result, saved


def _f_reverse(saved, result_bar):
    x, t, saved = saved
    if t:
        return 0.0
    # return f(a, 0.5 * (x + a / x), depth + 1)
    a_bar, t = _f_reverse_2(saved, result_bar)
    a_bar += 0.5 * t / x
    return a_bar


def f_grad(a, x=1.0, depth=0):
    """Gradient of `f` with respect to `a`."""
    _, saved = _f_forward(a, x, depth)
    return _f_reverse(saved, 1.0)
