"""About how many characters an expression takes, so that lines stay short."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.backend.code import Apply, Expr
from adcompiler.ir.nodes import Call, Const, Foreign, If, Op, Prim

WIDTH = 88
UNNAMED = 8
"""About how long the names are that are found for what has no hint."""
_INFIX = frozenset("add sub mul truediv floordiv mod matmul bitand bitor bitxor lshift rshift lt le gt ge eq ne is in xor "
                   "and or repeat notin isnot".split())


def width_of(op: Op, args: Sequence[Expr]) -> int:
    """The width of an operation on expressions."""
    total = sum(map(width, args))
    match op:
        case Prim(name) if name in _INFIX:
            return total + 4
        case Prim("pow"):
            return total + 4
        case Prim("select"):
            return total + 12
        case Prim("load", params=params):
            return total + 2 * len(dict(params)["index"])
        case Prim("store" | "accumulate", params=params):
            return total + 2 * len(dict(params)["index"]) + 5
        case Prim("append"):
            return total + 9
        case Prim("item" | "saved_item" | "numpy.transpose" | "copy"):
            return total + 6
        case Prim(name, params=params):
            short = name.replace("numpy.", "np.")
            return total + len(short) + 2 * len(args) + sum(len(k) + len(str(v)) + 3 for k, v in params if v is not None)
        case Foreign(template):
            return total + len(template)
        case Call(callee):
            return total + len(callee) + 2 * len(args)
        case If():
            return total + 4
        case _:
            return total


def width(expr: Expr) -> int:
    """The width of an expression."""
    if isinstance(expr, Apply):
        return expr.width
    if isinstance(expr, Const):
        return len(repr(expr.value))
    return len(expr.hint) or UNNAMED
