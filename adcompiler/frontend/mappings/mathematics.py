"""Functions of `math` that take sequences, or a number of arguments of their own."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.library import check_scalars, mapping
from adcompiler.frontend.values import Refused, Value
from adcompiler.ir.build import const


@mapping("math.log")
def _log(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`math.log(x)` and `math.log(x, base)`."""
    if len(args) == 2:
        return number(ctx, "truediv", _log(ctx, args[:1], {}, node), _log(ctx, args[1:], {}, node), node)
    check_scalars(ctx, "math.log", args, node)
    return primitive(ctx, "math.log", args, node)


@mapping("math.dist")
def _sum_of_squares(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`math.dist(p, q)`."""
    if len(args) != 2:
        raise Refused("ADC302", "math.dist() takes two points", node)
    p, q = (sequence(ctx, v, node).items for v in args)
    if p is None or q is None or len(p) != len(q):
        raise Refused("ADC303", "the points must have the same known number of coordinates", node)
    squares = [number(ctx, "pow", number(ctx, "sub", a, b, node), const(2), node) for a, b in zip(p, q, strict=True)]
    total: Value = squares[0]
    for square in squares[1:]:
        total = number(ctx, "add", total, square, node)
    return primitive(ctx, "math.sqrt", [total], node)


@mapping("math.fsum")
def _fsum(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.builtin import apply_builtin

    return primitive(ctx, "float", [apply_builtin(ctx, "sum", args, keywords, node)], node)


@mapping("math.prod")
def _product(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    items = sequence(ctx, args[0], node).items
    if items is None:
        raise Refused("ADC303", "math.prod() needs a sequence of known length", node, "multiply in a loop")
    total: Value = keywords.get("start", const(1))
    for item in items:
        total = item if total == const(1) else number(ctx, "mul", total, item, node)
    return total


@mapping("math.sumprod")
def _sumprod(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    p, q = (sequence(ctx, v, node).items for v in args)
    if p is None or q is None or len(p) != len(q):
        raise Refused("ADC303", "math.sumprod() needs sequences of the same known length", node)
    total: Value = const(0)
    for a, b in zip(p, q, strict=True):
        product = number(ctx, "mul", a, b, node)
        total = product if total == const(0) else number(ctx, "add", total, product, node)
    return total
