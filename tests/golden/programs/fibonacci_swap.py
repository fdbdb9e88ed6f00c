# f(0.7, 6)
def f(x, n):
    a, b = 1.0, x
    for _ in range(n):
        a, b = b, a + b * x
    return a
