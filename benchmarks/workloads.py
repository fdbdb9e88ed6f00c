"""The programs that are timed."""

import math

import numpy as np

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])


def polynomial(x):
    return 4.0 * x**3 - 2.0 * x**2 + 3.0 * x + 1.0


def sine_loop(x, n=100):
    y = x
    for _ in range(n):
        y = y - 0.1 * math.sin(y)
    return y * x


def horner_loop(x, n=1000):
    s = 0.0
    for i in range(n):
        s = s * x + i
    return s


def small_net(w1, b1, w2, inputs, targets):
    hidden = np.tanh(inputs @ w1 + b1)
    error = hidden @ w2 - targets
    return np.mean(error**2)


def net_arguments(width=16):
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, width)), np.zeros(width), rng.normal(size=width), INPUTS, TARGETS


def twenty_lines(x, y, n=5):
    a = x * y
    b = math.sin(a) + x
    c = math.exp(-b * b)
    total = 0.0
    for i in range(n):
        d = a * i + b
        if d > 1.0:
            total += d * c
        else:
            total -= math.cos(d)
        a = a + 0.1 * d
    e = total * c
    f = math.sqrt(1.0 + e * e)
    g = math.log(f + 2.0)
    if g > f:
        g = f * b
    h = g * a - b
    k = h / (1.0 + c * c)
    return k + total * f


def straight_line(lines):
    """The text of a function of that many assignments."""
    body = ["a = x", "b = x * x"]
    for k in range(lines // 4):
        body += [f"c{k} = a - b * 0.25", f"a = a + c{k} * b / (1.0 + c{k} * c{k})", "a = a * 0.5 + b",
                 "b = sin(a) * x"]
    return "from math import sin\n\n\ndef f(x):\n    " + "\n    ".join(body) + "\n    return a + b\n"
