"""Type rules of functions that give the same elements another shape, order or place."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand, dim_of, normal_axis, operand
from adcompiler.ir.catalogue.sizes import diagonal_of, likeliest, literal, product_of, quotient_of, sized, sum_of
from adcompiler.ir.nodes import Atom, Const
from adcompiler.ir.ops import IrTypeError, Params, define, make, numbers, size_of
from adcompiler.ir.types import (
    Array,
    Dim,
    List,
    Scalar,
    Type,
    broadcast_dims,
    dims,
    never_one,
    promote,
    unknown_dim,
)


def _transpose(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    axes = params.get("axes")
    if axes is None:
        return Array(t.dtype, t.dims[::-1])
    if sorted(k % t.rank for k in axes) != list(range(t.rank)):
        raise IrTypeError(f"the axes {axes} are not a permutation of {t.rank} axes")
    return Array(t.dtype, tuple(t.dims[k] for k in axes))


def _reshape(args: Sequence[Atom], params: Params) -> Type:
    """A size of -1 is what is left over."""
    t = operand(args)
    shape = args[1:]
    rest = [k for k, a in enumerate(shape) if isinstance(a, Const) and a.value == -1]
    if len(rest) > 1:
        raise IrTypeError("only one size of a new shape can be -1")
    given = [dim_of(a) for a in shape]
    if rest:
        given[rest[0]] = quotient_of(dims(t), [size_of(a) for k, a in enumerate(shape) if k not in rest])
        return make(t.dtype, tuple(given))
    before, after = (literal(product_of(sizes)) for sizes in (dims(t), [size_of(a) for a in shape]))
    if before is not None and after is not None and before != after:
        raise IrTypeError(f"{before} elements cannot have a shape of {after} elements")
    return make(t.dtype, tuple(given))


def _ravel(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    if t.rank == 1:
        return t
    return Array(t.dtype, (product_of(t.dims),))


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
    if any(never_one(t.dims[k]) for k in axes):
        raise IrTypeError("squeeze() of an axis that has not the size one")
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


def _strong(types: Sequence[Scalar | Array]) -> list[Scalar | Array]:
    """Types of things that become arrays: Python's numbers are not adapted to others."""
    return [Scalar(t.dtype, weak=False) if isinstance(t, Scalar) else t for t in types]


def _alike(types: Sequence[Scalar | Array]) -> list[Dim]:
    """The shape that several arrays have."""
    return [likeliest(sizes) for sizes in zip(*map(dims, types), strict=True)]


def _concatenate(args: Sequence[Atom], params: Params) -> Type:
    if len(args) == 1 and isinstance(args[0].type, List):
        return _concatenated_list(args[0].type.element, params.get("axis", 0))
    types = numbers(args)
    if not types:
        raise IrTypeError("there must be something to concatenate")
    if not all(isinstance(t, Array) and t.rank == len(dims(types[0])) for t in types):
        raise IrTypeError("the arrays to concatenate must have the same number of axes")
    axis = normal_axis(params.get("axis", 0), len(dims(types[0])))
    shape = _alike(types)
    shape[axis] = sum_of(dims(t)[axis] for t in types)
    return Array(promote(*types)[0], tuple(shape))


def _concatenated_list(element: Type, axis: int) -> Type:
    if not isinstance(element, Array):
        raise IrTypeError("the arrays to concatenate must be arrays")
    along = normal_axis(axis, element.rank)
    return Array(element.dtype, tuple(unknown_dim() if k == along else d for k, d in enumerate(element.dims)))


def _stack(args: Sequence[Atom], params: Params) -> Type:
    types = numbers(args)
    if not types:
        raise IrTypeError("there must be something to stack")
    if len({len(dims(t)) for t in types}) > 1:
        raise IrTypeError("the arrays to stack must have the same shape")
    shape = _alike(types)
    shape.insert(normal_axis(params.get("axis", 0), len(shape) + 1), sized(len(types)))
    return Array(promote(*_strong(types))[0], tuple(shape))


