"""Functions of `math` that take sequences, or a number of arguments of their own."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.control import Loop
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.library import as_array_argument, check_scalars, mapping
from adcompiler.frontend.state import fresh_id
from adcompiler.frontend.values import ArrayObj, Ref, Refused, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Prim, Var
from adcompiler.ir.types import Array, dims


@mapping("math.log")
def _log(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`math.log(x)` and `math.log(x, base)`."""
    if keywords or not 1 <= len(args) <= 2:
        raise Refused("ADC302", "math.log() takes a number and a base", node)
    if len(args) == 2:
        return number(ctx, "truediv", _log(ctx, args[:1], {}, node), _log(ctx, args[1:], {}, node), node)
    check_scalars(ctx, "math.log", args, node)
    return primitive(ctx, "math.log", args, node)


@mapping("math.dist")
def _distance(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`math.dist(p, q)`: the norm of the difference."""
    if len(args) != 2:
        raise Refused("ADC302", "math.dist() takes two points", node)
    p, q = (sequence(ctx, v, node).items for v in args)
    if p is None or q is None:
        a, b = _vectors(ctx, args, node)
        return primitive(ctx, "float", [primitive(ctx, "numpy.linalg.norm", [number(ctx, "sub", a, b, node)], node)], node)
    if len(p) != len(q):
        raise Refused("ADC303", "both points must have the same dimension", node)
    return primitive(ctx, "math.hypot", [number(ctx, "sub", c, d, node) for c, d in zip(p, q, strict=True)], node)


def _vectors(ctx: Context, args: list[Value], node: ast.AST) -> list[Value]:
    """Two vectors; the program stops where their lengths differ, which NumPy would spread."""
    vectors = [as_array_argument(ctx, "numpy.subtract", v, node) for v in args]
    types = [ctx.atom(v, node).type for v in vectors]
    if not all(isinstance(t, Array) and t.rank == 1 for t in types):
        raise Refused("ADC301", "two vectors of the same length are needed here", node)
    if dims(types[0]) != dims(types[1]):
        lengths = [ctx.at(node).prim("len", ctx.atom(v, node)) for v in vectors]
        same = ctx.at(node).prim("eq", *lengths)
        ctx.builder.effect(Prim("assert", (same, const("the lengths must be the same"))))
    return vectors


@mapping("math.fsum")
def _fsum(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`math.fsum(values)`, in the order of the values."""
    from adcompiler.frontend.builtin import apply_builtin

    return primitive(ctx, "float", [apply_builtin(ctx, "sum", args, keywords, node)], node)


@mapping("math.prod")
def _product(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`math.prod(values, start=1)`."""
    if len(args) != 1 or set(keywords) - {"start"}:
        raise Refused("ADC302", "math.prod() takes a sequence and a start", node)
    start = keywords.get("start", const(1))
    values = sequence(ctx, args[0], node)
    if values.items is not None:
        for item in values.items:
            start = item if start == const(1) else number(ctx, "mul", start, item, node)
        return start
    if isinstance(args[0], Ref) and isinstance(ctx.state.heap[args[0].id], ArrayObj):
        product = primitive(ctx, "numpy.prod", [args[0]], node)
        return product if start == const(1) else number(ctx, "mul", start, product, node)
    name = f"$product{fresh_id()}"
    ctx.env[name] = start
    first, stop, step = values.range(ctx)

    def body(index: Var) -> None:
        ctx.env[name] = number(ctx, "mul", ctx.env[name], values.element(ctx, index), node)

    Loop(ctx, node).lower_for(first, stop, step, "k", body)
    return ctx.env.pop(name)


@mapping("math.sumprod")
def _sumprod(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`math.sumprod(p, q)`."""
    if len(args) != 2:
        raise Refused("ADC302", "math.sumprod() takes two sequences", node)
    p, q = (sequence(ctx, v, node).items for v in args)
    if p is None or q is None:
        a, b = _vectors(ctx, args, node)
        return primitive(ctx, "float", [number(ctx, "matmul", a, b, node)], node)
    if len(p) != len(q):
        raise Refused("ADC303", "math.sumprod() needs sequences of the same length", node)
    total: Value = const(0)
    for c, d in zip(p, q, strict=True):
        product = number(ctx, "mul", c, d, node)
        total = product if total == const(0) else number(ctx, "add", total, product, node)
    return total
