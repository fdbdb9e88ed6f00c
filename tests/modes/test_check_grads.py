"""check_grads: passes for what is right, and names the worst entry of what is wrong."""

import numpy as np
import pytest

from adcompiler import check_grads, stop_gradient
from tests.modes.test_derivatives import PROGRAMS, A, X, affine, energy, quadratic, rosenbrock


@pytest.mark.parametrize("primal, args", PROGRAMS, ids=[f"{f.__name__}-{k}" for k, (f, _) in enumerate(PROGRAMS)])
def test_right_derivatives_pass(primal, args):
    check_grads(primal, args)


@pytest.mark.parametrize("primal, args", [(rosenbrock, (X,)), (energy, (X, A, 2)), (affine, (X, A)),
                                          (quadratic, ({"a": 0.7, "b": 1.3, "v": X},))])
def test_second_order(primal, args):
    check_grads(primal, args, order=2)


def test_single_precision():
    check_grads(affine, (X.astype(np.float32), A.astype(np.float32)), atol=1e-3, rtol=1e-3)


def half_stopped(p, n):
    """Its derivative by the second element of p['v'] is meant to be wrong."""
    return p["a"] * np.sum(p["v"] ** n) + stop_gradient(p["v"][1]) ** 2


def stopped_at_second_order(x):
    return x[0] ** 3 + x[1] * stop_gradient(x[1])


def test_the_worst_entry_is_named():
    args = ({"a": 0.5, "v": np.array([1.0, 2.0, 3.0])}, 2)
    with pytest.raises(AssertionError, match=r"half_stopped: argument 0\.v\[1\]: reverse mode gives"):
        check_grads(half_stopped, args, modes=("rev",))
    with pytest.raises(AssertionError, match="half_stopped: result: the tangent is"):
        check_grads(half_stopped, args, modes="fwd")
    with pytest.raises(AssertionError):
        check_grads(stopped_at_second_order, (X,), order=2)


@pytest.mark.parametrize("options", [{"modes": ("sideways",)}, {"order": 3}, {"modes": ()}])
def test_mistakes(options):
    with pytest.raises(ValueError):
        check_grads(rosenbrock, (X,), **options)
    with pytest.raises(TypeError):
        check_grads(rosenbrock, ([1, 2, 3],))
    with pytest.raises(TypeError, match="a tuple of the arguments"):
        check_grads(rosenbrock, X)
