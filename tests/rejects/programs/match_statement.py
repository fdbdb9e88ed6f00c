# ADC116 at 3:5
def f(x, n=1):
    match n:
        case 1:
            return x
        case _:
            return x * x
