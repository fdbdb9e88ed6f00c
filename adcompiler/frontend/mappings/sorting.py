"""Sorting, order statistics, searching and sampled functions: arguments that are read when compiling."""

from __future__ import annotations

import ast
from typing import Any

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.library import as_array_argument, call_primitive, mapping, match_arguments, static_argument
from adcompiler.frontend.mappings.products import arguments, array, needed, rank_of
from adcompiler.frontend.values import Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const
from adcompiler.ir.types import Array, dims

_NONE = const(None)


def _is_none(value: Value | None) -> bool:
    return value is None or value == _NONE


# --- along one axis, or of all elements -----------------------------------------------------------------------------


def _along_an_axis(name: str, parameters: str) -> None:
    @mapping(name)
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """With axis=None all elements are taken as a vector."""
        given = arguments(name.replace("numpy", "np"), parameters, args, keywords, node)
        first = parameters.split()[0]
        given[first] = array(ctx, needed(name, given, first, node), node)
        if "axis" in given and _is_none(given["axis"]):
            del given["axis"]
            if rank_of(ctx, given[first], node) > 1:
                given[first] = primitive(ctx, "numpy.ravel", [given[first]], node)
        if "kth" in given:
            _check_kth(ctx, name, given["kth"], node)
        operands, params = match_arguments(ctx, name, [], given, node)
        return primitive(ctx, name, [as_array_argument(ctx, name, v, node) for v in operands], node, **params)


def _check_kth(ctx: Context, name: str, value: Value, node: ast.AST) -> None:
    kth = static_argument(ctx, name, "kth", value, node)
    if not all(isinstance(k, int) for k in (kth if isinstance(kth, tuple) else (kth,))):
        raise Refused("ADC303", f"the positions of {name}() are integers that are known when compiling", node)


for _name, _parameters in {"sort": "a axis kind order stable", "argsort": "a axis kind order stable",
                           "partition": "a kth axis kind order", "argpartition": "a kth axis kind order",
                           "take_along_axis": "arr indices axis"}.items():
    _along_an_axis(f"numpy.{_name}", _parameters)


# --- order statistics -----------------------------------------------------------------------------------------------


