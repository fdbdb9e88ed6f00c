"""Linear algebra."""

from __future__ import annotations

from adcompiler.ir.types import dims
from adcompiler.rules.table import Pull, pullback


@pullback("numpy.linalg.solve")
def _solve(pull: Pull) -> None:
    """b_bar = A^-T y_bar, A_bar = -b_bar y^T (Giles 2008)."""
    a, b = pull.op.args
    t = pull.prim("numpy.linalg.solve", pull.prim("numpy.transpose", a), pull.full_bar)
    if pull.wants(1):
        pull.adjoints.add(b, t)
    if pull.wants(0):
        product = pull.prim("numpy.outer", t, pull.y) if len(dims(b.type)) == 1 \
            else pull.prim("matmul", t, pull.prim("numpy.transpose", pull.y))
        pull.adjoints.add(a, pull.prim("neg", product))


@pullback("numpy.linalg.inv")
def _inverse(pull: Pull) -> None:
    """A_bar = -Y^T Y_bar Y^T."""
    yt = pull.prim("numpy.transpose", pull.y)
    pull.adjoints.add(pull.op.args[0], pull.prim("neg", pull.prim("matmul", pull.prim("matmul", yt, pull.full_bar), yt)))


@pullback("numpy.linalg.det")
def _determinant(pull: Pull) -> None:
    """A_bar = y_bar det(A) A^-T; the matrix must not be singular."""
    a = pull.op.args[0]
    inverse = pull.prim("numpy.transpose", pull.prim("numpy.linalg.inv", a))
    pull.adjoints.add(a, pull.prim("mul", pull.prim("mul", pull.y_bar, pull.y), inverse))
