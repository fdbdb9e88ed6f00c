# ADC304 at 2:1
def f(x):
    y = x * x
    print(y)
