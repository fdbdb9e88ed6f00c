"""Functions that bring their own derivative: `custom_vjp` and `custom_jvp` objects.

The function is compiled by itself, and so are the parts of its derivative; the derivative of a call is made of these instead
of the function (`Program.customs`).
"""

from __future__ import annotations

import ast
from dataclasses import replace

from adcompiler.frontend.calls import bind, compiled_for, outlined, plain
from adcompiler.frontend.context import Context
from adcompiler.frontend.state import LeafT, NodeT, ObjectT, SameT, Template, leaf_types, template_of
from adcompiler.frontend.values import CustomV, FunctionV, Refused, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Call, Custom, CustomTangent
from adcompiler.ir.rename import without_notes
from adcompiler.ir.types import Array, Scalar, Unknown, has_derivative, rank, sizes_of


def call_custom(ctx: Context, custom: CustomV, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """A call of the function itself; what its derivative calls is noted beside it."""
    f, forward, backward = custom.function, custom.forward, custom.backward
    bound = bind(ctx, f, args, keywords, node)
    templates = {name: template_of(value, ctx.state) for name, value in bound.items()}
    result = outlined(ctx, f, bound, node)
    called = next((b.op for b in reversed(ctx.builder.binds) if isinstance(b.op, Call)), None)
    value = template_of(result, ctx.state)
    if called is not None:
        _with_sizes(ctx, called)
    if called is None or not isinstance(value, LeafT | ObjectT) or not isinstance(leaf_types(value)[0], Scalar | Array):
        raise Refused("ADC507", f"{f.name}() has a derivative of its own and returns more than one number or array", node,
                      "return one number or array")
    if called.callee in ctx.customs:
        return result
    if backward is None:
        _note_tangent(ctx, custom, called.callee, templates, value, node)
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


def _with_sizes(ctx: Context, called: Call) -> None:
    """Give the result of a call the sizes of the arguments that the function says it has."""
    spec = next(o for o in ctx.outlined.values() if o.name == called.callee)
    bind, made = next(b for b in reversed(ctx.builder.binds) if b.op is called), spec.function
    if made is None:
        return
    spec.function = replace(made, block=replace(made.block, binds=without_notes(made.block.binds)))
    sizes = sizes_of(made.block.params, called.args)
    for target, result in zip(bind.targets, made.block.results, strict=True):
        if isinstance(target.type, Array) and isinstance(result.type, Array):
            target.type = Array(target.type.dtype, tuple(sizes.get(d, e) for d, e in zip(result.type.dims, target.type.dims,
                                                                                         strict=True)))


def _note_tangent(ctx: Context, custom: CustomV, callee: str, templates: dict[str, Template], value: Template,
                  node: ast.AST) -> None:
    """Compile what gives value and tangent of a function, which may call the function itself."""
    ctx.customs[callee] = CustomTangent("", ())  # while its tangent is read
    primals = NodeT("tuple", (), tuple(plain(t, n) for n, t in templates.items()))
    tangents = _moving(primals)
    found, name = compiled_for(ctx, custom.forward, [primals, tangents], node, known=True)
    match found:
        case NodeT("tuple", _, (first, second)) if _same(first, value) and _same(second, value):
            pass
        case _:
            raise Refused("ADC507", f"{custom.forward.name}() must return a pair: what {custom.function.name}() returns, and a "
                          "tangent like it", node)
    count, places = 0, list[int | None]()
    for type_ in leaf_types(primals):
        places.append(count if has_derivative(type_) else None)
        count += has_derivative(type_)
    ctx.customs[callee] = CustomTangent(name, tuple(places))


def _moving(template: Template) -> Template:
    """The structure of the tangents of values: None for those that have no derivative."""
    match template:
        case NodeT():
            return replace(template, children=tuple(map(_moving, template.children)))
        case LeafT(type_) | ObjectT(type_) if has_derivative(type_):
            return template
        case _:
            return SameT(const(None))


def _part(ctx: Context, function: FunctionV, templates: list[Template], node: ast.AST) -> tuple[Template, str]:
    """The function compiled for arguments of these structures: the structure of its result, and its name."""
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
    """For each leaf of the arguments: which leaf of the cotangents belongs to it; none where it has other axes."""
    found: list[int | None] = []
    for count, (argument, cotangent) in enumerate(zip(arguments, cotangents, strict=True)):
        leaves, theirs = leaf_types(argument), leaf_types(cotangent)
        if not isinstance(cotangent, LeafT | ObjectT) or not isinstance(theirs[0], Scalar | Array | Unknown):
            raise Refused("ADC507", f"the cotangents that {backward.name}() returns are numbers, arrays or None", node)
        if not has_derivative(theirs[0]):
            found += [None] * len(leaves)
        elif isinstance(argument, LeafT | ObjectT) and has_derivative(leaves[0]):
            found.append(count if rank(leaves[0]) == rank(theirs[0]) else None)
        else:
            raise Refused("ADC507", f"{backward.name}() gives a number or array for a parameter that has no derivative", node)
    return tuple(found)
