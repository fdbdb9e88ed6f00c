"""Integrals by scipy.integrate.quad."""

import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.special
from scipy import integrate
from scipy.integrate import quad

from adcompiler import CompileError, check_grads, grad, jvp, value_and_grad

V = np.array([0.3, 0.6, 1.1])


def bell(t, width):
    return math.exp(-width * t * t)


def with_bounds(a, b):
    return quad(lambda t: bell(t, a) * b, 0.0, b)[0] * a


def lower(a):
    return quad(bell, a, 2.0 * a, args=(a,))[0]


def of_a_vector(v):
    value, _ = quad(lambda t, w: np.sum(np.sin(w * t)) ** 2, 0, 2, args=(v,), epsabs=1e-12)
    return value


def gamma(s):
    return integrate.quad(lambda t: t ** (s - 1.0) * math.exp(-t), 0.0, math.inf)[0]


def in_a_loop(a, n):
    for k in range(n):
        if k % 2:
            a = quad(lambda t: math.cos(a * t), 0.0, a)[0]  # noqa: B023
        else:
            a = quad(lambda t: t * a + 1.0, a, 2.0)[0]  # noqa: B023
    return a


class Spring:
    def __init__(self, stiffness):
        self.stiffness = stiffness

    def force(self, x):
        return self.stiffness * x**3

    def energy(self, x):
        return quad(self.force, 0.0, x)[0]


def method(k, x):
    return Spring(k).energy(x)


def twice(a):
    return quad(lambda t: quad(lambda s: math.exp(a * s * t), 0.0, t)[0], 0.0, 1.0)[0]


def inside(a):
    return grad(lambda x: quad(lambda t: math.exp(x * t), 0.0, 1.0)[0])(a) * a


def piecewise(a):
    """The integrand jumps at a place that does not move."""
    return quad(lambda t: a * t if t < 0.5 else a * a, 0.0, 1.0)[0]


CASES = [(with_bounds, (1.2, 0.7)), (lower, (0.8,)), (of_a_vector, (V,)), (gamma, (2.5,)), (in_a_loop, (0.7, 3)),
         (method, (1.3, 0.9)), (twice, (0.8,)), (inside, (0.5,)), (piecewise, (1.3,))]


@pytest.mark.parametrize("primal, args", CASES)
def test_right_derivatives_to_second_order(primal, args):
    check_grads(primal, args, order=2)


def test_closed_forms():
    value, slope = value_and_grad(gamma)(2.5)
    assert value == pytest.approx(scipy.special.gamma(2.5)) and value == gamma(2.5)
    assert slope == pytest.approx(scipy.special.gamma(2.5) * scipy.special.digamma(2.5), rel=1e-10)
    assert grad(lambda x: quad(math.sin, 0.0, x * x)[0])(0.7) == pytest.approx(1.4 * math.sin(0.49), rel=1e-14)
    assert jvp(method)((1.3, 0.9), (0.0, 1.0))[1] == pytest.approx(1.3 * 0.9**3, rel=1e-14)
    assert grad(grad(lambda a: quad(lambda t: math.exp(a * t), 0.0, 1.0)[0]))(0.0) == pytest.approx(1.0 / 3.0)
    kink = grad(lambda a: quad(lambda t: abs(t - a), 0.0, 1.0, epsabs=1e-12)[0])
    assert kink(0.4) == pytest.approx(2 * 0.4 - 1, abs=1e-6)


def test_saved_files_need_nothing_of_ours(tmp_path):
    derivative = grad(with_bounds)
    expected = derivative(1.2, 0.7)
    derivative.save(tmp_path / "saved.py")
    code = "import sys, saved\nprint(repr(saved.with_bounds_grad(1.2, 0.7)))\nassert 'adcompiler' not in sys.modules"
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert float(shown) == expected
    assert "import scipy.integrate" in derivative.source


@pytest.mark.parametrize("primal, words", [
    (lambda a: quad(lambda t: 1.0 if t < a else 0.0, 0.0, 1.0)[0], "may jump"),
    (lambda a: quad(lambda t: np.where(a * t > 0.2, t, 0.0) * a, 0.0, 1.0)[0], "may jump"),
    (lambda a: quad(lambda t: math.floor(t * a) * a, 0.0, 1.0)[0], "may jump"),
    (lambda a: quad(lambda t: (t * a) % 0.3, 0.0, 1.0)[0], "may jump"),
    (lambda a: grad(lambda x: quad(lambda t: abs(t - x), 0.0, 1.0)[0])(a), "may jump"),
    (lambda a: sum(quad(lambda t: t * a, 0.0, 1.0)), "estimate of the error"),
    (lambda a: quad(lambda t: t * a, 0.0, 1.0, points=[0.5])[0], "'points' of quad()"),
    (lambda a: quad(lambda t: np.array([t, a]), 0.0, 1.0)[0], "one number"),
    (lambda a: integrate.solve_ivp(lambda t, y: -a * y, (0.0, 1.0), np.ones(1)).y[0, -1], "ADC502"),
])
def test_refused(primal, words):
    for derivative in (lambda: grad(primal)(0.5), lambda: jvp(primal)((0.5,), (1.0,))):
        with pytest.raises(CompileError) as caught:
            derivative()
        assert words in str(caught.value)
