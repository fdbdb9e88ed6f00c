# ADC119 at 9:5
class P:
    def __init__(self, v):
        self.v = v


def f(x):
    ps = [P(x), P(2 * x)]
    ps.pop().v += x
    return ps[0].v
