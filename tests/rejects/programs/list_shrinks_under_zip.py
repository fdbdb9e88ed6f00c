# ADC403 at 6:17
def f(x, n=6):
    us = [x * i for i in range(n)]
    vs = [x * x * i for i in range(n)]
    total = 0.0
    for u, v in zip(us, vs):
        total += u * v
        us.pop()
    return total
