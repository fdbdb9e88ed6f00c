# ADC402 at 14:12
# call: 0.7, 2
class P:
    def __init__(self, v):
        self.v = v


def f(x, n):
    a, b = P(x), P(2 * x)
    p = a
    for i in range(n):
        a, b = b, a
    a.v = x ** 3
    return p.v
