"""Sorting, order statistics and searching: the order is that of a stable sort, and does not change."""

from __future__ import annotations

from typing import Any

from adcompiler.ir.build import Builder, const
from adcompiler.ir.catalogue.sorting import CONTINUOUS
from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.ir.types import Array, Scalar, dims
from adcompiler.rules.table import Pull, pullback, zero

zero("numpy.argpartition numpy.lexsort numpy.searchsorted numpy.digitize numpy.nonzero numpy.flatnonzero "
     "numpy.argwhere numpy.isin")


def along(axis: int, entry: str) -> tuple[str, ...]:
    """The pattern of an index of one axis."""
    return ("s000",) * axis + (entry,)


def places(builder: Builder, x: Atom, axis: int, positions: Atom) -> list[Atom]:
    """The arrays of indices that choose `positions` along an axis of x; without that axis where they are one number a line."""
    rank = len(dims(x.type))
    inner = len(dims(positions.type))
    out: list[Atom] = []
    for k in range(rank):
        if k == axis:
            out.append(positions)
            continue
        line = builder.prim("numpy.arange", builder.prim("shape", x, axis=k))
        trailing = rank - 1 - k if inner == rank or k > axis else rank - 2 - k
        out.append(builder.prim("load", line, index=("s000",) + ("n",) * trailing) if trailing else line)
    return out


def _pattern(x: Atom, positions: Atom) -> tuple[str, ...]:
    return ("a",) * len(dims(x.type)) if dims(positions.type) else ("i",)


def _stable(builder: Builder, x: Atom, axis: int) -> Var:
    """The stable order along an axis."""
    where: dict[str, Any] = {} if axis == len(dims(x.type)) - 1 else {"axis": axis}
    return builder.prim("numpy.argsort", x, **where, kind="stable")


def _put(builder: Builder, x: Atom, axis: int, order: Atom, values: Atom) -> Var:
    """Zeros in the shape of x, with the values at their places."""
    zeros = builder.prim("numpy.zeros_like", x)
    return builder.prim("store", zeros, values, *places(builder, x, axis, order), index=_pattern(x, order), unique=True)


@pullback("numpy.sort")
def _sort(pull: Pull) -> None:
    """Element order[k] gets y_bar[k]."""
    x = pull.op.args[0]
    axis = pull.op.param("axis", -1) % len(dims(x.type))
    order = _stable(pull.builder, x, axis)
    pull.adjoints.add(x, _put(pull.builder, x, axis, order, pull.y_bar))


@pullback("numpy.partition")
def _partition(pull: Pull) -> None:
    """The k-th smallest element gets the adjoint of the k-th smallest one of the result, whatever the order between is."""
    x = pull.op.args[0]
    axis = pull.op.param("axis", -1) % len(dims(x.type))
    order, place = _stable(pull.builder, x, axis), _stable(pull.builder, pull.y, axis)
    values = pull.prim("load", pull.full_bar, *places(pull.builder, x, axis, place), index=_pattern(x, place), unique=True)
    pull.adjoints.add(x, _put(pull.builder, x, axis, order, values))


@pullback("numpy.take_along_axis")
def _take_along_axis(pull: Pull) -> None:
    """The elements that were taken get y_bar, once for each time."""
    x, positions = pull.op.args
    axis = pull.op.param("axis", -1) % len(dims(x.type))
    zeros = pull.prim("numpy.zeros_like", x)
    index = places(pull.builder, x, axis, positions)
    pull.adjoints.add(x, pull.prim("accumulate", zeros, pull.y_bar, *index, index=_pattern(x, positions)))


@pullback("numpy.unique")
def _unique(pull: Pull) -> None:
    """The adjoint goes to the first of equal elements."""
    x, bar = pull.op.args[0], pull.bars[0]
    assert isinstance(x.type, Array) and bar is not None
    flat = pull.prim("numpy.ravel", x) if x.type.rank > 1 else x
    _, first = pull.builder.prims("numpy.unique", flat, return_index=True)
    flat_bar = pull.prim("store", pull.prim("numpy.zeros_like", flat), bar, first, index=("a",), unique=True)
    if flat is x:
        pull.adjoints.add(x, flat_bar)
    else:
        pull.adjoints.add(x, pull.prim("numpy.reshape", flat_bar, *(pull.prim("shape", x, axis=k) for k in range(x.type.rank))))


# --- order statistics -----------------------------------------------------------------------------------------------


