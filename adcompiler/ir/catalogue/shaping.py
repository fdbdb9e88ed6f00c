"""Type rules of functions that give the same elements another shape, order or place."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand, dim_of, normal_axis, operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, Params, define, make, numbers
from adcompiler.ir.types import Array, Scalar, Type, dims, promote, unknown_dim


def _transpose(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    axes = params.get("axes")
    if axes is None:
        return Array(t.dtype, t.dims[::-1])
    if sorted(k % t.rank for k in axes) != list(range(t.rank)):
        raise IrTypeError(f"the axes {axes} are not a permutation of {t.rank} axes")
    return Array(t.dtype, tuple(t.dims[k] for k in axes))


def _reshape(args: Sequence[Atom], params: Params) -> Type:
    t = operand(args)
    return make(t.dtype, tuple(dim_of(a) for a in args[1:]))


def _ravel(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    if t.rank == 1:
        return t
    others = [d for d in t.dims if d != 1]
    return Array(t.dtype, (others[0] if len(others) == 1 else unknown_dim() if others else 1,))


def _expand_dims(args: Sequence[Atom], params: Params) -> Type:
    t = operand(args)
    shape = list(dims(t))
    shape.insert(normal_axis(params["axis"], len(shape) + 1), 1)
    return Array(t.dtype, tuple(shape))


def _squeeze(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    axis = params.get("axis")
    if axis is None:
        if any(isinstance(d, str) and d.startswith("?") for d in t.dims):
            raise IrTypeError("squeeze() needs an axis where a size is not known when compiling")
        return make(t.dtype, tuple(d for d in t.dims if d != 1))
    axes = {normal_axis(k, t.rank) for k in (axis if isinstance(axis, tuple) else (axis,))}
    return make(t.dtype, tuple(d for k, d in enumerate(t.dims) if k not in axes))


def _swapaxes(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    shape = list(t.dims)
    i, j = normal_axis(params["axis1"], t.rank), normal_axis(params["axis2"], t.rank)
    shape[i], shape[j] = shape[j], shape[i]
    return Array(t.dtype, tuple(shape))


def _broadcast_to(args: Sequence[Atom], params: Params) -> Type:
    return make(operand(args).dtype, tuple(dim_of(a) for a in args[1:]))


def _like_second(args: Sequence[Atom], params: Params) -> Type:
    """`spread(g, x)`, `unbroadcast(g, x)`: g with the shape of x."""
    g, x = numbers(args)
    return make(promote(g)[0], dims(x)) if dims(x) else Scalar(g.dtype, weak=False)


def _concatenate(args: Sequence[Atom], params: Params) -> Type:
    types = numbers(args)
    axis = normal_axis(params.get("axis", 0), len(dims(types[0])) or 1)
    dtype, _ = promote(*types)
    if not all(isinstance(t, Array) and t.rank == len(dims(types[0])) for t in types):
        raise IrTypeError("the arrays to concatenate must have the same number of axes")
    return Array(dtype, tuple(unknown_dim() if k == axis else d for k, d in enumerate(dims(types[0]))))


def _stack(args: Sequence[Atom], params: Params) -> Type:
    types = numbers(args)
    dtype, _ = promote(*types)
    shape = list(dims(types[0]))
    shape.insert(normal_axis(params.get("axis", 0), len(shape) + 1), 1 if len(types) == 1 else f"={len(types)}")
    return Array(dtype, tuple(shape))


def _flip(args: Sequence[Atom], params: Params) -> Type:
    return array_operand(args)


def _triangle(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    if t.rank < 2:
        raise IrTypeError("a matrix is needed here (of a vector NumPy makes one first)")
    return t


def _diag(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    if params.get("k"):
        return Array(t.dtype, (unknown_dim(),) * (2 if t.rank == 1 else 1))
    return Array(t.dtype, (t.dims[0], t.dims[0]) if t.rank == 1 else (t.dims[0] if t.dims[0] == t.dims[1] else unknown_dim(),))


def _diagonal(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    i, j = (normal_axis(params.get(f"axis{k + 1}", k), t.rank) for k in (0, 1))
    if i == j:
        raise IrTypeError("the two axes of a diagonal must be different")
    whole = t.dims[i] == t.dims[j] and not params.get("offset")
    return Array(t.dtype, (*(d for k, d in enumerate(t.dims) if k not in (i, j)), t.dims[i] if whole else unknown_dim()))


def _repeat(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    axis = normal_axis(params.get("axis", 0), t.rank)
    return Array(t.dtype, tuple(unknown_dim() if k == axis else d for k, d in enumerate(t.dims)))


def _tile(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    return Array(t.dtype, tuple(d if r == 1 else unknown_dim() for d, r in zip(t.dims, params["reps"], strict=True)))


define("numpy.transpose", _transpose, 2, signature="a; axes", memory="view")
define("numpy.reshape", _reshape, 3, signature="a *shape;", memory="view")
define("numpy.ravel", _ravel, 3, signature="a;", memory="view")
define("numpy.expand_dims", _expand_dims, 3, signature="a; axis", memory="view")
define("numpy.squeeze", _squeeze, 3, signature="a; axis", memory="view")
define("numpy.swapaxes", _swapaxes, 3, signature="a; axis1 axis2", memory="view")
define("numpy.broadcast_to", _broadcast_to, 5, signature="a *shape;")
define("spread", _like_second, 10, memory="new")
define("unbroadcast", _like_second, 10, memory="view")
define("numpy.concatenate", _concatenate, 30, signature="*items; axis", memory="new")
define("numpy.stack", _stack, 30, signature="*items; axis", memory="new")
define("numpy.flip", _flip, 3, signature="a; axis", memory="view")
define("numpy.tril numpy.triu", _triangle, 30, signature="a; k", memory="new")
define("numpy.roll", _flip, 30, signature="a shift; axis", memory="new")
define("numpy.diag", _diag, 20, signature="a; k", memory="matrix")
define("numpy.diagonal", _diagonal, 20, signature="a; offset axis1 axis2")
define("numpy.repeat", _repeat, 30, signature="a repeats; axis", memory="new")
define("numpy.tile", _tile, 30, signature="A; reps", memory="new")
