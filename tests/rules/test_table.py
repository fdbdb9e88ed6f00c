"""Every derivative rule, from the table: against differences, for all shapes, printed and interpreted, to second order."""

import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Block, Function, Leaf, Parameter, Program, Var
from adcompiler.ir.ops import OPS, IrTypeError
from adcompiler.ir.types import Array
from adcompiler.rules import RULES, ZERO
from tests.ir.typed import type_of
from tests.library.cases import CASES
from tests.rules.rule_cases import CALLS, ELEMENTWISE, ZERO_CALLS, A, cases_of
from tests.rules.rule_programs import WHOLE, Fixed, check, gradient_of, looked, narrowed

MOST, SECOND = 10, 3
"""How many cases of a primitive are checked, and how many of those to second order (with `--budget N`: N)."""

WITHOUT = {
    # spelled as operators or compositions by the front end before they become primitives
    "math.dist", "math.fsum", "math.prod", "math.sumprod", "numpy.add", "numpy.subtract", "numpy.multiply",
    "numpy.true_divide", "numpy.power", "numpy.mod", "numpy.remainder",
    # the forward part of a recursive function keeps values for the reverse part: differentiated as calls
    "save", "saved_item", "reused", "int_power",
}
"""Primitives that have no derivative rule, nor the derivative zero."""

NOT_OF_NUMBERS = {"assert", "raise", "is", "isnot", "in", "notin", "and", "or", "not", "len"}
"""Primitives of zero derivative that are no functions of numbers alone."""


def in_library(name):
    """Whether a case of tests/library calls a function."""
    module, _, short = name.rpartition(".")
    pattern = re.compile(rf"\b{re.escape(module.rpartition('.')[2])}\.{short}\(|\.{short}\(" if module else rf"\b{short}\(")
    return any(pattern.search(text) for text in CASES.values())


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule(name, request):
    budget = request.config.getoption("--budget")
    if name == "math.fma" and not hasattr(math, "fma"):
        pytest.skip("Python 3.13 has it")
    assert cases_of(name) or in_library(name), f"no operands for {name}: give it an entry in tests/rules/rule_cases.py"
    for k, case in enumerate(some(name, budget or MOST)):
        for known in (True,) if case.known_sizes or case.text else (True, False):
            checked(case, known, second=known and k < (budget or SECOND))
        for width in (0, 1, 2):
            checked(case, True, second=False, width=width)


@pytest.mark.parametrize("name", sorted(n for n in RULES if "." in n and n.split(".")[0] != "math"))
def test_single_precision(name, request):
    for case in some(name, request.config.getoption("--budget") or MOST // 2):
        mixed = name.startswith("scipy") and not any(np.ndim(a) for a in case.args) and any(type(a) is float for a in case.args)
        if not case.text and "dtype" not in case.params and not mixed:  # SciPy's numbers beside Python's are of double precision
            checked(replace(case, args=tuple(map(narrowed, case.args))), True, second=False)


def some(name, most):
    """The calls of a primitive; of elementwise ones, so many combinations of shapes."""
    cases = cases_of(name)
    return cases[::-(-len(cases) // most)] if name in ELEMENTWISE else cases


def checked(case, known, second, width=WHOLE):
    try:
        check(case, known, second, width)
    except Exception as error:
        sizes = "known" if known else "unknown"
        raise AssertionError(f"{case}, sizes {sizes}, an adjoint of {width} axes at most: {error!r}") from error


# --- derivatives that are zero ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ZERO - NOT_OF_NUMBERS))
def test_zero(name):
    calls = ZERO_CALLS.get(name) or guessed(name)
    assert calls or in_library(name), f"no operands for {name}: give it an entry in tests/rules/rule_cases.py"
    for args, params in calls:
        program = beside(name, args, params)
        made = gradient_of(program, [0])
        values = [A, *(a for a in args if not isinstance(a, Fixed))]
        looked(program, values)
        (bar,) = looked(made, values)
        assert np.array_equal(bar, 2.0 * A)
        wrt = [k for k, v in enumerate(values) if k and type_of(v).dtype.startswith("float")]
        if wrt:
            for bar, k in zip(looked(gradient_of(program, wrt), values), wrt, strict=True):
                assert np.shape(bar) == np.shape(values[k])
                assert not np.any(bar)


def guessed(name):
    """Operands that a primitive takes."""
    found = []
    choices = [A, -0.7, np.float64(1.3), 3]
    for count in (1, 2):
        for args in itertools.product(choices, repeat=count):
            try:
                program = beside(name, args, {})
                looked(program, [A, *args])
            except (IrTypeError, TypeError, ValueError, IndexError, AttributeError, KeyError):
                continue
            found.append((args, {}))
        if found:
            break
    return found


def beside(name, args, params):
    """A program: the sum of the squares of an array, and of the results of a primitive."""
    x = Var("x", type_of(A))
    builder = Builder()
    atoms, given = [], [x]
    for k, value in enumerate(args):
        atoms.append(const(value.value) if isinstance(value, Fixed) else Var(f"v{k}", type_of(value)))
        given += [] if isinstance(value, Fixed) else [atoms[-1]]
    y = builder.prim(name, *atoms, **params)
    if isinstance(y.type, Array):
        y = builder.prim("numpy.sum", y)
    total = builder.prim("add", builder.prim("numpy.sum", builder.prim("mul", x, x)), builder.prim("mul", y, const(0.5)))
    block = Block(tuple(given), tuple(builder.binds), (total,))
    return Program(Function("f", tuple(Parameter(v.hint, Leaf()) for v in given), Leaf(), block))


# --- the table is complete ----------------------------------------------------------------------------------------


def test_every_primitive_is_in_one_state():
    assert not set(RULES) & ZERO
    assert (set(RULES) | ZERO) <= set(OPS)
    missing = set(OPS) - set(RULES) - ZERO - WITHOUT
    assert not missing, f"neither a rule nor the derivative zero: {sorted(missing)}"
    assert not WITHOUT & (set(RULES) | ZERO)


def test_no_operands_without_a_rule():
    assert set(ELEMENTWISE) | set(CALLS) <= set(RULES) | {"numpy.dot"}


@pytest.mark.parametrize("name", sorted(n for n in OPS if OPS[n].signature.partition(";")[2].strip() and n not in WITHOUT))
def test_every_static_parameter_is_tried(name):
    short = name.rpartition(".")[2]
    used = {k for case in cases_of(name) for k in case.params} | {k for _, params in ZERO_CALLS.get(name, []) for k in params}
    for param in OPS[name].signature.partition(";")[2].split():
        pattern = re.compile(rf"\b{short}\(.*\b{param}=")
        assert param in used | {"out"} or any(pattern.search(text) for text in CASES.values()), f"{name}(..., {param}=...)"
