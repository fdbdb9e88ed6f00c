"""Type rules of functions that select elements or make new arrays."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import dim_of, operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, Params, define, is_unknown, make, numbers
from adcompiler.ir.types import ANY, Array, Dim, List, Saved, Scalar, Type, broadcast_dims, dims, promote, unknown_dim


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
    dtype, _ = promote(*numbers(args))
    n = dim_of(args[0]) if len(args) == 1 else unknown_dim()
    return Array(str(params.get("dtype") or dtype), (n,))


def _linspace(args: Sequence[Atom], params: Params) -> Type:
    if any(dims(a.type) for a in args[:2]):
        raise IrTypeError("linspace() between arrays is not supported; write `start + (stop - start) * t`")
    types = [t if isinstance(t, Scalar) and not t.weak else Scalar("float64") for t in numbers(args[:2])]
    kind = promote(*types)[0]
    return Array(kind if kind.startswith("float") else "float64", (dim_of(args[2]) if len(args) > 2 else "=50",))


def _new_array(args: Sequence[Atom], params: Params) -> Type:
    shape = params.get("shape")
    if shape is None:
        return _of_list(args[0].type, params)
    sizes = tuple(1 if n == 1 else f"={n}" for n in shape)
    types = numbers(args)
    strong = [Array(t.dtype, ()) for t in types]  # beside NumPy's numbers, Python's are not adapted to them
    dtype = str(params.get("dtype") or (promote(*strong)[0] if types else "float64"))
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
    if is_unknown(args):
        return ANY
    if isinstance(args[0].type, List):
        return _of_list(args[0].type, params)
    t = operand(args)
    return make(str(params.get("dtype") or t.dtype), dims(t))


define("numpy.where", _where, 20, memory="new")
define("numpy.zeros numpy.ones numpy.empty", _created, 20, signature="*shape; dtype", memory="new")
define("numpy.full", _full, 20, signature="*shape fill_value; dtype", memory="new")
define("numpy.eye", _eye, 20, signature="n m?; k dtype", memory="new")
define("numpy.identity", _eye, 20, signature="n; dtype", memory="new")
define("numpy.zeros_like numpy.ones_like numpy.empty_like", _like, 20, signature="a; dtype", memory="new")
define("numpy.full_like", _like, 20, signature="a fill_value; dtype", memory="new")
define("numpy.arange", _arange, 20, signature="start stop? step?; dtype", memory="new")
define("numpy.linspace", _linspace, 20, signature="start stop num?;", memory="new")
define("numpy.array", _new_array, 20, memory="new")
define("numpy.asarray", _as_array, 10, signature="a; dtype", memory="view")
define("numpy.astype", _as_array, 10, signature="a; dtype", memory="new")


def _save(args: Sequence[Atom], params: Params) -> Type:
    return Saved(params["function"])


def _saved_item(args: Sequence[Atom], params: Params) -> Type:
    kept: Type = params["type"]
    return kept


define("save", _save, 1)
define("saved_item", _saved_item, 1)
