# f(2.0, 3.0, 4.0)  wrt=(0, 1, 2)
def f(x, y, z):
    return x * y * z
