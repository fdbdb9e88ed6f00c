# ADC306 at 4:14
def f(x):
    total = 0.0
    for y in x:
        total += y
    return total
