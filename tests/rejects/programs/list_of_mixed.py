# ADC301 at 6:9
def f(x):
    ys = [x, (x, x)]
    total = 0.0
    for y in ys:
        total += y
    return total
