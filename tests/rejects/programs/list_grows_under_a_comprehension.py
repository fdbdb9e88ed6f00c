# ADC403 at 4:22
def f(x, n=6):
    xs = [x * i for i in range(n)]
    ys = [v for v in xs if (xs.append(v) if len(xs) < 12 else None) is None]
    return sum(ys)
