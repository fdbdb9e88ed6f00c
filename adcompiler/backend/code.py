"""Structured code with assignments: what stands between the IR and Python's syntax trees.

Values are expressions over IR variables, nested as they will be printed. A variable may be assigned several
times (a carried value before the loop and at the end of each iteration); which of them share a Python name is
decided later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adcompiler.diagnostics import Span
from adcompiler.ir.nodes import Atom, Call, Const, Foreign, Prim, Var
from adcompiler.ir.types import BOOL, Type


@dataclass(slots=True, eq=False)
class Apply:
    """An operation on expressions. `width`: about how many characters it takes."""

    op: Prim | Foreign | Call
    args: tuple[Expr, ...]
    type: Type
    width: int = 0
    result: Var | None = None


Expr = Atom | Apply
TRUE, FALSE = Const(True, BOOL), Const(False, BOOL)


class Statement:
    """Base of the statements. `note`: the primal statement that it belongs to."""

    __slots__ = ()
    note: str


@dataclass(slots=True, eq=False)
class Assign(Statement):
    """`targets = value`, for a value with one result or several."""

    targets: tuple[Var, ...]
    value: Expr
    note: str = ""
    span: Span | None = None


@dataclass(slots=True, eq=False)
class Move(Statement):
    """Assignments at the same time: every value is read before the first target is written."""

    pairs: list[tuple[Var, Expr, str]]
    note: str = ""


@dataclass(slots=True, eq=False)
class Update(Statement):
    """A `store`, `accumulate`, `append` or `pop` that changes the memory of `base`; `targets` name it afterwards."""

    targets: tuple[Var, ...]
    op: Prim
    base: Expr
    args: tuple[Expr, ...]
    note: str = ""


@dataclass(slots=True, eq=False)
class Effect(Statement):
    """`assert`, `raise`, or foreign code."""

    op: Prim | Foreign
    args: tuple[Expr, ...]
    note: str = ""


@dataclass(slots=True, eq=False)
class Branch(Statement):
    """`if cond: body` `else: orelse`."""

    cond: Expr
    body: list[Statement]
    orelse: list[Statement]
    note: str = ""


@dataclass(slots=True, eq=False)
class ForLoop(Statement):
    """`for index, *elements in ...`: a counter over a range, elements of sequences, or both.

    `backwards`: the range and the sequences are run through from their ends.
    """

    index: Var | None
    bounds: tuple[Expr, Expr, Expr]
    elements: list[tuple[Var, ...]]
    sequences: list[Expr]
    backwards: bool
    body: list[Statement]
    orelse: list[Statement] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True, eq=False)
class WhileLoop(Statement):
    """`while cond: body`."""

    cond: Expr
    body: list[Statement]
    orelse: list[Statement] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True, eq=False)
class Jump(Statement):
    """`break` or `continue`."""

    kind: str
    note: str = ""


@dataclass(slots=True, eq=False)
class Return(Statement):
    """`return` with the values of the result's leaves."""

    values: tuple[Expr, ...]
    note: str = ""


def variables(expr: Expr) -> Iterator[Var]:
    """The variables that an expression reads."""
    if isinstance(expr, Apply):
        for a in expr.args:
            yield from variables(a)
    elif isinstance(expr, Var):
        yield expr


def ends(code: Sequence[Statement], *, jumps: bool = True) -> bool:
    """Whether control never reaches the end of the statements."""
    if not code:
        return False
    match code[-1]:
        case Return():
            return True
        case Jump(kind):
            return jumps or kind == "return"
        case Effect(op):
            return isinstance(op, Prim) and op.name == "raise"
        case Branch(_, body, orelse):
            return ends(body, jumps=jumps) and ends(orelse, jumps=jumps)
        case _:
            return False


def reads(s: Statement) -> Iterator[Expr]:
    """The expressions that a statement evaluates itself."""
    match s:
        case Assign(_, value):
            yield value
        case Move(pairs):
            yield from (v for _, v, _ in pairs)
        case Update(_, _, base, args):
            yield base
            yield from args
        case Effect(_, args):
            yield from args
        case Branch(cond) | WhileLoop(cond):
            yield cond
        case ForLoop():
            yield from s.bounds
            yield from s.sequences
        case Return(values):
            yield from values


def everything(code: Sequence[Statement]) -> Iterator[Statement]:
    """The statements and all those inside them."""
    for s in code:
        yield s
        match s:
            case Branch(_, body, orelse):
                yield from everything(body)
                yield from everything(orelse)
            case ForLoop() | WhileLoop():
                yield from everything(s.body)
                yield from everything(s.orelse)
