# ADC602 at 3:1
# wrt: "q"
def f(x):
    return x * x
