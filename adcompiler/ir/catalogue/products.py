"""Type rules of products of vectors, matrices and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adcompiler.ir.catalogue.operands import array_operand, normal_axis
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import (
    IrTypeError,
    Params,
    define,
    is_unknown,
    make,
    matmul_type,
    numbers,
    outer_type,
)
from adcompiler.ir.types import ANY, Array, Dim, Scalar, Type, broadcast_dim, broadcast_dims, dims, promote, unknown_dim

Axes = tuple[tuple[int, ...], tuple[int, ...]]


def arrays(args: Sequence[Atom]) -> list[Scalar | Array]:
    """The types of operands of which NumPy makes arrays first: Python's numbers are float64 or int64 then."""
    return [Scalar(t.dtype, weak=False) if isinstance(t, Scalar) else t for t in numbers(args)]


def _dot(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = arrays(args)
    dtype, _ = promote(a, b)
    if not (dims(a) and dims(b)):
        return make(dtype, dims(a) + dims(b))
    return make(dtype, dims(a)[:-1] + dims(b)[:-2] + (dims(b)[-1:] if len(dims(b)) > 1 else ()))


def _inner(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = arrays(args)
    dtype, _ = promote(a, b)
    return make(dtype, dims(a)[:-1] + dims(b)[:-1] if dims(a) and dims(b) else dims(a) + dims(b))


def _outer(args: Sequence[Atom], params: Params) -> Type:
    found = outer_type(args, params)
    return Array(promote(*arrays(args))[0], found.dims) if isinstance(found, Array) else found


def _vdot(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    dtype, _ = promote(*arrays(args))
    return make(dtype, ())


def _trace(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    return make(t.dtype, t.dims[2:])


def contracted(axes: Any, rank_a: int, rank_b: int) -> Axes:
    """The axes that tensordot sums over, of both operands, each counted from the front."""
    if isinstance(axes, int):
        first, second = tuple(range(rank_a - axes, rank_a)), tuple(range(axes))
    else:
        try:
            one, other = axes
        except (TypeError, ValueError):
            raise IrTypeError("the axes of tensordot() are a number, or two sequences") from None
        first, second = ((one,) if isinstance(one, int) else tuple(one)), ((other,) if isinstance(other, int) else tuple(other))
    if len(first) != len(second) or len(first) > min(rank_a, rank_b):
        raise IrTypeError("tensordot() needs as many axes of the one array as of the other")
    pair = tuple(normal_axis(k, rank_a) for k in first), tuple(normal_axis(k, rank_b) for k in second)
    if any(len(set(p)) != len(p) for p in pair):
        raise IrTypeError("the axes of tensordot() must differ")
    return pair


def _tensordot(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = arrays(args)
    dtype, _ = promote(a, b)
    first, second = contracted(params.get("axes", 2), len(dims(a)), len(dims(b)))
    return make(dtype, _without(dims(a), first) + _without(dims(b), second))


def _without(shape: tuple[Dim, ...], axes: tuple[int, ...]) -> tuple[Dim, ...]:
    return tuple(d for k, d in enumerate(shape) if k not in axes)


def _kron(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = arrays(args)
    dtype, _ = promote(a, b)
    rank = max(len(dims(a)), len(dims(b)))
    pairs = zip(*((1,) * (rank - len(dims(t))) + dims(t) for t in (a, b)), strict=True)
    return make(dtype, tuple(q if p == 1 else p if q == 1 else unknown_dim() for p, q in pairs))


def _cross(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = numbers(args)
    if not (isinstance(a, Array) and isinstance(b, Array)):
        raise IrTypeError("cross() needs vectors")
    axis = params.get("axis", -1)
    if axis >= 0 and a.rank != b.rank:
        raise IrTypeError("cross() of arrays with different numbers of axes needs an axis that is counted from the end")
    axis = normal_axis(axis, min(a.rank, b.rank)) - min(a.rank, b.rank)
    if any(t.dims[axis] in ("=2", 1) for t in (a, b)):
        raise IrTypeError("cross() is supported for vectors with three elements")
    dtype, _ = promote(a, b)
    return make(dtype, broadcast_dims(a.dims, b.dims))


def _multi_dot(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    types = numbers(args)
    if len(types) < 2 or any(len(dims(t)) != 2 for t in types[1:-1]) or any(len(dims(t)) not in (1, 2) for t in types):
        raise IrTypeError("multi_dot() needs at least two matrices (the first and the last may be vectors)")
    dtype, _ = promote(*types)
    return make(dtype, dims(types[0])[:-1] + dims(types[-1])[1:])


def labels_of(subscripts: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The labels of each operand and of the result of einsum, all written out: no ellipsis, no missing result.

    An ellipsis becomes labels of its own, aligned at the right, as in broadcasting.
    """
    text = subscripts.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(ranks):
        raise IrTypeError(f"einsum() has subscripts for {len(terms)} operands and is given {len(ranks)}")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in text]
    widths = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    widest = max([w for w, term in zip(widths, terms, strict=True) if "..." in term], default=0)
    if widest > len(free):
        raise IrTypeError("einsum() has too many axes")
    shared = "".join(free[:max(widest, 0)])
    found: list[str] = []
    for term, width in zip(terms, widths, strict=True):
        if width < 0 or (width and "..." not in term):
            raise IrTypeError(f"the subscripts {term!r} do not fit an array with {width + len(term.replace('...', ''))} axes")
        found.append(term.replace("...", shared[len(shared) - width:] if width else ""))
    if arrow:
        result = output.replace("...", shared)
    else:
        named = "".join(t.replace("...", "") for t in terms)
        result = shared + "".join(sorted(c for c in set(named) if named.count(c) == 1))
    if not all(c.isalpha() for t in [*found, result] for c in t):
        raise IrTypeError(f"the subscripts {subscripts!r} are not understood")
    if len(set(result)) != len(result) or not set(result) <= set("".join(found)):
        raise IrTypeError(f"the result {output!r} of einsum() must name labels of the operands, each once")
    return found, result


def sizes_of(labels: Sequence[str], shapes: Sequence[tuple[Dim, ...]]) -> Mapping[str, Dim]:
    """The size that each label of einsum has: axes of one element are broadcast."""
    sizes: dict[str, Dim] = {}
    for mine, shape in zip(labels, shapes, strict=True):
        for label, size in zip(mine, shape, strict=True):
            sizes[label] = broadcast_dim(sizes.get(label, 1), size)
    return sizes


def _einsum(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    types = arrays(args)
    labels, result = labels_of(params["subscripts"], [len(dims(t)) for t in types])
    sizes = sizes_of(labels, [dims(t) for t in types])
    dtype, _ = promote(*(Array(t.dtype, ()) for t in types))  # Python's numbers become arrays, and are not adapted
    return make(dtype, tuple(sizes[label] for label in result))


define("numpy.dot", _dot, 50, memory="new")
define("numpy.matmul", matmul_type, 50, memory="new")
define("numpy.inner", _inner, 50, memory="new")
define("numpy.vdot", _vdot, 50)
define("numpy.outer", _outer, 50, signature="a b;", memory="new")
define("numpy.tensordot", _tensordot, 60, signature="a b; axes", memory="new", boxes=True)
define("numpy.kron", _kron, 60, signature="a b;", memory="new")
define("numpy.cross", _cross, 60, memory="new")
define("numpy.einsum", _einsum, 60, memory="new", boxes=True)
define("einsum_view", _einsum, 5, boxes=True)
define("numpy.linalg.multi_dot", _multi_dot, 60, signature="*arrays;", memory="new")
define("numpy.trace", _trace, 20, signature="a;", memory="new")
