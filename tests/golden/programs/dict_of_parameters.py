# f({'k': 2.0, 'c': 0.3}, 0.7)
def f(p, x):
    return p["k"] * x**2 + p["c"] * x
