"""Products of vectors, matrices and arrays."""

from __future__ import annotations

from adcompiler.ir.nodes import Atom
from adcompiler.ir.types import Array, dims
from adcompiler.rules.table import Pull, pullback


@pullback("matmul", "numpy.matmul")
def _matmul(pull: Pull) -> None:
    """A_bar = Y_bar B^T, B_bar = A^T Y_bar, with outer products for vectors (Giles 2008)."""
    a, b = pull.op.args
    assert isinstance(a.type, Array) and isinstance(b.type, Array)
    if a.type.rank > 2 or b.type.rank > 2:
        raise NotImplementedError
    bar = pull.full_bar
    if pull.wants(0):
        pull.adjoints.add(a, _left(pull, bar, a.type.rank, b, b.type.rank))
    if pull.wants(1):
        pull.adjoints.add(b, _right(pull, bar, a, a.type.rank, b.type.rank))


def _left(pull: Pull, bar: Atom, rank_a: int, b: Atom, rank_b: int) -> Atom:
    if rank_a == 1:
        return pull.prim("mul", bar, b) if rank_b == 1 else pull.prim("matmul", b, bar)
    return pull.prim("numpy.outer", bar, b) if rank_b == 1 else pull.prim("matmul", bar, pull.prim("numpy.transpose", b))


def _right(pull: Pull, bar: Atom, a: Atom, rank_a: int, rank_b: int) -> Atom:
    if rank_a == 1:
        return pull.prim("mul", bar, a) if rank_b == 1 else pull.prim("numpy.outer", a, bar)
    return pull.prim("matmul", pull.prim("numpy.transpose", a), bar)


@pullback("numpy.vdot", "numpy.inner")
def _inner(pull: Pull) -> None:
    """Of two vectors, or by vdot of two arrays of the same shape: each gets y_bar times the other."""
    a, b = pull.op.args
    alike = pull.op.name == "numpy.vdot" and dims(a.type) == dims(b.type)
    if not alike and (len(dims(a.type)) != 1 or len(dims(b.type)) != 1):
        raise NotImplementedError
    for k, other in ((0, b), (1, a)):
        if pull.wants(k):
            pull.adjoints.add(pull.op.args[k], pull.prim("mul", pull.y_bar, other))


@pullback("numpy.outer")
def _outer(pull: Pull) -> None:
    """a_bar = Y_bar b, b_bar = a Y_bar."""
    a, b = pull.op.args
    if len(dims(a.type)) != 1 or len(dims(b.type)) != 1:
        raise NotImplementedError
    bar = pull.full_bar
    if pull.wants(0):
        pull.adjoints.add(a, pull.prim("matmul", bar, b))
    if pull.wants(1):
        pull.adjoints.add(b, pull.prim("matmul", a, bar))
