# ADC301 at 4:12
# call: 1.0
def f(x):
    return x @ x
