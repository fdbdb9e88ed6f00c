"""Forward and reverse mode agree: along a random direction, the tangent is the inner product with the gradient.

The gradients themselves are compared with differences elsewhere.
"""

import inspect
import sys
import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest

from adcompiler import CompileError, grad, hvp, jvp, value_and_grad
from tests.library.cases import CASES
from tests.library.programs import differentiated, program_of
from tests.modes.directions import direction, inner, moved, same, size

sys.path.append(str(Path(__file__).parents[1] / "programs"))

import hard_programs
import random_arrays
import view_programs
from array_promises import defined

PROGRAMS = [*hard_programs.CALLS, *view_programs.CALLS]
PENDING = set((Path(__file__).parents[1] / "library" / "pending.txt").read_text().splitlines())
SUPPORTED = [case for case in CASES if not {case, case.rpartition("-")[0]} & PENDING]
ROWS = {case.rpartition("-")[0]: case for case in reversed(SUPPORTED)}
RANDOM = 60


def agree(primal, args, wrt, rel=1e-9):
    """Value and tangent are those that reverse mode gives, and the arguments are left alone."""
    rng = np.random.default_rng(3)
    names = list(inspect.signature(primal).parameters)
    tangents = tuple(direction(a, rng) if n in wrt else None for n, a in zip(names, args, strict=False))
    given = deepcopy(args)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, tangent = jvp(primal)(given, tangents)
        expected, gradients = value_and_grad(primal, wrt=tuple(n for n in names if n in wrt))(*deepcopy(args))
    assert same(list(given), list(args)), "the arguments were changed"
    assert same(value, expected, rel)
    chosen = [t for n, t in zip(names, tangents, strict=False) if n in wrt]
    scale = sum(size(g) for g in gradients)
    assert np.allclose(tangent, sum(inner(g, t) for g, t in zip(gradients, chosen, strict=True)), rtol=rel,
                       atol=rel * max(1.0, scale), equal_nan=True)


@pytest.mark.parametrize("primal, args", PROGRAMS, ids=[f"{f.__name__}-{k}" for k, (f, _) in enumerate(PROGRAMS)])
def test_programs(primal, args):
    rng = np.random.default_rng(0)
    names = list(inspect.signature(primal).parameters)
    wrt = [n for n, a in zip(names, args, strict=False) if direction(a, rng) is not None]
    if not wrt:
        pytest.skip("no argument holds a real number")
    agree(primal, args, wrt)


@pytest.mark.parametrize("case", [*ROWS.values()])
def test_library(case, request):
    every = [c for c in SUPPORTED if c.rpartition("-")[0] == case.rpartition("-")[0]]
    for one in every if request.config.getoption("--budget") else [case]:
        primal, values = program_of(one)
        if wrt := differentiated(values):
            agree(primal, tuple(values.values()), wrt, 1e-7)


def test_random_arrays(request):
    checked = 0
    for seed in range(request.config.getoption("--budget") or RANDOM):
        made = random_arrays.program(seed)
        if any(getattr(a, "dtype", None) == np.float32 for a in made.args):
            continue
        primal = defined(made.source, f"<program {seed} in forward mode>")
        try:
            value_and_grad(primal, wrt=made.wrt)(*deepcopy(made.args))
        except CompileError:
            continue
        agree(primal, tuple(np.float64(a) if isinstance(a, np.ndarray) and not a.ndim else a for a in made.args), made.wrt, 1e-7)
        checked += 1
    assert checked >= RANDOM // 2


def test_products_with_the_hessian(request):
    """Forward over reverse, against differences of the gradient of random programs."""
    tally = {"right": 0, "no difference": 0}
    for seed in range(request.config.getoption("--budget") or RANDOM // 2):
        made = random_arrays.program(seed)
        if any(getattr(a, "dtype", None) == np.float32 for a in made.args):
            continue
        primal = defined(made.source, f"<program {seed} at second order>")
        args = tuple(float(a) if isinstance(a, np.ndarray) and not a.ndim else a for a in made.args)
        names, rng = list(inspect.signature(primal).parameters), np.random.default_rng(seed)
        along = {n: direction(a, rng) for n, a in zip(names, args, strict=True) if n in made.wrt}
        weights = [direction(a, rng) for n, a in zip(names, args, strict=True) if n in made.wrt]
        gradient = grad(primal, wrt=made.wrt)

        def at(step, args=args, names=names, along=along, weights=weights, gradient=gradient):
            there = (moved(a, along.get(n), step) for n, a in zip(names, args, strict=True))
            return sum(inner(float(g) if np.ndim(g) == 0 else g, w) for g, w in zip(gradient(*deepcopy(tuple(there))), weights,
                                                                                      strict=True))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                coarse, fine = ((at(h) - at(-h)) / (2 * h) for h in (1e-5, 5e-6))
            except CompileError:
                continue
            product = hvp(primal, wrt=made.wrt)(*deepcopy(args), tuple(along[n] for n in names if n in along))
        found = sum(inner(float(p) if np.ndim(p) == 0 else p, w) for p, w in zip(product, weights, strict=True))
        if abs(coarse - fine) > 1e-3 * max(1.0, abs(fine)):
            tally["no difference"] += 1
        else:
            assert abs(found - fine) <= 1e-4 * max(1.0, abs(fine)), (seed, found, fine)
            tally["right"] += 1
    assert tally["right"] >= 10 > tally["no difference"]
