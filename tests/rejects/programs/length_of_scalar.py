# ADC301 at 4:16
# call: 1.0
def f(x):
    return x * len(x)
