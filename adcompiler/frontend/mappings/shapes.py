"""Functions that move axes or join, repeat and trace arrays: their arguments are read when compiling."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.library import as_array_argument, call_primitive, mapping, match_arguments, static_argument
from adcompiler.frontend.mappings.products import arguments, array, needed, rank_of
from adcompiler.frontend.values import Refused, Value
from adcompiler.ir.build import const
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import dims


def _axes(ctx: Context, name: str, value: Value, rank: int, node: ast.AST) -> tuple[int, ...]:
    """Axes from the front, of a constant integer or tuple."""
    try:
        return reduced_axes(rank, static_argument(ctx, name, "axis", value, node))
    except TypeError as error:
        raise Refused("ADC301", str(error), node) from None


@mapping("numpy.moveaxis")
def _moveaxis(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.moveaxis(a, source, destination)`: a transpose."""
    given = arguments("np.moveaxis", "a source destination", args, keywords, node)
    a = array(ctx, needed("np.moveaxis", given, "a", node), node)
    rank = rank_of(ctx, a, node)
    source, destination = (_axes(ctx, "np.moveaxis", needed("np.moveaxis", given, k, node), rank, node)
                           for k in ("source", "destination"))
    order = [k for k in range(rank) if k not in source]
    for to, axis in sorted(zip(destination, source, strict=True)):
        order.insert(to, axis)
    return _transposed(ctx, a, order, node)


