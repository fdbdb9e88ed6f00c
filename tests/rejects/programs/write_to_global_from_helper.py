# ADC401 at 6:5
weights = [1.0, 2.0]


def scale(x):
    weights[0] = x
    return x


def f(x):
    return scale(x) * weights[0]
