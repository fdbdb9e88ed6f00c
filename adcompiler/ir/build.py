"""Building blocks of IR, one binding after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.diagnostics import Span
from adcompiler.ir.nodes import UNDEFINED, Atom, Bind, Block, Const, Op, Prim, Var
from adcompiler.ir.ops import note_size, result_type, result_types
from adcompiler.ir.types import ANY, BOOL, FLOAT, INT, NEVER, Scalar, Type

UNDEF = Const(UNDEFINED, NEVER)


def const(value: Any) -> Const:
    """A constant with the type of its value (NumPy scalars keep their dtype)."""
    match value:
        case bool():
            return Const(value, BOOL)
        case int():
            return Const(value, INT)
        case float() if type(value) is float:
            return Const(value, FLOAT)
        case _ if hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0:
            return Const(value.item(), Scalar(str(value.dtype), weak=False))
        case _:
            return Const(value, ANY)


class Builder:
    """Collects bindings. `span` and `note` are stamped on every new binding."""

    def __init__(self) -> None:
        self.binds: list[Bind] = []
        self.span: Span | None = None
        self.note: str = ""

    def emit(self, op: Op, types: Sequence[Type], hints: Sequence[str] = ()) -> tuple[Var, ...]:
        """Bind the results of `op` to new variables."""
        names = list(hints) + [""] * (len(types) - len(hints))
        targets = tuple(Var(h, t) for h, t in zip(names, types, strict=True))
        self.binds.append(Bind(targets, op, self.span, self.note))
        return targets

    def prim(self, name: str, *args: Atom, hint: str = "", **params: Any) -> Var:
        """Bind the single result of a primitive (of those with several: see `prims`)."""
        op = Prim(name, args, tuple(sorted(params.items())))
        result = self.emit(op, [result_type(name, args, params)], [hint])[0]
        if name in ("shape", "len", "size"):
            note_size(name, args, params, result)
        return result

    def prims(self, name: str, *args: Atom, hints: Sequence[str] = (), **params: Any) -> tuple[Var, ...]:
        """Bind all results of a primitive that has several."""
        return self.emit(Prim(name, args, tuple(sorted(params.items()))), result_types(name, args, params), hints)

    def pop(self, lst: Atom, hints: Sequence[str] = ()) -> tuple[Var, Var]:
        """Take the last element off a list: the shorter list, the element."""
        shorter, last = self.prims("pop", lst, hints=hints)
        return shorter, last

    def effect(self, op: Op) -> None:
        """Add an operation without results (an assertion, a print)."""
        self.binds.append(Bind((), op, self.span, self.note))

    def child(self) -> Builder:
        """A builder for a block inside, at the same place of the source."""
        inner = Builder()
        inner.span, inner.note = self.span, self.note
        return inner

    def block(self, params: Sequence[Var], results: Sequence[Atom]) -> Block:
        """The block of all bindings so far."""
        return Block(tuple(params), tuple(self.binds), tuple(results))
