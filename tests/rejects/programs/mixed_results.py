# ADC202 at 2:1
def f(x):
    if x > 0.0:
        return x * x
    return "negative"
