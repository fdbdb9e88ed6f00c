"""Functions of math, numpy and scipy: how a Python call maps to a primitive of the table."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from adcompiler.frontend.context import Context, static_value
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.state import fresh_id, kind_of
from adcompiler.frontend.values import (
    ArrayObj,
    BuiltinV,
    DtypeV,
    ListObj,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Const, Var
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, List, Scalar, Unknown

_UNSUPPORTED = {"out": "ADC407", "where": "ADC407", "casting": "ADC407", "subok": "ADC407"}


def call_primitive(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """A library function of evaluated arguments."""
    for key in keywords:
        if key in _UNSUPPORTED:
            raise Refused(_UNSUPPORTED[key], f"the argument {key!r} of {name}() is not supported", node)
    if name in SPECIAL:
        return SPECIAL[name](ctx, args, keywords, node)
    if name not in OPS:
        raise Refused("ADC503", f"{name}() is not known here", node)
    if name.startswith("math."):
        _check_scalars(ctx, name, args, node)
    operands, params = _match(ctx, name, args, keywords, node)
    operands = [_as_array(ctx, name, v, node) for v in operands]
    return primitive(ctx, name, operands, node, **params)


def _check_scalars(ctx: Context, name: str, args: list[Value], node: ast.AST) -> None:
    for value in args:
        atom = ctx.atom(value, node)
        if isinstance(atom.type, Array):
            short = name.split(".")[1]
            raise Refused("ADC301", f"{name}() takes numbers, not arrays", node, f"use np.{short}")


def _match(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value],
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
            params[param] = _static(ctx, name, param, rest.pop(0), node)
        elif param in given:
            params[param] = _static(ctx, name, param, given.pop(param), node)
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


def _static(ctx: Context, name: str, param: str, value: Value, node: ast.AST) -> Any:
    if isinstance(value, DtypeV):
        return value.name
    if isinstance(value, BuiltinV) and param == "dtype":
        return {"float": "float64", "int": "int64", "bool": "bool"}.get(value.name, value.name)
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ListObj) and obj.items is not None:
        value = TupleV(obj.items)
    try:
        return static_value(value)
    except KeyError:
        raise Refused("ADC303", f"the argument {param!r} of {name}() must be a constant, not {kind_of(value, ctx.state)}",
                      node) from None


def _as_array(ctx: Context, name: str, value: Value, node: ast.AST) -> Value:
    """NumPy functions take lists and tuples of numbers as arrays."""
    is_list = isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ListObj)
    if name.startswith(("numpy.", "scipy.")) and (isinstance(value, TupleV) or is_list):
        return _array(ctx, [value], {}, node)
    return value


# --- functions with a mapping of their own ----------------------------------------------------------------


def _array(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.array(value)`: a copy of an array, or an array of (nested) lists of numbers."""
    return _as_new_array(ctx, args, keywords, node, copies=True)


def _asarray(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return _as_new_array(ctx, args, keywords, node, copies=False)


def _as_new_array(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST, copies: bool) -> Value:
    value = args[0] if args else keywords.pop("object", const(None))
    given = dict(keywords)
    dtype = given.pop("dtype", args[1] if len(args) > 1 else None)
    given.pop("copy", None)
    if given:
        raise Refused("ADC302", f"np.array() does not support {next(iter(given))!r} here", node)
    kind = _static(ctx, "numpy.array", "dtype", dtype, node) if dtype is not None else None
    params = {"dtype": kind} if kind is not None else {}
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ArrayObj):
        if kind is not None and isinstance(obj.atom.type, Array) and kind != obj.atom.type.dtype:
            return primitive(ctx, "numpy.astype", [value], node, dtype=kind)
        return primitive(ctx, "copy", [value], node) if copies else value
    shape, leaves = _nested(ctx, value, node)
    if shape is None:
        atom = ctx.atom(value, node)
        if isinstance(atom.type, Unknown | List):
            return primitive(ctx, "numpy.array" if copies else "numpy.asarray", [atom], node, **params)
        return primitive(ctx, "numpy.asarray", [atom], node, **params)
    return primitive(ctx, "numpy.array", leaves, node, shape=shape, **params)


def _nested(ctx: Context, value: Value, node: ast.AST) -> tuple[tuple[int, ...] | None, list[Value]]:
    """The shape and the leaves of nested tuples and lists of known length; (None, []) for something else."""
    items: tuple[Value, ...] | None = None
    if isinstance(value, TupleV):
        items = value.items
    elif isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ListObj):
        if obj.items is None:
            return None, []
        items = obj.items
    if items is None:
        return None, []
    inner = [_nested(ctx, v, node) for v in items]
    shapes = {s for s, _ in inner}
    if len(shapes) > 1:
        raise Refused("ADC301", "the rows of this array have different lengths", node)
    if not shapes or shapes == {None}:
        return (len(items),), list(items)
    (shape,) = shapes
    assert shape is not None
    return (len(items), *shape), [leaf for _, leaves in inner for leaf in leaves]


