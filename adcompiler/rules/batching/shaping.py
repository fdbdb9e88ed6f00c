"""Functions that give elements another shape, order or place, and those that make arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.ir.build import const
from adcompiler.ir.catalogue.operands import normal_axis
from adcompiler.ir.nodes import Atom, Const, Prim
from adcompiler.ir.types import Array, List, Scalar, Type, promote
from adcompiler.rules.batching.containers import array_of_list
from adcompiler.rules.batching.table import Batch, NoRule, Value, axis_after, batched, with_params


@batched("numpy.transpose")
def _transpose(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    axes = op.param("axes") or tuple(reversed(range(value.rank)))
    return [batch.moved(value.atom, [0, *(k % value.rank + 1 for k in axes)])]


@batched("numpy.reshape")
def _reshape(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, *shape = args
    if any(s.batched for s in shape):
        raise NoRule("a shape that is another for each example")
    sizes = [s.atom for s in shape]
    rest = [k for k, s in enumerate(sizes) if isinstance(s, Const) and s.value == -1]
    if rest:  # a size of its own, so that no examples at all are no problem
        sizes[rest[0]] = _left_over(batch, value, [s for k, s in enumerate(sizes) if k not in rest])
    return [batch.prim("numpy.reshape", value.atom, batch.count, *sizes)]


def _left_over(batch: Batch, value: Value, others: Sequence[Atom]) -> Atom:
    total = batch.elements(value)
    given: Atom | None = None
    for size in others:
        given = size if given is None else batch.prim("mul", given, size)
    return total if given is None or given == const(1) else batch.prim("floordiv", total, given)


@batched("numpy.ravel")
def _ravel(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.flat(args[0])]


@batched("numpy.expand_dims")
def _expand_dims(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    return [batch.prim(op.name, value.atom, axis=normal_axis(op.param("axis"), value.rank + 1) + 1)]


@batched("numpy.squeeze")
def _squeeze(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    axis = op.param("axis")
    if axis is None:
        shape = value.type.dims if isinstance(value.type, Array) else ()
        axis = tuple(k for k, d in enumerate(shape) if d == 1)
    axes = axis if isinstance(axis, tuple) else (axis,)
    moved = tuple(k % value.rank + 1 for k in axes)
    return [batch.prim(op.name, value.atom, axis=moved[0] if len(moved) == 1 else moved) if moved else value.atom]


@batched("numpy.swapaxes")
def _swapaxes(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    axes = {name: op.param(name) % value.rank + 1 for name in ("axis1", "axis2")}
    return [batch.prim(op.name, value.atom, **axes)]


@batched("numpy.flip")
def _flip(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    axis = op.param("axis")
    axes = tuple(range(value.rank)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    moved = tuple(k % value.rank + 1 for k in axes)
    return [batch.prim(op.name, value.atom, axis=moved[0] if len(moved) == 1 else moved)]


@batched("numpy.roll")
def _roll(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, *shifts = args
    if any(s.batched for s in shifts):
        raise NoRule("a shift that is another for each example", loop=True)
    atoms = [s.atom for s in shifts]
    axis = op.param("axis")
    if axis is not None:
        moved = tuple(axis_after(k, value.rank) for k in axis) if isinstance(axis, tuple) else axis_after(axis, value.rank)
        return [batch.prim(op.name, value.atom, *atoms, axis=moved)]
    rolled = batch.prim(op.name, batch.flat(value), *atoms, axis=1 if len(atoms) == 1 else (1,) * len(atoms))
    if value.rank == 1:
        return [rolled]
    return [batch.prim("numpy.reshape", rolled, batch.count, *batch.sizes(value))]


@batched("numpy.tril numpy.triu")
def _triangle(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.prim(op.name, args[0].atom, **dict(op.params))]


@batched("numpy.diag")
def _diag(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    k = op.param("k") or 0
    if value.rank == 2:
        return [batch.prim("numpy.diagonal", value.atom, axis1=1, axis2=2, **({"offset": k} if k else {}))]
    (length,) = batch.sizes(value)
    size = batch.prim("add", length, const(abs(k))) if k else length
    empty = batch.prim("numpy.zeros", batch.count, size, size, dtype=value.dtype)
    at: Atom = batch.prim("numpy.arange", length)
    other: Atom = batch.prim("add", at, const(abs(k))) if k else at
    rows, columns = (at, other) if k >= 0 else (other, at)
    return [batch.prim("store", empty, value.atom, rows, columns, index=("s000", "a", "a"), unique=True)]


@batched("numpy.diagonal")
def _diagonal(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    axes = {f"axis{k + 1}": op.param(f"axis{k + 1}", k) % value.rank + 1 for k in (0, 1)}
    return [batch.prim(op.name, value.atom, **with_params(op, **axes))]


@batched("numpy.trace")
def _trace(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    diagonal = batch.prim("numpy.diagonal", args[0].atom, axis1=1, axis2=2)
    return [batch.prim("numpy.sum", diagonal, axis=-1)]


@batched("numpy.repeat")
def _repeat(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, repeats = args
    if repeats.batched:
        raise NoRule("a number of repetitions that is another for each example")
    return [batch.prim(op.name, value.atom, repeats.atom, axis=axis_after(op.param("axis", 0), value.rank))]


@batched("numpy.tile")
def _tile(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, *counts = args
    if any(c.batched for c in counts):
        raise NoRule("a number of copies that is another for each example")
    return [batch.prim(op.name, batch.lifted(value, len(counts)), const(1), *[c.atom for c in counts])]


@batched("numpy.pad")
def _pad(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, *others = args
    if any(o.batched for o in others):
        raise NoRule("a width or a value of a margin that is another for each example", loop=len(others) > 2 * value.rank
                     and not any(o.batched for o in others[:2 * value.rank]))
    return [batch.prim(op.name, value.atom, const(0), const(0), *[o.atom for o in others], **dict(op.params))]


@batched("numpy.ascontiguousarray numpy.asfortranarray")
def _contiguous(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    atom = value.atom if value.rank else batch.flat(value)
    return [batch.prim(op.name, atom, **dict(op.params))]


@batched("numpy.broadcast_to")
def _broadcast_to(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, *shape = args
    if any(s.batched for s in shape):
        raise NoRule("a shape that is another for each example")
    return [batch.prim(op.name, batch.lifted(value, len(shape)), batch.count, *[s.atom for s in shape])]


@batched("spread")
def _spread(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, like = args
    if not value.batched:
        return [batch.prim(op.name, value.atom, like.atom)]
    if like.batched:
        return [batch.prim(op.name, batch.lifted(value, like.rank), like.atom)]
    if like.rank == 0:
        return [value.atom]
    wide = batch.prim("numpy.broadcast_to", batch.lifted(value, like.rank), batch.count, *batch.sizes(like))
    return [batch.prim("copy", wide)]


@batched("unbroadcast")
def _unbroadcast(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, like = args
    atom, more = batch.full(value), value.rank - like.rank
    if more > 0:
        atom = batch.prim("numpy.sum", atom, axis=1 if more == 1 else tuple(range(1, more + 1)))
    elif more < 0:
        atom = batch.lifted(Value(atom, value.type, True), like.rank)
    if like.rank == 0:
        return [atom]
    return [batch.prim(op.name, atom, batch.full(like))]


# --- arrays of arrays -----------------------------------------------------------------------------------------


@batched("numpy.concatenate")
def _concatenate(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    inner = args[0].type.element if isinstance(args[0].type, List) else args[0].type
    rank = len(inner.dims) if isinstance(inner, Array) else 0
    return [batch.prim(op.name, *map(batch.full, args), axis=axis_after(op.param("axis", 0), rank))]


@batched("numpy.stack")
def _stack(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    axis = normal_axis(op.param("axis", 0), args[0].rank + 1)
    return [batch.prim(op.name, *map(batch.full, args), axis=axis + 1)]


@batched("numpy.array")
def _array(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    """Of an array display: the elements side by side behind the axis of the examples."""
    shape, dtype = op.param("shape"), op.param("dtype")
    if shape is None:
        return [array_of_list(batch, args[0], dtype)]
    if not args:
        raise NoRule("an array of nothing")
    atoms = [batch.full(a) for a in args]
    if shape == ():
        found: Atom = atoms[0]
    else:
        found = batch.prim("numpy.stack", *atoms, axis=1)
        if len(shape) > 1:
            inner = batch.sizes(args[0]) if args[0].rank else []
            found = batch.prim("numpy.reshape", found, batch.count, *[const(n) for n in shape], *inner)
    target = types[0]
    wanted = dtype or (target.dtype if isinstance(target, Array | Scalar) else None)
    if isinstance(found.type, Array) and wanted not in (None, found.type.dtype):
        found = batch.prim("numpy.astype", found, dtype=wanted)
    return [found]


@batched("numpy.zeros_like numpy.ones_like numpy.empty_like")
def _like(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.prim(op.name, args[0].atom, **dict(op.params))]


@batched("numpy.full_like")
def _full_like(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    like, fill = args
    if not fill.batched and fill.rank == 0:
        return [batch.prim(op.name, like.atom, fill.atom, **dict(op.params))]
    return [_wide(batch, fill, batch.sizes(like), str(op.param("dtype") or like.dtype))]


@batched("numpy.full")
def _full(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    *shape, fill = args
    if any(s.batched for s in shape):
        raise NoRule("a shape that is another for each example")
    return [_wide(batch, fill, [s.atom for s in shape], str(op.param("dtype") or fill.dtype))]


def _wide(batch: Batch, fill: Value, shape: Sequence[Atom], dtype: str) -> Atom:
    """An array of its own that repeats a value of each example."""
    atom = batch.lifted(fill, len(shape)) if fill.batched else fill.atom
    made = batch.prim("numpy.broadcast_to", atom, batch.count, *shape)
    return batch.prim("copy", made) if fill.dtype == dtype else batch.prim("numpy.astype", made, dtype=dtype)


@batched("numpy.linspace numpy.geomspace")
def _points(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    """The axis of the points comes first, before that of the examples."""
    ends, count = args[:2], args[2:]
    if any(c.batched for c in count):
        raise NoRule("a number of points that is another for each example")
    rank = max(e.rank for e in ends)
    kinds = [e.type if isinstance(e.type, Scalar | Array) else Scalar("float64") for e in ends]
    params: dict[str, Any] = dict(op.params)
    if op.name == "numpy.linspace" and "dtype" not in params and promote(*kinds)[0] == "float32":
        params["dtype"] = "float32"
    found = batch.prim(op.name, *[batch.lifted(e, rank) for e in ends], *[c.atom for c in count], **params)
    return [batch.moved(found, [1, 0, *range(2, rank + 2)])]


_SHAPED = "numpy.zeros numpy.ones numpy.empty numpy.eye numpy.identity numpy.tri numpy.arange numpy.indices " \
          "numpy.tril_indices numpy.triu_indices"


@batched(f"{_SHAPED} numpy.nonzero numpy.flatnonzero numpy.argwhere numpy.unique numpy.delete numpy.bincount "
         "scipy.linalg.block_diag")
def _data_dependent(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    if op.name == "numpy.delete" and not args[1].batched:
        raise NoRule("elements that are left out", loop=True)
    if op.name == "scipy.linalg.block_diag":
        raise NoRule("blocks", loop=True)
    raise NoRule("the shape of the result depends on the example")
