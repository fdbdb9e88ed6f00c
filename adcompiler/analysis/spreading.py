"""How primitives hand on the index sets of their operands: a table beside that of the derivatives.

A rule gives the marks of each result, or None where it does not apply: then each result depends on all operands.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.analysis.index_sets import IndexSets, Marks
from adcompiler.ir.catalogue.products import contracted
from adcompiler.ir.evaluate import PRIMITIVES, gathered, library
from adcompiler.ir.ops import OPS

_MOST_PRODUCTS = 20_000_000
"""The largest number of single products for which zeros of a constant factor are looked at."""


@dataclass(frozen=True, slots=True)
class Step:
    """One primitive as it ran. `steady`: which operands cannot depend on the inputs, in this run or another."""

    sets: IndexSets
    name: str
    params: dict[str, Any]
    values: Sequence[Any]
    marks: Sequence[Any]
    steady: Sequence[bool]
    results: Sequence[Any]

    def full(self, k: int) -> Any:
        """The marks of operand k, 0 where it depends on nothing."""
        return full(self.values[k], self.marks[k])

    def array(self, k: int) -> Marks:
        """The marks of operand k as an array."""
        return np.asarray(self.full(k), np.int64)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the (first) result."""
        return np.shape(self.results[0])

    def axes(self, rank: int, default: int | None = None) -> tuple[int, ...]:
        """The axes that the parameter `axis` names; `default`: what it is where it is not given."""
        axis = self.params.get("axis", default)
        if axis is None:
            return tuple(range(rank))
        return tuple(k % rank for k in (axis if isinstance(axis, tuple) else (axis,))) if rank else ()


Found = Sequence[Any] | None
Rule = Callable[[Step], Found]
RULES: dict[str, Rule] = {}


