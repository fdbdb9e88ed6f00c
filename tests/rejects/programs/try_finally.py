# ADC110 at 4:5
def f(x):
    y = x * x
    try:
        y = y + 1.0
    finally:
        y = y * 2.0
    return y
