"""Branches as one writes them: nothing empty, no `else` after a branch that leaves, no `continue` at the end."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.backend.code import FALSE, TRUE, Apply, Branch, Expr, ForLoop, Jump, Statement, WhileLoop, ends
from adcompiler.backend.width import width_of
from adcompiler.ir.nodes import Prim
from adcompiler.ir.types import BOOL, Scalar


def negated(cond: Expr) -> Expr:
    """`not cond`."""
    if cond in (TRUE, FALSE):
        return FALSE if cond == TRUE else TRUE
    if isinstance(cond, Apply) and isinstance(cond.op, Prim) and cond.op.name == "not":
        return cond.args[0]
    return Apply(Prim("not", ()), (cond,), BOOL, width_of(Prim("not", ()), [cond]))


def _opposite(cond: Expr) -> bool:
    """Whether a condition has an opposite that reads as well."""
    return isinstance(cond, Apply) and isinstance(cond.op, Prim) and (
        cond.op.name in ("eq", "ne", "is", "isnot", "in", "notin", "not")
        or (cond.op.name in ("lt", "le", "gt", "ge") and all(
            isinstance(a.type, Scalar) and a.type.dtype.startswith(("int", "bool")) for a in cond.args)))


def branch_of(cond: Expr, body: list[Statement], orelse: list[Statement], note: str = "") -> list[Statement]:
    """`if`: without empty branches, and without `else` after a branch that leaves."""
    if not body and not orelse:
        return []
    if not body:
        cond, body, orelse = negated(cond), orelse, []
    if _leaves(body):
        if _leaves(orelse) and len(orelse) < len(body) and _opposite(cond):
            return [Branch(negated(cond), orelse, [], note), *body]
        return [Branch(cond, body, [], note), *orelse]
    if _leaves(orelse) and (_opposite(cond) or isinstance(orelse[0], Jump)):
        return [Branch(negated(cond), orelse, [], note), *body]
    return [Branch(cond, body, orelse, note)]


def breaks(code: Sequence[Statement]) -> bool:
    """Whether the statements of a loop's body may leave it by `break`."""
    return any((isinstance(s, Jump) and s.kind == "break")
               or (isinstance(s, Branch) and (breaks(s.body) or breaks(s.orelse))) for s in code)


def _leaves(code: Sequence[Statement]) -> bool:
    return ends(code) and not _continues(code)


def _continues(code: Sequence[Statement]) -> bool:
    """Whether some way through the statements ends in `continue`."""
    match code[-1] if code else None:
        case Jump("continue"):
            return True
        case Branch(_, body, orelse):
            return _continues(body) or _continues(orelse)
        case _:
            return False


def trimmed(body: list[Statement]) -> list[Statement]:
    """A loop's body without `continue` where the iteration ends anyway."""
    match body[-1] if body else None:
        case Jump("continue"):
            return trimmed(body[:-1])
        case Branch(cond, [Jump("continue")], orelse, note) if len(orelse) > 3:
            return [*body[:-1], Branch(cond, [Jump("continue")], [], note), *trimmed(orelse)]
        case Branch(cond, then, orelse, note):
            return [*body[:-1], *branch_of(cond, trimmed(then), trimmed(orelse), note)]
        case ForLoop() | WhileLoop() as loop:
            loop.orelse[:] = trimmed(loop.orelse)
            return body
        case _:
            return body


def tidied(code: list[Statement]) -> list[Statement]:
    """The statements without branches that have become empty, and without `continue` at the end of loops."""
    out: list[Statement] = []
    for s in code:
        match s:
            case Branch(cond, body, orelse, note):
                out += branch_of(cond, tidied(body), tidied(orelse), note)
            case ForLoop() | WhileLoop():
                s.body[:] = trimmed(tidied(s.body))
                s.orelse[:] = tidied(s.orelse)
                out.append(s)
            case _:
                out.append(s)
    return out
