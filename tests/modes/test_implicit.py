"""Solutions of equations: root, fixed_point, argmin, and the solvers of SciPy."""

import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import bisect, brenth, brentq, fsolve, newton, ridder, root_scalar, toms748

from adcompiler import (
    CompileError,
    argmin,
    check_grads,
    custom_vjp,
    fixed_point,
    grad,
    hessian,
    jacobian,
    jvp,
    root,
    value_and_grad,
    vjp,
)

V = np.array([0.5, 1.0, 1.5])
MATRIX = 2.0 * np.eye(3) + 0.1 * np.arange(9.0).reshape(3, 3)


def kepler(anomaly, mean, eccentricity):
    return anomaly - eccentricity * math.sin(anomaly) - mean


def cubic(x, a):
    return x**3 - a * x - 1.0


def cubic_slope(x, a):
    return 3.0 * x**2 - a


def eccentric(mean, eccentricity):
    return root(kepler, mean, mean, eccentricity)


def system(x, a, b):
    return np.array([x[0] ** 2 + b * x[1] - a, x[1] ** 3 + x[0] - b])


def of_a_system(a, b):
    x = root(system, np.array([1.0, 1.0]), a, b)
    return x[0] * x[1]


def closure(m, b, s):
    """A residual that reads varying values from outside."""
    x = root(lambda x: m @ x + np.tanh(s * x) - b, np.zeros(3))
    return x @ x


def by_scipy(m, b):
    x = root(lambda x: m @ x + np.tanh(x) - b, np.zeros(3), solver=lambda f, x0: scipy.optimize.root(f, x0, tol=1e-13).x)
    return np.sum(np.sin(x))


def by_a_function_of_scipy(m, b):
    return np.sum(root(lambda x, m, b: m @ x + x**3 - b, np.zeros(3), m, b, solver=scipy.optimize.root) ** 2)


def bisection(f, x0):
    low, high = x0, x0 + 4.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if f(middle) > 0.0:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def by_a_solver_of_mine(a):
    return root(cubic, 0.5, a, solver=bisection) * a


class Pipe:
    def __init__(self, length, roughness):
        self.length = length
        self.roughness = roughness

    def residual(self, velocity, drop):
        return velocity**1.8 * self.roughness * self.length - drop

    def velocity(self, drop):
        return root(self.residual, 1.0, drop)


def by_a_method(roughness, drop):
    pipe = Pipe(3.0, roughness)
    return pipe.velocity(drop) + pipe.velocity(2.0 * drop)


def in_a_loop(a, n):
    x = a
    for k in range(n):
        if k % 2:
            x = root(lambda t, x=x: t**3 + t * x - a, 1.0)
        else:
            x = x * root(cubic, 2.0, a * x)
    return x


def while_loop(a):
    x, t = 1.0, 0.0
    while t < 0.35:
        x = root(lambda z: z - x - 0.1 * (a - z**3), x)  # noqa: B023
        t += 0.1
    return x


def scalar_inside(a, x):
    def price(rate):
        return np.sum(x / (1.0 + rate) ** np.array([1.0, 2.0, 3.0])) - a

    return root(price, 0.1)


def nested(a):
    """A root in the residual of a root."""
    return root(lambda x: x * root(lambda y: y**3 + y - x, 1.0) - a, 1.0)


def start_varies(a):
    return root(cubic, a + 1.0, a)


def cosine(a):
    return fixed_point(lambda x: a * np.cos(x), 0.5)


def equilibrium(w, b):
    return np.sum(fixed_point(lambda z, w: np.tanh(w @ z + b), np.zeros(3), w) ** 2)


def ridge(a, b, weight):
    return np.sum(argmin(lambda w: np.sum((a @ w - b) ** 2) + weight * np.sum(w**2), np.zeros(3)) ** 2)


def smallest(a):
    return argmin(lambda x: (x - a) ** 4 + 0.5 * x * x, 2.0)


def by_minimize(a):
    return argmin(lambda x: np.sum((x - a) ** 4 + x**2), np.ones(2),
                  solver=lambda f, x0: scipy.optimize.minimize(f, x0, tol=1e-14, method="BFGS", jac=grad(f)).x)


def brent(a):
    return brentq(cubic, 0.5, 5.0, args=(a,), xtol=1e-13) * a


def brackets(a):
    total = 0.0
    for solve in (bisect, brenth, ridder, toms748):
        total = total + solve(lambda x: cubic(x, a), 0.5, 5.0, xtol=1e-13)
    return total


def by_newton(a):
    return newton(cubic, 1.7, cubic_slope, (a,)) + newton(cubic, 1.7, args=(a,), tol=1e-14)


def by_root_scalar(a):
    found = root_scalar(lambda x: cubic(x, a), bracket=(0.5, 5.0), xtol=1e-13)
    return found.root * a


def by_fsolve(a, b):
    return np.sum(fsolve(system, np.ones(2), args=(a, b), xtol=1e-13) ** 2)


