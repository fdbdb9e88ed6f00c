# ADC402 at 11:12
# call: np.ones(3)
import numpy as np

def f(x):
    if x[0] > 0:
        y = np.broadcast_to(x, (3,))
        x += x
    else:
        y = x * 2
    return np.sum(y)
