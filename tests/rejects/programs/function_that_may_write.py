# ADC503 at 7:5
# call: np.ones(3)
import numpy as np

def f(x):
    y = x * 2
    np.random.shuffle(y)
    return np.sum(y * y)
