# ADC202 at 7:12
def f(x):
    if x > 0.0:
        y = x * x
    else:
        y = "low"
    return y * 2.0
