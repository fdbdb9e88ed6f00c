# ADC6xx at ?:?
# wrt: 2
def f(x, y):
    return x * y
