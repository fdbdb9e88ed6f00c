# ADC316 at 12:9
import collections


class Box(collections.OrderedDict):
    def __init__(self, x):
        super().__init__()
        self.x = x


def f(x):
    b = Box(x)
    return b.x * x
