"""Derivative rules: importing the package fills the table."""

from adcompiler.ir.types import List
from adcompiler.rules import (
    calculus,
    containers,
    creation,
    elementary,
    elements,
    fourier,
    linalg,
    piecewise,
    products,
    reductions,
    shaping,
    sorting,
    special,
)
from adcompiler.rules.table import RULES, ZERO, Pull, pullback, rule, zero


def _add(pull: Pull) -> None:
    """`a + b`: of numbers, arrays and lists."""
    if isinstance(pull.y.type, List):
        containers.concatenation(pull)
    else:
        _add_numbers(pull)


_add_numbers = RULES["add"]
RULES["add"] = _add

__all__ = ["RULES", "ZERO", "Pull", "calculus", "creation", "elementary", "elements", "fourier", "linalg", "piecewise",
           "products", "pullback", "reductions", "rule", "shaping", "sorting", "special", "zero"]
