# f(0.7, 4)
def f(x, n):
    for i in range(n):
        if i * x > 2:
            result = x * x
            break
    else:
        result = 5 * x
    return result
