# ADC201 at 7:19
import sys

if sys.version_info >= (3, 0):
    def f(x):
        return (x
                + scael)
