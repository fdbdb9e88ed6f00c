# ADC306 at 7:12
def twice(pairs):
    return sum(a * b for a, b in pairs) + sum(a for a, b in pairs)


def f(x):
    return twice(zip((x, 2 * x), (1.0, 3.0)))
