# f(0.7, 4)
def f(x, n):
    s = 0.0
    for i in range(n):
        for j in range(i):
            s += x ** j / (i + 1)
    return s
