"""Reductions along axes, as loops over the other axes around a reduction of all elements, which Numba has."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Prim, Var
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import Array, Scalar, dims, rank
from adcompiler.transforms.native.elements import Rewrite, element, new, repeated, size

Reduce = Callable[[Builder, Atom, Prim], Atom]


def _whole(name: str) -> Reduce:
    """`np.max(x)` of all elements."""
    return lambda out, x, op: out.prim(name, x)


def _variance(out: Builder, x: Atom, op: Prim) -> Atom:
    """`np.sum((x - np.mean(x)) ** 2) / (n - ddof)`, or its root."""
    ddof = op.param("ddof") or 0
    if not ddof:
        return out.prim(op.name, x)
    away = out.prim("sub", x, out.prim("numpy.mean", x))
    count: Atom = out.prim("size", x)
    found = out.prim("truediv", out.prim("numpy.sum", out.prim("mul", away, away)), out.prim("sub", count, const(ddof)))
    return out.prim("numpy.sqrt", found) if op.name.endswith("std") else found


def _norm(out: Builder, x: Atom, op: Prim) -> Atom:
    order = op.param("ord")
    if order is None and (rank(x.type) > 2 or not _is_double(x)):
        return out.prim("numpy.sqrt", out.prim("numpy.sum", out.prim("mul", x, x)))
    return out.prim(op.name, x, **({} if order is None else {"ord": order}))


def _is_double(x: Atom) -> bool:
    return isinstance(x.type, Array) and x.type.dtype == "float64"


def _count(out: Builder, x: Atom, op: Prim) -> Atom:
    return out.prim("numpy.sum", out.prim("ne", x, const(0)))


def _reduction(reduce: Reduce, *, casts: bool = True) -> Rewrite:
    """The rewrite of a function with `axis` and `keepdims`."""
    def rewrite(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
        x, target = op.args[0], targets[0]
        if op.param("initial") is not None:
            return _from_initial(out, op)
        if len(op.args) > 1 or any(op.param(p) is not None for p in ("out", "where")):
            return None
        if not isinstance(x.type, Array):
            return _of_number(out, op.name, x)
        axes = reduced_axes(x.type.rank, op.param("axis"))
        dtype = op.param("dtype")
        if not op.param("keepdims") and len(axes) == x.type.rank and not any(v for k, v in op.params if k != "axis") \
                and not (op.name.endswith("norm") and rank(x.type) > 2) and not (op.name.endswith("norm") and not _is_double(x)):
            return None if op.param("axis") is None else [reduce(out, x, op)]
        if dtype and casts and dtype != x.type.dtype:
            x = out.prim("numpy.astype", x, dtype=dtype)
        if len(axes) == rank(x.type):
            value = reduce(out, x, op)
            return [out.prim("numpy.full", *(const(1) for _ in axes), value)] if op.param("keepdims") else [value]
        others = [k for k in range(rank(x.type)) if k not in axes]
        if op.name == "numpy.sum":
            return [_sums(out, x, target, axes, bool(op.param("keepdims")))]
        return [_rows(out, x, target, others, lambda inner, row: reduce(inner, row, op), bool(op.param("keepdims")))]
    return rewrite


def _from_initial(out: Builder, op: Prim) -> Sequence[Atom] | None:
    """`largest = np.maximum(largest, x[i])` for all elements, from the initial value on."""
    x, initial = op.args[0], op.param("initial")
    if not _is_double(x) or op.param("axis") is not None or op.param("keepdims") or not isinstance(initial, int | float):
        return None
    name = "numpy.maximum" if op.name.endswith("max") else "numpy.minimum"
    sizes = [size(out, x, k) for k in range(rank(x.type))]
    return [repeated(out, const(float(initial)), sizes, lambda inner, best, at: inner.prim(name, best, element(inner, x, at)),
                     hint="best")]


def _of_number(out: Builder, name: str, x: Atom) -> Sequence[Atom] | None:
    """The number itself, for those that Numba takes of arrays only."""
    if not isinstance(x.type, Scalar) or x.type.dtype != "float64":
        return None
    if name in _ITSELF:
        return [x]
    return [out.prim("sub", x, x)] if name in ("numpy.var", "numpy.std") else None


_ITSELF = frozenset(f"numpy.{name}" for name in "sum prod mean max min amax amin median".split())


def _sizes(out: Builder, x: Atom, axes: Sequence[int], keep: bool) -> list[Atom]:
    """The sizes of the result."""
    kept: list[Atom] = []
    for k in range(rank(x.type)):
        if k not in axes:
            kept.append(size(out, x, k))
        elif keep:
            kept.append(const(1))
    return kept


def _place(count: int, axes: Sequence[int], keep: bool, at: Sequence[Atom]) -> list[Atom]:
    """Where an element of the result lies, from its position along the axes that stay."""
    rest = iter(at)
    return [const(0) if k in axes else next(rest) for k in range(count) if keep or k not in axes]


def _sums(out: Builder, x: Atom, target: Var, axes: Sequence[int], keep: bool) -> Var:
    """`r[j] += x[i, j]` for all elements."""
    made = new(out, "numpy.zeros", Var(target.hint or "sums", target.type), _sizes(out, x, axes, keep))

    def add(inner: Builder, total: Var, at: Sequence[Atom]) -> Atom:
        where = _place(len(at), axes, keep, [i for k, i in enumerate(at) if k not in axes])
        summed = inner.prim("accumulate", total, element(inner, x, at), *where, index=("i",) * len(where), hint=made.hint)
        summed.type = total.type
        return summed

    return repeated(out, made, [size(out, x, k) for k in range(rank(x.type))], add, hint=made.hint)


def _rows(out: Builder, x: Atom, target: Var, others: Sequence[int], value: Callable[[Builder, Atom], Atom], keep: bool) -> Var:
    """`r[i] = value(x[i, :])` for all positions along the axes that stay."""
    count = rank(x.type)
    axes = [k for k in range(count) if k not in others]
    made = new(out, "numpy.empty", Var(target.hint or "found", target.type), _sizes(out, x, axes, keep))

    def store(inner: Builder, base: Var, at: Sequence[Atom]) -> Atom:
        row = row_of(inner, x, others, at)
        where = _place(count, axes, keep, at)
        stored = inner.prim("store", base, value(inner, row), *where, index=("i",) * len(where), hint=made.hint)
        stored.type = base.type
        return stored

    return repeated(out, made, [size(out, x, k) for k in others], store, hint=made.hint)


def row_of(out: Builder, x: Atom, others: Sequence[int], at: Sequence[Atom]) -> Var:
    """`x[i, :, j]`: the part at a position along some of the axes."""
    pattern = tuple("i" if k in others else "s000" for k in range(rank(x.type)))
    return out.prim("load", x, *at, index=pattern)


def _unbroadcast(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """The sum over the axes along which `like` was broadcast; an axis of one element takes all of them."""
    value, like = op.args
    if not isinstance(value.type, Array):
        return [value]
    if not isinstance(like.type, Array):
        return [out.prim("numpy.sum", value)]
    if value.type.dims == like.type.dims:
        return [value]
    target, missing = targets[0], rank(value.type) - rank(like.type)
    made = new(out, "numpy.zeros", Var(target.hint or "sums", Array(value.type.dtype, like.type.dims)), shape_of(out, like))

    def add(inner: Builder, total: Var, at: Sequence[Atom]) -> Atom:
        where: list[Atom] = []
        for k, i in enumerate(at[missing:]):
            own, theirs = dims(like.type)[k], dims(value.type)[k + missing]
            if own == 1:
                where.append(const(0))
            elif own == theirs or theirs == 1 or not str(own).startswith("?"):
                where.append(i)
            else:
                where.append(inner.prim("min", i, inner.prim("sub", inner.prim("shape", like, axis=k), const(1))))
        summed = inner.prim("accumulate", total, element(inner, value, at), *where, index=("i",) * len(where),
                            hint=made.hint)
        summed.type = total.type
        return summed

    return [repeated(out, made, [size(out, value, k) for k in range(rank(value.type))], add, hint=made.hint)]


def shape_of(out: Builder, x: Atom) -> list[Atom]:
    """The sizes of `x`, as `x.shape`."""
    return [out.prim("shape", x, axis=k) for k in range(rank(x.type))]


_NAMES = ("sum prod mean max min amax amin nansum nanmean nanvar nanstd nanmax nanmin nanargmax nanargmin any all argmax argmin "
          "median")
REDUCTIONS: dict[str, Rewrite] = {
    **{f"numpy.{name}": _reduction(_whole(f"numpy.{name}")) for name in _NAMES.split()},
    "numpy.amax": _reduction(_whole("numpy.max")), "numpy.amin": _reduction(_whole("numpy.min")),
    "numpy.var": _reduction(_variance), "numpy.std": _reduction(_variance),
    "numpy.linalg.norm": _reduction(_norm), "numpy.count_nonzero": _reduction(_count),
    "unbroadcast": _unbroadcast,
}
"""The rewrites of reductions."""

__all__ = ["REDUCTIONS", "row_of", "shape_of"]
