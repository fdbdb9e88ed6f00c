# ADC114 at 13:5
from adcompiler import value_and_grad


@value_and_grad(
    wrt=("x", "y"),
)
def f(
    x,
    y,
):
    z = x * y
    del y
    return z
