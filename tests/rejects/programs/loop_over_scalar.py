# ADC306 at 5:14
# call: 1.0
def f(x):
    total = 0.0
    for y in x:
        total += y
    return total
