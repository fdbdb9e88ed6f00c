"""Questions about types, which are answered when compiling."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from adcompiler.frontend.context import Context
from adcompiler.frontend.library import mapping
from adcompiler.frontend.mappings.products import arguments, array, needed
from adcompiler.frontend.state import kind_of
from adcompiler.frontend.values import BuiltinV, DictObj, DtypeV, ListObj, PrimV, Ref, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Const
from adcompiler.ir.types import Array, Scalar

_PYTHON: dict[str, type] = {"float": float, "int": int, "bool": bool, "complex": complex}


def _known(ctx: Context, value: Value, node: ast.AST) -> Scalar | Array | None:
    """The type of a number or an array, also of a list of numbers; None for what is neither."""
    is_container = isinstance(value, TupleV) or (isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ListObj))
    if is_container:
        value = array(ctx, value, node)
    type_ = ctx.atom(value, node).type
    return type_ if isinstance(type_, Scalar | Array) else None


def _dtype(ctx: Context, value: Value, node: ast.AST, *, python: bool = False) -> Any:
    """What NumPy's functions of dtypes are told of a value: its dtype, a class, or (`python`) a number of Python's."""
    match value:
        case DtypeV(name):
            return np.dtype(name)
        case BuiltinV(name) if name in _PYTHON:
            return _PYTHON[name]
        case Const(value=str() as text):
            try:
                return np.dtype(text)
            except TypeError:
                return text
        case PrimV(name) if isinstance(found := getattr(np, name.rpartition(".")[2], None), type):
            return found
        case Ref(id) if isinstance(ctx.state.heap[id], DictObj):
            pass
        case _:
            type_ = _known(ctx, value, node)
            if isinstance(type_, Scalar) and type_.weak and python:
                return _PYTHON[type_.dtype.rstrip("0123456789")](1)
            if type_ is not None:
                return np.dtype(type_.dtype)
    raise Refused("ADC303", f"the dtype of {kind_of(value, ctx.state)} is not known when compiling", node)


def _ask(node: ast.AST, function: Any, *args: Any) -> Any:
    try:
        return function(*args)
    except (TypeError, ValueError) as error:
        raise Refused("ADC301", str(error), node) from None


def _dtype_as(name: str) -> None:
    @mapping(f"numpy.{name}")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.result_type(x, float)` and its kin: a dtype."""
        if keywords:
            raise Refused("ADC302", f"np.{name}() takes no keyword arguments", node)
        return DtypeV(str(np.dtype(_ask(node, getattr(np, name), *(_dtype(ctx, v, node, python=True) for v in args)))))


for _name in ("result_type", "promote_types"):
    _dtype_as(_name)


@mapping("numpy.dtype")
def _dtype_itself(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.dtype(float)`."""
    given = arguments("np.dtype", "dtype", args, keywords, node)
    return DtypeV(str(_ask(node, np.dtype, _dtype(ctx, needed("np.dtype", given, "dtype", node), node))))


@mapping("numpy.common_type")
def _common_type(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.common_type(a, b)`: the floats that hold both."""
    empty = [np.empty(0, _dtype(ctx, v, node)) for v in args]
    return DtypeV(str(np.dtype(_ask(node, np.common_type, *empty))))


@mapping("numpy.min_scalar_type")
def _min_scalar_type(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.min_scalar_type(10)` of a constant; of an array its dtype."""
    a = needed("np.min_scalar_type", arguments("np.min_scalar_type", "a", args, keywords, node), "a", node)
    if isinstance(a, Const):
        return DtypeV(str(_ask(node, np.min_scalar_type, a.value)))
    type_ = _known(ctx, a, node)
    if not isinstance(type_, Array):
        raise Refused("ADC303", "np.min_scalar_type() needs a constant or an array", node)
    return DtypeV(type_.dtype)


@mapping("numpy.issubdtype")
def _issubdtype(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.issubdtype(x.dtype, np.floating)`."""
    given = arguments("np.issubdtype", "arg1 arg2", args, keywords, node)
    found = [_dtype(ctx, needed("np.issubdtype", given, k, node), node) for k in ("arg1", "arg2")]
    return const(bool(_ask(node, np.issubdtype, *found)))


@mapping("numpy.can_cast")
def _can_cast(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.can_cast(np.float32, float)`: without loss."""
    given = arguments("np.can_cast", "from_ to", args, keywords, node)
    found = [_dtype(ctx, needed("np.can_cast", given, k, node), node) for k in ("from_", "to")]
    return const(bool(_ask(node, np.can_cast, *found)))


@mapping("numpy.isdtype")
def _isdtype(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.isdtype(x.dtype, "real floating")`."""
    given = arguments("np.isdtype", "dtype kind", args, keywords, node)
    kind = needed("np.isdtype", given, "kind", node)
    kinds = tuple(_kind(ctx, v, node) for v in kind.items) if isinstance(kind, TupleV) else _kind(ctx, kind, node)
    return const(bool(_ask(node, np.isdtype, _dtype(ctx, needed("np.isdtype", given, "dtype", node), node), kinds)))


def _kind(ctx: Context, value: Value, node: ast.AST) -> Any:
    return value.value if isinstance(value, Const) else _dtype(ctx, value, node)


def _complex_as(name: str, answer: bool) -> None:
    @mapping(f"numpy.{name}")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """Whether the dtype is complex, or real."""
        x = needed(f"np.{name}", arguments(f"np.{name}", "x", args, keywords, node), "x", node)
        type_ = _known(ctx, x, node)
        if type_ is None:
            raise Refused("ADC303", f"np.{name}() needs a value whose type is known when compiling", node)
        return const(type_.dtype.startswith("complex") == answer)


_complex_as("iscomplexobj", True)
_complex_as("isrealobj", False)