def _flip(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    axis = params.get("axis")
    for k in axis if isinstance(axis, tuple) else () if axis is None else (axis,):
        normal_axis(k, t.rank)
    return t


def _triangle(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    if t.rank < 2:
        raise IrTypeError("a matrix is needed here (of a vector NumPy makes one first)")
    return t


def _diag(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    k = params.get("k") or 0
    if t.rank > 2:
        raise IrTypeError("diag() takes a vector or a matrix")
    if t.rank == 1:
        n = sum_of([t.dims[0], sized(abs(k))])
        return Array(t.dtype, (n, n))
    rows, columns = t.dims
    return Array(t.dtype, (diagonal_of(rows, columns, k),))


def _diagonal(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    if t.rank < 2:
        raise IrTypeError("a diagonal needs two axes")
    i, j = (normal_axis(params.get(f"axis{k + 1}", k), t.rank) for k in (0, 1))
    if i == j:
        raise IrTypeError("the two axes of a diagonal must be different")
    others = tuple(d for k, d in enumerate(t.dims) if k not in (i, j))
    return Array(t.dtype, (*others, diagonal_of(t.dims[i], t.dims[j], params.get("offset") or 0)))


def _repeat(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    repeats = numbers(args)[1]
    if not repeats.dtype.startswith(("int", "uint", "bool")) or len(dims(repeats)) > 1:
        raise IrTypeError("repetitions are counted by an integer, or by a vector of integers")
    axis = normal_axis(params.get("axis", 0), t.rank)
    shape = list(t.dims)
    shape[axis] = unknown_dim() if dims(repeats) else product_of([shape[axis], size_of(args[1])])
    return Array(t.dtype, tuple(shape))


def _tile(args: Sequence[Atom], params: Params) -> Type:
    """`tile(A, *reps)`: a number of copies for every axis, and for new axes before them."""
    t = array_operand(args)
    new = len(args) - 1 - t.rank
    if new < 0:
        raise IrTypeError("tile() needs a number of copies for every axis")
    return Array(t.dtype, tuple(product_of([d, size_of(r)]) for d, r in zip((1,) * new + t.dims, args[1:], strict=True)))


def _pad(args: Sequence[Atom], params: Params) -> Type:
    """`pad(a, *widths)` with two widths an axis, and a value where the mode is "constant"."""
    t = array_operand(args)
    widths = args[1:1 + 2 * t.rank]
    if any(isinstance(w, Const) and w.value < 0 for w in widths):
        raise IrTypeError("a width cannot be negative")
    sizes = [size_of(w) for w in widths]
    return Array(t.dtype, tuple(sum_of([d, *sizes[2 * k:2 * k + 2]]) for k, d in enumerate(t.dims)))


def _choose(args: Sequence[Atom], params: Params) -> Type:
    """`choose(a, *choices)`: all are broadcast against each other."""
    types = numbers(args)
    shape: tuple[Dim, ...] = ()
    for t in types:
        shape = broadcast_dims(shape, dims(t))
    return make(promote(*types[1:])[0], shape)


def _left_over(args: Sequence[Atom], params: Params) -> Type:
    """`delete(a, obj)` of a vector."""
    t, gone = array_operand(args), numbers(args)[1]
    if not gone.dtype.startswith(("int", "uint", "bool")):
        raise IrTypeError("what is deleted is given by integers or by a mask")
    return Array(t.dtype, (unknown_dim(),))


def _contiguous(args: Sequence[Atom], params: Params) -> Type:
    """At least one axis."""
    t = operand(args)
    return Array(str(params.get("dtype") or t.dtype), dims(t) or (1,))


define("numpy.transpose", _transpose, 2, signature="a; axes", memory="view", boxes=True)
define("numpy.reshape", _reshape, 3, signature="a *shape;", memory="view", boxes=True)
define("numpy.ravel", _ravel, 3, signature="a;", memory="view")
define("numpy.expand_dims", _expand_dims, 3, signature="a; axis", memory="view")
define("numpy.squeeze", _squeeze, 3, signature="a; axis", memory="view", boxes=True)
define("numpy.swapaxes", _swapaxes, 3, signature="a; axis1 axis2", memory="view")
define("numpy.broadcast_to", _broadcast_to, 5, signature="a *shape;", boxes=True)
define("spread", _like_second, 10, memory="new")
define("unbroadcast", _like_second, 10, memory="view")
define("numpy.concatenate", _concatenate, 30, signature="*arrays; axis", memory="new")
define("numpy.stack", _stack, 30, signature="*arrays; axis", memory="new")
define("numpy.flip", _flip, 3, signature="m; axis", memory="view")
define("numpy.tril numpy.triu", _triangle, 30, signature="m; k", memory="new")
define("numpy.roll", _flip, 30, signature="a *shift; axis", memory="new")
define("numpy.diag", _diag, 20, signature="v; k", memory="matrix")
define("numpy.diagonal", _diagonal, 20, signature="a; offset axis1 axis2")
define("numpy.repeat", _repeat, 30, signature="a repeats; axis", memory="new")
define("numpy.tile", _tile, 30, signature="A *shape;", memory="new")
define("numpy.delete", _left_over, 30, memory="new")
define("numpy.pad", _pad, 40, memory="new")
define("numpy.choose", _choose, 30, signature="a *choices; mode", memory="new", boxes=True)
define("numpy.ascontiguousarray numpy.asfortranarray", _contiguous, 10, signature="a; dtype", memory="view")
