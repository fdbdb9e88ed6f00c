# f(1.5, 50)
def f(x, n):
    y = 1.0
    for i in range(n):
        y = y * x
        if y > 10:
            break
    return y
