# f(2.0,)
def f(x):
    return x**2 + 3*x + 1