class _Statistic:
    """A reduction by order: the operand with all reduced elements along one axis, and the adjoint without it."""

    def __init__(self, pull: Pull) -> None:
        self.pull = pull
        x = pull.op.args[0]
        rank, axis = len(dims(x.type)), pull.op.param("axis")
        self.x: Atom = pull.prim("numpy.ravel", x) if axis is None and rank > 1 else x
        self.axis = 0 if axis is None else axis % rank
        self.bar = self._without_axis(pull.y_bar)

    def _without_axis(self, bar: Atom) -> Atom:
        if not self.pull.op.param("keepdims") or not dims(bar.type):
            return bar
        bar = self.pull.full_bar
        ahead = len(dims(bar.type)) - len(dims(self.pull.op.args[0].type))  # the axis of q
        if self.pull.op.param("axis") is not None:
            return self.pull.prim("load", bar, const(0), index=along(ahead + self.axis, "i"))
        index = ("s000",) * ahead + ("i",) * (len(dims(bar.type)) - ahead)
        return self.pull.prim("load", bar, *[const(0)] * (len(dims(bar.type)) - ahead), index=index)

    def count(self) -> Atom:
        """How many elements are reduced to one."""
        return self.pull.prim("shape", self.x, axis=self.axis)

    def give(self, bar: Atom) -> None:
        """Add the adjoint of the operand."""
        x = self.pull.op.args[0]
        if self.x is not x:
            sizes = (self.pull.prim("shape", x, axis=k) for k in range(len(dims(x.type))))
            bar = self.pull.prim("copy", self.pull.prim("numpy.reshape", bar, *sizes))
        self.pull.adjoints.add(x, bar)


@pullback("numpy.median")
def _median(pull: Pull) -> None:
    """The element in the middle gets y_bar, or the two there half of it each."""
    x = pull.op.args[0]
    if not dims(x.type):
        pull.adjoints.add(x, pull.y_bar)
        return
    it = _Statistic(pull)
    order, n = _stable(pull.builder, it.x, it.axis), it.count()
    first, after = _half(pull, pull.prim("sub", n, const(1))), pull.prim("add", _half(pull, n), const(1))
    middle = pull.builder.prim("load", order, first, after, index=along(it.axis, "s110"), hint="middle")
    bar, ahead = it.bar, len(dims(it.bar.type)) - (len(dims(it.x.type)) - 1 - it.axis)
    if ahead > 0:
        bar = pull.prim("load", bar, index=along(ahead, "n"))
    number = pull.prim("sub", const(2), pull.prim("mod", n, const(2)))
    share = pull.prim("truediv", bar, number)
    it.give(_put(pull.builder, it.x, it.axis, middle, share))


def _half(pull: Pull, n: Atom) -> Atom:
    return pull.prim("floordiv", n, const(2))


@pullback("numpy.quantile", "numpy.percentile")
def _quantile(pull: Pull) -> None:
    """Between two elements in the order of all: they get (1 - g) y_bar and g y_bar, where g is how far the one is left behind.
    The position in the order is (n - 1) q, or n q + alpha + q (1 - alpha - beta) - 1 (Hyndman and Fan 1996)."""
    x, q = pull.op.args
    if not dims(x.type):
        pull.adjoints.add(x, pull.y_bar if not dims(q.type) else pull.prim("numpy.sum", pull.full_bar))
        return
    it = _Statistic(pull)
    at = _Position(pull, it.count(), x)
    if dims(q.type):
        _several_quantiles(pull, it, at)
        return
    order = _stable(pull.builder, it.x, it.axis)
    ends: list[list[Atom]] = []
    bar = pull.prim("numpy.zeros_like", it.x)
    for place, weight in at.ends:
        found = pull.prim("load", order, place, index=along(it.axis, "i"))
        index = places(pull.builder, it.x, it.axis, found)
        ends.append(index)
        share = it.bar if weight is None else pull.prim("mul", weight, it.bar)
        bar = pull.prim("accumulate", bar, share, *index, index=_pattern(it.x, found), unique=True)
    if pull.wants(0):
        it.give(bar)
    if pull.wants(1) and at.slope is not None:
        low, high = (pull.prim("load", it.x, *index, index=_pattern(it.x, index[it.axis])) for index in ends)
        change = pull.prim("mul", it.bar, pull.prim("sub", high, low))
        total = pull.prim("numpy.sum", change) if dims(change.type) else change
        pull.adjoints.add(q, pull.prim("mul", total, at.slope))


def _several_quantiles(pull: Pull, it: _Statistic, at: _Position) -> None:
    """The same with q along an axis: the elements are put in order along the first axis."""
    q, builder = pull.op.args[1], pull.builder
    rank = len(dims(it.x.type))
    axes = (it.axis, *(k for k in range(rank) if k != it.axis))
    x = builder.prim("numpy.transpose", it.x, axes=axes) if it.axis else it.x
    order = _stable(builder, x, 0)
    bar: Atom = builder.prim("numpy.zeros_like", x)
    chosen: list[Atom] = []
    for place, weight in at.ends:
        found = builder.prim("load", order, place, index=("a",))
        index = [found, *places(builder, x, 0, found)[1:]]
        share = it.bar if weight is None else builder.prim("mul", _column(builder, weight, rank), it.bar)
        bar = builder.prim("accumulate", bar, share, *index, index=("a",) * rank)
        if pull.wants(1):
            chosen.append(builder.prim("load", x, *index, index=("a",) * rank))
    if pull.wants(0):
        back = tuple(sorted(range(rank), key=lambda k: axes[k]))
        it.give(builder.prim("numpy.transpose", bar, axes=back) if it.axis else bar)
    if pull.wants(1) and at.slope is not None:
        change: Atom = builder.prim("mul", it.bar, builder.prim("sub", chosen[1], chosen[0]))
        if rank > 1:
            change = builder.prim("numpy.sum", change, axis=tuple(range(1, rank)) if rank > 2 else 1)
        pull.adjoints.add(q, builder.prim("mul", change, at.slope))


