"""Products that Numba lacks, as loops over all labels of their sum.

    r = np.einsum("ij,kj->ik", a, b)    ->    for i in range(a.shape[0]):
                                                  for j in range(b.shape[0]):
                                                      total = 0.0
                                                      for k in range(a.shape[1]):
                                                          total += a[i, k] * b[j, k]
                                                      r[i, j] = total
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase

from adcompiler.ir.build import Builder, const
from adcompiler.ir.catalogue.products import contracted, labels_of
from adcompiler.ir.nodes import Atom, Prim, Var
from adcompiler.ir.types import Array, Dim, Scalar, dims, never_one, rank
from adcompiler.transforms.native.elements import (
    Rewrite,
    element,
    filled,
    repeated,
    require,
    shape,
    size,
)


def _einsum(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    labels, result = labels_of(op.param("subscripts"), [rank(a.type) for a in op.args])
    return [_contraction(out, op.args, labels, result, targets[0], broadcast=True)]


def _contraction(out: Builder, args: Sequence[Atom], labels: Sequence[str], result: str, target: Var, *,
                 broadcast: bool = False) -> Atom:
    """The sum of products of elements, over the labels that the result has not."""
    sizes = {label: _size(out, label, args, labels, broadcast) for label in dict.fromkeys("".join(labels))}
    summed = [label for label in sizes if label not in result]
    assert isinstance(target.type, Scalar | Array)
    zero = const(0.0) if target.type.dtype == "float64" else const(0) if target.type.dtype.startswith("int") else None
    start: Atom = zero if zero is not None else out.prim("numpy.astype", const(0.0), dtype=target.type.dtype)

    def product(inner: Builder, at: dict[str, Atom]) -> Atom:
        factors = [element(inner, a, _own(inner, a, [at[label] for label in mine], broadcast))
                   for a, mine in zip(args, labels, strict=True)]
        value = factors[0]
        for factor in factors[1:]:
            value = inner.prim("mul", value, factor)
        return value

    def entry(inner: Builder, at: Sequence[Atom]) -> Atom:
        known = dict(zip(result, at, strict=True))
        if not summed:
            return product(inner, known)

        def add(deep: Builder, total: Var, places: Sequence[Atom]) -> Atom:
            more = dict(zip(summed, places[len(at):], strict=True))
            found = deep.prim("add", total, product(deep, {**known, **more}), hint="total")
            found.type = total.type
            return found

        return repeated(inner, start, [sizes[label] for label in summed], add, at, "total")

    if not result:
        return entry(out, [])
    return filled(out, target, [sizes[label] for label in result], entry)


def _own(out: Builder, x: Atom, place: Sequence[Atom], broadcast: bool) -> list[Atom]:
    """The position of an element of an operand: axes of one element may be broadcast."""
    if not broadcast:
        return list(place)
    own: list[Atom] = []
    for k, (dim, i) in enumerate(zip(dims(x.type), place, strict=True)):
        unsure = isinstance(dim, str) and dim.startswith("?")
        own.append(const(0) if dim == 1 else out.prim("min", i, out.prim("sub", size(out, x, k), const(1))) if unsure else i)
    return own


def _size(out: Builder, label: str, args: Sequence[Atom], labels: Sequence[str], broadcast: bool) -> Atom:
    """How many values an index takes; an error where operands do not agree."""
    places = [(a, k) for a, mine in zip(args, labels, strict=True) for k, own in enumerate(mine) if own == label]
    found: Atom | None = None
    seen: list[Dim] = []
    for a, k in places:
        dim = dims(a.type)[k]
        if dim in seen or (broadcast and dim == 1):
            continue
        mine = size(out, a, k)
        if found is None:
            found = mine
        else:
            either = broadcast and not all(map(never_one, [dim, *seen]))
            _check(out, found, mine, either)
            found = out.prim("max", found, mine) if either else found
        seen.append(dim)
    return const(1) if found is None else found


def _check(out: Builder, one: Atom, other: Atom, broadcast: bool) -> None:
    fits: Atom = out.prim("eq", one, other)
    if broadcast:
        fits = out.prim("or", out.prim("or", fits, out.prim("eq", one, const(1))), out.prim("eq", other, const(1)))
    require(out, fits, "ValueError", "the sizes of a product do not fit each other")


def _matmul(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`a @ b` is BLAS's for floats of up to two axes."""
    a, b = op.args
    p, q = rank(a.type), rank(b.type)
    if p < 1 or q < 1:
        return None
    if max(p, q) <= 2:
        return _native(out, op, targets[0]) or [_pair(out, op, targets[0])]
    stack = ascii_lowercase[:max(p, q, 2) - 2]
    left = stack[len(stack) - max(p - 2, 0):] + ("xz" if p > 1 else "z")
    right = stack[len(stack) - max(q - 2, 0):] + ("zy" if q > 1 else "z")
    whole = max(left[:-2] if p > 1 else "", right[:-2] if q > 1 else "", key=len)
    result = whole + ("x" if p > 1 else "") + ("y" if q > 1 else "")
    return [_contraction(out, op.args, [left, right], result, targets[0], broadcast=True)]


