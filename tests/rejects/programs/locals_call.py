# ADC120 at 3:16
def f(x):
    return x * locals()["x"]
