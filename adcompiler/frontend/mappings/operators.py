"""Functions that are operators."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.library import Handler, as_array_argument, mapping
from adcompiler.frontend.values import Ref, Refused, Value
from adcompiler.ir.types import Array


def _spelled_like(name: str) -> Handler:
    """A function that is an operator."""

    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        if len(args) != 2 or keywords:
            raise Refused("ADC302", "two arguments are needed here", node)
        values = [as_array_argument(ctx, "numpy.add", v, node) for v in args]
        if not any(isinstance(v, Ref) for v in values):
            values[0] = primitive(ctx, "numpy.asarray", [values[0]], node)
        return number(ctx, name, values[0], values[1], node)
    return handler


@mapping("numpy.dot")
def _dot(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.dot`: a product with numbers, `@` for vectors and matrices."""
    values = [as_array_argument(ctx, "numpy.dot", v, node) for v in args]
    if len(values) != 2 or keywords:
        raise Refused("ADC302", "np.dot() takes two arrays", node)
    ranks = [a.type.rank if isinstance((a := ctx.atom(v, node)).type, Array) else 0 for v in values]
    if 0 in ranks:
        return number(ctx, "mul", values[0], values[1], node)
    if max(ranks) > 2:
        raise Refused("ADC301", "np.dot() of arrays with more than two axes is not supported", node, "use einsum or `@`")
    return number(ctx, "matmul", values[0], values[1], node)


for _name, _operator in {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "true_divide": "truediv", "power": "pow",
    "matmul": "matmul", "mod": "mod", "remainder": "mod", "floor_divide": "floordiv",
}.items():
    mapping(f"numpy.{_name}")(_spelled_like(_operator))