def _native(out: Builder, op: Prim, target: Var) -> Sequence[Atom] | None:
    """The operands as Numba's product takes them: of one type, and of memory without gaps."""
    assert isinstance(target.type, Scalar | Array)
    dtype = target.type.dtype
    if dtype not in ("float64", "float32"):
        return None
    ready: list[Atom] = []
    for a in op.args:
        assert isinstance(a.type, Array)
        ready.append(a if a.type.dtype == dtype else out.prim("numpy.astype", a, dtype=dtype))
    return [out.prim(op.name, *ready)]


def _pair(out: Builder, op: Prim, target: Var) -> Atom:
    a, b = op.args
    left, right = ("xz" if rank(a.type) > 1 else "z"), ("zy" if rank(b.type) > 1 else "z")
    return _contraction(out, op.args, [left, right], left[:-1] + right[1:], target)


def _dot(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    a, b = op.args
    p, q = rank(a.type), rank(b.type)
    if p == 0 or q == 0:
        return [out.prim("mul", a, b)]
    if max(p, q) <= 2:
        return _native(out, op, targets[0]) or [_pair(out, op, targets[0])]
    left = ascii_lowercase[:p - 1] + "z"
    right = ascii_lowercase[p:p + q - 2] + ("zy" if q > 1 else "z")
    return [_contraction(out, op.args, [left, right], left[:-1] + right.replace("z", ""), targets[0])]


def _inner(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    a, b = op.args
    p, q = rank(a.type), rank(b.type)
    if p == 0 or q == 0:
        return [out.prim("mul", a, b)]
    left, right = ascii_lowercase[:p - 1] + "z", ascii_lowercase[p:p + q - 1] + "z"
    return [_contraction(out, op.args, [left, right], left[:-1] + right[:-1], targets[0])]


def _vdot(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    a, b = op.args
    if rank(a.type) != rank(b.type):
        flat = [out.prim("numpy.ravel", x) if rank(x.type) > 1 else x for x in op.args]
        return [_contraction(out, flat, ["a", "a"], "", targets[0])]
    if not rank(a.type):
        return [out.prim("mul", a, b)]
    labels = ascii_lowercase[:rank(a.type)]
    return [_contraction(out, op.args, [labels, labels], "", targets[0])]


def _tensordot(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    p, q = (rank(a.type) for a in op.args)
    first, second = contracted(op.param("axes", 2), p, q)
    left, right = list(ascii_lowercase[:p]), list(ascii_lowercase[p:p + q])
    for i, j in zip(first, second, strict=True):
        right[j] = left[i]
    result = [c for k, c in enumerate(left) if k not in first] + [c for k, c in enumerate(right) if k not in second]
    return [_contraction(out, op.args, ["".join(left), "".join(right)], "".join(result), targets[0])]


def _outer(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    if all(rank(a.type) == 1 for a in op.args) and targets[0].type == op.args[0].type:
        return None
    flat = [out.prim("numpy.ravel", a) if rank(a.type) > 1 else a for a in op.args]
    labels = ["x"[:rank(a.type)] for a in flat[:1]] + ["y"[:rank(a.type)] for a in flat[1:]]
    if all(labels):
        return [_contraction(out, flat, labels, "xy", targets[0])]
    return None


def _trace(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`np.trace(x)` of the first two axes, which may differ in size."""
    x = op.args[0]
    if rank(x.type) == 2:
        return None
    rest = [size(out, x, k) for k in range(2, rank(x.type))]
    count = out.prim("min", *shape(out, x)[:2])
    start: Atom = const(0.0)

    def value(inner: Builder, at: Sequence[Atom]) -> Atom:
        def add(deep: Builder, total: Var, places: Sequence[Atom]) -> Atom:
            k = places[-1]
            return deep.prim("add", total, element(deep, x, [k, k, *at]), hint="total")
        return repeated(inner, start, [count], add, at, "total")

    return [filled(out, targets[0], rest, value)]


PRODUCTS: dict[str, Rewrite] = {
    "numpy.einsum": _einsum, "einsum_view": _einsum, "matmul": _matmul, "numpy.matmul": _matmul, "numpy.dot": _dot,
    "numpy.inner": _inner, "numpy.vdot": _vdot, "numpy.tensordot": _tensordot, "numpy.outer": _outer, "numpy.trace": _trace,
}
"""The rewrites of products."""

__all__ = ["PRODUCTS"]
