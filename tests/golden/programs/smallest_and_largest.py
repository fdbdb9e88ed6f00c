# f(0.7, 0.2, 0.5)  wrt=(0, 1, 2)
def f(a, b, c):
    return max(a, b) * min(b, c)
