# ADC3xx at 3:7
# call: None
def f(x):
    return x
