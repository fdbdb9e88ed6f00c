"""Products of vectors and matrices: stacks of matrices are multiplied as they are, vectors get an axis where they need one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from adcompiler.ir.build import const
from adcompiler.ir.catalogue.products import contracted, labels_of
from adcompiler.ir.nodes import Atom, Prim
from adcompiler.ir.types import Array, Scalar, Type, promote
from adcompiler.rules.batching.elementwise import elementwise
from adcompiler.rules.batching.table import Batch, NoRule, Value, batched, with_params

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@batched("matmul numpy.matmul")
def _matmul(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [matrix_product(batch, *args)]


def matrix_product(batch: Batch, a: Value, b: Value) -> Atom:
    """`a @ b` for each example."""
    if a.rank == b.rank == 1:
        return _inner_product(batch, a, b)
    if b.rank == 1:
        if a.batched and not b.batched:
            return batch.prim("matmul", a.atom, b.atom)
        if not a.batched and a.rank == 2:
            return batch.prim("matmul", b.atom, _transposed(batch, a))
        column = batch.prim("numpy.expand_dims", b.atom, axis=2)
        product = _stacked(batch, a, Value(column, Array(b.dtype, ("?", 1)), True))
        return batch.prim("load", product, const(0), index=("e", "i"))
    if a.rank == 1:
        if not a.batched or (not b.batched and b.rank == 2):
            return batch.prim("matmul", a.atom, b.atom)
        row = batch.prim("numpy.expand_dims", a.atom, axis=1)
        product = _stacked(batch, Value(row, Array(a.dtype, (1, "?")), True), b)
        return batch.prim("load", product, const(0), index=("e", "i", "s000"))
    return _stacked(batch, a, b)


def _stacked(batch: Batch, a: Value, b: Value) -> Atom:
    rank = max(a.rank, b.rank)
    return batch.prim("matmul", batch.lifted(a, rank), batch.lifted(b, rank))


def _inner_product(batch: Batch, a: Value, b: Value) -> Atom:
    """Of two vectors: a matrix times a vector where one of them is the same for all examples."""
    if not b.batched:
        return batch.prim("matmul", a.atom, b.atom)
    if not a.batched:
        return batch.prim("matmul", b.atom, a.atom)
    return batch.prim("numpy.sum", batch.prim("mul", a.atom, b.atom), axis=1)


def _transposed(batch: Batch, matrix: Value) -> Atom:
    made = batch.made.get(matrix.atom)  # type: ignore[arg-type]
    if made is not None and made.name == "numpy.transpose" and made.param("axes") is None:
        return made.args[0]
    return batch.prim("numpy.transpose", matrix.atom)


def _scaled(batch: Batch, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    """A product of which one factor is a number: NumPy makes arrays of Python's numbers first."""
    strong = [Value(a.atom, Scalar(a.dtype, weak=False), a.batched) if isinstance(a.type, Scalar) else a for a in args]
    return elementwise(batch, Prim("mul", ()), strong, types)


def einsum(batch: Batch, terms: Sequence[str], result: str, args: Sequence[Value]) -> Atom:
    """The sum of products with these labels, for each example."""
    label = next(c for c in "n" + _LETTERS + _LETTERS.upper() if c not in "".join(terms) + result)
    inputs = ",".join(label + t if a.batched else t for t, a in zip(terms, args, strict=True))
    return batch.prim("numpy.einsum", *[a.atom for a in args], subscripts=f"{inputs}->{label}{result}")


@batched("numpy.einsum einsum_view")
def _einsum(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    terms, result = labels_of(op.param("subscripts"), [a.rank for a in args])
    label = next(c for c in "n" + _LETTERS + _LETTERS.upper() if c not in "".join(terms) + result)
    inputs = ",".join(label + t if a.batched else t for t, a in zip(terms, args, strict=True))
    return [batch.prim(op.name, *[a.atom for a in args], **with_params(op, subscripts=f"{inputs}->{label}{result}"))]


@batched("numpy.dot numpy.inner")
def _dot(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    a, b = args
    if not (a.rank and b.rank):
        return _scaled(batch, args, types)
    if op.name == "numpy.dot" and max(a.rank, b.rank) <= 2:
        return [matrix_product(batch, a, b)]
    if a.rank == b.rank == 1:
        return [_inner_product(batch, a, b)]
    first, second = list(_LETTERS[:a.rank]), list(_LETTERS[a.rank:a.rank + b.rank])
    place = -1 if op.name == "numpy.inner" or b.rank == 1 else -2
    second[place] = first[-1]
    result = first[:-1] + [c for k, c in enumerate(second) if k != b.rank + place]
    return [einsum(batch, ["".join(first), "".join(second)], "".join(result), args)]


@batched("numpy.vdot")
def _vdot(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    a, b = args
    if a.rank == b.rank == 1:
        return [_inner_product(batch, a, b)]
    if not (a.rank and b.rank):
        raise NoRule("a product of a number and an array of one element", loop=True)
    if a.rank != b.rank:
        raise NoRule("a product of arrays with different numbers of axes", loop=True)
    return [batch.prim("numpy.sum", batch.prim("mul", a.atom, b.atom), axis=tuple(range(1, a.rank + 1)))]


@batched("numpy.outer")
def _outer(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    a, b = (_flat(batch, v) for v in args)
    column = batch.prim("numpy.expand_dims", a.atom, axis=2 if a.batched else 1)
    row = batch.prim("numpy.expand_dims", b.atom, axis=1) if b.batched else b.atom
    return [batch.prim("mul", column, row)]


def _flat(batch: Batch, value: Value) -> Value:
    """The value as a vector."""
    if value.rank == 1:
        return value
    if not value.batched:
        if value.rank == 0:
            return Value(batch.prim("numpy.array", value.atom, shape=(1,)), Array(value.dtype, (1,)), False)
        return Value(batch.prim("numpy.ravel", value.atom), Array(value.dtype, ("?",)), False)
    return Value(batch.flat(value), Array(value.dtype, ("?",)), True)


@batched("numpy.tensordot")
def _tensordot(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    a, b = args
    first, second = contracted(op.param("axes", 2), a.rank, b.rank)
    if not b.batched:
        return [batch.prim(op.name, a.atom, b.atom, axes=(tuple(k + 1 for k in first), second))]
    left, right = list(_LETTERS[:a.rank]), list(_LETTERS[a.rank:a.rank + b.rank])
    for i, j in zip(first, second, strict=True):
        right[j] = left[i]
    result = [c for k, c in enumerate(left) if k not in first] + [c for k, c in enumerate(right) if k not in second]
    return [einsum(batch, ["".join(left), "".join(right)], "".join(result), args)]


@batched("numpy.cross")
def _cross(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    rank = max(a.rank for a in args)
    axis = op.param("axis", -1)
    changed = {} if axis < 0 else {"axis": axis - rank}
    return [batch.prim(op.name, *[batch.lifted(a, rank) for a in args], **with_params(op, **changed))]


@batched("numpy.linalg.multi_dot")
def _multi_dot(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    def times(a: Value, b: Value) -> Value:
        atom = matrix_product(batch, a, b) if a.batched or b.batched else batch.prim("matmul", a.atom, b.atom)
        together = a.batched or b.batched
        shape = ("?",) * (a.rank + b.rank - 2)
        dtype = promote(*(v.type for v in (a, b) if isinstance(v.type, Array | Scalar)))[0]
        return Value(atom, Array(dtype, shape) if shape else Scalar(dtype, weak=False), together)

    return [reduce(times, args).atom]
