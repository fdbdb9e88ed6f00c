"""NumPy's functions of elements whose names or arguments are not those of a primitive."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.library import Handler, as_array_argument, call_definition, call_primitive, mapping, match_arguments
from adcompiler.frontend.values import ArrayObj, BuiltinV, FunctionV, MethodV, PrimV, Ref, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.types import Array


def _same_as(name: str) -> Handler:
    """A function that is another one."""

    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        return call_primitive(ctx, name, args, keywords, node)
    return handler


for _name, _original in {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "pow": "power", "conj": "conjugate",
}.items():
    mapping(f"numpy.{_name}")(_same_as(f"numpy.{_original}"))
mapping("scipy.special.sinc")(_same_as("numpy.sinc"))


@mapping("scipy.special.logsumexp")
def _log_sum(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False)`: without weights it is a primitive."""
    given = {**dict(zip(("a", "axis", "b", "keepdims", "return_sign"), args, strict=False)), **keywords}
    if given.get("b", const(None)) != const(None) or given.get("return_sign", const(False)) != const(False):
        return call_definition(ctx, "scipy.special.logsumexp", args, keywords, node)
    given = {k: v for k, v in given.items() if k not in ("b", "return_sign")}
    operands, params = match_arguments(ctx, "scipy.special.logsumexp", [], given, node)
    return primitive(ctx, "scipy.special.logsumexp", [as_array_argument(ctx, "scipy.special.logsumexp", operands[0], node)],
                     node, **params)


@mapping("numpy.clip")
def _clip(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.clip(a, a_min, a_max)`: of one bound only it is `np.maximum` or `np.minimum`."""
    given = {**dict(zip(("a", "a_min", "a_max"), args, strict=False)), **keywords}
    for word in ("min", "max"):
        if word in given:
            if f"a_{word}" in given:
                raise Refused("ADC302", f"np.clip() gets the bound {word!r} twice", node)
            given[f"a_{word}"] = given.pop(word)
    if len(args) > 3 or set(given) - {"a", "a_min", "a_max"} or "a" not in given:
        raise Refused("ADC302", "np.clip() takes an array and two bounds here", node)
    none = const(None)
    x, low, high = given["a"], given.get("a_min", none), given.get("a_max", none)
    if low == none and high == none:
        return primitive(ctx, "copy", [as_array_argument(ctx, "numpy.clip", x, node)], node)
    if none in (low, high):
        one = ("numpy.maximum", low) if high == none else ("numpy.minimum", high)
        return call_primitive(ctx, one[0], [x, one[1]], {}, node)
    return primitive(ctx, "numpy.clip", [as_array_argument(ctx, "numpy.clip", v, node) for v in (x, low, high)], node)


@mapping("numpy.nan_to_num")
def _nan_to_num(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None)`."""
    copies = keywords.pop("copy", args[1] if len(args) > 1 else const(True))
    if copies != const(True):
        raise Refused("ADC407", "np.nan_to_num(copy=False) changes its argument, which is not supported", node,
                      "use the result: x = np.nan_to_num(x)")
    operands, params = match_arguments(ctx, "numpy.nan_to_num", args[:1] + args[2:], keywords, node)
    return primitive(ctx, "numpy.nan_to_num", [as_array_argument(ctx, "numpy.nan_to_num", operands[0], node)], node, **params)


@mapping("numpy.divmod")
def _divmod(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return TupleV(tuple(call_primitive(ctx, f"numpy.{f}", args, keywords, node) for f in ("floor_divide", "remainder")))


@mapping("numpy.real numpy.real_if_close")
def _real(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """The value itself, since it is real."""
    from adcompiler.frontend.expressions import attribute

    value = as_array_argument(ctx, "numpy.real", args[0], node)
    return attribute(ctx, value, "real", node)  # type: ignore[arg-type]


@mapping("numpy.imag")
def _imag(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    value = as_array_argument(ctx, "numpy.imag", args[0], node)
    if isinstance(value, Ref):
        return primitive(ctx, "numpy.zeros_like", [value], node)
    return const(0.0)


@mapping("numpy.select")
def _select(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.select(conditions, choices, default)`: the choice of the first condition that holds, by nested `np.where`."""
    given = {**dict(zip(("condlist", "choicelist", "default"), args, strict=False)), **keywords}
    if set(given) - {"condlist", "choicelist", "default"} or not {"condlist", "choicelist"} <= set(given):
        raise Refused("ADC302", "np.select() takes conditions, choices and a default", node)
    conditions, choices = (sequence(ctx, given[word], node).items for word in ("condlist", "choicelist"))
    if conditions is None or choices is None or len(conditions) != len(choices) or not choices:
        raise Refused("ADC303", "np.select() needs as many conditions as choices, listed where it is called", node)
    result = as_array_argument(ctx, "numpy.select", given.get("default", const(0)), node)
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        parts = [as_array_argument(ctx, "numpy.select", v, node) for v in (condition, choice)]
        result = primitive(ctx, "numpy.where", [*parts, result], node)
    return result


@mapping("numpy.piecewise")
def _piecewise(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.piecewise(x, conditions, functions)`: into the elements where a condition holds goes the function of them."""
    if len(args) < 3:
        raise Refused("ADC302", "np.piecewise() takes an array, conditions and functions", node)
    x, *more = (as_array_argument(ctx, "numpy.piecewise", args[0], node), *args[3:])
    conditions, functions = _listed(ctx, args[1], node), list(sequence(ctx, args[2], node).items or ())
    if not isinstance(ctx.atom(x, node).type, Array):
        raise Refused("ADC301", "np.piecewise() of a number is not supported", node, "use `if`")
    if len(functions) == len(conditions) + 1:
        conditions.append(_none_of(ctx, conditions, node))
    if len(functions) != len(conditions):
        raise Refused("ADC302", "np.piecewise() needs a function for each condition, and at most one more", node)
    result = ctx.atom(primitive(ctx, "numpy.zeros_like", [x], node), node)
    for condition, function in zip(conditions, functions, strict=True):
        if isinstance(function, FunctionV | MethodV | PrimV | BuiltinV):
            from adcompiler.frontend.calls import call_value

            chosen = primitive(ctx, "load", [x, condition], node, index=("a",))
            function = call_value(ctx, function, [chosen, *more], keywords, node)
        result = ctx.at(node).prim("store", result, ctx.atom(function, node), ctx.atom(condition, node), index=("a",))
    return ctx.wrap(result)


def _listed(ctx: Context, value: Value, node: ast.AST) -> list[Value]:
    """The conditions: a sequence of arrays, or one array alone."""
    if isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ArrayObj):
        return [value]
    items = sequence(ctx, value, node).items
    if items is None or not items:
        raise Refused("ADC303", "the conditions must be listed where they are used", node)
    if not all(isinstance(v, Ref) for v in items):
        return [as_array_argument(ctx, "numpy.piecewise", value, node)]
    return list(items)


def _none_of(ctx: Context, conditions: list[Value], node: ast.AST) -> Value:
    found = conditions[0]
    for condition in conditions[1:]:
        found = primitive(ctx, "numpy.logical_or", [found, condition], node)
    return primitive(ctx, "numpy.logical_not", [found], node)
