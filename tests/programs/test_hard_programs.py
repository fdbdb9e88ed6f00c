"""Every one of the hard programs has the right gradient, at first and at second order."""

import contextlib
import runpy
import warnings
from collections import Counter

import numpy as np
import pytest
from differences import slope
from hard_programs import CALLS, MAY_BE_REFUSED, arrays_changed_on_either_side
from judge import compare, copies, leaves, same
from view_programs import CALLS as VIEWS

from adcompiler import CompileError, grad, value_and_grad

IDS = [f"{function.__name__}-{k}" for k, (function, _) in enumerate(CALLS)]
SCALAR = [k for k, (_, args) in enumerate(CALLS) if type(args[0]) is float]


def real_parameters(primal, args):
    """The names of the parameters that hold real numbers."""
    names = primal.__code__.co_varnames[: len(args)]
    return tuple(name for name, arg in zip(names, args, strict=True) if type(arg) not in (int, bool))


@pytest.mark.parametrize("primal, args", CALLS, ids=IDS)
def test_gradient(primal, args):
    check(primal, args)


@pytest.mark.parametrize("primal, args", VIEWS, ids=[f"{function.__name__}-{k}" for k, (function, _) in enumerate(VIEWS)])
def test_indices_views_and_aliases(primal, args):
    check(primal, args)


@pytest.mark.parametrize("primal, args", MAY_BE_REFUSED,
                         ids=[function.__name__ for function, _ in MAY_BE_REFUSED])
def test_right_or_refused(primal, args):
    with contextlib.suppress(CompileError):
        check(primal, args)


def check(primal, args):
    """Value and gradients are right, and the arguments are left alone."""
    wrt = real_parameters(primal, args) or (primal.__code__.co_varnames[1],)
    given, tally = copies(args), Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        value, gradients = value_and_grad(primal, wrt=wrt)(*given)
        assert value == pytest.approx(primal(*copies(args)), rel=1e-13)
        assert same(given, args), "the gradient changed the caller's arrays"
        compare(primal, args, wrt, gradients, tally)
    assert tally["slopes checked"] >= 0.9 * sum(1 for arg in args for _ in leaves(arg)) - 1


@pytest.mark.parametrize("primal, args", [CALLS[k] for k in SCALAR], ids=[IDS[k] for k in SCALAR])
def test_second_derivative(primal, args):
    first, second = grad(primal), grad(grad(primal))
    x, *others = args
    expected = slope(lambda h: float(first(x + h, *copies(others))))
    try:
        got = second(x, *copies(others))
    except CompileError as error:
        assert error.code == "ADC504", error
        return
    assert not expected.trusted or abs(got - expected.value) <= 1e-6 * max(1.0, abs(expected.value))


def test_second_order_of_arrays_bound_on_one_side(tmp_path):
    """Nothing asks for the length of a list that only the other side has."""
    source = grad(arrays_changed_on_either_side).source
    for sign in (1.0, -1.0):
        a = np.array([sign * 0.8, 0.3, 0.2])
        text = f"{source}\n\ndef h(a):\n    return np.sum(arrays_changed_on_either_side_grad(a) ** 2)\n"
        (tmp_path / "saved.py").write_text(text)
        h = runpy.run_path(str(tmp_path / "saved.py"))["h"]
        second = grad(h)(a)
        for k in range(3):
            expected = slope(lambda e, k=k, h=h, a=a: float(h(a + e * np.eye(3)[k])))
            assert abs(second[k] - expected.value) <= 1e-6
