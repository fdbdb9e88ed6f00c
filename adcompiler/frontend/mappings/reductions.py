"""Reductions with arguments that change what is computed, and the methods of functions that reduce with them."""

from __future__ import annotations

import ast
import math

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.library import MASKED, as_array_argument, call_primitive, mapping, match_arguments, static_argument
from adcompiler.frontend.mappings.products import arguments, array, needed, rank_of
from adcompiler.frontend.values import Refused, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Const
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import dims, is_float


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
    given = arguments(name, "a axis dtype out keepdims initial where", args, keywords, node)
    initial = given.pop("initial", None)
    result = _plain(ctx, name, [], _where(ctx, name, given, const(0 if operator == "add" else 1), node), node)
    return result if initial is None else number(ctx, operator, result, initial, node)


MASKED.update(f"numpy.{name}" for name in "sum prod mean var max min amax amin".split())


def _where(ctx: Context, name: str, given: dict[str, Value], neutral: Value, node: ast.AST) -> dict[str, Value]:
    """The arguments, with another value in place of elements that `where` leaves out."""
    mask = _mask(ctx, given, node)
    if mask is None:
        return given
    a = array(ctx, needed(name, given, "a", node), node)
    return {**given, "a": primitive(ctx, "numpy.where", [mask, a, neutral], node)}


def _is_all(mask: Value) -> bool:
    return mask == const(True)


def _mask(ctx: Context, given: dict[str, Value], node: ast.AST) -> Value | None:
    """The mask that is given for `where`, taken out of the arguments."""
    mask = given.pop("where", None)
    return None if mask is None or _is_all(mask) else array(ctx, mask, node)


@mapping("numpy.mean")
def _mean(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.mean`; with a mask the sum of what it chooses, divided by how many it chooses."""
    given = arguments("np.mean", "a axis dtype out keepdims where", args, keywords, node)
    mask = _mask(ctx, given, node)
    if mask is None:
        return _plain(ctx, "numpy.mean", [], given, node)
    if "dtype" in given:
        raise Refused("ADC407", "np.mean() with a mask and a dtype is not supported", node)
    a = array(ctx, needed("np.mean", given, "a", node), node)
    return _mean_of_chosen(ctx, a, mask, {k: v for k, v in given.items() if k != "a"}, const(0), node)


def _mean_of_chosen(ctx: Context, a: Value, mask: Value, given: dict[str, Value], less: Value, node: ast.AST) -> Value:
    """The sum of the elements that a mask chooses, divided by their number less `less`."""
    dtype = ctx.atom(a, node).type
    chosen = primitive(ctx, "numpy.where", [mask, a, const(0)], node)
    whole = primitive(ctx, "spread", [mask, a], node) if dims(ctx.atom(mask, node).type) != dims(dtype) else mask
    count = _plain(ctx, "numpy.sum", [whole], given, node)
    if is_float(dtype) and getattr(dtype, "dtype", "") != "float64":
        count = primitive(ctx, "numpy.astype", [count], node, dtype=getattr(dtype, "dtype", ""))
    if less != const(0):
        count = number(ctx, "sub", count, less, node)
    return number(ctx, "truediv", _plain(ctx, "numpy.sum", [chosen], given, node), count, node)


def _extreme_as(name: str, larger: str, lowest: float) -> None:
    @mapping(f"numpy.{name}")
    def extreme(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.max` and its kin; an initial value that is computed is compared with the result."""
        given = arguments(f"np.{name}", "a axis out keepdims initial where", args, keywords, node)
        initial = given.get("initial")
        if initial is not None:
            given = _where(ctx, name, given, initial, node)
        elif not _is_all(given.pop("where", const(True))):
            raise Refused("ADC302", f"np.{name}() with a mask needs an initial value", node)
        if initial is None or isinstance(initial, Const):
            return _plain(ctx, f"numpy.{name}", [], given, node)
        a = array(ctx, needed(f"np.{name}", given, "a", node), node)
        if not is_float(ctx.atom(a, node).type):
            raise Refused("ADC407", f"np.{name}() of integers needs an initial value that is known when compiling", node)
        result = _plain(ctx, f"numpy.{name}", [], {**given, "a": a, "initial": const(lowest)}, node)
        return primitive(ctx, larger, [result, initial], node)


for _name in ("max", "amax"):
    _extreme_as(_name, "numpy.maximum", -math.inf)
for _name in ("min", "amin"):
    _extreme_as(_name, "numpy.minimum", math.inf)


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
    mean, mask = given.pop("mean", const(None)), _mask(ctx, given, node)
    if mean == const(None) and mask is None:
        return _plain(ctx, name, [], given, node)
    if name == "numpy.std":
        raise Refused("ADC407", "np.std() with a mean that is given is not supported", node,
                      "write np.sqrt(np.var(a, mean=mean))")
    if "dtype" in given:
        raise Refused("ADC407", "np.var() with a mask or a mean that is given and a dtype is not supported", node)
    if mask is not None:
        a = array(ctx, needed(name, given, "a", node), node)
        rest = {k: v for k, v in given.items() if k in ("axis", "keepdims")}
        if mean == const(None):
            mean = _mean_of_chosen(ctx, a, mask, {**rest, "keepdims": const(True)}, const(0), node)
        deviation = number(ctx, "sub", a, mean, node)
        return _mean_of_chosen(ctx, number(ctx, "mul", deviation, deviation, node), mask, rest, given.get("ddof", const(0)), node)
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

