# f(State(1.0, 0.5), 0.1)
from typing import NamedTuple


class State(NamedTuple):
    x: float
    v: float


def step(s, dt):
    return State(s.x + dt * s.v, s.v - dt * s.x)


def f(s, dt):
    s = step(step(s, dt), dt)
    return s.x**2 + s.v**2
