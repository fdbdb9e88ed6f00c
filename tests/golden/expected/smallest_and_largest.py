def f_grad(a, b, c):
    """Gradient of `f` with respect to `a`, `b` and `c`."""
    largest = max(a, b)
    smallest = min(b, c)
    # return max(a, b) * min(b, c)
    product = 0.5 * largest
    product_1 = 0.5 * smallest
    b_bar = largest if b < c else product if b == c else 0.0
    a_bar = smallest if a > b else product_1 if a == b else 0.0
    b_bar += smallest if b > a else product_1 if b == a else 0.0
    c_bar = largest if c < b else product if c == b else 0.0
    return a_bar, b_bar, c_bar
