"""Functions that bring their own derivative: `custom_vjp` objects.

The function is compiled by itself, and so are the two parts of its derivative; the reverse sweep calls these instead of
reversing the function (`Program.customs`).
"""

from __future__ import annotations

import ast

from adcompiler.frontend.calls import bind, outlined
from adcompiler.frontend.context import Context
from adcompiler.frontend.state import LeafT, NodeT, ObjectT, Template, leaf_types, template_of
from adcompiler.frontend.values import CustomV, FunctionV, Refused, Value
from adcompiler.ir.nodes import Call, Custom
from adcompiler.ir.types import Array, Scalar, Unknown, has_derivative


def call_custom(ctx: Context, custom: CustomV, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """A call of the function itself; what its derivative calls is noted beside it."""
    f, forward, backward = custom.function, custom.forward, custom.backward
    bound = bind(ctx, f, args, keywords, node)
    templates = {name: template_of(value, ctx.state) for name, value in bound.items()}
    result = outlined(ctx, f, bound, node)
    called = next((b.op for b in reversed(ctx.builder.binds) if isinstance(b.op, Call)), None)
    value = template_of(result, ctx.state)
    if called is None or not isinstance(value, LeafT | ObjectT) or not isinstance(leaf_types(value)[0], Scalar | Array):
        raise Refused("ADC507", f"{f.name}() has a derivative of its own and returns more than one number or array", node,
                      "return one number or array")
    if called.callee in ctx.customs:
        return result
    pair, forward_name = _part(ctx, forward, list(templates.values()), node)
    if not (isinstance(pair, NodeT) and pair.kind == "tuple" and len(pair.children) == 2 and _same(pair.children[0], value)):
        raise Refused("ADC507", f"{forward.name}() must return a pair: what {f.name}() returns, and what {backward.name}() needs",
                      node)
    cotangents, backward_name = _part(ctx, backward, [pair.children[1], value], node)
    children = cotangents.children if isinstance(cotangents, NodeT) and cotangents.kind == "tuple" else (cotangents,)
    if len(children) != len(templates):
        raise Refused("ADC507", f"{backward.name}() must return a tuple with a cotangent for each parameter of {f.name}(), "
                      "None for those without", node)
    places = _places(list(templates.values()), list(children), backward, node)
    ctx.customs[called.callee] = Custom(forward_name, backward_name, places)
    return result


def _part(ctx: Context, function: FunctionV, templates: list[Template], node: ast.AST) -> tuple[Template, str]:
    """The function compiled for arguments of these structures: the structure of its result, and its name."""
    from adcompiler.frontend.calls import compiled_for

    return compiled_for(ctx, function, templates, node)


def _same(a: Template, b: Template) -> bool:
    """Whether both are numbers, or arrays of one dtype and rank."""
    if not isinstance(a, LeafT | ObjectT) or not isinstance(b, LeafT | ObjectT):
        return False
    s, t = a.type, b.type
    if isinstance(s, Array) and isinstance(t, Array):
        return s.dtype == t.dtype and s.rank == t.rank
    return isinstance(s, Scalar) and isinstance(t, Scalar)


def _places(arguments: list[Template], cotangents: list[Template], backward: FunctionV, node: ast.AST) -> tuple[int | None, ...]:
    """For each leaf of the arguments: which leaf of the cotangents belongs to it."""
    found: list[int | None] = []
    for count, (argument, cotangent) in enumerate(zip(arguments, cotangents, strict=True)):
        leaves, theirs = leaf_types(argument), leaf_types(cotangent)
        if not isinstance(cotangent, LeafT | ObjectT) or not isinstance(theirs[0], Scalar | Array | Unknown):
            raise Refused("ADC507", f"the cotangents that {backward.name}() returns are numbers, arrays or None", node)
        if not has_derivative(theirs[0]):
            found += [None] * len(leaves)
        elif isinstance(argument, LeafT | ObjectT) and has_derivative(leaves[0]):
            found.append(count)
        else:
            raise Refused("ADC507", f"{backward.name}() gives a number or array for a parameter that has no derivative", node)
    return tuple(found)
