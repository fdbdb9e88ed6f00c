# f(0.7,)
import math


def f(x):
    if x > 1:
        y = math.log(x)
    elif x > 0:
        y = x * x
    else:
        y = -x
    return 3 * y
