# ADC111 at 9:25
from adcompiler import grad


def make():
        @grad(wrt="x")
        def f(n, x):
            while n > 0:
                n -= 1; yield x
        return f


f = make()
