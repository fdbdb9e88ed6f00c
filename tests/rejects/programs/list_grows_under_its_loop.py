# ADC403 at 5:14
def f(x, n=3):
    ys = [x * i for i in range(n)]
    total = 0.0
    for y in ys:
        if y < total:
            ys.append(y * x)
        total += y
    return total
