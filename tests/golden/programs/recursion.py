# f(2.0,)
def f(a, x=1.0, depth=0):
    if abs(x * x - a) < 1e-12 or depth > 50:
        return x
    return f(a, 0.5 * (x + a / x), depth + 1)