def rule(names: str) -> Callable[[Rule], Rule]:
    """Register the rule of primitives."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names.split(), function))
        return function
    return register


def full(value: Any, mark: Any) -> Any:
    """The marks of a value with 0 where it depends on nothing: an array, an integer, a list of such."""
    if isinstance(value, list | tuple):
        return [full(v, m) for v, m in zip(value, mark if mark is not None else [None] * len(value), strict=True)]
    if mark is not None:
        return mark
    return np.zeros(value.shape, np.int64) if isinstance(value, np.ndarray) else 0


def held(value: Any, mark: Any) -> Iterator[Any]:
    """The marks of the arrays and numbers inside a value."""
    if mark is None:
        return
    if isinstance(value, list | tuple):
        for v, m in zip(value, mark, strict=True):
            yield from held(v, m)
    else:
        yield mark


# --- element by element ---------------------------------------------------------------------------------------------


def _elementwise(step: Step) -> Found:
    """Each element depends on what the elements of the operands depend on from which it is computed."""
    marks = [(k, m) for k, m in enumerate(step.marks) if m is not None and not isinstance(step.values[k], list | tuple)]
    if len(marks) < sum(m is not None for m in step.marks):
        return None
    if all(isinstance(m, int) for _, m in marks) and step.shape == ():
        total = 0
        for _, m in marks:
            total = step.sets.either(total, m)
        return [total] * len(step.results)
    whole = np.zeros(step.shape, np.int64)
    for _, m in marks:
        whole = step.sets.union(whole, np.broadcast_to(m, step.shape))
    return [whole] * len(step.results)


RULES.update({name: _elementwise for name, info in OPS.items() if info.elementwise or name.startswith("math.")})
RULES.update(dict.fromkeys(["select", "abs", "numpy.where", "numpy.choose", "numpy.modf", "numpy.frexp"], _elementwise))


@rule("add")
def _add(step: Step) -> Found:
    """The sum of numbers; lists are joined."""
    if isinstance(step.results[0], list):
        return [_items(step, 0) + _items(step, 1)]
    return _elementwise(step)


@rule("min max")
def _extreme(step: Step) -> Found:
    """The smallest of several numbers; of those in a list, see any other primitive."""
    return _elementwise(step)


# --- moves ----------------------------------------------------------------------------------------------------------

_MOVED = {"load": 1, "store": 2, "numpy.take_along_axis": 1, "numpy.reshape": 1, "numpy.broadcast_to": 1, "numpy.roll": 1,
          "numpy.repeat": 1, "numpy.tile": 1, "copy": 1, "spread": 1, "numpy.transpose": 1, "numpy.ravel": 1,
          "numpy.expand_dims": 1, "numpy.squeeze": 1, "numpy.swapaxes": 1, "numpy.flip": 1, "numpy.tril": 1, "numpy.triu": 1,
          "numpy.diag": 1, "numpy.diagonal": 1}
"""How many of the first operands hold what moves."""
_ALL_MOVED = frozenset("numpy.array numpy.concatenate numpy.stack numpy.meshgrid scipy.linalg.block_diag".split())


def _items(step: Step, k: int) -> list[Any]:
    """The marks of the elements of a list or tuple."""
    mark = step.marks[k]
    return [None] * len(step.values[k]) if mark is None else mark


@rule("list tuple save")
def _collected(step: Step) -> Found:
    """Values side by side."""
    return [list(step.marks)]


@rule("append")
def _appended(step: Step) -> Found:
    """One value more."""
    return [[*_items(step, 0), step.marks[1]]]


@rule("pop")
def _popped(step: Step) -> Found:
    """A list without its last value, and that."""
    *rest, last = _items(step, 0)
    return [rest, last]


@rule("item saved_item")
def _item(step: Step) -> Found:
    """One of several values."""
    return [_items(step, 0)[step.params["k"]]]


@rule("repeat")
def _repeated(step: Step) -> Found:
    """A list several times."""
    return [_items(step, 0) * step.values[1]]


def _of_list(step: Step) -> Found:
    """Reading, writing, copying a list."""
    items = _items(step, 0)
    if step.name == "copy":
        return [list(items)]
    if step.name == "load":
        return [PRIMITIVES["load"](items, *step.values[1:], index=step.params["index"])]
    return [PRIMITIVES["store"](items, step.marks[1], *step.values[2:], index=step.params["index"])]


@rule(" ".join((*_MOVED, *_ALL_MOVED)))
def _move(step: Step) -> Found:
    """The primitive itself, with sets in the place of numbers."""
    if step.values and isinstance(step.values[0], list | tuple) and step.name in ("load", "store", "copy"):
        return _of_list(step)
    count = len(step.values) if step.name in _ALL_MOVED else _MOVED[step.name]
    if any(m is not None for m in step.marks[count:]):
        return None
    operands = [step.full(k) if k < count else v for k, v in enumerate(step.values)]
    params = {k: v for k, v in step.params.items() if k not in ("dtype", "keep")}
    function = PRIMITIVES.get(step.name)
    made = library(step.name)(*gathered(step.name, operands), **params) if function is None else function(*operands, **params)
    several = step.name in OPS and OPS[step.name].several
    return [_fitting(v, m) for v, m in zip(step.results, made if several else (made,), strict=True)]


def _fitting(value: Any, mark: Any) -> Any:
    if isinstance(value, list | tuple):
        return list(mark)
    return mark if isinstance(value, np.ndarray) else int(mark) if np.ndim(mark) == 0 else mark


@rule("numpy.asarray numpy.astype numpy.ascontiguousarray numpy.asfortranarray float")
def _same(step: Step) -> Found:
    """What stays as it is."""
    return [np.asarray(step.full(0)).reshape(step.shape) if isinstance(step.results[0], np.ndarray) else step.full(0)]


@rule("numpy.full numpy.full_like")
def _filled(step: Step) -> Found:
    """Every element is the last operand."""
    if any(m is not None for m in step.marks[1:-1]) or (step.name == "numpy.full" and step.marks[-1] is None):
        return None
    return [np.array(np.broadcast_to(step.full(len(step.values) - 1), step.shape))]


@rule("unbroadcast")
def _unbroadcast(step: Step) -> Found:
    """Sums over the axes along which the operand was broadcast."""
    marks = step.array(0)
    if int(np.prod(step.shape)) == 0:
        return [np.zeros(step.shape, np.int64)]
    padded = (1,) * (marks.ndim - len(step.shape)) + step.shape
    if len(padded) != marks.ndim:
        return None
    axes = tuple(k for k, (n, m) in enumerate(zip(marks.shape, padded, strict=True)) if m == 1 and n != 1)
    return [_as(step, step.sets.along(marks, axes).reshape(step.shape))]


@rule("accumulate")
def _accumulate(step: Step) -> Found:
    """Elements are added at positions, of which some may be the same."""
    if isinstance(step.values[0], list):
        return _accumulated(step) if step.params["index"] == ("i",) else None
    x, index = step.array(0), step.values[2:]
    if "a" not in step.params["index"]:
        before = np.asarray(PRIMITIVES["load"](x, *index, index=step.params["index"]))
        added = _both(step.sets, before, step.full(1))
        return [PRIMITIVES["store"](x, added, *index, index=step.params["index"])]
    places = PRIMITIVES["load"](np.arange(x.size).reshape(x.shape), *index, index=step.params["index"])
    added = np.zeros(np.shape(places), np.int64)
    added[...] = step.array(1)
    groups = np.concatenate([np.arange(x.size), np.ravel(places)])
    return [step.sets.grouped(groups, x.size, np.concatenate([np.ravel(x), np.ravel(added)])).reshape(x.shape)]


def _accumulated(step: Step) -> Found:
    """An addition to one element of a list."""
    items, k = list(_items(step, 0)), step.values[2]
    items[k] = _both(step.sets, full(step.values[0][k], items[k]), step.full(1))
    return [items]


def _both(sets: IndexSets, a: Any, b: Any) -> Any:
    """The unions of the marks of two values, the second one broadcast to the first."""
    if isinstance(a, list):
        return [_both(sets, x, y) for x, y in zip(a, b, strict=True)]
    if np.ndim(a) == 0:
        return sets.either(int(a), int(np.asarray(b).reshape(())))
    if np.ndim(b) > np.ndim(a):
        b = np.reshape(b, np.shape(b)[np.ndim(b) - np.ndim(a):])
    return sets.union(a, np.broadcast_to(b, np.shape(a)))


@rule("numpy.pad")
def _pad(step: Step) -> Found:
    """Elements move or are repeated at the borders; a border of one number is constant."""
    x = step.array(0)
    if step.params.get("mode", "constant") not in ("constant", "edge", "reflect", "symmetric", "wrap") \
            or any(m is not None for m in step.marks[1:]):
        return None
    return [PRIMITIVES["numpy.pad"](x, *step.values[1:1 + 2 * x.ndim], **step.params)]


@rule("numpy.sort")
def _sort(step: Step) -> Found:
    """Elements move to where the stable order has them."""
    axis = step.params.get("axis", -1)
    return [np.take_along_axis(step.array(0), np.argsort(step.values[0], axis=axis, kind="stable"), axis)]


@rule("numpy.diff")
def _differences(step: Step) -> Found:
    """Each element depends on neighbours."""
    if len(step.values) > 1 or step.params.get("prepend") is not None or step.params.get("append") is not None:
        return None
    lines = np.moveaxis(step.array(0), step.params.get("axis", -1), -1)
    for _ in range(step.params.get("n", 1)):
        lines = step.sets.union(lines[..., 1:], lines[..., :-1])
    return [np.moveaxis(lines, -1, step.params.get("axis", -1))]


# --- reductions -----------------------------------------------------------------------------------------------------


@rule("numpy.sum numpy.prod numpy.mean numpy.var numpy.std numpy.max numpy.min numpy.amax numpy.amin numpy.nansum numpy.nanmean "
      "numpy.nanvar numpy.nanstd numpy.nanmax numpy.nanmin numpy.median numpy.linalg.norm scipy.special.logsumexp")
def _reduce(step: Step) -> Found:
    """The elements along axes together."""
    marks = step.array(0)
    if len(step.values) > 1 and any(m is not None for m in step.marks[1:]):
        return None
    found = step.sets.along(marks, step.axes(marks.ndim))
    return [_as(step, found.reshape(step.shape))] if found.size == int(np.prod(step.shape)) else None


@rule("scipy.special.softmax scipy.special.log_softmax numpy.partition "
      "scipy.fft.dct scipy.fft.idct scipy.fft.dst scipy.fft.idst")
def _lines(step: Step) -> Found:
    """Each element depends on all along its axes."""
    marks = step.array(0)
    axes = step.axes(marks.ndim, None if step.name.startswith("scipy.special") else -1)
    return [np.array(np.broadcast_to(step.sets.along(marks, axes), marks.shape))] if step.shape == marks.shape else None


@rule("numpy.cumsum numpy.cumprod numpy.maximum.accumulate numpy.minimum.accumulate")
def _running(step: Step) -> Found:
    """Each element depends on all before it."""
    marks, axis = step.array(0), step.params.get("axis", 0 if "accumulate" in step.name else None)
    if axis is None:
        marks, axis = np.ravel(marks), 0
    return [step.sets.running(marks, axis)] if step.shape == marks.shape else None


# --- products -------------------------------------------------------------------------------------------------------


@rule("matmul numpy.matmul numpy.dot")
def _product(step: Step) -> Found:
    """Matrices: the zeros of a constant factor count as such where the number of products is not too large."""
    a, b = (step.array(k) for k in (0, 1))
    if a.ndim == 0 or b.ndim == 0:
        return _elementwise(step)
    if max(a.ndim, b.ndim) > 2:
        return _summed(step, _subscripts_of_product(step.name, a.ndim, b.ndim))
    left, right = a if a.ndim > 1 else a[None], b if b.ndim > 1 else b[:, None]
    if left.shape[0] * left.shape[1] * right.shape[1] <= _MOST_PRODUCTS:
        if step.marks[0] is None and step.steady[0]:
            factor = np.asarray(step.values[0]).reshape(left.shape)
            i, j = np.nonzero(factor)
            return [_combined(step, i, right[j], left.shape[0])]
        if step.marks[1] is None and step.steady[1]:
            factor = np.asarray(step.values[1]).reshape(right.shape)
            j, k = np.nonzero(factor)
            return [_combined(step, k, left.T[j], right.shape[1], transposed=True)]
    return _summed(step, _subscripts_of_product(step.name, a.ndim, b.ndim))


def _combined(step: Step, rows: Marks, marks: Marks, count: int, transposed: bool = False) -> Any:
    """Row r of the result: the union of those of `marks` that have the number r."""
    width = marks.shape[1]
    groups = rows[:, None] * width + np.arange(width)
    found = step.sets.grouped(groups, count * width, marks).reshape(count, width)
    return _as(step, (found.T if transposed else found).reshape(step.shape))


def _subscripts_of_product(name: str, left: int, right: int) -> str:
    letters = string.ascii_lowercase
    if name == "numpy.dot":
        a, rest = letters[:left], letters[left:left + max(right - 1, 0)]
        b = rest[:-1] + a[-1] + rest[-1:] if right > 1 else a[-1]
        return f"{a},{b}->{a[:-1]}{rest}"
    batch = letters[: max(left, right, 2) - 2]
    a = (batch[len(batch) - max(left - 2, 0):] + "xy") if left > 1 else "y"
    b = (batch[len(batch) - max(right - 2, 0):] + "yz") if right > 1 else "y"
    return f"{a},{b}->{batch}{'x' if left > 1 else ''}{'z' if right > 1 else ''}"


@rule("numpy.cross")
def _cross(step: Step) -> Found:
    """Each vector along the last axis depends on the two that it is made of."""
    if step.params or len(step.values) != 2:
        return None
    a, b = (step.array(k) for k in (0, 1))
    a, b = (step.sets.along(m, (m.ndim - 1,)) for m in (a, b))
    shape = np.broadcast_shapes(a.shape, b.shape)
    found = step.sets.union(np.broadcast_to(a, shape), np.broadcast_to(b, shape))
    return [_as(step, np.array(np.broadcast_to(found, step.shape)))] if len(step.shape) == len(shape) else None


@rule("numpy.einsum einsum_view")
def _einsum(step: Step) -> Found:
    """Sums of products, by the letters of axes."""
    subscripts = step.params["subscripts"].replace(" ", "")
    if "." in subscripts:
        return None
    if "->" not in subscripts:
        letters = subscripts.replace(",", "")
        subscripts += "->" + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return _summed(step, subscripts)


@rule("numpy.outer")
def _outer(step: Step) -> Found:
    """Every element with every element."""
    a, b = (np.ravel(step.array(k)) for k in (0, 1))
    return [step.sets.union(np.repeat(a[:, None], b.size, 1), np.repeat(b[None, :], a.size, 0))]


@rule("numpy.inner numpy.vdot")
def _inner(step: Step) -> Found:
    """Products along the last axes; of vectors, one number."""
    a, b = (step.array(k) for k in (0, 1))
    if a.ndim == 0 or b.ndim == 0:
        return _elementwise(step) if step.name == "numpy.inner" else None
    if step.name == "numpy.vdot":
        return None
    letters = string.ascii_lowercase
    left, right = letters[: a.ndim - 1], letters[a.ndim - 1: a.ndim + b.ndim - 2]
    return _summed(step, f"{left}z,{right}z->{left}{right}")


@rule("numpy.tensordot")
def _tensordot(step: Step) -> Found:
    """Products along pairs of axes."""
    ranks = [np.ndim(v) for v in step.values]
    first, second = contracted(step.params.get("axes", 2), *ranks)
    letters = iter(string.ascii_lowercase)
    left = [next(letters) for _ in range(ranks[0])]
    right = [next(letters) for _ in range(ranks[1])]
    for a, b in zip(first, second, strict=True):
        right[b] = left[a]
    kept = [c for k, c in enumerate(left) if k not in first] + [c for k, c in enumerate(right) if k not in second]
    return _summed(step, f"{''.join(left)},{''.join(right)}->{''.join(kept)}")


def _summed(step: Step, subscripts: str) -> Found:
    """Each element of a sum of products depends on all elements of the operands that occur in it."""
    inputs, _, output = subscripts.partition("->")
    terms = inputs.split(",")
    sizes: dict[str, int] = {}
    for k, term in enumerate(terms):
        for letter, n in zip(term, np.shape(step.values[k]), strict=True):
            sizes[letter] = n if n != 1 else sizes.get(letter, 1)
    shape = tuple(sizes[letter] for letter in output)
    whole = np.zeros(shape, np.int64)
    for k, term in enumerate(terms):
        if step.marks[k] is None:
            continue
        if len(set(term)) < len(term):
            return None
        marks = step.sets.along(step.array(k), tuple(j for j, letter in enumerate(term) if letter not in output))
        marks = np.squeeze(marks, tuple(j for j, letter in enumerate(term) if letter not in output))
        kept = [letter for letter in term if letter in output]
        order = sorted(range(len(kept)), key=lambda j: output.index(kept[j]))
        ranks = {output.index(letter) for letter in kept}
        lined = np.transpose(marks, order).reshape([1 if j not in ranks else -1 for j in range(len(output))]) if len(ranks) < 2 \
            else np.expand_dims(np.transpose(marks, order), tuple(j for j in range(len(output)) if j not in ranks))
        whole = step.sets.union(whole, np.broadcast_to(lined, shape))
    return [_as(step, whole)] if whole.shape == step.shape else None


@rule("numpy.convolve")
def _convolve(step: Step) -> Found:
    """Element k of the whole depends on the pairs of elements whose positions add up to k."""
    a, b = (step.array(k) for k in (0, 1))
    if a.size < b.size:
        a, b = b, a
    whole = np.zeros(a.size + b.size - 1, np.int64)
    for j in range(b.size):
        part = whole[j: j + a.size]
        whole[j: j + a.size] = step.sets.union(step.sets.union(part, a), np.full(a.size, b[j]))
    cut = {"full": 0, "same": (b.size - 1) // 2, "valid": b.size - 1}[step.params.get("mode", "full")]
    return [whole[cut: cut + step.shape[0]]]


@rule("numpy.interp")
def _interpolate(step: Step) -> Found:
    """Each element depends on its place and on all points."""
    points = step.sets.whole(step.array(1), step.array(2))
    places = np.broadcast_to(step.array(0), step.shape)
    return [_as(step, step.sets.union(places, np.full(step.shape, points)))]


@rule("numpy.linalg.solve numpy.linalg.inv numpy.linalg.det numpy.linalg.cholesky")
def _stacked(step: Step) -> Found:
    """Of each system in a stack, all of its elements together."""
    whole = np.zeros((), np.int64)
    for k in range(len(step.values)):
        marks = step.array(k)
        axes = (marks.ndim - 1,) if marks.ndim == 1 else (marks.ndim - 2, marks.ndim - 1)
        lead = np.squeeze(step.sets.along(marks, axes), axes)
        shape = np.broadcast_shapes(whole.shape, lead.shape)
        whole = step.sets.union(np.broadcast_to(whole, shape), np.broadcast_to(lead, shape))
    after = len(step.shape) - whole.ndim
    return [_as(step, np.array(np.broadcast_to(whole.reshape(whole.shape + (1,) * after), step.shape)))]


def _as(step: Step, marks: Any) -> Any:
    """Marks for the result: an integer for a number."""
    return marks if isinstance(step.results[0], np.ndarray) else int(np.asarray(marks).reshape(()))


__all__ = ["RULES", "Step", "full", "held"]
