# ADC405 at 7:5
# call: np.ones(3), np.array([0, 0, 1])
import numpy as np

def f(v, where):
    w = np.zeros(3)
    w[where] += v
    return np.sum(w * w)
