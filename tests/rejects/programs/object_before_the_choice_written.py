# ADC402 at 12:12
# call: 0.7, 2
class P:
    def __init__(self, v):
        self.v = v


def f(x, n):
    a, b = P(x), P(2 * x)
    c = a if n > 1 else b
    a.v = x ** 3
    return c.v
