"""Derivatives inside differentiated functions: against differences, without confusion of one derivative with another."""

import math

import numpy as np
import pytest

import adcompiler
from adcompiler import CompileError, custom_vjp, grad, hvp, jvp, value_and_grad

Q = np.array([0.3, 0.5, -0.2])


def potential(q, k):
    return 0.5 * k * np.sum(q ** 2) + np.sum(np.cos(q))


force = grad(potential)
both = value_and_grad(potential, wrt=("q", "k"))


def confusion(x):
    def inner(y):
        return x + y

    return x * grad(inner)(1.0)


def the_same_variable(x):
    return x * grad(lambda y: x * y * y)(x)


def motion(q0, k, n):
    q, v = q0.copy(), np.zeros_like(q0)
    for _ in range(n):
        v = v - 0.1 * force(q, k)
        q = q + 0.1 * v
    return np.sum(q ** 2)


def two_gradients(q, k):
    value, (by_q, by_k) = both(q, k)
    return value * by_k + np.sum(by_q ** 2)


def minimum(a, n):
    slope = grad(lambda x: (x - a) ** 4 + 0.1 * x * x)
    x, i = 0.5, 0
    while i < n and abs(slope(x)) > 1e-6:
        x = x - 0.3 * slope(x)
        i += 1
    return x * x


def saddle(p):
    def payoff(x, y):
        return x * x * p - y * y + x * y * p

    x, y = 1.0, 1.0
    for _ in range(10):
        by_x, by_y = grad(payoff, wrt=(0, 1))(x, y)
        x, y = x - 0.1 * by_x, y + 0.1 * by_y
    return x + y


def third(x):
    return grad(grad(lambda t: math.sin(t) * t ** 3))(x) * x


def under_a_condition(x, n):
    s = 0.0
    for i in range(n):
        if i % 2:
            s += adcompiler.grad(lambda t, i=i: math.exp(t * i) if t > 0.5 else t * t)(x)
        else:
            s *= x
    return s


def of_a_loop(q):
    def length(p, n):
        total = 0.0
        for i in range(n):
            if p[i] > 0.4:
                break
            total += p[i] ** 2 * q[i]
        return total

    return np.sum(grad(length)(q, 3) * q)


def by_keyword(q, k):
    return np.sum(grad(potential, wrt="q")(q=q, k=k) * q) + grad(potential, argnums=1)(q, k)


def of_an_integer(x):
    return x * grad(lambda t: t ** 3)(2)


def of_an_array_that_changes(q):
    def changing(p):
        p[0] = p[1] * q[2]
        p *= 2.0
        return np.sum(p ** 2)

    return np.sum(grad(changing)(q * 1.5) * q)


class Spring:
    def __init__(self, stiffness):
        self.stiffness = stiffness

    def energy(self, y):
        return self.stiffness * y ** 3


def of_a_method(x):
    return grad(Spring(x).energy)(2.0 * x)


CALLS = [(of_a_method, (0.7,), 0),
         (confusion, (1.0,), 0), (the_same_variable, (1.3,), 0), (motion, (Q, 1.3, 4), (0, 1)), (two_gradients, (Q, 1.3), (0, 1)),
         (minimum, (1.2, 20), 0), (saddle, (0.7,), 0), (third, (0.7,), 0), (under_a_condition, (0.7, 4), 0), (of_a_loop, (Q,), 0),
         (under_a_condition, (0.3, 4), 0), (by_keyword, (Q, 1.3), (0, 1)), (of_an_integer, (0.7,), 0),
         (of_an_array_that_changes, (Q,), 0)]


def slopes(primal, args, k, step=1e-6):
    """Central differences."""
    if isinstance(args[k], float):
        low, high = (primal(*args[:k], args[k] + s * step, *args[k + 1:]) for s in (-1, 1))
        return (high - low) / (2 * step)
    out = np.zeros_like(args[k])
    for place in np.ndindex(out.shape):
        unit = np.zeros_like(out)
        unit[place] = step
        low, high = (primal(*args[:k], args[k] + s * unit, *args[k + 1:]) for s in (-1, 1))
        out[place] = (high - low) / (2 * step)
    return out


