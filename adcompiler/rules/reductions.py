"""Reductions and cumulative functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, For, If, Var
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import INT, Array, dims, promote
from adcompiler.rules.table import Pull, pullback, select, spread, zero

zero("numpy.nanargmax numpy.nanargmin")


def reduced(pull: Pull, value: Atom) -> Atom:
    """A result of a reduction with the reduced axes put back as axes of one element, so that it broadcasts."""
    x = pull.op.args[0]
    axis = pull.op.param("axis")
    if axis is None or pull.op.param("keepdims") or not dims(value.type):
        return value
    rank, axes = len(dims(x.type)), sorted(reduced_axes(len(dims(x.type)), axis))
    kept = [k for k in range(rank) if k not in axes]
    missing = len(kept) - len(dims(value.type))  # an adjoint of lower rank has the last axes of the result
    first = kept[missing] if missing else 0
    for k in axes:
        if k >= first:
            value = pull.prim("numpy.expand_dims", value, axis=k - first)
    return value


def _count(pull: Pull) -> Atom:
    """How many elements are reduced to one."""
    x, axis = pull.op.args[0], pull.op.param("axis")
    if axis is None:
        return pull.prim("size", x)
    sizes: list[Atom] = [pull.prim("shape", x, axis=k) for k in reduced_axes(len(dims(x.type)), axis)]
    count = sizes[0] if sizes else const(1)
    for size in sizes[1:]:
        count = pull.prim("mul", count, size)
    return count


@pullback("numpy.sum")
def _sum(pull: Pull) -> None:
    """Every element gets y_bar."""
    pull.adjoints.add(pull.op.args[0], reduced(pull, pull.y_bar))


@pullback("numpy.mean")
def _mean(pull: Pull) -> None:
    """Every element gets y_bar / n."""
    pull.adjoints.add(pull.op.args[0], pull.prim("truediv", reduced(pull, pull.y_bar), _count(pull)))


@pullback("numpy.max", "numpy.min", "numpy.amax", "numpy.amin", "numpy.nanmax", "numpy.nanmin")
def _extremum(pull: Pull) -> None:
    """The largest (smallest) elements share y_bar evenly."""
    x, y = pull.op.args[0], reduced(pull, pull.y)
    hits = pull.prim("eq", x, y)
    count: Atom = pull.prim("numpy.sum", hits, **{k: v for k, v in pull.op.params if k == "axis"}, keepdims=True) \
        if pull.op.param("axis") is not None else pull.prim("numpy.sum", hits)
    if pull.op.param("initial") is not None:
        count = pull.prim("add", count, pull.prim("eq", y, const(pull.op.param("initial"))))
    share = pull.prim("truediv", reduced(pull, pull.y_bar), count)
    pull.adjoints.add(x, pull.prim("mul", hits, share))


@pullback("numpy.var")
def _variance(pull: Pull) -> None:
    """2 (x - mean) y_bar / (n - ddof)."""
    pull.adjoints.add(pull.op.args[0], _spread_about_mean(pull, const(2.0), None))


@pullback("numpy.std")
def _deviation(pull: Pull) -> None:
    """(x - mean) y_bar / ((n - ddof) std), and 0 where the standard deviation is 0."""
    y = reduced(pull, pull.y)
    safe = select(pull.builder, pull.prim("ne", y, const(0)), y, const(1.0))
    pull.adjoints.add(pull.op.args[0], _spread_about_mean(pull, const(1.0), safe))


def _spread_about_mean(pull: Pull, factor: Atom, divisor: Atom | None) -> Atom:
    x, axis = pull.op.args[0], pull.op.param("axis")
    mean = pull.prim("numpy.mean", x, axis=axis, keepdims=True) if axis is not None else pull.prim("numpy.mean", x)
    n = _count(pull)
    if pull.op.param("ddof"):
        n = pull.prim("sub", n, const(pull.op.param("ddof")))
    if divisor is not None:
        n = pull.prim("mul", n, divisor)
    share = pull.prim("truediv", pull.prim("mul", factor, reduced(pull, pull.y_bar)), n)
    return pull.prim("mul", share, pull.prim("sub", x, mean))


# --- without what is not a number -----------------------------------------------------------------------------------


def _present(pull: Pull) -> tuple[Atom, Atom]:
    """Where the operand is a number, and how many are."""
    x, axis = pull.op.args[0], pull.op.param("axis")
    numbers = pull.prim("invert" if isinstance(x.type, Array) else "not", pull.prim("numpy.isnan", x))
    count = pull.prim("numpy.sum", numbers, axis=axis, keepdims=True) if axis is not None else pull.prim("numpy.sum", numbers)
    return numbers, count


@pullback("numpy.nansum")
def _nansum(pull: Pull) -> None:
    """The numbers get y_bar."""
    x = pull.op.args[0]
    numbers = pull.prim("invert" if isinstance(x.type, Array) else "not", pull.prim("numpy.isnan", x))
    pull.adjoints.add(x, select(pull.builder, numbers, reduced(pull, pull.y_bar), const(0.0)))


@pullback("numpy.nanmean")
def _nanmean(pull: Pull) -> None:
    """The numbers get y_bar / n, where n of them are numbers."""
    numbers, count = _present(pull)
    share = pull.prim("truediv", reduced(pull, pull.y_bar), count)
    pull.adjoints.add(pull.op.args[0], select(pull.builder, numbers, share, const(0.0)))


@pullback("numpy.nanvar")
def _nanvariance(pull: Pull) -> None:
    """2 (x - mean) y_bar / (n - ddof) for the n numbers."""
    _among_numbers(pull, const(2.0), None)


@pullback("numpy.nanstd")
def _nandeviation(pull: Pull) -> None:
    """(x - mean) y_bar / ((n - ddof) std) for the n numbers, and 0 where the standard deviation is 0."""
    y = reduced(pull, pull.y)
    _among_numbers(pull, const(1.0), select(pull.builder, pull.prim("ne", y, const(0)), y, const(1.0)))


def _among_numbers(pull: Pull, factor: Atom, divisor: Atom | None) -> None:
    x, axis = pull.op.args[0], pull.op.param("axis")
    numbers, n = _present(pull)
    if pull.op.param("ddof"):
        n = pull.prim("sub", n, const(pull.op.param("ddof")))
    if divisor is not None:
        n = pull.prim("mul", n, divisor)
    mean = pull.prim("numpy.nanmean", x, axis=axis, keepdims=True) if axis is not None else pull.prim("numpy.nanmean", x)
    share = pull.prim("truediv", pull.prim("mul", factor, reduced(pull, pull.y_bar)), n)
    slope = pull.prim("mul", share, pull.prim("sub", x, mean))
    pull.adjoints.add(x, select(pull.builder, numbers, slope, const(0.0)))


# --- cumulative functions -------------------------------------------------------------------------------------------


def _flattened(pull: Pull) -> tuple[Atom, int]:
    """The operand of a cumulative function as the array along an axis of which it runs, and the axis."""
    x, axis = pull.op.args[0], pull.op.param("axis")
    if not isinstance(x.type, Array):
        return pull.prim("numpy.reshape", x, const(1)), 0
    if axis is None:
        return (x if x.type.rank == 1 else pull.prim("numpy.ravel", x)), 0
    return x, axis % x.type.rank


def _give(pull: Pull, bar: Atom) -> None:
    """Add the adjoint of what `_flattened` gives."""
    x = pull.op.args[0]
    if not isinstance(x.type, Array):
        bar = pull.prim("load", bar, const(0), index=("i",))
    elif pull.op.param("axis") is None and x.type.rank > 1:
        bar = pull.prim("copy", pull.prim("numpy.reshape", bar, *(pull.prim("shape", x, axis=k) for k in range(x.type.rank))))
    pull.adjoints.add(x, bar)


def reversed_sums(builder: Builder, bar: Atom, axis: int) -> Atom:
    """The sums of the elements from each one on."""
    return turned(builder, builder.prim("numpy.cumsum", turned(builder, bar, axis), **_where(bar, axis)), axis)


def turned(builder: Builder, x: Atom, axis: int) -> Var:
    """`x[::-1]` along an axis."""
    return builder.prim("load", x, const(-1), index=_part(axis, "s001"))


def _where(x: Atom, axis: int) -> dict[str, Any]:
    """The axis as it is given, but for a vector."""
    return {} if len(dims(x.type)) == 1 else {"axis": axis}


def _part(axis: int, entry: str) -> tuple[str, ...]:
    return ("s000",) * axis + (entry,)


@pullback("numpy.cumsum")
def _cumsum(pull: Pull) -> None:
    """Element k gets the sum of y_bar from k on."""
    x = pull.op.args[0]
    axis = pull.op.param("axis") or 0
    if isinstance(x.type, Array):
        axis %= 1 if pull.op.param("axis") is None else x.type.rank
    _give(pull, reversed_sums(pull.builder, pull.full_bar, axis))


# --- products -------------------------------------------------------------------------------------------------------


Side = Callable[[Builder], Sequence[Atom]]


def branch(builder: Builder, cond: Atom, then: Side, orelse: Side, likes: Sequence[Atom]) -> tuple[Var, ...]:
    """What `then` gives if `cond` else what `orelse` gives, each computed only where it is taken; in the shapes of `likes`."""
    inner = [builder.child() for _ in range(2)]
    results = [list(side(b)) for side, b in zip((then, orelse), inner, strict=True)]
    targets: list[Var] = []
    for k, like in enumerate(likes):
        kinds = [r[k].type for r in results]
        dtype, _ = promote(*(t for t in kinds if isinstance(t, Array)))
        for b, side, kind in zip(inner, results, kinds, strict=True):
            if isinstance(kind, Array) and kind.dtype != dtype:
                side[k] = b.prim("numpy.astype", side[k], dtype=dtype)
            shaped(side[k], like)
        targets.append(Var("", Array(dtype, dims(like.type))))
    blocks = [b.block([], side) for b, side in zip(inner, results, strict=True)]
    builder.binds.append(Bind(tuple(targets), If(cond, *blocks), builder.span, builder.note))
    return tuple(targets)


def shaped(bar: Atom, like: Atom) -> Atom:
    """An adjoint that is known to have the shape of another array."""
    if isinstance(bar, Var) and isinstance(bar.type, Array) and isinstance(like.type, Array):
        bar.type = Array(bar.type.dtype, like.type.dims)
    return bar


def _products_before(builder: Builder, running: Atom, axis: int) -> Atom:
    """From the running products, for each element the product of those before it."""
    before = builder.prim("load", running, const(-1), index=_part(axis, "s010"))
    return builder.prim("store", builder.prim("numpy.ones_like", running), before, const(1), index=_part(axis, "s100"))


def _products_of_others(builder: Builder, x: Atom, axis: int) -> Atom:
    """For each element the product of the others along an axis, without a division."""
    before = _products_before(builder, builder.prim("numpy.cumprod", x, **_where(x, axis)), axis)
    after = _products_before(builder, builder.prim("numpy.cumprod", turned(builder, x, axis), **_where(x, axis)), axis)
    return builder.prim("mul", before, turned(builder, after, axis))


@pullback("numpy.prod")
def _prod(pull: Pull) -> None:
    """y_bar times the product of the other elements: y_bar y / x, or without a division where y is 0."""
    x = pull.op.args[0]
    if not isinstance(x.type, Array):
        pull.adjoints.add(x, pull.y_bar)
        return
    axes = sorted(reduced_axes(x.type.rank, pull.op.param("axis")), reverse=True)
    bar, y = reduced(pull, pull.y_bar), reduced(pull, pull.y)

    def divided(builder: Builder) -> list[Atom]:
        return [spread(builder, builder.prim("truediv", builder.prim("mul", bar, y), x), x)]

    def multiplied(builder: Builder) -> list[Atom]:
        result: Atom = bar
        rest = x
        for k in axes:
            result = builder.prim("mul", result, _products_of_others(builder, rest, k))
            rest = builder.prim("numpy.prod", rest, axis=k, keepdims=True)
        return [spread(builder, result, x)]

    whole = pull.prim("numpy.all", pull.y) if isinstance(pull.y.type, Array) else pull.prim("ne", pull.y, const(0))
    pull.adjoints.add(x, *branch(pull.builder, whole, divided, multiplied, [x]))


@pullback("numpy.cumprod")
def _cumprod(pull: Pull) -> None:
    """The sums of y_bar y from each element on, divided by x; where there is a zero by the recurrence
    r[k] = y_bar[k] + x[k + 1] r[k + 1], of which x_bar[k] = r[k] times the product of the elements before k."""
    x, axis = _flattened(pull)
    bar = pull.full_bar

    def divided(builder: Builder) -> list[Atom]:
        return [builder.prim("truediv", reversed_sums(builder, builder.prim("mul", bar, pull.y), axis), x)]

    def multiplied(builder: Builder) -> list[Atom]:
        inner = builder.child()
        k, carried = Var("k", INT), Var("", bar.type)
        after = inner.prim("add", k, const(1))
        step = inner.prim("mul", inner.prim("load", x, after, index=_part(axis, "i")),
                          inner.prim("load", carried, after, index=_part(axis, "i")))
        grown = inner.prim("accumulate", carried, step, k, index=_part(axis, "i"))
        start = builder.prim("sub", builder.prim("shape", x, axis=axis), const(2))
        rest = Var("", bar.type)
        loop = For(start, const(-1), const(-1), (bar,), inner.block([k, carried], [grown]))
        builder.binds.append(Bind((rest,), loop, builder.span, builder.note))
        return [builder.prim("mul", _products_before(builder, pull.y, axis), rest)]

    _give(pull, *branch(pull.builder, pull.prim("numpy.all", x), divided, multiplied, [x]))


@pullback("numpy.maximum.accumulate", "numpy.minimum.accumulate")
def _running(pull: Pull) -> None:
    """Every element gets the adjoints of the results whose extremum it is; of equal elements the first one."""
    x = pull.op.args[0]
    assert isinstance(x.type, Array)
    axis = pull.op.param("axis", 0) % x.type.rank
    bar = pull.full_bar
    before = pull.prim("load", pull.y, const(-1), index=_part(axis, "s010"))
    after = pull.prim("load", pull.y, const(1), index=_part(axis, "s100"))
    changes = pull.prim("store", pull.prim("numpy.zeros_like", pull.y, dtype="bool"), pull.prim("ne", after, before), const(1),
                        index=_part(axis, "s100"))
    lines = [pull.prim("numpy.arange", pull.prim("shape", x, axis=k)) for k in range(x.type.rank)]
    index = [line if x.type.rank == 1 else pull.prim(
        "load", line, index=tuple("s000" if j == k else "n" for j in range(x.type.rank))) for k, line in enumerate(lines)]
    origin = pull.prim("numpy.where", changes, index[axis], const(0))
    index[axis] = pull.prim("numpy.maximum.accumulate", origin, **({"axis": axis} if axis else {}))
    zeros = pull.prim("numpy.zeros_like", x)
    pull.adjoints.add(x, pull.prim("accumulate", zeros, bar, *index, index=("a",) * x.type.rank))


@pullback("numpy.trace")
def _trace(pull: Pull) -> None:
    """The diagonal gets y_bar."""
    x = pull.op.args[0]
    assert isinstance(x.type, Array)
    if x.type.rank != 2:
        raise NotImplementedError
    eye = pull.prim("numpy.eye", pull.prim("shape", x, axis=0), pull.prim("shape", x, axis=1))
    pull.adjoints.add(x, pull.prim("mul", pull.y_bar, eye))
