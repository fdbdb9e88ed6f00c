# ADC307 at 3:20
def f(x, n=3):
    return x * sum(dict(enumerate([x * i for i in range(n)])).values())
