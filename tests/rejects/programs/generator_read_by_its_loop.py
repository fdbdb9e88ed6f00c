# ADC403 at 5:14
def f(x):
    k = x
    t = 0.0
    for v in (k * u for u in (x, 2.0, x * x)):
        k = v
        t += v
    return t
