# ADC117 at 3:5
def f(x):
    class Box:
        scale = 2.0

    return x * Box.scale
