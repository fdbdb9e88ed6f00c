# ADC404 at 4:5
def f(x):
    ys = [x, 2.0 * x, 3.0]
    ys[1:] = [x * x]
    return ys[1]
