"""Every function that people use, with the arguments that they give it: value and gradient of small programs."""

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest

from adcompiler import CompileError
from tests.library.cases import ABSENT, CASES, FLOAT64_ONLY, ROWS
from tests.library.kinks import EQUALS, KINKS
from tests.library.peers import AUTOGRAD_IS_WRONG
from tests.library.programs import (
    AUTOGRAD_HEAD,
    check,
    check_single,
    compiled_result,
    copied,
    differentiated,
    function_of,
    program_of,
    statements,
)

HERE = Path(__file__).parent
PENDING = set((HERE / "pending.txt").read_text().splitlines())


def row_of(case):
    return case.rpartition("-")[0]


def pending(case):
    return case in PENDING or row_of(case) in PENDING


def skip_if_crashes(case):
    """What does not run is reported once."""
    try:
        compiled_result(case)
    except Exception:
        pytest.skip("crashes in test_value_and_gradient")


SUPPORTED = [case for case in CASES if not pending(case)]


@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient(case):
    if not pending(case):
        check(case)
        return
    try:
        compiled_result(case)
    except CompileError:
        return
    pytest.fail("is not refused any more: remove it from pending.txt")


@pytest.mark.parametrize("case", SUPPORTED)
def test_single_precision(case):
    skip_if_crashes(case)
    check_single(case, exempt=case in FLOAT64_ONLY or row_of(case) in FLOAT64_ONLY)


@pytest.mark.parametrize("case", SUPPORTED)
def test_agrees_with_autograd(case):
    """Where autograd can differentiate the same text, it gives the same."""
    autograd = pytest.importorskip("autograd")
    if case in AUTOGRAD_IS_WRONG:
        pytest.skip(AUTOGRAD_IS_WRONG[case])
    skip_if_crashes(case)
    _, values = program_of(case)
    names = differentiated(values)
    lines = [*statements(CASES[case]), "return np.sum(w * r)"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = function_of(lines, values, f"<{case} for autograd>", AUTOGRAD_HEAD)
            positions = tuple(list(values).index(name) for name in names)
            expected = autograd.grad(program, positions)(*copied(values).values())
        except Exception as error:
            pytest.skip(f"autograd: {type(error).__name__}: {error}")
    _, gradients, _ = compiled_result(case)
    for name, gradient, other in zip(names, gradients, expected, strict=True):
        largest = np.max(np.abs(other), initial=1e-3)
        np.testing.assert_allclose(gradient, other, rtol=0, atol=1e-9 * largest, err_msg=f"gradient of {name}")


def test_every_row_has_cases():
    with (HERE / "rows.csv").open(newline="") as file:
        rows = [f"{row['namespace']}.{row['name']}" for row in csv.DictReader(file) if row["namespace"] != "python"]
    assert not [row for row in rows if row not in ROWS and row not in ABSENT]
    assert not [row for row in ABSENT if row not in rows]


def test_pending_names_cases():
    assert {*CASES, *ROWS, *KINKS, *EQUALS} >= PENDING
