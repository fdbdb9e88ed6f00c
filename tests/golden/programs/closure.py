# f(0.7,)
def f(x):
    def scaled(y):
        return y * x

    twice = lambda y: scaled(scaled(y))
    return twice(3.0) + scaled(x)
