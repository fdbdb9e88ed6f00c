# ADC114 at 4:5
def f(x):
    ys = [x, x * x]
    del ys[0]
    return ys[0]