def _column(builder: Builder, weight: Atom, rank: int) -> Atom:
    return weight if rank == 1 or not dims(weight.type) else builder.prim("load", weight, index=("s000",) + ("n",) * (rank - 1))


class _Position:
    """Where a quantile lies in the order of n elements.

    `ends`: the elements around it with their weights (None: 1); `slope`: the derivative of the position by q, None for zero.
    """

    def __init__(self, pull: Pull, n: Atom, x: Atom) -> None:
        self.builder = pull.builder
        q, method = self._precise(pull.op.args[1], x), pull.op.param("method", "linear")
        percent = pull.op.name == "numpy.percentile"
        if percent:
            q = self._number("truediv", q, const(100))
        last = self._number("sub", n, const(1))
        self.slope: Atom | None = None
        self.ends: list[tuple[Atom, Atom | None]]
        if method in CONTINUOUS:
            alpha, beta = CONTINUOUS[method]
            steps = self._number("add", n, const(1 - alpha - beta))
            place = self._number("sub", self._number("add", self._number("mul", n, q), self._number(
                "add", const(alpha), self._number("mul", q, const(1 - alpha - beta)))), const(1))
            inside = self._both(self._number("ge", place, const(0)), self._number("le", place, last))
            self.slope = self._number("mul", steps, inside)
            place = self._within(place, last)
        else:
            place = self._number("mul", last, q)
            self.slope = last if method == "linear" else None
        if percent and self.slope is not None:
            self.slope = self._number("truediv", self.slope, const(100))
        if method in ("lower", "higher", "nearest"):
            self.ends = [({"lower": self._floor, "higher": self._ceil, "nearest": self._nearest}[method](place), None)]
        elif method == "midpoint":
            self.ends = [(self._floor(place), const(0.5)), (self._ceil(place), const(0.5))]
        else:
            low = self._floor(place)
            share = self._number("sub", place, low)
            self.ends = [(low, self._number("sub", const(1.0), share)), (self._ceil(place), share)]

    def _precise(self, q: Atom, x: Atom) -> Atom:
        """A Python number in the precision of the array, as NumPy takes it."""
        if isinstance(q.type, Scalar) and q.type.weak and isinstance(x.type, Array) and x.type.dtype in ("float16", "float32"):
            if isinstance(q, Const):
                return Const(q.value, Scalar(x.type.dtype, weak=False))
            return self.builder.prim("numpy.astype", q, dtype=x.type.dtype)
        return q

    def _number(self, name: str, a: Atom, b: Atom) -> Atom:
        return self.builder.prim(name, a, b)

    def _both(self, a: Atom, b: Atom) -> Atom:
        return self.builder.prim("numpy.logical_and" if dims(a.type) else "and", a, b)

    def _within(self, place: Atom, last: Atom) -> Atom:
        if dims(place.type) or not (isinstance(place.type, Scalar) and place.type.weak):
            return self.builder.prim("numpy.clip", place, const(0), last)
        return self.builder.prim("min", self.builder.prim("max", place, const(0.0)), self.builder.prim("float", last))

    def _floor(self, place: Atom) -> Atom:
        return self._whole("floor", place)

    def _ceil(self, place: Atom) -> Atom:
        return self._whole("ceil", place)

    def _nearest(self, place: Atom) -> Atom:
        if dims(place.type):
            return self.builder.prim("numpy.astype", self.builder.prim("numpy.rint", place), dtype="int64")
        return self.builder.prim("round", place)

    def _whole(self, function: str, place: Atom) -> Atom:
        if dims(place.type):
            return self.builder.prim("numpy.astype", self.builder.prim(f"numpy.{function}", place), dtype="int64")
        return self.builder.prim(f"math.{function}", place)


@pullback("numpy.histogram")
def _histogram(pull: Pull) -> None:
    """Counts have the derivative zero, as have edges between bounds that are given."""
    if pull.bars[1] is not None and (len(pull.op.args) > 1 or pull.op.param("range") is None):
        raise NotImplementedError("edges that depend on the data")


@pullback("numpy.bincount")
def _bincount(pull: Pull) -> None:
    """A weight gets the adjoint of its bin."""
    x, *weights = pull.op.args
    if weights:
        pull.adjoints.add(weights[0], pull.prim("load", pull.full_bar, x, index=("a",)))
