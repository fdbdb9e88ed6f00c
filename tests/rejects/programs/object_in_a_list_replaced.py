# ADC402 at 14:12
# call: 0.7, 2
class P:
    def __init__(self, v):
        self.v = v


def f(x, n):
    a, b = P(x), P(2 * x)
    both = [a, b]
    if n > 1:
        both[0] = b
    both[0].v = x ** 3
    return a.v
