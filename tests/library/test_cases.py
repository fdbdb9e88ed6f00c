"""Every function that people use, with the arguments that they give it: value and gradient of small programs."""

import copy
import importlib
import warnings
from pathlib import Path

import numpy as np
import pytest

from adcompiler import CompileError, value_and_grad
from tests.library.operands import OPERANDS
from tests.library.programs import module_of, operands_of, result_of, source_of, weights

HERE = Path(__file__).parent
MODULES = [importlib.import_module(f"tests.library.cases.{path.stem}")
           for path in sorted((HERE / "cases").glob("*.py")) if path.stem != "__init__"]
CASES = {f"{row}-{k}": text for module in MODULES for row, texts in module.CASES.items() for k, text in enumerate(texts)}
DOUBLE = {row for module in MODULES for row in getattr(module, "DOUBLE", ())}
ABSENT = {row: reason for module in MODULES for row, reason in getattr(module, "ABSENT", {}).items()}
PENDING = set((HERE / "pending.txt").read_text().split())


def prepared(text, folder, narrow=False):
    """The program, its arguments and the names of those that are differentiated."""
    names = operands_of(text)
    values = {n: copy.deepcopy(OPERANDS[n]) for n in names}
    if narrow:
        values = {n: v.astype(np.float32) if isinstance(v, np.ndarray) and v.dtype == float else v for n, v in values.items()}
    result = result_of(text, copy.deepcopy(values))
    scalar = np.ndim(result) == 0
    values["w"] = 1.25 if scalar else weights(np.shape(result)).astype(np.float32 if narrow else float)
    program = module_of(source_of(text, names, scalar), folder).f
    wrt = tuple(n for n in names if isinstance(OPERANDS[n], float) or (
        isinstance(OPERANDS[n], np.ndarray) and OPERANDS[n].dtype == float))
    return program, values, wrt


def slopes(program, values, name):
    """The derivatives with respect to one argument by differences of sixth order."""
    value = values[name]
    out = np.zeros(np.shape(value))
    for index in np.ndindex(np.shape(value)):
        def at(h, index=index):
            moved = copy.deepcopy(values)
            if np.ndim(value) or isinstance(value, np.ndarray):
                moved[name][index] += h
            else:
                moved[name] += h
            return float(program(**moved))

        h = 2e-3
        first, second, third = ((at(k * h) - at(-k * h)) / (2 * k * h) for k in (1, 2, 3))
        out[index] = 1.5 * first - 0.6 * second + 0.1 * third
    return out


@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient(case, tmp_path):
    program, values, wrt = prepared(CASES[case], tmp_path)
    if not wrt:
        program.__defaults__ = None
    derivative = value_and_grad(program, wrt=wrt or ("w",))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if case in PENDING:
            with pytest.raises(CompileError):
                derivative(**copy.deepcopy(values))
            return
        given = copy.deepcopy(values)
        value, gradients = derivative(**given)
        expected = program(**copy.deepcopy(values))
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-13)
        for name, gradient in zip(wrt, gradients, strict=True):
            assert np.array_equal(given[name], values[name]), f"{name} was changed"
            assert np.shape(gradient) == np.shape(values[name])
            numeric = slopes(program, values, name)
            np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * max(1e-3, np.max(np.abs(numeric), initial=0)))


@pytest.mark.parametrize("case", [c for c in CASES if c not in PENDING and c.rpartition("-")[0] not in DOUBLE])
def test_single_precision(case, tmp_path):
    """Gradients of arrays of single precision have single precision."""
    program, values, wrt = prepared(CASES[case], tmp_path, narrow=True)
    arrays = tuple(n for n in wrt if isinstance(values[n], np.ndarray) and values[n].ndim)
    if not arrays:
        return
    wide = {n: v.astype(float) if isinstance(v, np.ndarray) and v.dtype == np.float32 else v for n, v in values.items()}
    derivative = value_and_grad(program, wrt=arrays)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, narrow = derivative(**copy.deepcopy(values))
        _, exact = derivative(**wide)
    for a, b in zip(narrow, exact, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=2e-3 * max(1.0, np.max(np.abs(b), initial=0)))


def test_every_row_has_cases():
    rows = [line.split(",")[:2] for line in (HERE / "rows.csv").read_text().splitlines()[1:]]
    covered = {case.rpartition("-")[0] for case in CASES} | set(ABSENT)
    missing = [f"{namespace}.{name}" for namespace, name in rows if f"{namespace}.{name}" not in covered]
    assert not missing
    assert {case for case in PENDING} <= set(CASES), "pending.txt names cases that do not exist"
