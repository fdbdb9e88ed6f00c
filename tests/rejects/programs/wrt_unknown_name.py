# ADC6xx at ?:?
# wrt: "q"
def f(x):
    return x * x
