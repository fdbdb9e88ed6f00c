"""Type rules of functions that select elements or make new arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adcompiler.ir.catalogue.operands import dim_of, operand
from adcompiler.ir.catalogue.sizes import likeliest, literal, sized
from adcompiler.ir.nodes import Atom, Const
from adcompiler.ir.ops import IrTypeError, Params, define, is_unknown, make, numbers
from adcompiler.ir.types import (
    ANY,
    Array,
    Dim,
    List,
    Saved,
    Scalar,
    Tuple,
    Type,
    broadcast_dims,
    dims,
    promote,
    unknown_dim,
)


def _where(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    _, a, b = numbers(args)
    dtype, _ = promote(a, b)
    shape: tuple[Dim, ...] = ()
    for t in numbers(args):
        shape = broadcast_dims(shape, dims(t))
    return make(dtype, shape)


def _created(args: Sequence[Atom], params: Params) -> Type:
    return make(str(params.get("dtype") or "float64"), tuple(dim_of(a) for a in args))


def _full(args: Sequence[Atom], params: Params) -> Type:
    if not args:
        raise IrTypeError("full() needs a shape and a value")
    dtype = params.get("dtype") or numbers(args[-1:])[0].dtype
    return make(str(dtype), tuple(dim_of(a) for a in args[:-1]))


def _eye(args: Sequence[Atom], params: Params) -> Type:
    n = dim_of(args[0])
    return Array(str(params.get("dtype") or "float64"), (n, dim_of(args[1]) if len(args) > 1 else n))


def _like(args: Sequence[Atom], params: Params) -> Type:
    t = operand(args)
    return make(str(params.get("dtype") or t.dtype), dims(t))


def _arange(args: Sequence[Atom], params: Params) -> Type:
    """Numbers of NumPy's count beside an integer of the usual size: of float32 the points are float64."""
    dtype, _ = promote(Scalar("int64", weak=False), *numbers(args))
    if any(dims(t) for t in numbers(args)):
        raise IrTypeError("arange() goes from number to number")
    bounds = [a.value for a in args if isinstance(a, Const) and type(a.value) is int]
    if len(bounds) == len(args) and 0 not in bounds[2:]:
        n = sized(len(range(*bounds)))
    else:
        n = dim_of(args[0]) if len(args) == 1 else unknown_dim()
    return Array(str(params.get("dtype") or dtype), (n,))


def _linspace(args: Sequence[Atom], params: Params) -> Type:
    """Points between numbers, or along a new first axis between arrays."""
    types = [t if isinstance(t, Array) or not t.weak else Scalar("float64") for t in numbers(args[:2])]
    kind = promote(*types)[0]
    kind = str(params.get("dtype") or (kind if kind.startswith("float") else "float64"))
    return Array(kind, (dim_of(args[2]) if len(args) > 2 else "=50", *broadcast_dims(*map(dims, types))))


def _geomspace(args: Sequence[Atom], params: Params) -> Type:
    """As linspace, but always of double precision where no dtype is given."""
    return _linspace(args, {"dtype": "float64", **params})


def _tri(args: Sequence[Atom], params: Params) -> Type:
    n = dim_of(args[0])
    return Array(str(params.get("dtype") or "float64"), (n, dim_of(args[1]) if len(args) > 1 else n))


def _triangle_indices(args: Sequence[Atom], params: Params) -> Type:
    """`tril_indices(n, m, k)`: rows and columns; exactly as many as there are where the sizes are known."""
    sizes = [literal(dim_of(a)) for a in (args[0], args[-1])]
    return _positions(sizes[0], sizes[1], lambda i, j: j - i <= (params.get("k") or 0))


def _upper_indices(args: Sequence[Atom], params: Params) -> Type:
    sizes = [literal(dim_of(a)) for a in (args[0], args[-1])]
    return _positions(sizes[0], sizes[1], lambda i, j: j - i >= (params.get("k") or 0))


_MOST_COUNTED = 64


def _positions(n: int | None, m: int | None, inside: Callable[[int, int], bool]) -> Type:
    count: Dim = unknown_dim()
    if n is not None and m is not None and max(n, m) <= _MOST_COUNTED:
        count = sized(sum(inside(i, j) for i in range(n) for j in range(m)))
    return Tuple((Array("int64", (count,)),) * 2)


