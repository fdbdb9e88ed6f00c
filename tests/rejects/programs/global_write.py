# ADC113 at 6:5
calls = 0


def f(x):
    global calls
    calls = calls + 1
    return x * x
