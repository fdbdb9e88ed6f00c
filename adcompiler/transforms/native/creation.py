"""New arrays, and choices between numbers."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.build import Builder, const
from adcompiler.ir.catalogue.creation import grid_axes
from adcompiler.ir.nodes import Atom, Const, Prim, Var
from adcompiler.ir.types import Array, List, Scalar, rank
from adcompiler.transforms.native.elements import Rewrite, element, filled, new, repeated, shape, size


def _array(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`np.array([x, y])` of arrays as a stack, and of a list of arrays row by row."""
    parts, target = op.args, targets[0]
    if op.param("shape") is None:
        return _of_list(out, op.args[0], target)
    if not isinstance(target.type, Array):
        return None
    dtype = target.type.dtype
    if not parts:
        return [new(out, "numpy.zeros", target, [const(n) for n in op.param("shape")])]
    if all(isinstance(a.type, Scalar) for a in parts):
        if dtype == "float64" and all(isinstance(a.type, Scalar) and a.type.dtype == dtype for a in parts):
            return None
        cast = [_number(out, a, dtype) for a in parts]
        return [out.prim("numpy.array", *cast, shape=op.param("shape"))]
    if not all(isinstance(a.type, Array) for a in parts):
        return None
    same = [a if isinstance(a.type, Array) and a.type.dtype == dtype else out.prim("numpy.astype", a, dtype=dtype) for a in parts]
    stacked = out.prim("numpy.stack", *same)
    if len(op.param("shape")) == 1:
        return [stacked]
    return [out.prim("numpy.reshape", stacked, *map(const, op.param("shape")), *shape(out, parts[0]))]


def _number(out: Builder, a: Atom, dtype: str) -> Atom:
    """A number of another type."""
    if isinstance(a.type, Scalar) and a.type.dtype == dtype and not a.type.weak:
        return a
    if isinstance(a, Const) and dtype == "float64" and not isinstance(a.value, bool):
        return const(float(a.value))
    if isinstance(a.type, Scalar) and a.type.dtype == dtype and dtype in ("int64", "bool", "float64"):
        return a
    return out.prim("numpy.astype", a, dtype=dtype)


def _of_list(out: Builder, items: Atom, target: Var) -> Sequence[Atom] | None:
    """`r[i] = items[i]`."""
    if not isinstance(items.type, List) or not isinstance(items.type.element, Array):
        return None
    first = out.prim("load", items, const(0), index=("i",))
    made = new(out, "numpy.empty", target, [out.prim("len", items), *shape(out, first)])

    def store(inner: Builder, base: Var, at: Sequence[Atom]) -> Atom:
        item = inner.prim("load", items, *at, index=("i",))
        stored = inner.prim("store", base, item, *at, index=("i",), hint=base.hint)
        stored.type = base.type
        return stored

    return [repeated(out, made, [out.prim("len", items)], store, hint=target.hint)]


def _where(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """Between numbers `a if c else b`."""
    if any(rank(a.type) for a in op.args) or not isinstance(targets[0].type, Scalar):
        return None
    c, a, b = op.args
    dtype = targets[0].type.dtype
    chosen = out.prim("select", c, _number(out, a, dtype), _number(out, b, dtype))
    chosen.type = targets[0].type
    return [chosen]


def _clip(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`np.minimum(np.maximum(x, low), high)`."""
    x, *bounds = op.args
    for name, bound in zip(("numpy.maximum", "numpy.minimum"), bounds, strict=False):
        if not (isinstance(bound, Const) and bound.value is None):
            x = out.prim(name, x, bound)
    return [x] if x is not op.args[0] else None


def _spread(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    value, like = op.args
    if not rank(like.type):
        return [value]
    if not rank(value.type):
        dtype = value.type.dtype if isinstance(value.type, Scalar) else "float64"
        return [out.prim("numpy.full", *shape(out, like), _number(out, value, dtype))]
    return None


def _meshgrid(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`r[i, j] = x[j]`."""
    order = grid_axes(len(op.args), dict(op.params))
    if op.param("sparse") or op.param("copy") is False:
        return None
    sizes: list[Atom] = [const(0)] * len(op.args)
    for x, k in zip(op.args, order, strict=True):
        sizes[k] = size(out, x, 0)
    return [filled(out, t, sizes, lambda inner, at, x=x, k=k: element(inner, x, [at[k]]))  # type: ignore[misc]
            for x, k, t in zip(op.args, order, targets, strict=True)]


CREATION: dict[str, Rewrite] = {
    "numpy.array": _array, "numpy.where": _where, "numpy.clip": _clip, "spread": _spread, "numpy.meshgrid": _meshgrid,
}
"""The rewrites of functions that make arrays."""

__all__ = ["CREATION"]
