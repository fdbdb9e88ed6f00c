"""Functions that are operators."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.library import Handler, as_array_argument, mapping
from adcompiler.frontend.values import Ref, Refused, Value


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


for _name, _operator in {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "true_divide": "truediv", "power": "pow",
    "matmul": "matmul", "mod": "mod", "remainder": "mod", "floor_divide": "floordiv", "bitwise_and": "bitand",
    "bitwise_or": "bitor", "bitwise_xor": "bitxor", "left_shift": "lshift", "right_shift": "rshift",
    "bitwise_left_shift": "lshift", "bitwise_right_shift": "rshift",
}.items():
    mapping(f"numpy.{_name}")(_spelled_like(_operator))
