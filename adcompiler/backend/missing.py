"""Assignments that say nothing, and values that do not exist on some path.

A variable may have no value where no path reads it. It is left unbound then, unless it is copied or passed on
unseen: there it must be None.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adcompiler.backend.code import (
    Apply,
    Assign,
    Branch,
    Effect,
    Expr,
    ForLoop,
    Move,
    Return,
    Statement,
    Update,
    WhileLoop,
    everything,
    reads,
)
from adcompiler.ir.nodes import UNDEFINED, Const, Prim, Var

_PASSING = frozenset(["list", "tuple", "save", "select", "and", "or", "is", "isnot"])


def drop_copies(code: list[Statement], names: dict[Var, str]) -> None:
    """Remove what would assign a name to itself, and missing values that nobody passes on."""
    none = _none_names(code, names)
    for s in everything(code):
        if isinstance(s, Move):
            s.pairs[:] = [(t, _or_none(v), note) for t, v, note in s.pairs if not (
                (isinstance(v, Var) and names[v] == names[t]) or (_is_undefined(v) and names[t] not in none))]
    _drop_empty(code, names)


def _drop_empty(code: list[Statement], names: dict[Var, str]) -> None:
    for k in range(len(code) - 1, -1, -1):
        match code[k]:
            case Move([]):
                del code[k]
            case Assign((target,), Var() as value) if names[value] == names[target]:
                del code[k]
            case Branch(_, body, orelse):
                _drop_empty(body, names)
                _drop_empty(orelse, names)
            case ForLoop() | WhileLoop() as loop:
                _drop_empty(loop.body, names)
                _drop_empty(loop.orelse, names)


def _is_undefined(value: Expr) -> bool:
    return isinstance(value, Const) and value.value is UNDEFINED


def _or_none(value: Expr) -> Expr:
    return Const(None, value.type) if _is_undefined(value) else value


def _none_names(code: Sequence[Statement], names: dict[Var, str]) -> set[str]:
    """The names that must be None where they have no value, because they are copied or passed on."""
    missing = _undefined(code)
    if not missing:
        return set()
    found: set[str] = set()
    for s in everything(code):
        for e in _passed(s, names):
            found |= {names[v] for v in _passed_on(e) if v in missing}
    return found


def _passed(s: Statement, names: dict[Var, str]) -> Iterator[Expr]:
    """The expressions that only pass values on."""
    match s:
        case Move(pairs):
            yield from (v for t, v, _ in pairs if not (isinstance(v, Var) and names[v] == names[t]))
        case Update(args=args):
            yield from args[:1]
        case Return() | Assign() | Effect():
            yield from reads(s)


def _passed_on(expr: Expr) -> Iterator[Var]:
    """The variables that an expression passes on without looking at them."""
    match expr:
        case Var():
            yield expr
        case Apply(op=Prim(op), args=args) if op not in _PASSING:
            return
        case Apply(args=args):
            for a in args:
                yield from _passed_on(a)


def _undefined(code: Sequence[Statement]) -> set[Var]:
    """The variables that may have no value: those that take it from an undefined constant on some path."""
    moves = [p for s in everything(code) if isinstance(s, Move) for p in s.pairs]
    found = {t for t, v, _ in moves if isinstance(v, Const) and v.value is UNDEFINED}
    if not found:
        return found
    while True:
        more = {t for t, v, _ in moves if isinstance(v, Var) and v in found} - found
        if not more:
            return found
        found |= more
