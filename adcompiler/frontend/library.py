"""Functions of math, numpy and scipy: how a Python call maps to a primitive of the table."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.frontend.context import Context, static_value
from adcompiler.frontend.definitions import definition
from adcompiler.frontend.expressions import primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.state import kind_of
from adcompiler.frontend.values import (
    BuiltinV,
    DtypeV,
    ListObj,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.nodes import Const, Var
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, Scalar
from adcompiler.library import defined

Handler = Callable[[Context, list[Value], dict[str, Value], ast.AST], Value]
SPECIAL: dict[str, Handler] = {}
"""Functions whose calls are mapped by code of their own (`adcompiler.frontend.mappings`)."""

MASKED = {"numpy.copyto"}
"""Functions that take a mask for `where`."""
_UNSUPPORTED = {"out": "ADC407", "where": "ADC407", "casting": "ADC407", "subok": "ADC407"}


def mapping(names: str) -> Callable[[Handler], Handler]:
    """Register a handler for library functions (names separated by blanks)."""

    def register(handler: Handler) -> Handler:
        SPECIAL.update(dict.fromkeys(names.split(), handler))
        return handler
    return register


def call_primitive(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """A library function of evaluated arguments."""
    for key in keywords:
        if key in _UNSUPPORTED and not (key == "where" and name in MASKED):
            raise Refused(_UNSUPPORTED[key], f"the argument {key!r} of {name}() is not supported", node)
    if name in SPECIAL:
        return SPECIAL[name](ctx, args, keywords, node)
    if name not in OPS:
        return call_definition(ctx, name, args, keywords, node)
    if name.startswith("math."):
        check_scalars(ctx, name, args, node)
    operands, params = match_arguments(ctx, name, args, keywords, node)
    operands = [as_array_argument(ctx, name, v, node) for v in operands]
    return primitive(ctx, name, operands, node, **params)


def is_known(name: str) -> bool:
    """Whether a call of the function is understood: a primitive, one with a mapping of its own, or a definition."""
    return name in SPECIAL or (name in OPS and not OPS[name].effect) or defined(name) is not None


def call_definition(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """A function that the library defines: its body is read here."""
    from adcompiler.frontend.calls import bind, inline

    function = definition(name, ctx.span(node), ctx.builder.note)
    if function is None:
        raise Refused("ADC503", f"{name}() is not known here", node)
    return inline(ctx, function, bind(ctx, function, args, keywords, node), node)


def check_scalars(ctx: Context, name: str, args: list[Value], node: ast.AST) -> None:
    for value in args:
        atom = ctx.atom(value, node)
        if isinstance(atom.type, Array):
            short = name.split(".")[1]
            raise Refused("ADC301", f"{name}() takes numbers, not arrays", node, f"use np.{short}")


def match_arguments(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value],
           node: ast.AST) -> tuple[list[Value], dict[str, Any]]:
    """Split Python arguments into operands and static parameters, by the primitive's signature."""
    signature = OPS[name].signature
    if not signature:
        if keywords:
            raise Refused("ADC302", f"{name}() has no parameter {next(iter(keywords))!r} that is supported", node)
        return args, {}
    left, _, right = signature.partition(";")
    operand_names, param_names = left.split(), right.split()
    rest, given = list(args), dict(keywords)
    operands: list[Value] = []
    for operand in operand_names:
        if operand.startswith("*"):
            operands += _spread(ctx, operand[1:], rest, given, node, alone=operand == operand_names[-1])
        elif rest:
            operands.append(rest.pop(0))
        elif operand.rstrip("?") in given:
            operands.append(given.pop(operand.rstrip("?")))
        elif not operand.endswith("?"):
            raise Refused("ADC302", f"{name}() needs an argument for {operand!r}", node)
    params: dict[str, Any] = {}
    for param in param_names:
        if rest:
            params[param] = static_argument(ctx, name, param, rest.pop(0), node)
        elif param in given:
            params[param] = static_argument(ctx, name, param, given.pop(param), node)
    if rest or given:
        what = f"{next(iter(given))!r}" if given else f"argument {len(args)}"
        raise Refused("ADC302", f"{name}() does not support {what} here", node)
    return operands, {k: v for k, v in params.items() if v is not None}


def _spread(ctx: Context, name: str, rest: list[Value], given: dict[str, Value], node: ast.AST,
            alone: bool) -> list[Value]:
    """The operands of `*shape` or `*items`: the parts of a sequence, or the remaining arguments."""
    value = rest.pop(0) if rest else given.pop(name, None)
    if value is None:
        raise Refused("ADC302", f"an argument for {name!r} is missing", node)
    if isinstance(value, TupleV) or (isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ListObj)):
        items = sequence(ctx, value, node).items
        if items is None:
            raise Refused("ADC303", f"the length of {name!r} must be known when compiling", node)
        return list(items)
    if name == "shape":
        integers: list[Value] = [value]
        while alone and rest and isinstance(rest[0], Var | Const) and isinstance(rest[0].type, Scalar):
            integers.append(rest.pop(0))
        return integers
    return [value]


def static_argument(ctx: Context, name: str, param: str, value: Value, node: ast.AST) -> Any:
    if isinstance(value, DtypeV):
        return value.name
    if isinstance(value, BuiltinV) and param == "dtype":
        return {"float": "float64", "int": "int64", "bool": "bool"}.get(value.name, value.name)
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ListObj) and obj.items is not None:
        value = TupleV(obj.items)
    try:
        found = static_value(value)
        return str(np.dtype(found)) if param == "dtype" and isinstance(found, str) else found
    except TypeError as error:
        raise Refused("ADC301", str(error), node) from None
    except KeyError:
        raise Refused("ADC303", f"the argument {param!r} of {name}() must be a constant, not {kind_of(value, ctx.state)}",
                      node) from None


def as_array_argument(ctx: Context, name: str, value: Value, node: ast.AST) -> Value:
    """NumPy functions take lists and tuples of numbers as arrays."""
    is_list = isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ListObj)
    if name.startswith(("numpy.", "scipy.")) and (isinstance(value, TupleV) or is_list):
        return SPECIAL["numpy.array"](ctx, [value], {}, node)
    return value
