# ADC205 at 8:15
def f(x):
    v = 3 * x

    def h():
        return v

    return sum(h() for v in (x, 2 * x))
