# ADC603 at 3:7
# call: None
def f(x):
    return x
