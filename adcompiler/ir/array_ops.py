"""Type rules of the array primitives: reductions, products, shaping, creation, linear algebra, special functions."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.nodes import Atom, Const
from adcompiler.ir.ops import (
    IrTypeError,
    Params,
    _dot,
    _matmul,
    _numbers,
    _numpy_floating,
    _outer,
    _unknown,
    define,
    elementwise,
    make,
    reduction,
)
from adcompiler.ir.types import (
    ANY,
    BOOL,
    Array,
    Dim,
    List,
    Saved,
    Scalar,
    Type,
    broadcast_dims,
    dims,
    promote,
    unknown_dim,
)


def _operand(args: Sequence[Atom]) -> Scalar | Array:
    return _numbers(args[:1])[0]


def _array(args: Sequence[Atom]) -> Array:
    t = _operand(args)
    if not isinstance(t, Array):
        raise IrTypeError("an array is needed here, not a number")
    return t


def dim_of(atom: Atom) -> Dim:
    """The dimension that an integer operand gives."""
    if isinstance(atom, Const) and isinstance(atom.value, int):
        return atom.value if atom.value == 1 else f"={atom.value}"
    return unknown_dim()


# --- reductions -------------------------------------------------------------------------------------------


def _sum(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params)


def _mean(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, floating=True)


def _extreme(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, dtype=None if _unknown(args) else _operand(args).dtype)


def _any(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, dtype="bool")


def _index(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, dtype="int64")


def _cumulative(args: Sequence[Atom], params: Params) -> Type:
    t = _array(args)
    if params.get("axis") is None and t.rank > 1:
        return Array(t.dtype, (unknown_dim(),))
    return t


define("numpy.sum numpy.prod", _sum, 30, signature="a; axis dtype out keepdims")
define("numpy.mean", _mean, 30, signature="a; axis dtype out keepdims")
define("numpy.var numpy.std", _mean, 60, signature="a; axis dtype out ddof keepdims")
define("numpy.max numpy.min numpy.amax numpy.amin", _extreme, 30, signature="a; axis out keepdims")
define("numpy.any numpy.all", _any, 20, signature="a; axis out keepdims")
define("numpy.argmax numpy.argmin numpy.count_nonzero", _index, 30, signature="a; axis")
define("numpy.cumsum numpy.cumprod", _cumulative, 30, signature="a; axis")


# --- products ---------------------------------------------------------------------------------------------


def _inner(args: Sequence[Atom], params: Params) -> Type:
    if _unknown(args):
        return ANY
    a, b = _numbers(args)
    dtype, _ = promote(a, b)
    return make(dtype, dims(a)[:-1] + dims(b)[:-1])


def _vdot(args: Sequence[Atom], params: Params) -> Type:
    dtype, _ = promote(*_numbers(args))
    return make(dtype, ())


def _trace(args: Sequence[Atom], params: Params) -> Type:
    t = _array(args)
    return make(t.dtype, t.dims[2:])


define("numpy.dot", _dot, 50)
define("numpy.matmul", _matmul, 50)
define("numpy.inner", _inner, 50)
define("numpy.vdot", _vdot, 50)
define("numpy.outer", _outer, 50)
define("numpy.trace", _trace, 20, signature="a;")


# --- shaping ----------------------------------------------------------------------------------------------


def _transpose(args: Sequence[Atom], params: Params) -> Type:
    t = _array(args)
    axes = params.get("axes")
    if axes is None:
        return Array(t.dtype, t.dims[::-1])
    if sorted(k % t.rank for k in axes) != list(range(t.rank)):
        raise IrTypeError(f"the axes {axes} are not a permutation of {t.rank} axes")
    return Array(t.dtype, tuple(t.dims[k] for k in axes))


def _reshape(args: Sequence[Atom], params: Params) -> Type:
    t = _operand(args)
    return make(t.dtype, tuple(dim_of(a) for a in args[1:]))


def _ravel(args: Sequence[Atom], params: Params) -> Type:
    t = _array(args)
    if t.rank == 1:
        return t
    others = [d for d in t.dims if d != 1]
    return Array(t.dtype, (others[0] if len(others) == 1 else unknown_dim() if others else 1,))


def _normal(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise IrTypeError(f"axis {axis} is out of bounds for an array with {rank} axes")
    return axis % rank


def _expand_dims(args: Sequence[Atom], params: Params) -> Type:
    t = _operand(args)
    shape = list(dims(t))
    shape.insert(_normal(params["axis"], len(shape) + 1), 1)
    return Array(t.dtype, tuple(shape))


def _squeeze(args: Sequence[Atom], params: Params) -> Type:
    t = _array(args)
    axis = params.get("axis")
    if axis is None:
        if any(isinstance(d, str) and d.startswith("?") for d in t.dims):
            raise IrTypeError("squeeze() needs an axis where a size is not known when compiling")
        return make(t.dtype, tuple(d for d in t.dims if d != 1))
    axes = {_normal(k, t.rank) for k in (axis if isinstance(axis, tuple) else (axis,))}
    return make(t.dtype, tuple(d for k, d in enumerate(t.dims) if k not in axes))


def _swapaxes(args: Sequence[Atom], params: Params) -> Type:
    t = _array(args)
    shape = list(t.dims)
    i, j = _normal(params["axis1"], t.rank), _normal(params["axis2"], t.rank)
    shape[i], shape[j] = shape[j], shape[i]
    return Array(t.dtype, tuple(shape))


def _broadcast_to(args: Sequence[Atom], params: Params) -> Type:
    return make(_operand(args).dtype, tuple(dim_of(a) for a in args[1:]))


def _like_second(args: Sequence[Atom], params: Params) -> Type:
    """`spread(g, x)`, `unbroadcast(g, x)`: g with the shape of x."""
    g, x = _numbers(args)
    return make(promote(g)[0], dims(x)) if dims(x) else Scalar(g.dtype, weak=False)


def _concatenate(args: Sequence[Atom], params: Params) -> Type:
    types = _numbers(args)
    axis = _normal(params.get("axis", 0), len(dims(types[0])) or 1)
    dtype, _ = promote(*types)
    if not all(isinstance(t, Array) and t.rank == len(dims(types[0])) for t in types):
        raise IrTypeError("the arrays to concatenate must have the same number of axes")
    return Array(dtype, tuple(unknown_dim() if k == axis else d for k, d in enumerate(dims(types[0]))))


def _stack(args: Sequence[Atom], params: Params) -> Type:
    types = _numbers(args)
    dtype, _ = promote(*types)
    shape = list(dims(types[0]))
    shape.insert(_normal(params.get("axis", 0), len(shape) + 1), 1 if len(types) == 1 else f"={len(types)}")
    return Array(dtype, tuple(shape))


def _flip(args: Sequence[Atom], params: Params) -> Type:
    return _array(args)


def _diag(args: Sequence[Atom], params: Params) -> Type:
    t = _array(args)
    if params.get("k"):
        return Array(t.dtype, (unknown_dim(),) * (2 if t.rank == 1 else 1))
    return Array(t.dtype, (t.dims[0], t.dims[0]) if t.rank == 1 else (t.dims[0] if t.dims[0] == t.dims[1] else unknown_dim(),))


define("numpy.transpose", _transpose, 2, signature="a; axes")
define("numpy.reshape", _reshape, 3, signature="a *shape;")
define("numpy.ravel", _ravel, 3, signature="a;")
define("numpy.expand_dims", _expand_dims, 3, signature="a; axis")
define("numpy.squeeze", _squeeze, 3, signature="a; axis")
define("numpy.swapaxes", _swapaxes, 3, signature="a; axis1 axis2")
define("numpy.broadcast_to", _broadcast_to, 5, signature="a *shape;")
define("spread unbroadcast", _like_second, 10)
define("numpy.concatenate", _concatenate, 30, signature="*items; axis")
define("numpy.stack", _stack, 30, signature="*items; axis")
define("numpy.flip", _flip, 3, signature="a; axis")
define("numpy.tril numpy.triu", _flip, 30, signature="a; k")
define("numpy.roll", _flip, 30, signature="a shift; axis")
define("numpy.diag numpy.diagonal", _diag, 20, signature="a; k")


# --- selection and creation -------------------------------------------------------------------------------


def _where(args: Sequence[Atom], params: Params) -> Type:
    if _unknown(args):
        return ANY
    _, a, b = _numbers(args)
    dtype, _ = promote(a, b)
    shape: tuple[Dim, ...] = ()
    for t in _numbers(args):
        shape = broadcast_dims(shape, dims(t))
    return make(dtype, shape)


def _created(args: Sequence[Atom], params: Params) -> Type:
    return make(str(params.get("dtype") or "float64"), tuple(dim_of(a) for a in args))


def _full(args: Sequence[Atom], params: Params) -> Type:
    if not args:
        raise IrTypeError("full() needs a shape and a value")
    dtype = params.get("dtype") or _numbers(args[-1:])[0].dtype
    return make(str(dtype), tuple(dim_of(a) for a in args[:-1]))


def _eye(args: Sequence[Atom], params: Params) -> Type:
    n = dim_of(args[0])
    return Array(str(params.get("dtype") or "float64"), (n, dim_of(args[1]) if len(args) > 1 else n))


def _like(args: Sequence[Atom], params: Params) -> Type:
    t = _operand(args)
    return make(str(params.get("dtype") or t.dtype), dims(t))


def _arange(args: Sequence[Atom], params: Params) -> Type:
    dtype, _ = promote(*_numbers(args))
    n = dim_of(args[0]) if len(args) == 1 else unknown_dim()
    return Array(str(params.get("dtype") or dtype), (n,))


def _linspace(args: Sequence[Atom], params: Params) -> Type:
    return Array("float64", (dim_of(args[2]) if len(args) > 2 else "=50",))


def _new_array(args: Sequence[Atom], params: Params) -> Type:
    shape = params.get("shape")
    if shape is None:
        return _of_list(args[0].type, params)
    sizes = tuple(1 if n == 1 else f"={n}" for n in shape)
    types = _numbers(args)
    dtype = str(params.get("dtype") or (promote(*types)[0] if types else "float64"))
    inner = dims(types[0]) if types else ()
    return Array(dtype, sizes + inner)


def _of_list(type_: Type, params: Params) -> Type:
    rank = 0
    while isinstance(type_, List):
        type_, rank = type_.element, rank + 1
    if not isinstance(type_, Scalar | Array):
        return ANY
    return make(str(params.get("dtype") or type_.dtype), tuple(unknown_dim() for _ in range(rank)) + dims(type_))


def _as_array(args: Sequence[Atom], params: Params) -> Type:
    if _unknown(args):
        return ANY
    if isinstance(args[0].type, List):
        return _of_list(args[0].type, params)
    t = _operand(args)
    return make(str(params.get("dtype") or t.dtype), dims(t))


define("numpy.where", _where, 20)
define("numpy.zeros numpy.ones numpy.empty", _created, 20, signature="*shape; dtype")
define("numpy.full", _full, 20, signature="*shape fill_value; dtype")
define("numpy.eye numpy.identity", _eye, 20, signature="n m?; dtype")
define("numpy.zeros_like numpy.ones_like numpy.empty_like", _like, 20, signature="a; dtype")
define("numpy.full_like", _like, 20, signature="a fill_value; dtype")
define("numpy.arange", _arange, 20, signature="start stop? step?; dtype")
define("numpy.linspace", _linspace, 20, signature="start stop num?;")
define("numpy.array", _new_array, 20)
define("numpy.asarray numpy.astype", _as_array, 10, signature="a; dtype")


def _save(args: Sequence[Atom], params: Params) -> Type:
    return Saved(params["function"])


def _saved_item(args: Sequence[Atom], params: Params) -> Type:
    kept: Type = params["type"]
    return kept


define("save", _save, 1)
define("saved_item", _saved_item, 1)


# --- linear algebra and special functions -----------------------------------------------------------------


def _solve(args: Sequence[Atom], params: Params) -> Type:
    a, b = _numbers(args)
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.rank != 2 or b.rank > 2:
        raise IrTypeError("solve() of a matrix and a vector or matrix is supported")
    return Array(promote(a, b)[0], b.dims)


def _square(args: Sequence[Atom], params: Params) -> Type:
    t = _array(args)
    if t.rank != 2:
        raise IrTypeError("a matrix is needed here")
    return t


def _det(args: Sequence[Atom], params: Params) -> Type:
    return make(_array(args).dtype, ()) if _square(args, params) else ANY


def _norm(args: Sequence[Atom], params: Params) -> Type:
    if params.get("ord") is not None:
        raise IrTypeError("norm() with an order is not supported yet")
    return reduction(args, params, floating=True)


def _predicate_scalar(args: Sequence[Atom], params: Params) -> Type:
    return BOOL


def _integers(args: Sequence[Atom], params: Params) -> Type:
    t = _operand(args)
    return make("int64", dims(t))


define("numpy.linalg.solve", _solve, 500)
define("numpy.linalg.inv", _square, 500)
define("numpy.linalg.det", _det, 500)
define("numpy.linalg.norm", _norm, 30, signature="a; ord axis keepdims")
define("numpy.allclose", _predicate_scalar, 50)
define("numpy.argsort", _integers, 50, signature="a; axis")
define("scipy.special.erf scipy.special.erfc scipy.special.gammaln scipy.special.gamma scipy.special.digamma "
       "scipy.special.psi scipy.special.expit scipy.special.logit scipy.special.ndtr scipy.special.log1p "
       "scipy.special.expm1 scipy.special.xlogy", _numpy_floating, 30)
define("scipy.special.polygamma", _numpy_floating, 60)


def _round(args: Sequence[Atom], params: Params) -> Type:
    return elementwise(args, strong=True)


define("numpy.round numpy.around", _round, 20, signature="a; decimals")
