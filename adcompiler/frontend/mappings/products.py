"""Products whose subscripts or axes are read when compiling."""

from __future__ import annotations

import ast
from typing import Any

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.library import as_array_argument, mapping, static_argument
from adcompiler.frontend.values import ListObj, Ref, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.catalogue.products import labels_of
from adcompiler.ir.nodes import Const
from adcompiler.ir.ops import IrTypeError
from adcompiler.ir.types import Array, Scalar, promote, rank


def arguments(name: str, order: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> dict[str, Value]:
    """The arguments by the names of the parameters."""
    names = order.split()
    if len(args) > len(names):
        raise Refused("ADC302", f"{name}() takes at most {len(names)} arguments here", node)
    given = dict(zip(names, args, strict=False))
    for key, value in keywords.items():
        if key not in names or key in given:
            raise Refused("ADC302", f"{name}() does not take {key!r} here", node)
        given[key] = value
    return given


def needed(name: str, given: dict[str, Value], parameter: str, node: ast.AST) -> Value:
    """An argument that has no default."""
    if parameter not in given:
        raise Refused("ADC302", f"{name}() needs an argument for {parameter!r}", node)
    return given[parameter]


def array(ctx: Context, value: Value, node: ast.AST) -> Value:
    """An argument that may be a list of numbers, as an array."""
    return as_array_argument(ctx, "numpy.array", value, node)


def rank_of(ctx: Context, value: Value, node: ast.AST) -> int:
    """The number of axes."""
    return rank(ctx.atom(value, node).type)


def two_operands(ctx: Context, name: str, parameters: str, args: list[Value], keywords: dict[str, Value],
                 node: ast.AST) -> tuple[list[Value], dict[str, Value]]:
    """The two arrays of a product, and the other arguments."""
    given = arguments(name, parameters, args, keywords, node)
    first, second = parameters.split()[:2]
    operands = [array(ctx, needed(name, given, p, node), node) for p in (first, second)]
    return operands, {k: v for k, v in given.items() if k not in (first, second)}


@mapping("numpy.dot")
def _dot(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.dot`: a product with numbers, `@` where it is the same."""
    (a, b), _ = two_operands(ctx, "np.dot", "a b", args, keywords, node)
    ranks = rank_of(ctx, a, node), rank_of(ctx, b, node)
    if 0 in ranks:
        types = [v.type for v in (ctx.atom(a, node), ctx.atom(b, node)) if isinstance(v.type, Scalar | Array)]
        strong = [Scalar(t.dtype, weak=False) if isinstance(t, Scalar) else t for t in types]
        if len(types) == 2 and promote(*types)[0] != promote(*strong)[0]:
            return primitive(ctx, "numpy.dot", [a, b], node)
        return number(ctx, "mul", a, b, node)
    if ranks[0] > 1 and ranks[1] > 2:
        return primitive(ctx, "numpy.dot", [a, b], node)
    return number(ctx, "matmul", a, b, node)


@mapping("numpy.tensordot numpy.linalg.tensordot")
def _tensordot(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.tensordot(a, b, axes=2)`: axes are a number, or two numbers or sequences."""
    operands, rest = two_operands(ctx, "np.tensordot", "a b axes", args, keywords, node)
    axes = _axes(ctx, rest["axes"], node) if "axes" in rest else 2
    if isinstance(axes, tuple) and all(isinstance(part, int) for part in axes):
        axes = tuple((part,) for part in axes)
    return primitive(ctx, "numpy.tensordot", operands, node, axes=axes)


def _axes(ctx: Context, value: Value, node: ast.AST) -> Any:
    if isinstance(value, TupleV) or (isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ListObj)):
        items = sequence(ctx, value, node).items
        if items is None:
            raise Refused("ADC303", "the axes of np.tensordot() must be known when compiling", node)
        return tuple(_axes(ctx, v, node) for v in items)
    return static_argument(ctx, "np.tensordot", "axes", value, node)


@mapping("numpy.cross")
def _cross(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.cross(a, b)` of vectors with three elements, along the last axis, `axis`, or an axis of its own for each."""
    operands, rest = two_operands(ctx, "np.cross", "a b axisa axisb axisc axis", args, keywords, node)
    axes = {k: static_argument(ctx, "np.cross", k, v, node) for k, v in rest.items()}
    axis = axes.get("axis")
    if axis is not None:
        return primitive(ctx, "numpy.cross", operands, node, **({} if axis == -1 else {"axis": axis}))
    moved = [_moved(ctx, v, axes.get(k, -1), -1, node) for k, v in zip(("axisa", "axisb"), operands, strict=True)]
    return _moved(ctx, primitive(ctx, "numpy.cross", moved, node), -1, axes.get("axisc", -1), node)


@mapping("numpy.linalg.cross")
def _cross_along(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    operands, rest = two_operands(ctx, "np.linalg.cross", "x1 x2 axis", args, keywords, node)
    return _cross(ctx, operands, rest, node)


def _moved(ctx: Context, x: Value, source: int, target: int, node: ast.AST) -> Value:
    """The array with one axis in another place."""
    axes = rank_of(ctx, x, node)
    if not (-axes <= source < axes and -axes <= target < axes):
        raise Refused("ADC301", f"an array with {axes} axes has no axis {source if not -axes <= source < axes else target}", node)
    order = [k for k in range(axes) if k != source % axes]
    order.insert(target % axes, source % axes)
    return x if order == list(range(axes)) else primitive(ctx, "numpy.transpose", [x], node, axes=tuple(order))


def _subscripts(ctx: Context, args: list[Value], node: ast.AST) -> list[Value]:
    """`einsum(a, [0, 1], b, [1], [0])` with its lists of labels as a string."""
    lists = [_labels(ctx, v, node) for v in (*args[1::2], *(args[-1:] if len(args) % 2 else ()))]
    letters = "abcdefghijklmnopqrstuvwxyz" if all(label < 26 for labels in lists for label in labels) \
        else "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    texts = ["".join("..." if label < 0 else letters[label] for label in labels) for labels in lists]
    operands = args[:-1:2] if len(args) % 2 else args[::2]
    inputs = ",".join(texts[:len(operands)])
    return [const(f"{inputs}->{texts[-1]}" if len(args) % 2 else inputs), *operands]


def _labels(ctx: Context, value: Value, node: ast.AST) -> list[int]:
    """The labels in a list of integers; -1 for an ellipsis."""
    try:
        items = sequence(ctx, value, node).items
    except Refused:
        items = None
    found = [-1 if v.value is ... else v.value for v in items or () if isinstance(v, Const)]
    if items is None or len(found) != len(items) or not all(isinstance(k, int) and -1 <= k < 52 for k in found):
        raise Refused("ADC407", "np.einsum() needs its subscripts as a string or as lists that are known when compiling", node,
                      "write np.einsum('ij,jk->ik', a, b)")
    return found


@mapping("numpy.einsum")
def _einsum(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.einsum(subscripts, *operands, optimize=...)` with constant subscripts."""
    if args and not isinstance(args[0], Const):
        args = _subscripts(ctx, args, node)
    if not args or not isinstance(args[0], Const) or not isinstance(args[0].value, str):
        raise Refused("ADC407", "np.einsum() needs its subscripts as a string that is known when compiling", node,
                      "write np.einsum('ij,jk->ik', a, b)")
    params: dict[str, Any] = {}
    for key, value in keywords.items():
        if key != "optimize":
            raise Refused("ADC407", f"the argument {key!r} of np.einsum() is not supported", node)
        params["optimize"] = static_argument(ctx, "np.einsum", "optimize", value, node)
    if not isinstance(params.get("optimize"), bool | str | None):
        raise Refused("ADC407", "np.einsum() with a path is not supported", node, "use optimize=True")
    operands = [array(ctx, v, node) for v in args[1:]]
    params = {k: v for k, v in params.items() if v is not None}
    try:
        labels, result = labels_of(args[0].value, [rank_of(ctx, v, node) for v in operands])
    except IrTypeError as error:
        raise Refused("ADC301", str(error), node) from None
    is_view = len(operands) == 1 and set(labels[0]) == set(result)
    if is_view and len(labels[0]) == len(result):
        if result == labels[0]:
            return operands[0]
        axes = tuple(labels[0].index(c) for c in result)
        plain = axes == tuple(range(len(axes)))[::-1]
        return primitive(ctx, "numpy.transpose", operands, node, **({} if plain else {"axes": axes}))
    name = "einsum_view" if is_view else "numpy.einsum"
    return primitive(ctx, name, operands, node, subscripts=args[0].value, **params)


@mapping("numpy.linalg.multi_dot")
def _multi_dot(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.linalg.multi_dot([a, b, c])`; of two factors it is `@`."""
    given = arguments("np.linalg.multi_dot", "arrays", args, keywords, node)
    items = sequence(ctx, needed("np.linalg.multi_dot", given, "arrays", node), node).items
    if items is None:
        raise Refused("ADC303", "the number of factors of multi_dot() must be known when compiling", node)
    factors = [array(ctx, v, node) for v in items]
    if len(factors) == 2:
        return number(ctx, "matmul", factors[0], factors[1], node)
    return primitive(ctx, "numpy.linalg.multi_dot", factors, node)


@mapping("numpy.linalg.outer")
def _outer(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.linalg.outer(x1, x2)` of two vectors."""
    operands, _ = two_operands(ctx, "np.linalg.outer", "x1 x2", args, keywords, node)
    if any(rank_of(ctx, v, node) != 1 for v in operands):
        raise Refused("ADC301", "np.linalg.outer() takes two vectors", node, "use np.outer")
    return primitive(ctx, "numpy.outer", operands, node)


@mapping("numpy.linalg.matmul")
def _matmul(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    (a, b), _ = two_operands(ctx, "np.linalg.matmul", "x1 x2", args, keywords, node)
    return number(ctx, "matmul", a, b, node)

