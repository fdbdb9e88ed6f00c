# ADC402 at 16:12
# call: 0.7, 2
class P:
    def __init__(self, v):
        self.v = v


def f(x, n):
    first = P(x)
    best = first
    for i in range(n):
        q = P(x * i)
        if q.v > best.v:
            best = q
    best.v *= x
    return first.v
