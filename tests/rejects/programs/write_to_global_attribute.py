# ADC401 at 10:5
class State:
    total = 0.0


state = State()


def f(x):
    state.total = x
    return x * x
