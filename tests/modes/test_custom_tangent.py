"""Functions that bring their tangent."""

import statistics

import numpy as np
import pytest

from adcompiler import CompileError, check_grads, custom_jvp, custom_vjp, grad, hessian, hvp, jacfwd, jacrev, jvp, vjp
from adcompiler.cli import main

V = np.array([0.1, 0.2, -0.3])
NORMAL = statistics.NormalDist()


@custom_jvp
def softplus(x):
    return np.log(1.0 + np.exp(x))


def softplus_tangent(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    e = np.exp(x)
    return np.log(1.0 + e), x_dot * (1.0 - 1.0 / (1.0 + e))


softplus.defjvp(softplus_tangent)


@custom_jvp
def growth(x, rate, n=1):
    return np.exp(x * rate * n)


def growth_tangent(primals, tangents):
    x, rate, n = primals
    y = growth(x, rate, n)
    return y, y * n * (rate * tangents[0] + x * tangents[1])


growth.defjvp(growth_tangent)


@custom_jvp
def normal_cdf(x):
    return float(NORMAL.cdf(x))


def normal_tangent(primals, tangents):
    x = primals[0]
    return normal_cdf(x), tangents[0] * np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


normal_cdf.defjvp(normal_tangent)


@custom_jvp
def logarithm(x):
    return np.log(x)


def logarithm_tangent(primals, tangents):
    """With divisions of a tangent, one of them in a branch."""
    x, x_dot = primals[0], tangents[0]
    if np.sum(x) > 10.0:
        return logarithm(x), (x_dot / 2.0) / (x / 2.0)
    return logarithm(x), x_dot / x


logarithm.defjvp(logarithm_tangent)


@custom_jvp
def scaled(p, v):
    return p["a"] * v + p["b"]


def scaled_tangent(primals, tangents):
    p, v = primals
    p_dot, v_dot = tangents
    return p["a"] * v + p["b"], p_dot["a"] * v + p["a"] * v_dot + p_dot["b"]


scaled.defjvp(scaled_tangent)


@custom_jvp
def product(a, b):
    return a @ b


def product_tangent(primals, tangents):
    (a, b), (a_dot, b_dot) = primals, tangents
    return a @ b, a_dot @ b + a @ b_dot


product.defjvp(product_tangent)


@custom_jvp
def powers(x):
    return x**3


def powers_tangent(primals, tangents):
    """With a loop over a tangent."""
    x, x_dot = primals[0], tangents[0]
    y, y_dot = x, x_dot
    for _ in range(2):
        y_dot = y_dot * x + y * x_dot
        y = y * x
    return y, y_dot


powers.defjvp(powers_tangent)


@custom_jvp
def thrice(x):
    return x * x


thrice.defjvp(lambda primals, tangents: (primals[0] ** 2, 3.0 * primals[0] * tangents[0]))


def weighted(v, s):
    return np.sum(softplus(v * s)) * s + np.sum(growth(v, s, 2))


def in_a_loop(x, n):
    for i in range(n):
        if i % 2:
            x = softplus(x) * x
        else:
            x = growth(0.1 * x, 1.5)
    return np.sum(x)


def broadcast(x, v):
    return np.sum(growth(x, v) * powers(v))


def with_dict(a, v):
    return np.sum(scaled({"a": a, "b": 2.0 * a}, v) ** 2)


def with_matrix(m, v):
    return np.sum(product(m, v) ** 2) + np.sum(product(m.T, v))


def of_numbers(x):
    return normal_cdf(2.0 * x) * powers(x)


def same_twice(x):
    return growth(x, x) * growth(2.0, x)


def logarithms(x):
    return logarithm(x) * logarithm(20.0 * x) / x


def inside(a):
    return grad(lambda x: np.sum(softplus(x * a)) * powers(x))(0.5)


MATRIX = np.arange(9.0).reshape(3, 3) / 9
CASES = [(weighted, (V, 1.3)), (in_a_loop, (V, 4)), (in_a_loop, (0.7, 3)), (broadcast, (0.5, V)), (broadcast, (V[:1], V)),
         (with_dict, (1.5, V)), (with_matrix, (MATRIX, V)), (of_numbers, (0.4,)), (logarithms, (0.7,)), (same_twice, (0.7,)),
         (inside, (1.5,)), (inside, (V,)), (softplus, (0.7,)), (powers, (0.7,))]


@pytest.mark.parametrize("primal, args", CASES)
def test_right_derivatives_to_second_order(primal, args):
    check_grads(primal, args, order=2)


def test_third_order():
    third = grad(grad(grad(normal_cdf)))(0.4)
    assert third == pytest.approx((0.4**2 - 1) * np.exp(-0.08) / np.sqrt(2 * np.pi))
    assert grad(grad(grad(powers)))(0.4) == pytest.approx(6.0)
    assert jvp(grad(grad(powers)))((0.4,), (1.0,))[1] == pytest.approx(6.0)


def test_it_is_used_and_nothing_else():
    assert grad(thrice)(2.0) == 6.0
    assert jvp(thrice)((2.0,), (1.0,)) == (4.0, 6.0)
    assert vjp(thrice)(2.0)[1](1.0) == (6.0,)
    assert grad(lambda x: grad(thrice)(x) * x)(2.0) == 12.0
    with pytest.raises(AssertionError):
        check_grads(thrice, (2.0,))


def test_matrices():
    expected = np.diag(1.0 / (1.0 + np.exp(-V)))
    for matrix in (jacfwd, jacrev):
        assert np.allclose(matrix(lambda v: softplus(v))(V), expected)
    curvature = np.exp(V) / (1.0 + np.exp(V)) ** 2
    assert np.allclose(hessian(lambda v: np.sum(softplus(v)))(V), np.diag(curvature))
    assert np.allclose(hvp(lambda v: np.sum(softplus(v)))(V, np.ones(3)), curvature)


def test_the_source_has_the_tangent_in_place():
    derivative = grad(weighted, wrt="s")
    derivative(V, 1.3)
    assert "softplus" not in derivative.source.replace("# return np.sum(softplus(v * s))", "")
    assert "tangent" not in derivative.source
    assert "def _growth(x, rate, n):" in derivative.source
    space = {}
    exec(derivative.source, space)
    assert space["weighted_grad"](V, 1.3) == pytest.approx(derivative(V, 1.3))


@custom_vjp
def halved(x):
    return x * x


halved.defvjp(lambda x: (x * x, x), lambda x, bar: (bar * x,))


def test_custom_vjp_in_a_gradient_inside():
    """The gradient inside is x, by the derivative that is brought; the outer one that of x."""
    assert grad(lambda a: grad(halved)(a * a))(3.0) == 6.0
    assert grad(lambda a: grad(lambda x: halved(x) * a)(2.0) * a)(3.0) == 12.0


MODEL = """\
import math

import adcompiler
from adcompiler import custom_vjp as own


@adcompiler.custom_jvp
def softplus(x: float) -> float:
    return math.log(1.0 + math.exp(x))


softplus.defjvp(lambda primals, tangents: (softplus(primals[0]), tangents[0] / (1.0 + math.exp(-primals[0]))))


@own
def cubed(x: float) -> float:
    return x**3


def cubed_forward(x):
    return x**3, x


def cubed_backward(x, bar):
    return (3.0 * x * x * bar,)


cubed.defvjp(cubed_forward, cubed_backward)


@own
def unknown(x: float) -> float:
    return x


if __name__ == "main":
    unknown.defvjp(cubed_forward, cubed_backward)


def energy(x: float) -> float:
    return softplus(x) * cubed(x)


def no(x: float) -> float:
    return unknown(x)
"""


def test_ahead_of_time(tmp_path, monkeypatch, capsys):
    """The file is read only; what is given elsewhere than at its top is refused."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text(MODEL)
    assert main(["model.py:energy", "-o", "energy_grad.py"]) == 0
    text = (tmp_path / "energy_grad.py").read_text()
    assert "import adcompiler" not in text
    space = {}
    exec(text, space)
    x, e = 0.7, np.exp(-0.7)
    assert space["energy_grad"](x) == pytest.approx(x**3 / (1 + e) + 3 * x * x * np.log(1 + 1 / e))
    capsys.readouterr()
    assert main(["model.py:no"]) != 0
    assert "ADC507" in capsys.readouterr().err


@custom_jvp
def squared_tangent(x):
    return x


squared_tangent.defjvp(lambda primals, tangents: (primals[0], tangents[0] ** 2))


@custom_jvp
def tangent_in_a_test(x):
    return x


def branching(primals, tangents):
    if tangents[0] > 0:
        return primals[0], tangents[0]
    return primals[0], 2.0 * tangents[0]


tangent_in_a_test.defjvp(branching)


@custom_jvp
def without(x):
    return x


@custom_jvp
def no_pair(x):
    return x


no_pair.defjvp(lambda primals, tangents: tangents[0])


@custom_jvp
def other_shape(x):
    return x


other_shape.defjvp(lambda primals, tangents: (primals[0], np.sum(tangents[0])))


@custom_jvp
def of_a_list(items):
    return items[0]


@custom_jvp
def several(x):
    return x, x


several.defjvp(lambda primals, tangents: ((primals[0], primals[0]), (tangents[0], tangents[0])))


@pytest.mark.parametrize("call, words", [
    (lambda: grad(squared_tangent)(1.0), "is not linear in the tangents"),
    (lambda: jvp(squared_tangent)((1.0,), (1.0,)), "is not linear in the tangents"),
    (lambda: grad(tangent_in_a_test)(1.0), "is not linear in the tangents"),
    (lambda: jvp(tangent_in_a_test)((1.0,), (1.0,)), "is not linear in the tangents"),
    (lambda: grad(without)(1.0), "has no derivative yet"), (lambda: grad(no_pair)(1.0), "must return a pair"),
    (lambda: grad(lambda v: np.sum(other_shape(v)))(V), "must return a pair"),
    (lambda: grad(lambda x: several(x)[0])(1.0), "more than one number or array"),
])
def test_refused(call, words):
    with pytest.raises(CompileError) as caught:
        call()
    assert words in str(caught.value)
