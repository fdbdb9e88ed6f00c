"""Reductions, running sums, order statistics: the axes move by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.ir.nodes import Atom, Prim
from adcompiler.ir.types import Array, Scalar, Type
from adcompiler.rules.batching.table import Batch, NoRule, Value, axis_after, batched, with_params

_FLATTENED = frozenset("numpy.argmax numpy.argmin numpy.nanargmax numpy.nanargmin numpy.median".split())
_SUMS = frozenset("numpy.sum numpy.prod numpy.max numpy.min numpy.amax numpy.amin numpy.mean numpy.any numpy.all numpy.nansum "
                  "numpy.nanmax numpy.nanmin".split())


def _axes(axis: Any, rank: int) -> Any:
    """The axes of a reduction of one example in the array of all."""
    if axis is None:
        return 1 if rank == 1 else tuple(range(1, rank + 1))
    if isinstance(axis, tuple):
        return tuple(axis_after(k, rank) for k in axis)
    return axis_after(axis, rank)


@batched("numpy.sum numpy.prod numpy.mean numpy.var numpy.std numpy.max numpy.min numpy.amax numpy.amin numpy.nansum "
         "numpy.nanmean numpy.nanvar numpy.nanstd numpy.nanmax numpy.nanmin numpy.nanargmax numpy.nanargmin numpy.any numpy.all "
         "numpy.argmax numpy.argmin numpy.count_nonzero numpy.median scipy.special.logsumexp")
def _reduction(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    axis, atom, rank = op.param("axis"), value.atom, value.rank
    if axis is None and rank > 1 and op.name in _FLATTENED:
        if op.param("keepdims"):
            raise NoRule("all axes at once, which are kept", loop=True)
        atom, rank = batch.flat(value), 1
    if rank == 0:
        if op.name not in _SUMS:
            raise NoRule("a reduction of a number", loop=True)
        return [batch.prim(op.name, atom, **with_params(op, axis=()))]
    return [batch.prim(op.name, atom, **with_params(op, axis=_axes(axis, rank)))]


@batched("numpy.linalg.norm")
def _norm(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    atom, rank, axis = value.atom, value.rank, op.param("axis")
    if rank == 0:
        raise NoRule("the norm of a number", loop=True)
    if axis is None and rank > 2:
        if op.param("keepdims"):
            raise NoRule("a norm over many axes that are kept", loop=True)
        atom, rank = batch.flat(value), 1
    return [batch.prim(op.name, atom, **with_params(op, axis=_axes(axis, rank)))]


@batched("numpy.cumsum numpy.cumprod")
def _cumulative(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    axis = op.param("axis")
    if axis is None or value.rank == 0:
        return [batch.prim(op.name, batch.flat(value), **with_params(op, axis=1))]
    return [batch.prim(op.name, value.atom, **with_params(op, axis=axis_after(axis, value.rank)))]


@batched("numpy.maximum.accumulate numpy.minimum.accumulate")
def _running(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.prim(op.name, args[0].atom, **with_params(op, axis=axis_after(op.param("axis", 0), args[0].rank)))]


@batched("numpy.sort numpy.argsort numpy.partition numpy.argpartition scipy.special.softmax scipy.special.log_softmax "
         "scipy.fft.dct scipy.fft.idct scipy.fft.dst scipy.fft.idst numpy.diff")
def _along(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    default = None if op.name in ("scipy.special.softmax", "scipy.special.log_softmax") else -1
    axis = op.param("axis", default)
    if axis is None:
        if default == -1:
            raise NoRule("all axes at once", loop=True)
        return [batch.prim(op.name, value.atom, **with_params(op, axis=_axes(None, value.rank)))]
    if isinstance(axis, tuple):
        return [batch.prim(op.name, value.atom, **with_params(op, axis=_axes(axis, value.rank)))]
    changed = {} if axis < 0 else {"axis": axis + 1}
    return [batch.prim(op.name, value.atom, **with_params(op, **changed))]


@batched("numpy.lexsort")
def _lexsort(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    keys = [batch.full(a) for a in args]
    return [batch.prim(op.name, *keys, **with_params(op, axis=axis_after(op.param("axis", -1), args[0].rank)))]


@batched("numpy.take_along_axis")
def _take_along(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    a, i = (v.atom if v.batched else batch.prim("numpy.expand_dims", v.atom, axis=0) for v in
            (args[0], batch.guarded(args[1])))
    return [batch.prim(op.name, a, i, **with_params(op, axis=axis_after(op.param("axis", -1), args[0].rank)))]


@batched("numpy.quantile numpy.percentile")
def _quantile(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    """The axis of the quantiles comes first, before that of the examples."""
    value, q = args
    if q.batched or not value.batched or value.rank == 0:
        raise NoRule("quantiles that are others for each example", loop=True)
    atom, rank = value.atom, value.rank
    if op.param("axis") is None and not op.param("keepdims"):
        atom, rank = batch.flat(value), 1
    found = batch.prim(op.name, atom, q.atom, **with_params(op, axis=_axes(op.param("axis"), rank)))
    if q.rank == 0 or not isinstance(found.type, Array):
        return [found]
    return [batch.moved(found, [1, 0, *range(2, found.type.rank)])]


@batched("numpy.searchsorted numpy.digitize numpy.isin numpy.interp")
def _looked_up(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    """A table that is the same for all examples serves all their values at once."""
    sought = 1 if op.name == "numpy.searchsorted" else 0
    if any(a.batched != (k == sought) for k, a in enumerate(args)):
        raise NoRule("a table that is another for each example", loop=True)
    return [batch.prim(op.name, *[a.atom for a in args], **dict(op.params))]


@batched("len size shape")
def _sizes(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Value]:
    """Sizes are the same for all examples."""
    (value,) = args
    found: Atom
    if not isinstance(value.type, Array | Scalar):
        found = batch.prim(op.name, value.atom)
    elif op.name == "size":
        found = batch.elements(value)
    else:
        found = batch.prim("shape", value.atom, axis=1 if op.name == "len" else op.param("axis") % value.rank + 1)
    return [Value(found, types[0], False)]


@batched("numpy.allclose numpy.array_equal numpy.array_equiv")
def _compared(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    a, b = args
    if op.name != "numpy.allclose":
        raise NoRule("a comparison of whole arrays", loop=True)
    rank = max(a.rank, b.rank)
    near = batch.prim("numpy.isclose", batch.lifted(a, rank), batch.lifted(b, rank), **dict(op.params))
    return [batch.prim("numpy.all", near, axis=_axes(None, rank))] if rank else [near]
