# ADC401 at 8:5
import numpy as np

table = np.zeros(3)


def f(x):
    table[0] = x
    return table[0] * x
