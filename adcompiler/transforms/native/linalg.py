"""Linear algebra of stacks of matrices, one matrix after the other, in the precision of floats."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Atom, Prim, Var
from adcompiler.ir.types import Array, Scalar, rank
from adcompiler.transforms.native.elements import Rewrite, new, repeated, require_same, size


def _floats(out: Builder, a: Atom, dtype: str) -> Atom:
    return a if isinstance(a.type, Array) and a.type.dtype == dtype else out.prim("numpy.astype", a, dtype=dtype)


def _each_matrix(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`r[i] = np.linalg.inv(x[i])`, or with a right side: `r[i] = np.linalg.solve(a[i], b[i])`."""
    target = targets[0]
    if any(v for _, v in op.params) or not isinstance(target.type, Array | Scalar):
        return None
    args = [_floats(out, a, target.type.dtype) for a in op.args]
    count = rank(args[0].type) - 2
    if not count and all(rank(a.type) <= 2 for a in args):
        return [out.prim(op.name, *args)]
    if any(rank(a.type) not in (count + 2, 1) for a in args) or op.name.endswith("pinv"):
        return None
    for a in args[1:]:
        for k in range(count if rank(a.type) > 1 else 0):
            require_same(out, args[0], k, a, k, "the stacks of matrices differ in size")
    stack = [size(out, args[0], k) for k in range(count)]
    like = args[-1] if rank(args[-1].type) > 1 else args[0]
    inner = [size(out, like, count + k) for k in range(rank(target.type) - count)]
    made = new(out, "numpy.empty", target, [*stack, *inner])

    def store(deep: Builder, base: Var, at: Sequence[Atom]) -> Atom:
        one = [_part(deep, a, at) for a in args]
        stored = deep.prim("store", base, deep.prim(op.name, *one), *at, index=("i",) * count, hint=made.hint)
        stored.type = base.type
        return stored

    return [repeated(out, made, stack, store, hint=made.hint)]


def _part(out: Builder, x: Atom, at: Sequence[Atom]) -> Atom:
    """`x[i]`, in memory without gaps."""
    if rank(x.type) == 1:
        return x
    return out.prim("numpy.ascontiguousarray", out.prim("load", x, *at, index=("i",) * len(at)))


def _cholesky(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """The upper factor is the transposed lower one of the transposed matrix."""
    if not op.param("upper") or rank(op.args[0].type) != 2:
        return None if op.param("upper") else _each_matrix(out, Prim(op.name, op.args), targets)
    lower = out.prim(op.name, out.prim("numpy.transpose", op.args[0]))
    return [out.prim("numpy.transpose", lower)]


def _multi_dot(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """One product after the other."""
    value = op.args[0]
    if any(not isinstance(a.type, Array) or a.type.dtype != "float64" for a in op.args):
        return None
    for other in op.args[1:]:
        value = out.prim("matmul", value, other)
    return [value]


def _kron(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`r[i] = a[i // n] * b[i % n]`, with n the size of b."""
    a, b = op.args
    count = rank(a.type)
    if count != rank(b.type) or not count:
        return [out.prim("mul", a, b)] if not (count and rank(b.type)) else None
    target = targets[0]
    sizes: list[Atom] = [out.prim("mul", size(out, a, k), size(out, b, k)) for k in range(count)]
    made = new(out, "numpy.empty", target, sizes)

    def store(inner: Builder, base: Var, at: Sequence[Atom]) -> Atom:
        left, right = list[Atom](), list[Atom]()
        for k, i in enumerate(at):
            n = inner.prim("shape", b, axis=k)
            left.append(inner.prim("floordiv", i, n))
            right.append(inner.prim("mod", i, n))
        index = ("i",) * count
        value = inner.prim("mul", inner.prim("load", a, *left, index=index), inner.prim("load", b, *right, index=index))
        stored = inner.prim("store", base, value, *at, index=index, hint=made.hint)
        stored.type = base.type
        return stored

    return [repeated(out, made, sizes, store, hint=made.hint)]


LINALG: dict[str, Rewrite] = {
    "numpy.linalg.inv": _each_matrix, "numpy.linalg.det": _each_matrix, "numpy.linalg.solve": _each_matrix,
    "numpy.linalg.pinv": _each_matrix, "numpy.linalg.cholesky": _cholesky, "numpy.linalg.multi_dot": _multi_dot,
    "numpy.kron": _kron,
}
"""The rewrites of linear algebra."""

__all__ = ["LINALG"]
