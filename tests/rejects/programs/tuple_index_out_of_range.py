# ADC312 at 4:12
def f(x):
    pair = (x, 2.0 * x)
    return pair[2]