def _shape(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.expressions import attribute

    return attribute(ctx, args[0], "shape", node)  # type: ignore[arg-type]


def _ndim(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.expressions import attribute

    return attribute(ctx, args[0], "ndim", node)  # type: ignore[arg-type]


def _size(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.expressions import attribute

    return attribute(ctx, args[0], "size", node)  # type: ignore[arg-type]


def _copy(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return primitive(ctx, "copy", [_as_array(ctx, "numpy.copy", args[0], node)], node)


def _spelled_like(name: str) -> Callable[[Context, list[Value], dict[str, Value], ast.AST], Value]:
    """A function that is an operator."""

    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        if len(args) != 2 or keywords:
            raise Refused("ADC302", "two arguments are needed here", node)
        values = [_as_array(ctx, "numpy.add", v, node) for v in args]
        if not any(isinstance(v, Ref) for v in values):
            values[0] = primitive(ctx, "numpy.asarray", [values[0]], node)
        return number(ctx, name, values[0], values[1], node)
    return handler


def _dot(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.dot`: a product with numbers, `@` for vectors and matrices."""
    values = [_as_array(ctx, "numpy.dot", v, node) for v in args]
    if len(values) != 2 or keywords:
        raise Refused("ADC302", "np.dot() takes two arrays", node)
    ranks = [a.type.rank if isinstance((a := ctx.atom(v, node)).type, Array) else 0 for v in values]
    if 0 in ranks:
        return number(ctx, "mul", values[0], values[1], node)
    if max(ranks) > 2:
        raise Refused("ADC301", "np.dot() of arrays with more than two axes is not supported", node, "use einsum or `@`")
    return number(ctx, "matmul", values[0], values[1], node)


def _log(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`math.log(x)` and `math.log(x, base)`."""
    if len(args) == 2:
        return number(ctx, "truediv", _log(ctx, args[:1], {}, node), _log(ctx, args[1:], {}, node), node)
    _check_scalars(ctx, "math.log", args, node)
    return primitive(ctx, "math.log", args, node)


def _where(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    if len(args) != 3:
        raise Refused("ADC302", "np.where() takes a condition and two values here", node)
    return primitive(ctx, "numpy.where", [_as_array(ctx, "numpy.where", v, node) for v in args], node)


def _zeros(name: str) -> Callable[[Context, list[Value], dict[str, Value], ast.AST], Value]:
    """A creation function; a shape of no axes gives a number."""

    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        operands, params = _match(ctx, name, args, keywords, node)
        return primitive(ctx, name, operands, node, **params)
    return handler


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


def _fsum(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.builtin import apply_builtin

    return primitive(ctx, "float", [apply_builtin(ctx, "sum", args, keywords, node)], node)


def _product(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    items = sequence(ctx, args[0], node).items
    if items is None:
        raise Refused("ADC303", "math.prod() needs a sequence of known length", node, "multiply in a loop")
    total: Value = keywords.get("start", const(1))
    for item in items:
        total = item if total == const(1) else number(ctx, "mul", total, item, node)
    return total


def _sumprod(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    p, q = (sequence(ctx, v, node).items for v in args)
    if p is None or q is None or len(p) != len(q):
        raise Refused("ADC303", "math.sumprod() needs sequences of the same known length", node)
    total: Value = const(0)
    for a, b in zip(p, q, strict=True):
        product = number(ctx, "mul", a, b, node)
        total = product if total == const(0) else number(ctx, "add", total, product, node)
    return total


SPECIAL: dict[str, Callable[[Context, list[Value], dict[str, Value], ast.AST], Value]] = {
    "numpy.array": _array, "numpy.asarray": _asarray, "numpy.ascontiguousarray": _asarray, "numpy.asanyarray": _asarray,
    "numpy.shape": _shape, "numpy.ndim": _ndim, "numpy.size": _size, "numpy.copy": _copy,
    "numpy.add": _spelled_like("add"), "numpy.subtract": _spelled_like("sub"), "numpy.multiply": _spelled_like("mul"),
    "numpy.divide": _spelled_like("truediv"), "numpy.true_divide": _spelled_like("truediv"),
    "numpy.power": _spelled_like("pow"), "numpy.matmul": _spelled_like("matmul"), "numpy.dot": _dot,
    "numpy.mod": _spelled_like("mod"), "numpy.remainder": _spelled_like("mod"),
    "numpy.floor_divide": _spelled_like("floordiv"),
    "math.log": _log, "math.dist": _sum_of_squares, "math.fsum": _fsum, "math.prod": _product, "math.sumprod": _sumprod,
    "numpy.where": _where,
}

__all__ = ["SPECIAL", "call_primitive", "fresh_id"]
