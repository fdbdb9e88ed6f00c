"""Small pieces of native code.

Loops over the elements of arrays, which are faster, and compiled faster, than assignments of slices; sizes and elements;
errors; and sizes that are computed again before a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adcompiler.ir.build import Builder, const
from adcompiler.ir.catalogue.sizes import literal
from adcompiler.ir.nodes import Atom, Bind, Const, For, Foreign, If, Prim, Var
from adcompiler.ir.types import ANY, INT, Array, Scalar, dims, rank

Value = Callable[[Builder, Sequence[Atom]], Atom]
Step = Callable[[Builder, Var, Sequence[Atom]], Atom]
Rewrite = Callable[[Builder, Prim, Sequence[Var]], Sequence[Atom] | None]
"""What writes a primitive in another way: its results, or None where it stays."""


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


def repeated(out: Builder, start: Atom, sizes: Sequence[Atom], step: Step, place: Sequence[Atom] = (), hint: str = "") -> Var:
    """`value = step(value, i, j, ...)` for all positions within `sizes`, from `start` on; the last value."""
    if not sizes:
        raise ValueError("a loop needs at least one size")
    index, carried, inner = Var(_LETTERS[len(place) % len(_LETTERS)], INT), Var(hint, start.type), out.child()
    at = [*place, index]
    last = step(inner, carried, at) if len(sizes) == 1 else repeated(inner, carried, sizes[1:], step, at, hint)
    target = Var(hint, start.type)
    out.binds.append(Bind((target,), For(const(0), sizes[0], const(1), (start,), inner.block([index, carried], [last])),
                          out.span, out.note))
    return target


def filled(out: Builder, target: Var, sizes: Sequence[Atom], value: Value) -> Var:
    """A new array like `target` with these sizes and the value of each position."""
    return store_each(out, new(out, "numpy.empty", target, sizes), sizes, value)


def new(out: Builder, name: str, target: Var, sizes: Sequence[Atom]) -> Var:
    """`np.empty(sizes)` or another function, with the type of the elements of `target`."""
    assert isinstance(target.type, Array | Scalar)
    kind = {"dtype": target.type.dtype} if target.type.dtype != "float64" else {}
    made = out.prim(name, *sizes, hint=target.hint, **kind)
    made.type = Array(target.type.dtype, dims(target.type)) if rank(target.type) == len(sizes) else made.type
    return made


def size(out: Builder, x: Atom, axis: int) -> Atom:
    """The size of an axis: a number where it is known."""
    known = literal(dims(x.type)[axis])
    return out.prim("shape", x, axis=axis) if known is None else const(known)


def shape(out: Builder, x: Atom) -> list[Atom]:
    """The sizes of all axes."""
    return [out.prim("shape", x, axis=k) for k in range(rank(x.type))]


def element(out: Builder, x: Atom, place: Sequence[Atom]) -> Atom:
    """`x[i, j, ...]`; a number as it is."""
    return out.prim("load", x, *place, index=("i",) * len(place)) if rank(x.type) else x


def spread_place(out: Builder, x: Atom, place: Sequence[Atom]) -> list[Atom]:
    """Where in `x` the element lies that broadcasting puts to a position of the result.

    An axis that may have one element, or as many as the result, is read at `min(i, n - 1)`.
    """
    own: list[Atom] = []
    for k, (dim, i) in enumerate(zip(dims(x.type), place[len(place) - rank(x.type):], strict=True)):
        if dim == 1:
            own.append(const(0))
        elif isinstance(dim, str) and dim.startswith("?"):
            own.append(out.prim("min", i, out.prim("sub", out.prim("shape", x, axis=k), const(1))))
        else:
            own.append(i)
    return own


def require(out: Builder, condition: Atom, error: str, text: str) -> None:
    """`if not condition: raise error(text)`."""
    inner = out.child()
    raised = inner.emit(Foreign(f"{error}({text!r})", (), pure=True), [ANY])[0]
    inner.effect(Prim("raise", (raised,)))
    wrong = out.prim("not", condition)
    out.effect(If(wrong, inner.block([], []), out.child().block([], [])))


def require_same(out: Builder, a: Atom, axis: int, b: Atom, other: int, text: str) -> None:
    """An error where two axes differ in size, unless it is known that they do not."""
    one, two = dims(a.type)[axis], dims(b.type)[other]
    if one != two:
        equal = out.prim("eq", out.prim("shape", a, axis=axis), out.prim("shape", b, axis=other))
        require(out, equal, "ValueError", text)


def known(atom: Atom | None) -> int | None:
    """The integer that a constant is."""
    return atom.value if isinstance(atom, Const) and isinstance(atom.value, int) else None


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


__all__ = [
    "Rewrite", "element", "filled", "known", "moved", "new", "repeated", "require", "require_same", "shape", "size",
    "spread_place", "store_each",
]
