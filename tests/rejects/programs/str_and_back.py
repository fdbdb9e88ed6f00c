# ADC503 at 3:12
def f(x):
    return float(str(x)) * x
