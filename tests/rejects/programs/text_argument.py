# ADC603 at 3:7
# call: "seven"
def f(x):
    return x
