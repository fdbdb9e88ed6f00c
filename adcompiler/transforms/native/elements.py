"""Small pieces of native code.

Loops over the elements of arrays, which are faster, and compiled faster, than assignments of slices; and sizes that are
computed again before a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, For, Prim, Var
from adcompiler.ir.types import INT

Value = Callable[[Builder, Sequence[Atom]], Atom]


def store_each(out: Builder, array: Var, sizes: Sequence[Atom], value: Value, before: Sequence[Atom] = ()) -> Var:
    """`array[(*before, i, j, ...)] = value(i, j, ...)` for all positions within `sizes`; the array afterwards."""
    return _level(out, array, list(sizes), value, list(before), [])


def _level(out: Builder, array: Var, sizes: list[Atom], value: Value, before: list[Atom], place: list[Atom]) -> Var:
    if not sizes:
        where = [*before, *place]
        stored = out.prim("store", array, value(out, place), *where, index=("i",) * len(where), hint=array.hint)
        stored.type = array.type
        return stored
    index, carried, inner = Var(_LETTERS[len(place) % len(_LETTERS)], INT), Var(array.hint, array.type), out.child()
    last = _level(inner, carried, sizes[1:], value, before, [*place, index])
    target = Var(array.hint, array.type)
    loop = For(const(0), sizes[0], const(1), (array,), inner.block([index, carried], [last]))
    out.binds.append(Bind((target,), loop, out.span, out.note))
    return target


_LETTERS = "ijklmn"


def moved(size: Atom, makers: Mapping[Var, tuple[Any, ...]], outside: Callable[[Var], bool], out: Builder) -> Atom | None:
    """An integer computed from values that are `outside` of a loop, in `out`; None where it depends on others.

    `makers`: for each variable the binding that makes it, first of several things.
    """
    if not isinstance(size, Var) or outside(size):
        return size
    made = makers[size][0].op if size in makers else None
    if not isinstance(made, Prim) or made.name not in ("shape", "len", "size", "add", "sub", "mul", "max"):
        return None
    args = [moved(a, makers, outside, out) for a in made.args]
    known = [a for a in args if a is not None]
    return out.prim(made.name, *known, **dict(made.params)) if len(known) == len(args) else None


__all__ = ["moved", "store_each"]
