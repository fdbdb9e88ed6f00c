# ADC602 at 3:1
# wrt: 2
def f(x, y):
    return x * y
