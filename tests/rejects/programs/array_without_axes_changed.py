# ADC402 at 8:5
# call: 0.7
import numpy as np

def f(s):
    x = np.asarray(s)
    y = x
    x *= 2
    return y * x
