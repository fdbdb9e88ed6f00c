"""Reductions and cumulative functions."""

from __future__ import annotations

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import Array, dims
from adcompiler.rules.table import Pull, pullback, select


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


@pullback("numpy.max", "numpy.min", "numpy.amax", "numpy.amin")
def _extremum(pull: Pull) -> None:
    """The largest (smallest) elements share y_bar evenly."""
    x = pull.op.args[0]
    hits = pull.prim("eq", x, reduced(pull, pull.y))
    count = pull.prim("numpy.sum", hits, **{k: v for k, v in pull.op.params if k == "axis"}, keepdims=True) \
        if pull.op.param("axis") is not None else pull.prim("numpy.sum", hits)
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


@pullback("numpy.cumsum")
def _cumsum(pull: Pull) -> None:
    """Element k gets the sum of y_bar from k on."""
    x = pull.op.args[0]
    assert isinstance(x.type, Array)
    axis = pull.op.param("axis")
    if x.type.rank != 1 and axis is None:
        raise NotImplementedError
    axis = 0 if axis is None else axis
    turned = pull.prim("numpy.flip", pull.full_bar, axis=axis)
    pull.adjoints.add(x, pull.prim("numpy.flip", pull.prim("numpy.cumsum", turned, axis=axis), axis=axis))


@pullback("numpy.trace")
def _trace(pull: Pull) -> None:
    """The diagonal gets y_bar."""
    x = pull.op.args[0]
    assert isinstance(x.type, Array)
    if x.type.rank != 2:
        raise NotImplementedError
    eye = pull.prim("numpy.eye", pull.prim("shape", x, axis=0), pull.prim("shape", x, axis=1))
    pull.adjoints.add(x, pull.prim("mul", pull.y_bar, eye))
