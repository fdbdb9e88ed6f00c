"""vmap gives what a loop over the examples gives, for functions and for gradients."""

import inspect
import sys
import warnings
from collections import Counter
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from adcompiler import CompileError, grad, hessian, jacfwd, value_and_grad, vmap
from tests.library.cases import CASES
from tests.library.programs import differentiated, program_of

sys.path.append(str(Path(__file__).parents[1] / "programs"))

import hard_programs
import random_arrays
from array_promises import defined
from judge import parts

PENDING = set((Path(__file__).parents[1] / "library" / "pending.txt").read_text().splitlines())
SUPPORTED = [case for case in CASES if not {case, case.rpartition("-")[0]} & PENDING]
ROWS = {case.rpartition("-")[0]: case for case in reversed(SUPPORTED)}
RNG = np.random.default_rng(2)
X, Y, W = RNG.normal(size=(5, 4)), RNG.normal(size=5), RNG.normal(size=4)


def looped(f, args, in_axes):
    """The results for the examples, one after the other, stacked leaf by leaf."""
    count = next(np.shape(a)[axis] for a, axis in zip(args, in_axes, strict=True) if axis is not None)
    found = [list(parts(f(*[deepcopy(a) if axis is None else np.take(a, k, axis)[()] if np.ndim(a) > 1 else a[k].item()
                               for a, axis in zip(args, in_axes, strict=True)]))) for k in range(count)]
    return [np.stack([np.asarray(f[k]) for f in found]) for k in range(len(found[0]))]


def check(f, *args, in_axes=None, rel=1e-9):
    """The source, after the comparison."""
    in_axes = (0,) * len(args) if in_axes is None else in_axes
    given = deepcopy(args)
    batched = vmap(f, in_axes=in_axes)
    found = list(parts(batched(*given)))
    for a, b in zip(args, given, strict=True):
        np.testing.assert_array_equal(a, b)
    for got, expected in zip(found, looped(f, args, in_axes), strict=True):
        assert np.shape(got) == expected.shape
        np.testing.assert_allclose(got, expected, rtol=rel, atol=1e-10)
    return batched.source


def logistic(w, x, y):
    return (1.0 / (1.0 + np.exp(-np.dot(w, x))) - y) ** 2


def with_branches(x):
    s = 0.0
    for i in range(len(x)):
        if x[i] > 0.3:
            s += np.sin(x[i])
        elif x[i] > 0.0:
            s *= x[i]
        else:
            s -= x[i] * x[i]
    return s


def until_small(x):
    y = x * x + 1.0
    while y > 0.5:
        y = y * 0.6 - 0.01 * x
    return y * x


def in_place(x):
    a = x.copy()
    for i in range(1, len(a)):
        a[i] = a[i - 1] * a[i] + x[0]
    a[1:] *= 2.0
    return np.sum(a * a)


def nearest_of_all(x):
    best = np.inf
    for i in range(len(x)):
        if x[i] * x[i] < best:
            best = x[i] * x[i]
    return best


def with_a_matrix(x):
    m = np.outer(x, x) + 3.0 * np.eye(len(x))
    return np.linalg.solve(m, x) @ x + np.linalg.slogdet(m)[1]


ONE = [with_branches, in_place, nearest_of_all, with_a_matrix]


@pytest.mark.parametrize("f", ONE)
def test_functions_of_a_vector(f):
    check(f, X)
    check(f, X.T.copy(), in_axes=(1,))
    check(grad(f), X, rel=1e-7)
    check(grad(f), X[:1], rel=1e-7)


def test_gradients_for_each_example():
    source = check(grad(logistic), W, X, Y, in_axes=(None, 0, 0))
    assert "for " not in source.split('"""')[2]
    check(logistic, X, X, Y)
    check(value_and_grad(logistic, wrt=(0, 1)), W, X, Y, in_axes=(None, 0, 0))
    check(grad(logistic, wrt=(1, 2)), W, X, Y, in_axes=(None, 0, 0))


def test_loops_that_end_at_different_times():
    check(until_small, np.abs(Y) + 0.2)
    check(grad(until_small), np.abs(Y) + 0.2)


def test_of_vmap_and_of_matrices():
    check(hessian(in_place), X, rel=1e-7)
    check(jacfwd(lambda x: x * np.sum(x * x)), X)
    pairs = vmap(vmap(lambda a, b: np.sin(a) * b, in_axes=(0, None)), in_axes=(None, 0))(Y, W)
    np.testing.assert_allclose(pairs, np.sin(Y)[None, :] * W[:, None])


def test_structures_and_axes():
    def f(p, x):
        return {"y": p["w"] * x + p["b"], "s": np.sum(x)}
    got = vmap(f, in_axes=({"w": 0, "b": None}, 0), out_axes={"y": 1, "s": 0})({"w": Y, "b": 2.0}, X)
    np.testing.assert_allclose(got["y"], (Y[:, None] * X + 2.0).T)
    np.testing.assert_allclose(got["s"], X.sum(axis=1))


def test_mistakes():
    with pytest.raises(CompileError, match="ADC527"):
        vmap(logistic)(X, X[:3], Y)
    with pytest.raises((CompileError, ValueError, TypeError)):
        vmap(logistic, in_axes=(None, None, None))(W, X[0], 1.0)


def examples(value):
    """Three examples that look like a value, and the axis of them; what is no real array stays what it is."""
    if isinstance(value, float):
        return np.array([value, 1.01 * value, 0.98 * value]), 0
    if isinstance(value, np.ndarray) and value.dtype == np.float64 and value.ndim:
        return np.stack([value, 1.01 * value, 0.98 * value]), 0
    return value, None


def judged(f, args, tally):
    """Compare vmap with a loop where it is not refused, and where the loop works."""
    stacked = [examples(a) for a in args]
    if all(axis is None for _, axis in stacked):
        return
    in_axes = tuple(axis for _, axis in stacked)
    given = [a for a, _ in stacked]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = looped(f, deepcopy(given), in_axes)
        except Exception:
            return  # the program has no value there, or values of different shapes
        tally["programs"] += 1
        try:
            got = list(parts(vmap(f, in_axes=in_axes)(*deepcopy(given))))
        except CompileError as error:
            tally[error.code] += 1
            return
        except (IndexError, ValueError):  # both sides of a branch are computed, and the one that is not taken may fail
            tally["raised"] += 1
            return
    tally["right"] += 1
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("case", [*ROWS.values()])
def test_library(case):
    primal, values = program_of(case)
    if differentiated(values):
        judged(primal, tuple(values.values()), Counter())
        judged(grad(primal, wrt=differentiated(values)[0]), tuple(values.values()), Counter())


@pytest.mark.parametrize("primal, args", hard_programs.CALLS,
                         ids=[f"{f.__name__}-{k}" for k, (f, _) in enumerate(hard_programs.CALLS)])
def test_hard_programs(primal, args):
    if any(p.kind.name.startswith("VAR") for p in inspect.signature(primal).parameters.values()):
        pytest.skip("*args have no axes")
    judged(primal, args, Counter())


def test_random_arrays(request):
    tally = Counter()
    for seed in range(request.config.getoption("--budget") or 60):
        made = random_arrays.program(seed)
        primal = defined(made.source, f"<program {seed} for many examples>")
        judged(primal, made.args, tally)
        judged(grad(primal, wrt=made.wrt), made.args, tally)
    assert tally["right"] >= 0.6 * tally["programs"], tally
    assert tally["raised"] <= 0.02 * tally["programs"], tally
