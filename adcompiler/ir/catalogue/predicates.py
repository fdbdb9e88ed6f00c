"""Type rules of questions about whole arrays."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import Params, define
from adcompiler.ir.types import BOOL, Type


def _answer(args: Sequence[Atom], params: Params) -> Type:
    """Yes or no, a truth value of Python."""
    return BOOL


define("numpy.allclose", _answer, cost=40, signature="a b; rtol atol equal_nan")
define("numpy.array_equal", _answer, cost=30, signature="a1 a2; equal_nan")
define("numpy.array_equiv", _answer, cost=30, signature="a1 a2;")
