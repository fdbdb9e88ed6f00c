"""Random programs and hard ones have the same gradients on both targets. `--budget N` takes N random programs."""

import importlib.util
import itertools
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

import adcompiler
from adcompiler import CompileError

sys.path.append(str(Path(__file__).parents[1] / "programs"))

import hard_programs
from judge import copies, parts
from random_programs import programs

BUDGET = 60


def agree(f, args, wrt, tally):
    """Compare both targets; a program that is refused is counted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected = adcompiler.value_and_grad(f, wrt=wrt)(*copies(args))
        except (CompileError, ArithmeticError, ValueError):
            return  # that is judged elsewhere
        tally["programs"] += 1
        try:
            computed = adcompiler.value_and_grad(f, wrt=wrt, target="numba")(*copies(args))
        except CompileError as error:
            assert error.code in ("ADC701", "ADC702")
            tally["refused"] += 1
            return
    left, right = list(parts(computed)), list(parts(expected))
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9)


def test_random_programs(request, tmp_path):
    budget, tally = request.config.getoption("--budget") or BUDGET, Counter()

    @settings(max_examples=budget, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(programs())
    def check_one(program):
        agree(load(program.source, tmp_path), program.args, program.wrt, tally)

    check_one()
    assert tally["programs"] >= 0.8 * budget
    assert tally["refused"] <= 0.1 * tally["programs"], tally


def load(source, folder):
    """The function `f` of a module with this text."""
    path = next(p for k in itertools.count() if not (p := folder / f"program_{k}.py").exists())
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f


def test_hard_programs():
    tally = Counter()
    for f, args in hard_programs.CALLS[::4]:
        wrt = tuple(k for k, a in enumerate(args) if isinstance(a, float) or (isinstance(a, np.ndarray) and a.dtype.kind == "f"))
        agree(f, args, wrt or (0,), tally)
    assert tally["programs"] >= 25
    assert tally["refused"] <= 0.2 * tally["programs"], tally
