# ADC401 at 7:5
history = []


def f(x):
    y = x * x
    history.append(y)
    return y
