"""Functions that bring their derivative."""

import statistics

import numpy as np
import pytest

from adcompiler import CompileError, check_grads, custom_vjp, grad, jacobian, jvp, value_and_grad, vjp

V = np.array([0.1, 0.2, -0.3])
NORMAL = statistics.NormalDist()


@custom_vjp
def softplus(x):
    return np.log(1.0 + np.exp(x))


def softplus_forward(x):
    e = np.exp(x)
    return np.log(1.0 + e), e


def softplus_backward(e, bar):
    return (bar * (1.0 - 1.0 / (1.0 + e)),)


softplus.defvjp(softplus_forward, softplus_backward)


@custom_vjp
def limited(x, most, n=1):
    """x itself; its cotangent is clipped."""
    return x * n


def limited_forward(x, most, n):
    return x * n, (most, n)


def limited_backward(saved, bar):
    most, n = saved
    return np.clip(bar * n, -most, most), None, None


limited.defvjp(limited_forward, limited_backward)


@custom_vjp
def normal_cdf(x):
    return float(NORMAL.cdf(x))


def normal_forward(x):
    return float(NORMAL.cdf(x)), x


def normal_backward(x, bar):
    return (bar * np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi),)


normal_cdf.defvjp(normal_forward, normal_backward)


@custom_vjp
def twice_wrong(x):
    return x * x


twice_wrong.defvjp(lambda x: (x * x, x), lambda x, bar: (bar * 3.0 * x,))


@custom_vjp
def of_two(a, b):
    return a @ b


def of_two_forward(a, b):
    return a @ b, {"a": a, "b": b}


def of_two_backward(saved, bar):
    return np.outer(bar, saved["b"]), saved["a"].T @ bar


of_two.defvjp(of_two_forward, of_two_backward)


def weighted(v, s):
    return np.sum(softplus(v * s)) * s


def in_a_loop(x, n):
    for i in range(n):
        if i % 2:
            x = softplus(x) * x
        else:
            x = softplus(0.5 * x)
    return np.sum(x)


def with_matrix(a, b):
    return np.sum(of_two(a, b) ** 2) + np.sum(of_two(a.T, b))


def opaque(x):
    return normal_cdf(x * 2.0) * x


@pytest.mark.parametrize("primal, args", [(weighted, (V, 1.3)), (in_a_loop, (V, 4)), (in_a_loop, (0.7, 3)),
                                          (with_matrix, (np.arange(9.0).reshape(3, 3) / 9, V)), (opaque, (0.4,)),
                                          (softplus, (0.7,)), (normal_cdf, (0.7,))])
def test_right_derivatives(primal, args):
    check_grads(primal, args, modes="rev")


def test_it_is_used_and_nothing_else():
    """The derivative that is brought counts, also where it is another one."""
    assert grad(twice_wrong)(2.0) == 6.0
    assert grad(lambda x: twice_wrong(x) + x)(2.0) == 7.0
    with pytest.raises(AssertionError):
        check_grads(twice_wrong, (2.0,), modes="rev")
    assert np.allclose(grad(lambda x: np.sum(limited(x, 0.5) * 3.0))(V), 0.5)
    assert np.allclose(grad(lambda x: np.sum(limited(x, 50.0, 2) * 3.0))(V), 6.0)
    assert grad(softplus)(800.0) != grad(lambda x: np.log(1.0 + np.exp(x)))(1.0)


def test_values_and_other_modes():
    value, gradient = value_and_grad(opaque)(0.4)
    assert value == opaque(0.4)
    assert vjp(opaque)(0.4)[1](2.0)[0] == pytest.approx(2.0 * gradient)


def test_second_order_goes_through_the_parts():
    first, second = grad(in_a_loop), grad(grad(in_a_loop))
    assert second(0.7, 3) == pytest.approx((first(0.7 + 1e-6, 3) - first(0.7 - 1e-6, 3)) / 2e-6, rel=1e-6)


def test_the_source_calls_the_parts():
    derivative = grad(weighted, wrt="v")
    derivative(V, 1.3)
    assert "def _softplus_forward(x):" in derivative.source and "_softplus_backward(e, " in derivative.source
    space = {}
    exec(derivative.source, space)
    assert np.allclose(space["weighted_grad"](V, 1.3), derivative(V, 1.3))


@custom_vjp
def without(x):
    return x


@custom_vjp
def no_pair(x):
    return x


no_pair.defvjp(lambda x: x, lambda x, bar: (bar,))


@custom_vjp
def too_few(x, y):
    return x * y


too_few.defvjp(lambda x, y: (x * y, x), lambda x, bar: (bar,))


@custom_vjp
def nothing_for_y(x, y):
    return x * y


def y_forward(x, y):
    return x * y, y


def y_backward(y, bar):
    return bar * y, None


nothing_for_y.defvjp(y_forward, y_backward)


@custom_vjp
def several(x):
    return x, x


several.defvjp(lambda x: ((x, x), x), lambda x, bar: (bar,))


@pytest.mark.parametrize("call, words", [
    (lambda: grad(without)(1.0), "has no derivative yet"), (lambda: grad(no_pair)(1.0), "must return a pair"),
    (lambda: grad(too_few)(1.0, 2.0), "a cotangent for each parameter"),
    (lambda: grad(nothing_for_y, wrt="y")(1.0, 2.0), "gives nothing of the shape of an argument"),
    (lambda: grad(lambda x: several(x)[0])(1.0), "more than one number or array"),
    (lambda: jvp(opaque)((0.4,), (1.0,)), "forward mode needs another one"),
])
def test_refused(call, words):
    with pytest.raises(CompileError) as caught:
        call()
    assert words in str(caught.value)


scaled = custom_vjp(lambda c, v: c * v)
scaled.defvjp(lambda c, v: (c * v, (c, v)), lambda saved, bar: (bar * saved[1], bar * saved[0]))
ones = custom_vjp(lambda v, *, n=2: v ** n)
ones.defvjp(lambda v, n: (v ** n, (v, n)), lambda saved, bar: (bar * saved[1] * saved[0] ** (saved[1] - 1), None))


def test_cotangents_of_other_axes():
    """They are refused where the argument varies, and of no interest where it is constant."""
    assert np.array_equal(grad(lambda v: np.sum(scaled(2.0, v)))(np.ones(3)), [2.0, 2.0, 2.0])
    with pytest.raises(CompileError, match="nothing of the shape of an argument"):
        grad(lambda c, v: np.sum(scaled(c, v)))(2.0, np.ones(3))


def test_lambdas_and_keywords():
    assert grad(ones)(3.0) == 6.0
    assert grad(ones)(3.0, n=3) == 27.0


def test_the_jacobian_takes_the_mode_that_there_is():
    assert np.allclose(jacobian(lambda v: ones(v, n=3))(np.array([1.0, 2.0])), np.diag([3.0, 12.0]))
