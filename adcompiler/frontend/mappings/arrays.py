"""Making arrays of Python values and series of numbers, and asking arrays for their sizes."""

from __future__ import annotations

import ast
from typing import Any

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import attribute, number, primitive
from adcompiler.frontend.library import as_array_argument, call_definition, call_primitive, mapping, static_argument
from adcompiler.frontend.mappings.products import arguments, array, needed, rank_of
from adcompiler.frontend.mappings.shapes import integers, moved
from adcompiler.frontend.values import ArrayObj, ListObj, Ref, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Const
from adcompiler.ir.types import Array, List, Unknown

_NONE = const(None)


@mapping("numpy.array")
def new_array(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.array(value)`: a copy of an array, or an array of (nested) lists of numbers."""
    given = arguments("np.array", "object dtype copy order subok ndmin like", args, keywords, node)
    copies = given.get("copy", const(True))
    if copies not in (const(True), _NONE):
        raise Refused("ADC407", "np.array(copy=False) is not supported", node, "use np.asarray")
    made = _as_array(ctx, "np.array", needed("np.array", given, "object", node), given, node, copies=copies == const(True))
    least = static_argument(ctx, "np.array", "ndmin", given.get("ndmin", const(0)), node)
    for _ in range(least - rank_of(ctx, made, node)):
        made = primitive(ctx, "numpy.expand_dims", [made], node, axis=0)
    return made


@mapping("numpy.asarray numpy.asanyarray")
def _asarray(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.asarray(a, dtype=None)`: an array as it is."""
    given = arguments("np.asarray", "a dtype order device copy like", args, keywords, node)
    copies = given.get("copy", _NONE)
    if copies not in (const(True), _NONE):
        raise Refused("ADC407", "np.asarray(copy=False) is not supported", node, "leave the argument out")
    return _as_array(ctx, "np.asarray", needed("np.asarray", given, "a", node), given, node, copies=copies == const(True))


def _as_array(ctx: Context, name: str, value: Value, given: dict[str, Value], node: ast.AST, *, copies: bool) -> Value:
    orders = (_NONE, const("K"), const("A"), const("C"), const("F")) if copies else (_NONE, const("K"), const("A"))
    unknown = [k for k in ("like", "subok", "device") if given.get(k, _NONE) not in (_NONE, const(False))]
    if unknown or given.get("order", _NONE) not in orders:
        raise Refused("ADC302", f"{name}() does not support {unknown[0] if unknown else 'order'!r} here", node)
    kind = static_argument(ctx, name, "dtype", given.get("dtype", _NONE), node)
    params = {"dtype": kind} if kind is not None else {}
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ArrayObj):
        if kind is not None and isinstance(obj.atom.type, Array) and kind != obj.atom.type.dtype:
            return primitive(ctx, "numpy.astype", [value], node, dtype=kind)
        return primitive(ctx, "copy", [value], node) if copies else value
    shape, leaves = _nested(ctx, value, node)
    if shape is None:
        atom = ctx.atom(value, node)
        if isinstance(atom.type, Unknown | List):
            return primitive(ctx, "numpy.array" if copies else "numpy.asarray", [atom], node, **params)
        return primitive(ctx, "numpy.asarray", [atom], node, **params)
    return primitive(ctx, "numpy.array", leaves, node, shape=shape, **params)


def _nested(ctx: Context, value: Value, node: ast.AST) -> tuple[tuple[int, ...] | None, list[Value]]:
    """The shape and the leaves of nested tuples and lists of known length; (None, []) for something else."""
    items: tuple[Value, ...] | None = None
    if isinstance(value, TupleV):
        items = value.items
    elif isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ListObj):
        items = obj.items
    if items is None:
        return None, []
    inner = [_nested(ctx, v, node) for v in items]
    shapes = {s for s, _ in inner}
    if len(shapes) > 1 and None not in shapes:
        raise Refused("ADC301", "the rows of this array have different lengths", node)
    if not shapes or None in shapes:
        return (len(items),), [_leaf(ctx, v, node) for v in items]
    (shape,) = shapes
    assert shape is not None
    return (len(items), *shape), [leaf for _, leaves in inner for leaf in leaves]


def _leaf(ctx: Context, value: Value, node: ast.AST) -> Value:
    """A number or an array in a list; lists beside arrays, and those of lengths known at run time, become arrays."""
    is_list = isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ListObj)
    return new_array(ctx, [value], {}, node) if is_list or isinstance(value, TupleV) else value


def _in_order(name: str) -> None:
    @mapping(f"numpy.{name}")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """The array, or a copy of it: nobody knows which, so that a later write to either is refused."""
        given = arguments(f"np.{name}", "a dtype like", args, keywords, node)
        value = _as_array(ctx, f"np.{name}", needed(f"np.{name}", given, "a", node), given, node, copies=False)
        return primitive(ctx, f"numpy.{name}", [value], node)


for _name in ("ascontiguousarray", "asfortranarray"):
    _in_order(_name)

_ORDERS = {"C": "ascontiguousarray", "F": "asfortranarray"}


@mapping("numpy.require")
def _require(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.require(a, dtype, requirements)` of an order in memory."""
    given = arguments("np.require", "a dtype requirements like", args, keywords, node)
    value = _as_array(ctx, "np.require", needed("np.require", given, "a", node), given, node, copies=False)
    wanted = static_argument(ctx, "np.require", "requirements", given.get("requirements", _NONE), node) or ()
    first = {str(w)[:1].upper() for w in ((wanted,) if isinstance(wanted, str) else wanted)} - {"A", "W"}
    if first - {"C", "F"} or len(first) > 1 or (first and not rank_of(ctx, value, node)):
        raise Refused("ADC407", "np.require() is supported for the orders 'C' and 'F' of arrays", node)
    return primitive(ctx, f"numpy.{_ORDERS[first.pop()]}", [value], node) if first else value


@mapping("numpy.copy")
def _copy(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.copy(a)`; the order in memory makes no difference."""
    given = arguments("np.copy", "a order", args, keywords, node)
    value = as_array_argument(ctx, "numpy.copy", needed("np.copy", given, "a", node), node)
    return primitive(ctx, "copy" if isinstance(value, Ref) else "numpy.asarray", [value], node)


@mapping("numpy.astype")
def _astype(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.astype(x, dtype)` and `x.astype(dtype)`; with copy=False an array of that dtype is given as it is."""
    given = arguments("np.astype", "x dtype order casting subok copy device", args, keywords, node)
    x = array(ctx, needed("np.astype", given, "x", node), node)
    kind = static_argument(ctx, "np.astype", "dtype", needed("np.astype", given, "dtype", node), node)
    copies = static_argument(ctx, "np.astype", "copy", given.get("copy", const(True)), node)
    if copies is False and getattr(ctx.atom(x, node).type, "dtype", "") == kind:
        return x
    return primitive(ctx, "numpy.astype", [x], node, dtype=kind)


# --- arrays of one value, series of numbers, grids ------------------------------------------------------------------


def _like_as(name: str) -> None:
    @mapping(f"numpy.{name}_like")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.zeros_like(a, dtype, shape=...)`: with a shape it takes the dtype alone."""
        filling = "fill_value " if name == "full" else ""
        given = arguments(f"np.{name}_like", f"a {filling}dtype order subok shape device", args, keywords, node)
        a = array(ctx, needed(f"np.{name}_like", given, "a", node), node)
        value = [array(ctx, needed("np.full_like", given, "fill_value", node), node)] if filling else []
        kind = static_argument(ctx, f"np.{name}_like", "dtype", given.get("dtype", _NONE), node)
        if given.get("shape", _NONE) == _NONE:
            return primitive(ctx, f"numpy.{name}_like", [a, *value], node, **({} if kind is None else {"dtype": kind}))
        sizes = integers(ctx, f"np.{name}_like", given["shape"], node)
        kind = kind or getattr(ctx.atom(a, node).type, "dtype", "float64")
        usual = kind == "float64" and not value
        return primitive(ctx, f"numpy.{name}", [*sizes, *value], node, **({} if usual else {"dtype": kind}))


for _name in ("zeros", "ones", "empty", "full"):
    _like_as(_name)


@mapping("numpy.arange")
def _arange(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.arange(stop)`, `np.arange(start, stop, step)`."""
    given = arguments("np.arange", "start stop step dtype device like", args, keywords, node)
    start, stop, step = (given.get(k, _NONE) for k in ("start", "stop", "step"))
    if stop == _NONE:
        start, stop = const(0), start
    start = const(0) if start == _NONE else start
    if stop == _NONE:
        raise Refused("ADC302", "np.arange() needs a number where it ends", node)
    kind = static_argument(ctx, "np.arange", "dtype", given.get("dtype", _NONE), node)
    bounds = [start, stop] if step in (_NONE, const(1)) else [start, stop, step]
    return primitive(ctx, "numpy.arange", [stop] if bounds == [const(0), stop] else bounds, node,
                     **({} if kind is None else {"dtype": kind}))


def _line_as(name: str) -> None:
    @mapping(f"numpy.{name}")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.linspace(start, stop, num)` and `np.geomspace`, between numbers or arrays."""
        steps = "retstep " if name == "linspace" else ""
        given = arguments(f"np.{name}", f"start stop num endpoint {steps}dtype axis device", args, keywords, node)
        ends = [array(ctx, needed(f"np.{name}", given, k, node), node) for k in ("start", "stop")]
        count = [given["num"]] if "num" in given else []
        endpoint = static_argument(ctx, f"np.{name}", "endpoint", given.get("endpoint", const(True)), node)
        kind = static_argument(ctx, f"np.{name}", "dtype", given.get("dtype", _NONE), node)
        params: dict[str, Any] = ({} if endpoint else {"endpoint": False}) | ({} if kind is None else {"dtype": kind})
        points = primitive(ctx, f"numpy.{name}", [*ends, *count], node, **params)
        rank = rank_of(ctx, points, node)
        axis = static_argument(ctx, f"np.{name}", "axis", given.get("axis", const(0)), node)
        if not isinstance(axis, int) or not -rank <= axis < rank:
            raise Refused("ADC301", f"the result of np.{name}() has no axis {axis}", node)
        points = moved(ctx, points, (0,), (axis % rank,), node) if axis % rank else points
        if not static_argument(ctx, f"np.{name}", "retstep", given.get("retstep", const(False)), node):
            return points
        return TupleV((points, _step(ctx, ends, count[0] if count else const(50), bool(endpoint), node)))


def _step(ctx: Context, ends: list[Value], count: Value, endpoint: bool, node: ast.AST) -> Value:
    """The distance of the points."""
    if not isinstance(count, Const) or count.value < 2:
        raise Refused("ADC407", "np.linspace() with retstep needs a constant number of points, two at least", node)
    width = number(ctx, "sub", ends[1], ends[0], node)
    return number(ctx, "truediv", width, const(count.value - 1 if endpoint else count.value), node)


for _name in ("linspace", "geomspace"):
    _line_as(_name)


@mapping("numpy.logspace")
def _logspace(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.logspace(start, stop, num=50, endpoint=True, base=10.0)`: powers of the base."""
    given = arguments("np.logspace", "start stop num endpoint base dtype axis", args, keywords, node)
    base, kind = given.pop("base", const(10.0)), given.pop("dtype", _NONE)
    if rank_of(ctx, base, node):
        raise Refused("ADC407", "np.logspace() with an array of bases is not supported", node)
    points = number(ctx, "pow", base, call_primitive(ctx, "numpy.linspace", [], given, node), node)
    return points if kind == _NONE else _astype(ctx, [points, kind], {}, node)


def _triangle_positions(name: str) -> None:
    @mapping(f"numpy.{name}")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.tril_indices(n, k=0, m=None)`: rows and columns."""
        given = arguments(f"np.{name}", "n k m", args, keywords, node)
        k = static_argument(ctx, f"np.{name}", "k", given.get("k", const(0)), node)
        if not isinstance(k, int):
            raise Refused("ADC301", f"the k of np.{name}() is an integer", node)
        sizes = [needed(f"np.{name}", given, "n", node)]
        sizes += [] if given.get("m", _NONE) == _NONE else [given["m"]]
        return primitive(ctx, f"numpy.{name}", sizes, node, **({"k": k} if k else {}))


for _name in ("tril_indices", "triu_indices"):
    _triangle_positions(_name)


@mapping("numpy.meshgrid")
def _meshgrid(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.meshgrid(x, y, indexing="xy", sparse=False)`; with copy=False views of the vectors."""
    options = {k: static_argument(ctx, "np.meshgrid", k, v, node) for k, v in keywords.items()}
    if set(options) - {"indexing", "sparse", "copy"} or options.get("indexing", "xy") not in ("xy", "ij"):
        raise Refused("ADC302", "np.meshgrid() takes vectors, indexing='xy' or 'ij', sparse and copy", node)
    vectors = [_vector(ctx, v, node) for v in args]
    if not options.pop("copy", True):
        return call_definition(ctx, "numpy.meshgrid", vectors, {k: const(v) for k, v in options.items()}, node)
    if len(vectors) == 1:
        return TupleV((primitive(ctx, "copy", vectors, node),))
    params = {k: v for k, v in options.items() if v not in ("xy", False)}
    return primitive(ctx, "numpy.meshgrid", vectors, node, **params) if vectors else TupleV(())


def _vector(ctx: Context, value: Value, node: ast.AST) -> Value:
    a = array(ctx, value, node)
    return a if rank_of(ctx, a, node) == 1 else call_primitive(ctx, "numpy.ravel", [a], {}, node)


# --- sizes ----------------------------------------------------------------------------------------------------------


def _asked(name: str, args: list[Value], keywords: dict[str, Value], ctx: Context, node: ast.AST) -> tuple[Any, Value]:
    """What is asked, which may be a list of numbers, and the axis."""
    given = arguments(f"np.{name}", "a axis" if name == "size" else "a", args, keywords, node)
    return array(ctx, needed(f"np.{name}", given, "a", node), node), given.get("axis", _NONE)


def _question(name: str) -> None:
    @mapping(f"numpy.{name}")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.shape(a)`, `np.ndim(a)`, `np.size(a, axis)`: as the attributes."""
        a, axis = _asked(name, args, keywords, ctx, node)
        if axis == _NONE:
            return attribute(ctx, a, name, node)  # type: ignore[arg-type]
        shape = attribute(ctx, a, "shape", node)  # type: ignore[arg-type]
        k = static_argument(ctx, "np.size", "axis", axis, node)
        if not isinstance(shape, TupleV) or not isinstance(k, int) or not -len(shape.items) <= k < len(shape.items):
            raise Refused("ADC301", "np.size() needs an axis that the array has", node)
        return shape.items[k]


for _name in ("shape", "ndim", "size"):
    _question(_name)


@mapping("numpy.where")
def _where(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    if len(args) == 1 and not keywords:
        return call_primitive(ctx, "numpy.nonzero", args, keywords, node)
    if len(args) != 3 or keywords:
        raise Refused("ADC302", "np.where() takes a condition and two values here", node)
    return primitive(ctx, "numpy.where", [as_array_argument(ctx, "numpy.where", v, node) for v in args], node)


@mapping("numpy.indices")
def _indices(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.indices(dimensions)`: the positions along each axis; with sparse=True of an open mesh."""
    given = arguments("np.indices", "dimensions dtype sparse", args, keywords, node)
    sizes = integers(ctx, "np.indices", needed("np.indices", given, "dimensions", node), node)
    kind = static_argument(ctx, "np.indices", "dtype", given.get("dtype", _NONE), node)
    dtype = {} if kind in (None, "int64") else {"dtype": kind}
    if given.get("sparse", const(False)) == const(False):
        return primitive(ctx, "numpy.indices", list(sizes), node, **dtype)
    lines = [primitive(ctx, "numpy.arange", [size], node, **dtype) for size in sizes]
    return call_primitive(ctx, "numpy.meshgrid", lines, {"indexing": const("ij"), "sparse": const(True)}, node)
