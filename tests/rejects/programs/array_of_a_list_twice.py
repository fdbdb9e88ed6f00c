# ADC402 at 8:5
# call: 0.7, 4
import numpy as np

def f(x, n):
    g = [np.zeros(3) for _ in range(n)]
    g[1] = g[0]
    g[0] += x
    return sum([np.sum(v) for v in g])
