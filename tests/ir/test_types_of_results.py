"""The type that a primitive is declared to give is that of what NumPy computes.

Gradients of the programs of tests/library run in an interpreter that looks at every value. (tests/rules does the same
with single primitives, tests/programs with random programs.)
"""

import warnings
from collections import Counter

import numpy as np
import pytest

from adcompiler import CompileError
from adcompiler.ir.text import read, read_program
from adcompiler.ir.types import FLOAT, Array, List, Scalar
from tests.ir.typed import TypedInterpreter, exact, loose, misfit, type_of
from tests.library.cases import CASES
from tests.library.programs import compiled_result, copied, derivative_of, program_of

EVERY = 6
"""Of how many cases of tests/library one is looked at (all with `--budget N`)."""


def test_library(request):
    found, looked = Counter(), Counter()
    step = 1 if request.config.getoption("--budget") else EVERY
    for case in list(CASES)[::step]:
        for disagreement in disagreements(case, looked):
            found[f"{case}: {disagreement}"] += 1
    print(dict(looked))
    assert not found, "\n".join(list(found)[:40])
    assert looked["refused"] <= 0.5 * looked["programs"]
    assert sum(n for what, n in looked.items() if what.startswith("raised")) <= 0.02 * looked["programs"], looked


def disagreements(case, looked):
    """What is not as declared in the gradient of a case."""
    looked["programs"] += 1
    try:
        compiled_result(case)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            interpreter = TypedInterpreter(read_program(derivative_of(case).ir))
            values = copied(program_of(case)[1]).values()
            interpreter.run(*(v[()] if isinstance(v, np.ndarray) and v.ndim == 0 else v for v in values))
    except CompileError:
        looked["refused"] += 1
        return []
    except Exception as error:  # for tests/library to report
        looked[f"raised: {case}: {error!r}"] += 1
        return []
    return interpreter.disagreements


# --- the interpreter itself sees what is wrong


@pytest.mark.parametrize("type_, value, why", [
    (Array("float64", (1,)), np.zeros(3), "1 is 3"),
    (Array("float64", ("n",)), np.zeros(1), "n is 1"),
    (Array("float64", ("=2", "n")), np.zeros((3, 3)), "=2 is 3"),
    (Array("float64", ("n", "n")), np.zeros((2, 3)), "n is 3 and was 2"),
    (Array("float64", ("?n", "?n")), np.zeros((1, 3)), "?n is 3 and was 1"),
    (Array("float64", ("n",)), np.zeros((2, 3)), "the rank differs"),
    (Array("float64", ("n",)), np.zeros(2, dtype=int), "the dtype differs"),
    (Array("float64", ("n",)), 1.0, "an array is declared"),
    (List(Array("float64", ("n",))), [np.zeros(2), np.zeros((2, 2))], "the rank differs"),
    (FLOAT, np.float64(1.0), "a Python float is declared"),
    (Scalar("float32", weak=False), np.float64(1.0), "the dtype differs"),
    (Scalar("float32", weak=False), 1.0, "a NumPy scalar is declared"),
])
def test_misfit(type_, value, why):
    assert misfit(type_, value, {}, exact) == why


@pytest.mark.parametrize("value", [
    1, 0.5, True, np.float32(1.5), np.int64(2), np.zeros((2, 1, 3)), np.zeros((0, 2), dtype=np.float32), (1.0, np.zeros(3)),
])
def test_types_of_values_fit(value):
    assert misfit(type_of(value), value, {}, exact) == ""
    assert misfit(type_of(value), value, {}, loose) == ""


def test_what_a_program_declares():
    program = read("""
fn f(x: f64[x_0], y: f64[1])
  z = add(x, y)
  return z
""")
    right, wrong = TypedInterpreter(program), TypedInterpreter(program)
    right.run(np.zeros(3), np.zeros(1))
    wrong.run(np.zeros(3), np.zeros(3))
    assert not right.disagreements
    assert [d.why for d in wrong.disagreements] == ["1 is 3"]
