"""Making arrays of Python values, and asking arrays for their sizes."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import primitive
from adcompiler.frontend.library import as_array_argument, call_primitive, mapping, static_argument
from adcompiler.frontend.state import own_tokens
from adcompiler.frontend.values import ArrayObj, ListObj, Ref, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.types import Array, List, Unknown


@mapping("numpy.array")
def new_array(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.array(value)`: a copy of an array, or an array of (nested) lists of numbers."""
    return _as_new_array(ctx, args, keywords, node, copies=True)


@mapping("numpy.ascontiguousarray numpy.asfortranarray")
def _in_order(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """The array, or a copy of it: nobody knows which, so that a later write to either is refused."""
    value = _as_new_array(ctx, args, keywords, node, copies=False)
    if isinstance(value, Ref):
        return ctx.wrap(ctx.at(node).prim("numpy.asarray", ctx.atom(value, node)), own_tokens(value, ctx.state))
    return value


@mapping("numpy.asarray numpy.asanyarray")
def _asarray(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return _as_new_array(ctx, args, keywords, node, copies=False)


def _as_new_array(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST, copies: bool) -> Value:
    value = args[0] if args else keywords.pop("object", const(None))
    given = dict(keywords)
    dtype = given.pop("dtype", args[1] if len(args) > 1 else None)
    given.pop("copy", None)
    if given:
        raise Refused("ADC302", f"np.array() does not support {next(iter(given))!r} here", node)
    kind = static_argument(ctx, "numpy.array", "dtype", dtype, node) if dtype is not None else None
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
        if obj.items is None:
            return None, []
        items = obj.items
    if items is None:
        return None, []
    inner = [_nested(ctx, v, node) for v in items]
    shapes = {s for s, _ in inner}
    if len(shapes) > 1:
        raise Refused("ADC301", "the rows of this array have different lengths", node)
    if not shapes or shapes == {None}:
        return (len(items),), list(items)
    (shape,) = shapes
    assert shape is not None
    return (len(items), *shape), [leaf for _, leaves in inner for leaf in leaves]


@mapping("numpy.shape")
def _shape(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.expressions import attribute

    return attribute(ctx, args[0], "shape", node)  # type: ignore[arg-type]


@mapping("numpy.ndim")
def _ndim(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.expressions import attribute

    return attribute(ctx, args[0], "ndim", node)  # type: ignore[arg-type]


@mapping("numpy.size")
def _size(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.expressions import attribute

    axis = args[1] if len(args) > 1 else keywords.get("axis", const(None))
    if axis != const(None):
        a = as_array_argument(ctx, "numpy.size", args[0], node)
        shape = attribute(ctx, a, "shape", node)  # type: ignore[arg-type]
        k = static_argument(ctx, "np.size", "axis", axis, node)
        if not isinstance(shape, TupleV) or not isinstance(k, int) or not -len(shape.items) <= k < len(shape.items):
            raise Refused("ADC301", "np.size() needs an axis that the array has", node)
        return shape.items[k]
    return attribute(ctx, args[0], "size", node)  # type: ignore[arg-type]


@mapping("numpy.copy")
def _copy(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    value = as_array_argument(ctx, "numpy.copy", args[0], node)
    return primitive(ctx, "copy" if isinstance(value, Ref) else "numpy.asarray", [value], node)


@mapping("numpy.where")
def _where(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    if len(args) == 1 and not keywords:
        return call_primitive(ctx, "numpy.nonzero", args, keywords, node)
    if len(args) != 3 or keywords:
        raise Refused("ADC302", "np.where() takes a condition and two values here", node)
    return primitive(ctx, "numpy.where", [as_array_argument(ctx, "numpy.where", v, node) for v in args], node)
