# ADC403 at 5:17
def f(x, n=3):
    ys = [x * i for i in range(n)]
    total = 0.0
    for k, y in enumerate(ys):
        if k < 2:
            ys.append(y * x)
        total += y
    return total