def _indices(args: Sequence[Atom], params: Params) -> Type:
    return Array(str(params.get("dtype") or "int64"), (sized(len(args)), *map(dim_of, args)))


def _meshgrid(args: Sequence[Atom], params: Params) -> Type:
    """A grid of the coordinates along each axis; the first two axes are swapped with indexing="xy"."""
    types = numbers(args)
    if not all(isinstance(t, Array) and t.rank == 1 for t in types):
        raise IrTypeError("meshgrid() takes vectors")
    order = grid_axes(len(types), params)
    shape: list[Dim] = [1] * len(types)
    for k, t in enumerate(types):
        shape[order[k]] = dims(t)[0]
    if not params.get("sparse"):
        return Tuple(tuple(Array(t.dtype, tuple(shape)) for t in types))
    return Tuple(tuple(Array(t.dtype, tuple(d if j == order[k] else 1 for j, d in enumerate(shape)))
                       for k, t in enumerate(types)))


def grid_axes(count: int, params: Params) -> list[int]:
    """Along which axis of a grid each vector goes."""
    axes = list(range(count))
    if params.get("indexing", "xy") == "xy" and count > 1:
        axes[:2] = [1, 0]
    return axes


def _new_array(args: Sequence[Atom], params: Params) -> Type:
    shape = params.get("shape")
    if shape is None:
        return _of_list(args[0].type, params)
    sizes = tuple(1 if n == 1 else f"={n}" for n in shape)
    types = numbers(args)
    if len({len(dims(t)) for t in types}) > 1:
        raise IrTypeError("the parts of this array have different numbers of axes")
    strong = [Array(t.dtype, ()) for t in types]  # beside NumPy's numbers, Python's are not adapted to them
    dtype = str(params.get("dtype") or (promote(*strong)[0] if types else "float64"))
    inner = tuple(likeliest(d) for d in zip(*map(dims, types), strict=True)) if types else ()
    return Array(dtype, sizes + inner)


def _of_list(type_: Type, params: Params) -> Type:
    rank = 0
    while isinstance(type_, List):
        type_, rank = type_.element, rank + 1
    if not isinstance(type_, Scalar | Array):
        return ANY
    return make(str(params.get("dtype") or type_.dtype), tuple(unknown_dim() for _ in range(rank)) + dims(type_))


def _as_array(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    if isinstance(args[0].type, List):
        return _of_list(args[0].type, params)
    t = operand(args)
    return make(str(params.get("dtype") or t.dtype), dims(t))


define("numpy.where", _where, 20, memory="new", boxes=True)
define("numpy.zeros numpy.ones numpy.empty", _created, 20, signature="*shape; dtype", memory="new", boxes=True)
define("numpy.full", _full, 20, signature="*shape fill_value; dtype", memory="new", boxes=True)
define("numpy.eye", _eye, 20, signature="N M?; k dtype", memory="new")
define("numpy.identity", _eye, 20, signature="n; dtype", memory="new")
define("numpy.zeros_like numpy.ones_like numpy.empty_like", _like, 20, signature="a; dtype", memory="new", boxes=True)
define("numpy.full_like", _like, 20, signature="a fill_value; dtype", memory="new", boxes=True)
define("numpy.arange", _arange, 20, signature="start stop? step?; dtype", memory="new")
define("numpy.linspace", _linspace, 20, signature="start stop num?; endpoint dtype", memory="new")
define("numpy.geomspace", _geomspace, 30, signature="start stop num?; endpoint dtype", memory="new")
define("numpy.tri", _tri, 20, signature="N M?; k dtype", memory="new")
define("numpy.tril_indices", _triangle_indices, 30, memory="new", several=True)
define("numpy.triu_indices", _upper_indices, 30, memory="new", several=True)
define("numpy.indices", _indices, 20, signature="*shape; dtype", memory="new")
define("numpy.meshgrid", _meshgrid, 30, memory="new", several=True)
define("numpy.array", _new_array, 20, memory="new", boxes=True)
define("numpy.asarray", _as_array, 10, signature="a; dtype", memory="view", boxes=True)
define("numpy.astype", _as_array, 10, signature="a; dtype", memory="new", boxes=True)


def _save(args: Sequence[Atom], params: Params) -> Type:
    return Saved(params["function"])


def _saved_item(args: Sequence[Atom], params: Params) -> Type:
    kept: Type = params["type"]
    return kept


define("save", _save, 1)
define("saved_item", _saved_item, 1)
