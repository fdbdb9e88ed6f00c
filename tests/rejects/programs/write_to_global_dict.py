# ADC401 at 6:5
cache = {}


def f(x):
    cache["last"] = x
    return x * x
