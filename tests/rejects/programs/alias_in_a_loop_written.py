# ADC402 at 10:12
# call: np.ones(3)
import numpy as np

def f(x):
    y = x
    for k in range(2):
        y = np.broadcast_to(x, (3,))
        x += x
    return np.sum(y)