@mapping("numpy.rollaxis")
def _rollaxis(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.rollaxis(a, axis, start=0)`: a transpose."""
    given = arguments("np.rollaxis", "a axis start", args, keywords, node)
    a = array(ctx, needed("np.rollaxis", given, "a", node), node)
    rank = rank_of(ctx, a, node)
    (axis,) = _axes(ctx, "np.rollaxis", needed("np.rollaxis", given, "axis", node), rank, node)
    start = static_argument(ctx, "np.rollaxis", "start", given.get("start", const(0)), node)
    start = start + rank if start < 0 else start
    order = [k for k in range(rank) if k != axis]
    order.insert(start - 1 if axis < start else start, axis)
    return _transposed(ctx, a, order, node)


@mapping("numpy.matrix_transpose numpy.linalg.matrix_transpose")
def _matrix_transpose(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.matrix_transpose(x)`: the last two axes swapped."""
    x = array(ctx, needed("np.matrix_transpose", arguments("np.matrix_transpose", "x", args, keywords, node), "x", node), node)
    return primitive(ctx, "numpy.swapaxes", [x], node, axis1=-1, axis2=-2)


def _transposed(ctx: Context, a: Value, order: list[int], node: ast.AST) -> Value:
    if order == list(range(len(order)))[::-1] and len(order) == 2:
        return primitive(ctx, "numpy.transpose", [a], node)
    return primitive(ctx, "numpy.transpose", [a], node, axes=tuple(order))


@mapping("numpy.expand_dims")
def _expand_dims(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.expand_dims(a, axis)`: a new axis, or several."""
    given = arguments("np.expand_dims", "a axis", args, keywords, node)
    a = array(ctx, needed("np.expand_dims", given, "a", node), node)
    axis = static_argument(ctx, "np.expand_dims", "axis", needed("np.expand_dims", given, "axis", node), node)
    if not isinstance(axis, tuple):
        return primitive(ctx, "numpy.expand_dims", [a], node, axis=axis)
    rank = rank_of(ctx, a, node) + len(axis)
    for k in sorted(reduced_axes(rank, axis)):
        a = primitive(ctx, "numpy.expand_dims", [a], node, axis=k)
    return a


@mapping("numpy.concatenate")
def _concatenate(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.concatenate(arrays, axis=0)`; with axis=None of the flat arrays."""
    given = arguments("np.concatenate", "arrays axis", args, keywords, node)
    items = sequence(ctx, needed("np.concatenate", given, "arrays", node), node).items
    if items is None:
        raise Refused("ADC303", "the number of arrays to join must be known when compiling", node)
    parts = [as_array_argument(ctx, "numpy.concatenate", v, node) for v in items]
    axis = static_argument(ctx, "np.concatenate", "axis", given.get("axis", const(0)), node)
    if axis is None:
        parts = [call_primitive(ctx, "numpy.ravel", [p], {}, node) for p in parts]
    return primitive(ctx, "numpy.concatenate", parts, node, **({"axis": axis} if axis else {}))


@mapping("numpy.ravel")
def _ravel(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.ravel(a, order="C")`: by order "F" of the transpose."""
    given = arguments("np.ravel", "a order", args, keywords, node)
    a = array(ctx, needed("np.ravel", given, "a", node), node)
    order = static_argument(ctx, "np.ravel", "order", given.get("order", const("C")), node)
    if order not in ("C", "F"):
        raise Refused("ADC407", "np.ravel() is supported with the orders 'C' and 'F'", node)
    if rank_of(ctx, a, node) == 0:
        return primitive(ctx, "numpy.array", [a], node, shape=(1,))
    if order == "F":
        a = primitive(ctx, "copy", [primitive(ctx, "numpy.transpose", [a], node)], node)
    return primitive(ctx, "numpy.ravel", [a], node)


@mapping("numpy.trace")
def _trace(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.trace(a, offset=0, axis1=0, axis2=1)`: the sum of a diagonal."""
    given = arguments("np.trace", "a offset axis1 axis2", args, keywords, node)
    a = array(ctx, needed("np.trace", given, "a", node), node)
    if list(given) == ["a"] and rank_of(ctx, a, node) == 2:
        return primitive(ctx, "numpy.trace", [a], node)
    diagonal = call_primitive(ctx, "numpy.diagonal", [a], {k: v for k, v in given.items() if k != "a"}, node)
    return primitive(ctx, "numpy.sum", [diagonal], node, axis=-1)


@mapping("numpy.repeat")
def _repeat(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.repeat(a, repeats, axis=None)`."""
    given = arguments("np.repeat", "a repeats axis", args, keywords, node)
    a = array(ctx, needed("np.repeat", given, "a", node), node)
    repeats = as_array_argument(ctx, "numpy.repeat", needed("np.repeat", given, "repeats", node), node)
    axis = static_argument(ctx, "np.repeat", "axis", given.get("axis", const(None)), node)
    if axis is None:
        a, axis = call_primitive(ctx, "numpy.ravel", [a], {}, node), 0
    return primitive(ctx, "numpy.repeat", [a, repeats], node, axis=axis % max(1, rank_of(ctx, a, node)))


@mapping("numpy.tile")
def _tile(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.tile(A, reps)`."""
    given = arguments("np.tile", "A reps", args, keywords, node)
    a = array(ctx, needed("np.tile", given, "A", node), node)
    reps = static_argument(ctx, "np.tile", "reps", needed("np.tile", given, "reps", node), node)
    reps = reps if isinstance(reps, tuple) else (reps,)
    rank = rank_of(ctx, a, node)
    if rank == 0:
        a, rank = call_primitive(ctx, "numpy.ravel", [a], {}, node), 1
    for _ in range(len(reps) - rank):
        a = primitive(ctx, "numpy.expand_dims", [a], node, axis=0)
    reps = (1,) * (len(dims(ctx.atom(a, node).type)) - len(reps)) + reps
    return primitive(ctx, "numpy.tile", [a], node, reps=reps)


@mapping("numpy.logspace")
def _logspace(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.logspace(start, stop, num=50, base=10.0)`: powers of the base."""
    given = arguments("np.logspace", "start stop num base", args, keywords, node)
    line = {k: v for k, v in given.items() if k != "base"}
    return primitive(ctx, "pow", [given.get("base", const(10.0)), call_primitive(ctx, "numpy.linspace", [], line, node)], node)


@mapping("numpy.geomspace")
def _geomspace(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.geomspace(start, stop, num=50)`: exp of a line between the logarithms; of positive ends."""
    given = arguments("np.geomspace", "start stop num", args, keywords, node)
    ends = {k: primitive(ctx, "numpy.log", [needed("np.geomspace", given, k, node)], node) for k in ("start", "stop")}
    operands, _ = match_arguments(ctx, "numpy.linspace", [], {**given, **ends}, node)
    return primitive(ctx, "numpy.exp", [primitive(ctx, "numpy.linspace", operands, node)], node)
