# ADC304 at 3:1
# has_aux: True
def f(x):
    return x * x
