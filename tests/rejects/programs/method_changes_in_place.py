# ADC407 at 7:5
# call: np.ones(3)
import numpy as np

def f(v):
    w = v * 2.0
    w.resize(2)
    return w[0] * np.pi