def by_root(a, b):
    return np.sum(scipy.optimize.root(system, np.ones(2), args=(a, b), tol=1e-13).x ** 3)


def of_a_list(a, n):
    items = []
    for k in range(n):
        items.append(a * k)

    def residual(x):
        total = x**3
        for item in items:
            total = total + item * x - 1.0
        return total

    return root(residual, 1.0)


def power(x, a, n):
    return 1.0 if n == 0 else x * a * a * power(x, a, n - 1)


def recursive(a):
    return root(lambda x: power(x, a, 3) + power(x, 1.0, 2) - a, 1.0, solver=scipy.optimize.newton)


@custom_vjp
def square(x):
    return x * x


square.defvjp(lambda x: (x * x, x), lambda x, bar: (2.0 * x * bar,))


def with_custom_parts(a):
    return np.sum(root(lambda x: square(x) * a - V, np.ones(3))) + root(lambda x: square(x) * a - 2.0, 1.0)


CASES = [
    (of_a_list, (1.3, 3)),
    (eccentric, (0.9, 0.3)), (of_a_system, (2.0, 1.5)), (closure, (MATRIX, V, 0.7)), (by_scipy, (MATRIX, V)),
    (by_a_function_of_scipy, (MATRIX, V)), (by_a_solver_of_mine, (2.0,)), (by_a_method, (0.4, 2.0)), (in_a_loop, (1.3, 4)),
    (while_loop, (2.0,)), (scalar_inside, (2.0, V)), (nested, (1.3,)), (start_varies, (2.0,)), (cosine, (0.9,)),
    (equilibrium, (0.1 * MATRIX, V)), (ridge, (MATRIX, V, 0.3)), (smallest, (0.7,)),
    (lambda a: np.sum(by_minimize(a)), (0.7,)), (brent, (2.0,)), (brackets, (2.0,)), (by_newton, (2.0,)),
    (by_root_scalar, (2.0,)), (by_fsolve, (2.0, 1.5)), (by_root, (2.0, 1.5)),
]


@pytest.mark.parametrize("primal, args", CASES)
def test_right_derivatives_to_second_order(primal, args):
    check_grads(primal, args, order=2)


def test_recursive_residuals_and_custom_vjp():
    """First derivatives: recursion has no others, and custom_vjp none in forward mode."""
    check_grads(recursive, (1.3,))
    check_grads(with_custom_parts, (1.3,), modes="rev")
    assert np.allclose(grad(with_custom_parts)(1.3), -0.5 * 1.3**-1.5 * (np.sum(np.sqrt(V)) + math.sqrt(2.0)))


def test_closed_forms():
    assert grad(lambda a: root(lambda x: x * x - a, 1.0))(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-14)
    assert grad(grad(lambda a: root(lambda x: x * x - a, 1.0)))(2.0) == pytest.approx(-0.25 * 2.0**-1.5, rel=1e-13)
    third = grad(grad(grad(lambda a: root(lambda x: math.exp(x) - a, 1.0))))
    assert third(2.0) == pytest.approx(2.0 / 2.0**3, rel=1e-12)
    solve = jacobian(lambda b: root(lambda x: MATRIX @ x - b, np.zeros(3)))
    assert np.allclose(solve(V), np.linalg.inv(MATRIX), rtol=1e-13)
    mean, eccentricity = 0.9, 0.3
    value, slope = value_and_grad(eccentric)(mean, eccentricity)
    assert slope == pytest.approx(1.0 / (1.0 - eccentricity * math.cos(value)), rel=1e-14)
    least = hessian(lambda c: argmin(lambda x: (x - c @ c) ** 2, 0.0))
    assert np.allclose(least(V), 2.0 * np.eye(3))


def test_all_modes_agree():
    matrix = jacobian(lambda b: root(lambda x: MATRIX @ x + x**3 - b, np.zeros(3)))(V)
    _, tangent = jvp(lambda b: root(lambda x: MATRIX @ x + x**3 - b, np.zeros(3)))((V,), (V,))
    _, pull = vjp(lambda b: root(lambda x: MATRIX @ x + x**3 - b, np.zeros(3)))(V)
    assert np.allclose(matrix @ V, tangent) and np.allclose(V @ matrix, pull(V)[0])


def test_values_without_derivatives():
    assert root(cubic, 1.0, 2.0) == pytest.approx((1.0 + math.sqrt(5.0)) / 2.0)
    assert np.allclose(root(system, [1, 1], 2.0, 1.5), scipy.optimize.root(system, np.ones(2), args=(2.0, 1.5), tol=1e-12).x)
    assert fixed_point(math.cos, 1.0) == pytest.approx(0.7390851332151607)
    assert argmin(lambda x: (x - 3.0) ** 2, 1) == pytest.approx(3.0)
    assert np.allclose(argmin(lambda x: np.sum((x - V) ** 2), np.zeros(3)), V)
    assert root(cubic, 1.0, 2.0, solver=scipy.optimize.newton) == pytest.approx((1.0 + math.sqrt(5.0)) / 2.0)
    assert np.allclose(root(lambda x: MATRIX @ x - V, np.zeros(3), solver=scipy.optimize.root), np.linalg.solve(MATRIX, V))