@pytest.mark.parametrize("primal, args, wrt", CALLS, ids=[f"{f.__name__}-{k}" for k, (f, *_) in enumerate(CALLS)])
def test_gradient(primal, args, wrt):
    positions = wrt if isinstance(wrt, tuple) else (wrt,)
    found = grad(primal, wrt=positions)(*args)
    for k, gradient in zip(positions, found, strict=True):
        assert np.allclose(gradient, slopes(primal, args, k), rtol=1e-6, atol=1e-7)


def test_no_perturbation_confusion():
    """d/dx (x d/dy (x + y)) is 1; a derivative that mixes x with y gives 2."""
    assert grad(confusion)(1.0) == 1.0


def test_other_modes_go_through():
    tangents = (Q, 0.5, None)
    _, tangent = jvp(motion)((Q, 1.3, 4), tangents)
    by_q, by_k = grad(motion, wrt=(0, 1))(Q, 1.3, 4)
    assert tangent == pytest.approx(np.sum(by_q * Q) + 0.5 * by_k)
    assert hvp(saddle)(0.7, 1.0) == pytest.approx(slopes(grad(saddle), (0.7,), 0), rel=1e-6)


def test_a_function_that_is_bound_anew_is_noticed():
    space = {"grad": grad}
    text = "def inner(y):\n    return y ** {n}\n"

    def outer(x):
        return grad(inner)(x)  # noqa: F821

    import linecache

    for n, expected in ((2, 2.0), (3, 6.0)):
        name = f"<inner {n}>"
        linecache.cache[name] = (1, None, text.format(n=n).splitlines(True), name)
        exec(compile(text.format(n=n), name, "exec"), space)
        outer.__globals__["inner"] = space["inner"]
        assert grad(outer)(1.0) == expected
    del outer.__globals__["inner"]


def changes_outside(x):
    seen = []

    def inner(y):
        seen.append(y)
        return y * y

    return grad(inner)(x) + len(seen)


def of_a_vector(q):
    return np.sum(grad(lambda p: p * p)(q))


def of_a_tuple(x):
    return grad(lambda p: p[0] * p[1])((x, x))[0]


def tangent_inside(x):
    return jvp(potential)((x, 1.0), (1.0, None))[1]


@pytest.mark.parametrize("primal, at, code", [(changes_outside, 0.7, "ADC505"), (of_a_vector, Q, "ADC304"),
                                              (of_a_tuple, 0.7, "ADC505"),
                                              (tangent_inside, 0.7, "ADC505")])
def test_refused(primal, at, code):
    with pytest.raises(CompileError) as caught:
        grad(primal)(at)
    assert code in str(caught.value)


def loud(x):
    return grad(lambda y: y * y, has_aux=True)(x)


def doubled(y):
    return 2.0 * stopped(y)


@custom_vjp
def stopped(y):
    return y ** 3


stopped.defvjp(lambda y: (y ** 3, y), lambda y, bar: (bar * y,))
made_outside = adcompiler.hvp(potential)


@pytest.mark.parametrize("primal, words", [
    (loud, "leave has_aux= away"),
    (lambda x: adcompiler.hessian(potential)(x, 1.0), r"but not hessian\(\)"),
    (lambda x: made_outside(x, 1.0, 1.0), "but not made_outside"),
])
def test_refusals_say_why(primal, words):
    with pytest.raises(CompileError, match=words):
        grad(primal)(0.7)


def test_functions_with_a_derivative_of_their_own_inside():
    """Their own derivative is differentiated: here bar * y."""
    assert grad(lambda x: grad(stopped)(x))(0.7) == 1.0
    assert grad(lambda x: grad(doubled)(x))(0.7) == 2.0
