# ADC110 at 7:5
from adcompiler import grad


@grad
def f(x):
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return 0.0
