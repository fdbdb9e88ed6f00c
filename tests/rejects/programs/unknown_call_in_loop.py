# ADC503 at 8:18
import bisect


def f(x):
    total = 0.0
    for i in range(3):
        total += x * bisect.bisect([0.0, 1.0, 2.0], x)
    return total
