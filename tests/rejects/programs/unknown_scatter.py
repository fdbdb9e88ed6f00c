# ADC503 at 7:5
# call: np.ones(3)
import numpy as np

def f(x):
    y = np.ones(3)
    np.multiply.at(y, [0, 0], x[:2])
    return np.sum(y)
