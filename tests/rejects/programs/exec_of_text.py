# ADC120 at 3:5
def f(x):
    exec("y = 2.0")
    return x * x
