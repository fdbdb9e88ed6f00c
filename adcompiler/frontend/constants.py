"""Module-level constants of a file that is only read: evaluated when they are simple, else named and copied."""

from __future__ import annotations

import ast
from dataclasses import replace

from adcompiler.frontend.context import Context, Frame
from adcompiler.frontend.resolve import SourceExpression
from adcompiler.frontend.state import State
from adcompiler.frontend.values import (
    ArrayObj,
    DictObj,
    FunctionV,
    ListObj,
    OpaqueV,
    Poisoned,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Const, Constant
from adcompiler.ir.types import Array


def lift_expression(ctx: Context, found: SourceExpression) -> Value:
    """The value of a module-level name."""
    from adcompiler.frontend.calls import _NO_ARGUMENTS, in_frame
    from adcompiler.frontend.expressions import expression

    if isinstance(found.node, ast.Lambda):
        return FunctionV(found.name, found.node, found.file, found.scope)
    if found.node in ctx.evaluating:
        raise Refused("ADC201", f"the constant {found.name!r} is defined by itself", None)
    scratch, state = Builder(), State()
    ctx.evaluating.append(found.node)
    frame = Frame("<module>", ast.Lambda(args=_NO_ARGUMENTS, body=found.node), found.file, found.scope)
    try:
        with ctx.inside(scratch, state):
            value = in_frame(ctx, frame, {}, lambda: expression(ctx, found.node))
            made = ctx.state
    except (Refused, Poisoned):
        return _named(ctx, found)
    finally:
        ctx.evaluating.pop()
    return _constant(ctx, found, value, made)


def _constant(ctx: Context, found: SourceExpression, value: Value, made: State) -> Value:
    match value:
        case Const():
            return value
        case TupleV(items, cls, names):
            return TupleV(tuple(_constant(ctx, found, v, made) for v in items), cls, names)
        case Ref(id):
            obj = made.heap[id]
            if isinstance(obj, ArrayObj) and isinstance(obj.atom.type, Array):
                _register(ctx, found)
                atom = ctx.named_constant(found.name, obj.atom.type)
                return ctx.new(replace(obj, atom=atom, outside=found.name))
            if isinstance(obj, ListObj) and obj.items is not None:
                items = tuple(_constant(ctx, found, v, made) for v in obj.items)
                return ctx.new(replace(obj, items=items, outside=found.name))
            if isinstance(obj, DictObj):
                entries = tuple((k, _constant(ctx, found, v, made)) for k, v in obj.entries)
                return ctx.new(DictObj(entries, outside=found.name))
            return _named(ctx, found)
        case FunctionV():
            return value
        case _:
            if hasattr(value, "type"):
                _register(ctx, found)
                return ctx.named_constant(found.name, value.type)
            return value


def _named(ctx: Context, found: SourceExpression) -> Value:
    _register(ctx, found)
    return OpaqueV(found.name)


def _register(ctx: Context, found: SourceExpression) -> None:
    """Copy the definition into the generated module, after the definitions that it needs."""
    for node in ast.walk(found.node):
        if isinstance(node, ast.Name) and node.id != found.name:
            needed = found.scope.lookup(node.id)
            if isinstance(needed, SourceExpression) and needed.name not in ctx.constants:
                _register(ctx, needed)
    ctx.constants.setdefault(found.name, Constant(None, f"{found.name} = {ast.unparse(found.node)}"))