def test_scales():
    """The default solver works to the rounding errors of x, however large or small it is."""
    for scale in (1e-19, 1e-6, 1.0, 1e12):
        found = root(lambda x, s: (x / s) ** 3 + x / s - 2.0, scale * 3.0, scale)
        assert found == pytest.approx(scale, rel=1e-14)
        slope = grad(lambda s, x0: root(lambda x: (x / s) ** 3 + x / s - 2.0, x0))
        assert slope(scale, scale * 3) == pytest.approx(1.0, rel=1e-13)
    assert grad(lambda a: root(lambda x: x - a, 1.0))(0.0) == 1.0


def test_an_offset_does_not_blur_the_minimum():
    assert argmin(lambda x: 1e10 + (x - 1.5) ** 2, 0.5) == pytest.approx(1.5, rel=1e-12)


def test_what_does_not_converge_raises():
    for call in (lambda: root(lambda x: x * x + 1.0, 0.5), lambda: fixed_point(lambda x: 2.0 * x + 1.0, 1.0),
                 lambda: argmin(lambda x: -(x**2), 0.0), lambda: argmin(lambda x: x[0] ** 2 - x[1] ** 2, np.zeros(2))):
        with pytest.raises((ArithmeticError, np.linalg.LinAlgError)):
            call()
    with pytest.raises(ArithmeticError):
        grad(lambda a: root(lambda x: x * x + a, 0.5))(1.0)
    with pytest.raises(ZeroDivisionError):
        grad(lambda a: root(lambda x: (x - a) ** 2, 0.5, solver=lambda f, x0: 1.0))(1.0)


def test_the_source_is_what_a_person_would_write():
    derivative = grad(eccentric, wrt="eccentricity")
    assert derivative(0.9, 0.3) == pytest.approx(math.sin(eccentric(0.9, 0.3)) / (1 - 0.3 * math.cos(eccentric(0.9, 0.3))))
    body = derivative.source.split("def eccentric_grad")[1]
    assert "np.linalg" not in derivative.source and len(body.splitlines()) <= 8
    by_root_of_scipy = grad(by_root)
    by_root_of_scipy(2.0, 1.5)
    assert "import scipy.optimize" in by_root_of_scipy.source and "np.linalg.solve(jacobian.T" in by_root_of_scipy.source


@pytest.mark.parametrize("primal, args", [(eccentric, (0.9, 0.3)), (of_a_system, (2.0, 1.5)), (brent, (2.0,)),
                                          (ridge, (MATRIX, V, 0.3)), (by_a_method, (0.4, 2.0))])
def test_saved_files_need_nothing_of_ours(tmp_path, primal, args):
    derivative = grad(primal)
    expected = derivative(*args)
    derivative.save(tmp_path / "saved.py")
    code = ("import sys, numpy as np\nfrom numpy import array\nimport saved\n"
            f"print(repr(saved.{primal.__name__}_grad{args!r}))\nassert 'adcompiler' not in sys.modules")
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    found = eval(shown, {"array": np.array, "np": np})
    assert np.allclose(found, expected, rtol=1e-14)


def changes(x, items):
    items.append(x)
    return x


def outside(a):
    seen = []
    return root(lambda x: changes(x - a, seen), 1.0)


@pytest.mark.parametrize("call, words", [
    (lambda: grad(lambda a: root(cubic, 1.0, a, tol=1e-3))(2.0), "takes a function, where to start"),
    (lambda: grad(lambda a: root(cubic))(2.0), "takes a function, where to start"),
    (lambda: grad(lambda a: root(lambda x: np.array([x, x - a]), 1.0))(2.0), "as many equations as unknowns"),
    (lambda: grad(lambda a: np.sum(root(lambda x: np.sum(x) - a, np.ones(2))))(2.0), "as many equations as unknowns"),
    (lambda: grad(lambda a: np.sum(root(lambda x: x - a, np.ones((2, 2)))))(2.0), "solve for a vector"),
    (lambda: grad(lambda a: np.sum(root(lambda x: x - a, np.ones(2, dtype=np.float32))))(2.0), "float64"),
    (lambda: grad(outside)(2.0), "changes values outside of it"),
    (lambda: grad(lambda a: root(cubic, 1.0, a, solver=lambda f, x0: (x0, x0)))(2.0), "needs functions that return a number"),
    (lambda: grad(lambda a: np.sum(fsolve(cubic, 1.0, args=(a,))))(2.0), "a vector as the unknown"),
    (lambda: grad(lambda a: brentq(cubic, 0.5, 5.0, args=(a,), full_output=True)[0])(2.0), "'full_output' of brentq()"),
    (lambda: grad(lambda a: root(lambda x: x - float(str(a)), 1.0))(2.0), "ADC502"),
])
def test_refused(call, words):
    with pytest.raises(CompileError) as caught:
        call()
    assert words in str(caught.value)
