"""Linear algebra: NumPy's functions take stacks of matrices; SciPy's are called for one example after the other."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Prim
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, Type
from adcompiler.rules.batching.table import Batch, NoRule, Value, batched


@batched("numpy.linalg.inv numpy.linalg.det numpy.linalg.slogdet numpy.linalg.cholesky numpy.linalg.eigh numpy.linalg.svd "
         "numpy.linalg.qr numpy.linalg.pinv numpy.linalg.matrix_rank")
def _stackable(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    value, *others = args
    if value.rank < 2 or any(o.batched for o in others):
        raise NoRule("an option that is another for each example", loop=True)
    atoms = [value.atom, *[o.atom for o in others]]
    if OPS[op.name].several:
        return list(batch.builder.prims(op.name, *atoms, **dict(op.params)))
    return [batch.prim(op.name, *atoms, **dict(op.params))]


@batched("numpy.linalg.solve")
def _solve(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [solve(batch, *args)]


def solve(batch: Batch, a: Value, b: Value) -> Atom:
    """The solutions of systems, or of one system for many right sides."""
    if b.rank == 1:
        if not a.batched and a.rank == 2:
            found = batch.prim("numpy.linalg.solve", a.atom, batch.prim("numpy.transpose", b.atom))
            return batch.prim("numpy.transpose", found)
        column = Value(batch.prim("numpy.expand_dims", b.atom, axis=2 if b.batched else 1),
                       Array(b.dtype, ("?", 1)), b.batched)
        return batch.prim("load", _stacked(batch, a, column), const(0), index=("e", "i"))
    return _stacked(batch, a, b)


def _stacked(batch: Batch, a: Value, b: Value) -> Atom:
    rank = max(a.rank, b.rank)
    return batch.prim("numpy.linalg.solve", batch.lifted(a, rank), batch.lifted(b, rank))


@batched("cholesky_solve")
def _cholesky_solve(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    factor, b, _ = args
    if op.param("by") != "numpy.linalg.solve" or factor.rank != 2:
        raise NoRule("triangular systems", loop=True)
    together = factor.batched or b.batched
    if not together:
        return [batch.full(Value(batch.prim(op.name, *[a.atom for a in args], **dict(op.params)), types[0], False))]
    half = Value(solve(batch, factor, b), b.type, True)
    upper = Value(batch.prim("numpy.swapaxes", factor.atom, axis1=1, axis2=2) if factor.batched
                  else batch.prim("numpy.transpose", factor.atom), factor.type, factor.batched)
    return [solve(batch, upper, half)]
