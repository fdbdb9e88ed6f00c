# ADC403 at 4:22
def f(x):
    xs = [x, 2 * x]
    ys = [v for v in xs if xs.append(v) is None]
    return sum(ys)