@mapping("numpy.median")
def _median(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.median` over no, one or several axes."""
    return _statistic(ctx, "numpy.median", "a axis out overwrite_input keepdims", args, keywords, node)


@mapping("numpy.quantile")
def _quantile(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.quantile(a, q)` for one q or several."""
    return _statistic(ctx, "numpy.quantile", "a q axis out overwrite_input method keepdims", args, keywords, node)


@mapping("numpy.percentile")
def _percentile(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.percentile(a, q)` for one q or several."""
    return _statistic(ctx, "numpy.percentile", "a q axis out overwrite_input method keepdims", args, keywords, node)


def _statistic(ctx: Context, name: str, parameters: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    given = arguments(name.replace("numpy", "np"), parameters, args, keywords, node)
    if not _is_none(given.pop("overwrite_input", None)) and static_argument(
            ctx, name, "overwrite_input", keywords.get("overwrite_input", const(True)), node):
        raise Refused("ADC407", f"{name}() with overwrite_input is not supported", node)
    a = given["a"] = array(ctx, needed(name, given, "a", node), node)
    axis = static_argument(ctx, name, "axis", given.get("axis", _NONE), node)
    rank = rank_of(ctx, a, node)
    keepdims = bool(static_argument(ctx, name, "keepdims", given.get("keepdims", const(False)), node))
    several: tuple[int, ...] = ()
    if isinstance(axis, tuple):
        axes = sorted({k % rank for k in axes_of(axis, rank, name, node)})
        given["axis"] = _NONE if len(axes) == rank else const(axes[0])
        if 1 < len(axes) < rank:
            several = tuple(axes)
            given |= {"a": _merged(ctx, a, several, rank, node), "axis": const(-1), "keepdims": const(False)}
    operands, params = match_arguments(ctx, name, [], given, node)
    operands = [as_array_argument(ctx, name, v, node) for v in operands]
    result = primitive(ctx, name, operands, node, **params)
    if several and keepdims:
        ahead = len(dims(ctx.atom(operands[1], node).type)) if len(operands) > 1 else 0
        for k in several:
            result = primitive(ctx, "numpy.expand_dims", [result], node, axis=k + ahead)
    return result


def axes_of(axis: tuple[Any, ...], rank: int, name: str, node: ast.AST) -> tuple[int, ...]:
    """Several axes, checked."""
    if not axis or not all(isinstance(k, int) and -rank <= k < rank for k in axis) or len({k % rank for k in axis}) < len(axis):
        raise Refused("ADC301", f"{axis} are not axes of an array with {rank} axes, each once", node)
    return axis


def _merged(ctx: Context, a: Value, axes: tuple[int, ...], rank: int, node: ast.AST) -> Value:
    """The array with some axes made one, the last."""
    others = tuple(k for k in range(rank) if k not in axes)
    sizes: list[Value] = [primitive(ctx, "shape", [a], node, axis=k) for k in others]
    count: Value = const(1)
    for k in axes:
        count = number(ctx, "mul", count, primitive(ctx, "shape", [a], node, axis=k), node) if count != const(1) \
            else primitive(ctx, "shape", [a], node, axis=k)
    if (*others, *axes) != tuple(range(rank)):
        a = primitive(ctx, "numpy.transpose", [a], node, axes=(*others, *axes))
    return primitive(ctx, "numpy.reshape", [a, *sizes, count], node)


# --- searching ------------------------------------------------------------------------------------------------------


@mapping("numpy.searchsorted")
def _searchsorted(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.searchsorted(a, v, side, sorter)`; with a sorter in `a[sorter]`."""
    given = arguments("np.searchsorted", "a v side sorter", args, keywords, node)
    a = array(ctx, needed("np.searchsorted", given, "a", node), node)
    v = array(ctx, needed("np.searchsorted", given, "v", node), node)
    sorter = given.get("sorter")
    if sorter is not None and not _is_none(sorter):
        a = primitive(ctx, "load", [a, array(ctx, sorter, node)], node, index=("a",))
    side = static_argument(ctx, "np.searchsorted", "side", given.get("side", const("left")), node)
    return primitive(ctx, "numpy.searchsorted", [a, v], node, **({} if side == "left" else {"side": side}))


@mapping("numpy.nonzero")
def nonzero(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.nonzero(a)`: a tuple with one array of positions an axis."""
    given = arguments("np.nonzero", "a", args, keywords, node)
    a = array(ctx, needed("np.nonzero", given, "a", node), node)
    if rank_of(ctx, a, node) == 1:
        return TupleV((primitive(ctx, "numpy.flatnonzero", [a], node),))
    return primitive(ctx, "numpy.nonzero", [a], node)


@mapping("numpy.lexsort")
def _lexsort(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.lexsort(keys)` of a sequence of keys."""
    operands, params = match_arguments(ctx, "numpy.lexsort", args, keywords, node)
    operands = [array(ctx, v, node) for v in operands]
    if len(operands) == 1 and not isinstance((args or [keywords["keys"]])[0], TupleV) and rank_of(ctx, operands[0], node) > 1:
        raise Refused("ADC407", "np.lexsort() of a matrix of keys is not supported", node, "give the keys as a tuple")
    return primitive(ctx, "numpy.lexsort", operands, node, **params)


@mapping("numpy.unique")
def _unique(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.unique(ar)` with the indices, the inverse and the counts, of all elements."""
    given = arguments("np.unique", "ar return_index return_inverse return_counts axis", args, keywords, node)
    a = array(ctx, needed("np.unique", given, "ar", node), node)
    if not _is_none(given.get("axis")):
        raise Refused("ADC407", "np.unique() along an axis is not supported", node)
    flags = {k: bool(static_argument(ctx, "np.unique", k, given[k], node)) for k in given if k.startswith("return")}
    result = primitive(ctx, "numpy.unique", [a], node, **{k: True for k, given in flags.items() if given})
    return result.items[0] if isinstance(result, TupleV) and len(result.items) == 1 else result


@mapping("numpy.histogram")
def _histogram(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.histogram(a, bins, range)`: the counts, and the edges of the bins."""
    given = arguments("np.histogram", "a bins range density weights", args, keywords, node)
    a = array(ctx, needed("np.histogram", given, "a", node), node)
    if not _is_none(given.get("weights")) or given.get("density", _NONE) not in (_NONE, const(False)):
        raise Refused("ADC407", "np.histogram() with weights or as a density is not supported", node)
    bins = array(ctx, given.get("bins", const(10)), node)
    if rank_of(ctx, bins, node):
        counts = primitive(ctx, "numpy.histogram", [a, bins], node)
        assert isinstance(counts, TupleV)
        return TupleV((counts.items[0], bins))
    number_of_bins = static_argument(ctx, "np.histogram", "bins", bins, node)
    if not isinstance(number_of_bins, int):
        raise Refused("ADC407", "the bins of np.histogram() must be a number or a vector of edges", node)
    bounds = static_argument(ctx, "np.histogram", "range", given.get("range", _NONE), node)
    return primitive(ctx, "numpy.histogram", [a], node, bins=number_of_bins, **({} if bounds is None else {"range": bounds}))


# --- sampled functions ----------------------------------------------------------------------------------------------


@mapping("numpy.diff")
def _diff(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.diff`; numbers that are put at the ends are known when compiling, other ends are joined to the array."""
    given = arguments("np.diff", "a n axis prepend append", args, keywords, node)
    a = array(ctx, needed("np.diff", given, "a", node), node)
    n = static_argument(ctx, "np.diff", "n", given.get("n", const(1)), node)
    axis = static_argument(ctx, "np.diff", "axis", given.get("axis", const(-1)), node)
    if not isinstance(n, int) or not isinstance(axis, int) or n < 0:
        raise Refused("ADC301", "np.diff() needs integers n and axis, n not negative", node)
    if n == 0:
        return a
    atom = ctx.atom(a, node)
    if isinstance(atom.type, Array) and not -atom.type.rank <= axis < atom.type.rank:
        raise Refused("ADC301", f"axis {axis} is out of bounds for an array with {atom.type.rank} axes", node)
    ends = {k: given[k] for k in ("prepend", "append") if k in given}
    params: dict[str, Any] = {} if n == 1 else {"n": n}
    params |= {} if axis == -1 else {"axis": axis}
    if n == 1 and all(isinstance(v, Const) and type(v.value) in (int, float) for v in ends.values()):
        params |= {k: v.value for k, v in ends.items() if isinstance(v, Const)}
    elif ends and isinstance(atom.type, Array):
        parts = [_end(ctx, ends.get("prepend"), atom, axis, node), a, _end(ctx, ends.get("append"), atom, axis, node)]
        joined = TupleV(tuple(p for p in parts if p is not None))
        a = call_primitive(ctx, "numpy.concatenate", [joined], {"axis": const(axis)}, node)
    return primitive(ctx, "numpy.diff", [a], node, **params)


def _end(ctx: Context, value: Value | None, like: Atom, axis: int, node: ast.AST) -> Value | None:
    """What is put at an end, as an array; a number is repeated."""
    if value is None:
        return None
    value = array(ctx, value, node)
    if dims(ctx.atom(value, node).type):
        return value
    rank = len(dims(like.type))
    sizes: list[Value] = [const(1) if k == axis % rank else ctx.at(node).prim("shape", like, axis=k) for k in range(rank)]
    return primitive(ctx, "numpy.full", [*sizes, value], node)


def _periodic(ctx: Context, x: Value, xp: Value, fp: Value, period: Value, node: ast.AST) -> list[Value]:
    """The operands of an interpolation within one period: the points in order, and one more at each end."""
    period = primitive(ctx, "abs", [period], node)
    xp = number(ctx, "mod", xp, period, node)
    order = primitive(ctx, "numpy.argsort", [xp], node)
    xp, fp = (primitive(ctx, "load", [v, order], node, index=("a",)) for v in (xp, fp))

    def end(v: Value, last: bool) -> Value:
        return primitive(ctx, "load", [v, const(-1 if last else 1)], node, index=("s100" if last else "s010",))

    points = [number(ctx, "sub", end(xp, True), period, node), xp, number(ctx, "add", end(xp, False), period, node)]
    joined = [primitive(ctx, "numpy.concatenate", parts, node) for parts in (points, [end(fp, True), fp, end(fp, False)])]
    return [number(ctx, "mod", x, period, node), *joined]


@mapping("numpy.interp")
def _interp(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.interp(x, xp, fp, left, right)`."""
    given = arguments("np.interp", "x xp fp left right period", args, keywords, node)
    x, xp, fp = (array(ctx, needed("np.interp", given, k, node), node) for k in ("x", "xp", "fp"))
    period = given.get("period")
    if period is not None and not _is_none(period):
        return primitive(ctx, "numpy.interp", _periodic(ctx, x, xp, fp, period, node), node)
    result = primitive(ctx, "numpy.interp", [x, xp, fp], node)
    for side, end, word in (("left", 0, "lt"), ("right", -1, "gt")):
        outside = given.get(side)
        if outside is None or _is_none(outside):
            continue
        if rank_of(ctx, outside, node):
            raise Refused("ADC301", f"the {side} value of np.interp() is a number", node)
        beyond = primitive(ctx, word, [x, primitive(ctx, "load", [xp, const(end)], node, index=("i",))], node)
        if rank_of(ctx, x, node):
            result = primitive(ctx, "numpy.where", [beyond, outside, result], node)
        else:
            double = primitive(ctx, "numpy.asarray", [outside], node, dtype="float64")
            result = primitive(ctx, "select", [beyond, double, result], node)
    return result
