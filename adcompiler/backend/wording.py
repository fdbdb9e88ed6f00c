"""Words for the variables that have no name of the user's: after what they are assigned first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from adcompiler.backend.code import Apply, Assign, Expr, Move, Statement, Update, everything
from adcompiler.ir.nodes import Const, Prim, Var
from adcompiler.ir.words import word_for

_EMPTY = frozenset(["zeros", "ones", "filled", "items"])


def words(code: Sequence[Statement]) -> dict[Var, str]:
    """A word for every variable without a hint that one can be found for."""
    found: dict[Var, str] = {}
    written = {s.base for s in everything(code) if isinstance(s, Update) and isinstance(s.base, Var)}
    for s in everything(code):
        pairs: list[tuple[Var, Expr]] = []
        if isinstance(s, Assign) and len(s.targets) == 1:
            pairs = [(s.targets[0], s.value)]
        elif isinstance(s, Move):
            pairs = [(t, v) for t, v, _ in s.pairs]
        for target, value in pairs:
            if not target.hint and target not in found and (word := _word(value, found)):
                found[target] = "values" if word in _EMPTY and target in written else word
    return found


def overwritten(code: Sequence[Statement], augmentable: Collection[Var]) -> list[tuple[Var, Var]]:
    """Values without a name that may be written over an adjoint, with that: `h_bar *= 1 - h * h`."""
    return [(s.targets[0], s.value.args[0]) for s in everything(code)
            if isinstance(s, Assign) and len(s.targets) == 1 and not s.targets[0].hint and isinstance(s.value, Apply)
            and s.value.result in augmentable and isinstance(s.value.args[0], Var) and s.value.args[0].hint.endswith("_bar")]


def _word(value: Expr, found: dict[Var, str]) -> str:
    if not isinstance(value, Apply) or not isinstance(value.op, Prim):
        return ""
    index = value.op.param("index") if value.op.name == "load" else ()
    return word_for(value.op.name, [_name(a, found) for a in value.args], value.type, index)


def _name(operand: Expr, found: dict[Var, str]) -> str:
    if isinstance(operand, Const):
        number = operand.value
        return str(number) if isinstance(number, int) and not isinstance(number, bool) and number >= 0 else ""
    if isinstance(operand, Apply):
        return " " + _word(operand, found)
    return operand.hint or found.get(operand, "")
