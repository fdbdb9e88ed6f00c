# ADC120 at 3:12
def f(x):
    return eval("x * x")
