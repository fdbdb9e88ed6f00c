# ADC402 at 16:12
# call: 0.7, 2
class P:
    def __init__(self, v):
        self.v = v


def pick(a, b, n):
    if n > 1:
        return a
    return b

def f(x, n):
    a, b = P(x), P(2 * x)
    pick(a, b, n).v = x ** 3
    return a.v + 10 * b.v
