"""Reductions with arguments that change what is computed, and the methods of functions that reduce with them."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.library import as_array_argument, call_primitive, mapping, match_arguments, static_argument
from adcompiler.frontend.mappings.products import arguments, array, needed, rank_of
from adcompiler.frontend.values import Refused, Value
from adcompiler.ir.build import const
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import dims


def _plain(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """The primitive of its own arguments."""
    operands, params = match_arguments(ctx, name, args, keywords, node)
    return primitive(ctx, name, [as_array_argument(ctx, name, v, node) for v in operands], node, **params)


@mapping("numpy.sum")
def _sum(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.sum`; an initial value is added."""
    return _from(ctx, "numpy.sum", "add", args, keywords, node)


@mapping("numpy.prod")
def _prod(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.prod`; an initial value is a factor."""
    return _from(ctx, "numpy.prod", "mul", args, keywords, node)


def _from(ctx: Context, name: str, operator: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    initial = keywords.get("initial", args[5] if len(args) > 5 else None)
    result = _plain(ctx, name, args[:5], {k: v for k, v in keywords.items() if k != "initial"}, node)
    return result if initial is None else number(ctx, operator, result, initial, node)


@mapping("numpy.var")
def _var(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.var`; `correction` is another name of `ddof`, and a mean that is given is used instead of that of the elements."""
    return _spread(ctx, "numpy.var", args, keywords, node)


@mapping("numpy.std")
def _std(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.std`, as `np.var`."""
    return _spread(ctx, "numpy.std", args, keywords, node)


def _spread(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    given = arguments(name, "a axis dtype out ddof keepdims where mean correction", args, keywords, node)
    if "correction" in given:
        if "ddof" in given:
            raise Refused("ADC302", f"{name}() takes ddof or correction, not both", node)
        given["ddof"] = given.pop("correction")
    mean = given.pop("mean", None)
    if mean is None or mean == const(None):
        return _plain(ctx, name, [], given, node)
    if name == "numpy.std":
        raise Refused("ADC407", "np.std() with a mean that is given is not supported", node,
                      "write np.sqrt(np.var(a, mean=mean))")
    if "dtype" in given:
        raise Refused("ADC407", "np.var() with a mean that is given and a dtype is not supported", node)
    a = array(ctx, needed(name, given, "a", node), node)
    centred = number(ctx, "sub", a, mean, node)
    total = _plain(ctx, "numpy.sum", [number(ctx, "mul", centred, centred, node)],
                   {k: given[k] for k in ("axis", "keepdims") if k in given}, node)
    axis = static_argument(ctx, name, "axis", given.get("axis", const(None)), node)
    count: Value = const(1)
    for k in reduced_axes(rank_of(ctx, a, node), axis):
        count = number(ctx, "mul", count, primitive(ctx, "shape", [a], node, axis=k), node)
    if "ddof" in given:
        count = number(ctx, "sub", count, given["ddof"], node)
    return number(ctx, "truediv", total, count, node)


# --- methods of elementwise functions -------------------------------------------------------------------------------

_REDUCE = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logical_and": "all", "logical_or": "any"}


def _reduce_as(name: str, reduction: str) -> None:
    @mapping(f"numpy.{name}.reduce")
    def reduce(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.add.reduce(x, axis=0)` is `np.sum(x, axis=0)`."""
        given = arguments(f"np.{name}.reduce", "array axis dtype out keepdims initial", args, keywords, node)
        given.setdefault("axis", const(0))
        given["a"] = array(ctx, needed(f"np.{name}.reduce", given, "array", node), node)
        del given["array"]
        return call_primitive(ctx, f"numpy.{reduction}", [], given, node)


for _name, _reduction in _REDUCE.items():
    _reduce_as(_name, _reduction)


def _accumulate_as(name: str, cumulative: str) -> None:
    @mapping(f"numpy.{name}.accumulate")
    def accumulate(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.add.accumulate(x, axis=0)` is `np.cumsum(x, axis=0)`."""
        given = arguments(f"np.{name}.accumulate", "array axis dtype out", args, keywords, node)
        given.setdefault("axis", const(0))
        given["a"] = array(ctx, needed(f"np.{name}.accumulate", given, "array", node), node)
        del given["array"]
        return call_primitive(ctx, f"numpy.{cumulative}", [], given, node)


_accumulate_as("add", "cumsum")
_accumulate_as("multiply", "cumprod")

_OUTER = {"add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "true_divide": "truediv", "power": "pow"}


def _outer_as(name: str, operator: str | None) -> None:
    @mapping(f"numpy.{name}.outer")
    def outer(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.subtract.outer(a, b)` is `a[:, None] - b`."""
        given = arguments(f"np.{name}.outer", "A B", args, keywords, node)
        a, b = (array(ctx, needed(f"np.{name}.outer", given, k, node), node) for k in "AB")
        for _ in dims(ctx.atom(b, node).type):
            a = primitive(ctx, "numpy.expand_dims", [a], node, axis=rank_of(ctx, a, node))
        if operator is None:
            return call_primitive(ctx, f"numpy.{name}", [a, b], {}, node)
        return number(ctx, operator, a, b, node)


for _name in ("add", "subtract", "multiply", "divide", "true_divide", "power", "maximum", "minimum", "hypot", "arctan2",
              "less", "less_equal", "greater", "greater_equal", "equal", "not_equal"):
    _outer_as(_name, _OUTER.get(_name))

