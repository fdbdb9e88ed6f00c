"""Differences, convolutions and interpolation."""

from __future__ import annotations

from collections.abc import Callable

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Const
from adcompiler.ir.types import Array, dims
from adcompiler.rules.reductions import branch, shaped
from adcompiler.rules.sorting import along
from adcompiler.rules.table import Pull, pullback, select


@pullback("numpy.diff")
def _diff(pull: Pull) -> None:
    """y[k] = x[k + 1] - x[k]: y_bar is added to x_bar[1:] and taken from x_bar[:-1], once for each order."""
    x = pull.op.args[0]
    assert isinstance(x.type, Array)
    axis = pull.op.param("axis", -1) % x.type.rank
    ahead, behind = along(axis, "s100"), along(axis, "s010")
    before, after = (pull.op.param(k) is not None for k in ("prepend", "append"))
    bar: Atom = pull.full_bar

    def first(value: Atom) -> Atom:
        return pull.prim("load", value, const(-1), index=behind)

    def last(value: Atom) -> Atom:
        return pull.prim("load", value, const(1), index=ahead)

    if before and after:
        bar = pull.prim("sub", first(bar), last(bar))
    elif before:
        bar = pull.prim("accumulate", pull.prim("copy", bar), pull.prim("neg", last(bar)), const(-1), index=behind)
    elif after:
        bar = pull.prim("accumulate", pull.prim("neg", bar), first(bar), const(1), index=ahead)
    else:
        for order in range(pull.op.param("n", 1) - 1, -1, -1):
            like = x if not order else pull.prim("load", x, const(order), index=ahead)
            zeros = pull.prim("numpy.zeros_like", like)
            shifted = pull.prim("store", zeros, bar, const(1), index=ahead)
            bar = pull.prim("accumulate", shifted, pull.prim("neg", bar), const(-1), index=behind)
    pull.adjoints.add(x, bar)


# --- convolutions ---------------------------------------------------------------------------------------------------


def _in_full(pull: Pull, start: Atom | None) -> Atom:
    """The adjoint of all products, where the result is the part of them from `start` on."""
    if start is None:
        return pull.full_bar
    a, v = pull.op.args
    whole = pull.prim("sub", pull.prim("add", pull.prim("len", a), pull.prim("len", v)), const(1))
    assert isinstance(pull.y.type, Array)
    kind = {} if pull.y.type.dtype == "float64" else {"dtype": pull.y.type.dtype}
    zeros = pull.prim("numpy.zeros", whole, **kind)
    end = pull.prim("add", start, pull.prim("len", pull.y))
    return pull.prim("store", zeros, pull.full_bar, start, end, index=("s110",))


def _flip(builder: Builder, x: Atom) -> Atom:
    return builder.prim("load", x, const(-1), index=("s001",))


def _longer_first(pull: Pull, then: Callable[[Builder], list[Atom]], orelse: Callable[[Builder], list[Atom]]) -> None:
    """Add to the adjoints of both operands what is right where the first one is the longer, or where it is not."""
    a, v = pull.op.args
    (n,), (m,) = dims(a.type), dims(v.type)
    if n == m or m == 1 or n == 1:
        bars = (orelse if n == 1 and m != 1 else then)(pull.builder)
    else:
        test = pull.prim("ge", pull.prim("len", a), pull.prim("len", v))
        bars = list(branch(pull.builder, test, then, orelse, [x for k, x in enumerate((a, v)) if pull.wants(k)]))
    for k, bar in zip([k for k in (0, 1) if pull.wants(k)], bars, strict=True):
        pull.adjoints.add(pull.op.args[k], shaped(bar, pull.op.args[k]))


def _wanted(pull: Pull, *bars: Callable[[], Atom]) -> list[Atom]:
    return [make() for k, make in enumerate(bars) if pull.wants(k)]


@pullback("numpy.convolve")
def _convolve(pull: Pull) -> None:
    """y[n] = sum of a[k] v[n - k]: the correlations of y_bar with v and with a."""
    a, v = pull.op.args
    mode = pull.op.param("mode", "full")
    if mode == "valid":
        def longer(builder: Builder, x: Atom, w: Atom) -> list[Callable[[], Atom]]:
            """The adjoints of the longer and of the shorter."""
            return [lambda: builder.prim("numpy.convolve", pull.full_bar, _flip(builder, w)),
                    lambda: _flip(builder, builder.prim("numpy.correlate", x, pull.full_bar))]
        _longer_first(pull, lambda b: _wanted(pull, *longer(b, a, v)), lambda b: _wanted(pull, *longer(b, v, a)[::-1]))
        return
    start = None
    if mode == "same":
        shorter = pull.prim("min", pull.prim("len", a), pull.prim("len", v))
        start = pull.prim("floordiv", pull.prim("sub", shorter, const(1)), const(2))
    bar = _in_full(pull, start)
    for k, other in ((0, v), (1, a)):
        if pull.wants(k):
            pull.adjoints.add(pull.op.args[k], shaped(pull.prim("numpy.correlate", bar, other), pull.op.args[k]))


