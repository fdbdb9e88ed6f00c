# ADC503 at 3:12
def f(x):
    return hash(x) * 2.0
