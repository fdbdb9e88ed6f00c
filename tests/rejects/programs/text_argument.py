# ADC3xx at 3:7
# call: "seven"
def f(x):
    return x
