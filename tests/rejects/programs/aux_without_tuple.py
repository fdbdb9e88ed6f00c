# ADC6xx at 4:5
# has_aux: True
def f(x):
    return x * x