@pullback("numpy.correlate")
def _correlate(pull: Pull) -> None:
    """y[k] = sum of a[n + k] v[n]: the convolution of y_bar with v, and the correlation of a with y_bar."""
    a, v = pull.op.args
    mode = pull.op.param("mode", "valid")
    if mode == "valid":
        def longer(builder: Builder, x: Atom, w: Atom, bar: Atom) -> list[Callable[[], Atom]]:
            """The adjoints of the longer and of the shorter."""
            return [lambda: builder.prim("numpy.convolve", bar, w), lambda: builder.prim("numpy.correlate", x, bar)]
        # of a shorter first operand NumPy exchanges the operands and turns the result
        _longer_first(pull, lambda b: _wanted(pull, *longer(b, a, v, pull.full_bar)),
                      lambda b: _wanted(pull, *longer(b, v, a, _flip(b, pull.full_bar))[::-1]))
        return
    start = None
    if mode == "same":
        n, m = pull.prim("len", a), pull.prim("len", v)
        start = pull.prim("select", pull.prim("ge", n, m), pull.prim("floordiv", pull.prim("sub", m, const(1)), const(2)),
                          pull.prim("floordiv", n, const(2)))
    bar = _in_full(pull, start)
    if pull.wants(0):
        pull.adjoints.add(a, shaped(pull.prim("numpy.convolve", bar, v, mode="valid"), a))
    if pull.wants(1):
        pull.adjoints.add(v, shaped(_flip(pull.builder, pull.prim("numpy.correlate", bar, a)), v))


# --- interpolation --------------------------------------------------------------------------------------------------


@pullback("numpy.interp")
def _interp(pull: Pull) -> None:
    """Between two points with t the part of the way from the left one: the values get (1 - t) y_bar and t y_bar, x gets the
    slope, the points get minus the slope in the same parts. Outside the value at the end is kept; at a point the slope is
    that on its right."""
    x, xp, fp = pull.op.args
    builder = pull.builder
    end = pull.prim("sub", pull.prim("len", xp), const(2))
    right = pull.prim("numpy.searchsorted", xp, x, side="right")
    left = pull.prim("numpy.clip", pull.prim("sub", right, const(1)), const(0), end)
    after = pull.prim("add", left, const(1))
    pattern = ("a",) if dims(x.type) else ("i",)
    start = pull.prim("load", xp, left, index=pattern)
    width = pull.prim("sub", pull.prim("load", xp, after, index=pattern), start)
    share = pull.prim("truediv", pull.prim("sub", x, start), width)
    share = pull.prim("numpy.clip", share, const(0.0), const(1.0))
    bar = pull.y_bar
    if pull.wants(2):
        _at_points(pull, 2, left, pull.prim("mul", pull.prim("sub", const(1.0), share), bar), after,
                   pull.prim("mul", share, bar), pattern)
    if not (pull.wants(0) or pull.wants(1)):
        return
    rise = pull.prim("sub", pull.prim("load", fp, after, index=pattern), pull.prim("load", fp, left, index=pattern))
    ends = [pull.prim("load", xp, const(k), index=("i",)) for k in (0, -1)]
    inside = pull.prim("numpy.logical_and" if dims(x.type) else "and", pull.prim("ge", x, ends[0]), pull.prim("le", x, ends[1]))
    slope = pull.prim("mul", pull.prim("truediv", rise, width), bar)
    moved = select(builder, inside, slope, const(0.0) if dims(x.type) else Const(0.0, slope.type))
    if pull.wants(0):
        pull.adjoints.add(x, moved)
    if pull.wants(1):
        down = pull.prim("neg", moved)
        _at_points(pull, 1, left, pull.prim("mul", pull.prim("sub", const(1.0), share), down), after,
                   pull.prim("mul", share, down), pattern)


def _at_points(pull: Pull, k: int, left: Atom, first: Atom, right: Atom, second: Atom, pattern: tuple[str, ...]) -> None:
    """Add to the adjoint of an operand at the points on the left and on the right."""
    bar: Atom = pull.prim("numpy.zeros_like", pull.op.args[k])
    for position, share in ((left, first), (right, second)):
        bar = pull.prim("accumulate", bar, share, position, index=pattern)
    pull.adjoints.add(pull.op.args[k], bar)
