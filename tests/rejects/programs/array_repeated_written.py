# ADC402 at 7:5
# call: 0.7, 4
import numpy as np

def f(x, n):
    g = [np.zeros(3)] * n
    g[0][2] = x * x
    return np.sum(g[1])
