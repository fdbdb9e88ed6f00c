"""Masks of `np.where` in every mode: the side that was not taken leaves no trace, and values stay those of the primal."""

import numpy as np
import pytest

from adcompiler import grad, hessian, hvp, jacobian, jacrev, jvp, value_and_grad, vjp

V = np.array([1.2, -0.7, 0.4, -0.9])
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def roots(v):
    return np.where(v > 0.0, np.sqrt(v), 2.0 * v)


def of_several_steps(v):
    u = np.sqrt(v)
    return np.sum(np.where(v > 0.0, u * np.exp(u) + np.log(u), v ** 3))


def of_a_gradient(v):
    slope = grad(lambda y: np.sum(np.where(y > 0.0, 3.0 * np.sqrt(y) ** 3, y ** 3)))(v)
    return np.sum(slope * v)


def differences(primal, v, step=1e-6):
    return np.stack([(primal(v + e) - primal(v - e)) / (2 * step) for e in step * np.eye(len(v))], axis=-1)


def test_reverse_mode_of_arrays():
    slopes = differences(roots, V)
    bar = np.array([1.0, 2.0, -1.0, 0.5])
    assert np.allclose(vjp(roots)(V)[1](bar)[0], bar @ slopes)
    assert np.allclose(jacrev(roots)(V), slopes)
    assert np.allclose(jacobian(roots, mode="reverse")(V), slopes)


@pytest.mark.parametrize("primal", [of_several_steps, of_a_gradient])
def test_every_mode(primal):
    slopes = differences(primal, V)
    assert np.allclose(grad(primal)(V), slopes)
    assert np.allclose(vjp(primal)(V)[1](2.0)[0], 2.0 * slopes)
    assert np.allclose(jvp(primal)((V,), (V,)), (primal(V), slopes @ V))
    second = differences(grad(primal), V)
    assert np.allclose(hessian(primal)(V), second, atol=1e-6)
    assert np.allclose(hvp(primal)(V, V), second @ V, atol=1e-6)
    assert np.allclose(vjp(grad(primal))(V)[1](V)[0], V @ second, atol=1e-6)


def test_values_are_those_of_the_primal():
    """0 times infinity is no number, and the reverse sweep must not hide that."""
    def total(v, w):
        part = np.where(v > 0.0, v, 0.0)
        return np.sum(part * w)

    weights = np.array([1.0, np.inf, 1.0, 1.0])
    value, slope = value_and_grad(total)(V, weights)
    assert np.isnan(total(V, weights)) and np.isnan(value)
    assert np.array_equal(slope, [1.0, 0.0, 1.0, 0.0])
