def f_grad(a, b, c):
    """Gradient of `f` with respect to `a`, `b` and `c`."""
    t = max(a, b)
    t_1 = min(b, c)
    # return max(a, b) * min(b, c)
    t_2 = 0.5 * t
    t_3 = 0.5 * t_1
    b_bar = t if b < c else t_2 if b == c else 0.0
    a_bar = t_1 if a > b else t_3 if a == b else 0.0
    b_bar += t_1 if b > a else t_3 if b == a else 0.0
    c_bar = t if c < b else t_2 if c == b else 0.0
    return a_bar, b_bar, c_bar
