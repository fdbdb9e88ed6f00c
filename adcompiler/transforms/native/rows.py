"""Functions of vectors along an axis, as loops over the other axes: cumulative sums, sorting, differences, quantiles."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Prim, Var
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import Array, rank
from adcompiler.transforms.native.elements import Rewrite, new, repeated, size
from adcompiler.transforms.native.reductions import row_of


def _row_wise(last: bool) -> Rewrite:
    """The rewrite of a function of vectors with results of the same size. `last`: its axis is -1 where none is given."""
    def rewrite(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
        x, target = op.args[0], targets[0]
        if not isinstance(x.type, Array) or len(op.args) > 1:
            return None
        given = dict(op.params)
        axis = given.pop("axis", -1 if last else None)
        dtype = given.pop("dtype", None)
        given.pop("out", None)
        if dtype and dtype != x.type.dtype:
            x = out.prim("numpy.astype", x, dtype=dtype)
        if given.get("kind") in ("stable", "mergesort") or given.pop("stable", None):
            given["kind"] = "mergesort"
        if op.name == "numpy.sort" or given.get("kind") in ("quicksort", "heapsort"):
            given.pop("kind", None)
        if axis is None or rank(x.type) == 1:
            source: Atom = x if rank(x.type) == 1 else out.prim("numpy.ravel", x)
            return [out.prim(op.name, source, **given)]
        axis %= rank(x.type)
        others = [k for k in range(rank(x.type)) if k != axis]
        made = new(out, "numpy.empty", target, [size(out, x, k) for k in range(rank(x.type))])

        def store(inner: Builder, base: Var, at: Sequence[Atom]) -> Atom:
            return _stored(inner, base, inner.prim(op.name, row_of(inner, x, others, at), **given), others, at)

        return [repeated(out, made, [size(out, x, k) for k in others], store, hint=target.hint)]
    return rewrite


def _stored(out: Builder, base: Var, row: Atom, others: Sequence[int], at: Sequence[Atom]) -> Var:
    """`base[i, :, j] = row`."""
    pattern = tuple("i" if k in others else "s000" for k in range(rank(base.type)))
    stored = out.prim("store", base, row, *at, index=pattern, hint=base.hint)
    stored.type = base.type
    return stored


def _diff(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`x[1:] - x[:-1]`, n times."""
    x, n = op.args[0], op.param("n", 1)
    if not isinstance(x.type, Array) or any(op.param(p) is not None for p in ("prepend", "append")):
        return None
    axis, sub = op.param("axis", -1) % x.type.rank, "ne" if x.type.dtype == "bool" else "sub"
    before = ("s000",) * axis
    if n == 0:
        return [out.prim("copy", x)]
    for _ in range(n):
        x = out.prim(sub, out.prim("load", x, const(1), index=(*before, "s100")),
                     out.prim("load", x, const(-1), index=(*before, "s010")))
    return [x]


def _quantile(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`r[..., i] = np.quantile(x[i], q)`: the axis of q comes first."""
    x, q = op.args
    target = targets[0]
    if not isinstance(x.type, Array) or op.param("method", "linear") != "linear" or op.param("out") is not None:
        return None
    axes = reduced_axes(x.type.rank, op.param("axis"))
    if len(axes) == x.type.rank and not op.param("keepdims"):
        return [out.prim(op.name, x, q)]
    if op.param("keepdims"):
        return None
    others = [k for k in range(x.type.rank) if k not in axes]
    first = [size(out, q, 0)] if rank(q.type) else []
    made = new(out, "numpy.empty", target, [*first, *(size(out, x, k) for k in others)])

    def store(inner: Builder, base: Var, at: Sequence[Atom]) -> Atom:
        found = inner.prim(op.name, row_of(inner, x, others, at), q)
        pattern = (*(("s000",) if first else ()), *(("i",) * len(at)))
        stored = inner.prim("store", base, found, *at, index=pattern, hint=base.hint)
        stored.type = base.type
        return stored

    return [repeated(out, made, [size(out, x, k) for k in others], store, hint=target.hint)]


ROWS: dict[str, Rewrite] = {
    "numpy.cumsum": _row_wise(False), "numpy.cumprod": _row_wise(False), "numpy.sort": _row_wise(True),
    "numpy.argsort": _row_wise(True), "numpy.diff": _diff, "numpy.quantile": _quantile, "numpy.percentile": _quantile,
}
"""The rewrites of functions of vectors."""

__all__ = ["ROWS"]
