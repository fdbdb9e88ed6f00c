"""Index sets of what works element by element, and of what moves elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.analysis.index_sets import IndexSets
from adcompiler.analysis.spreading.steps import RULES, Found, Step, as_result, full, rule
from adcompiler.ir.evaluate import PRIMITIVES, gathered, library
from adcompiler.ir.ops import OPS

# --- element by element ---------------------------------------------------------------------------------------------


def elementwise(step: Step) -> Found:
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


RULES.update({name: elementwise for name, info in OPS.items() if info.elementwise or name.startswith("math.")})
RULES.update(dict.fromkeys(["select", "abs", "numpy.where", "numpy.choose", "numpy.modf", "numpy.frexp"], elementwise))


@rule("add")
def _add(step: Step) -> Found:
    """The sum of numbers; lists are joined."""
    if isinstance(step.results[0], list):
        return [_items(step, 0) + _items(step, 1)]
    return elementwise(step)


@rule("min max")
def _extreme(step: Step) -> Found:
    """The smallest of several numbers; of those in a list, see any other primitive."""
    return elementwise(step)


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
    return [as_result(step, step.sets.along(marks, axes).reshape(step.shape))]


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


__all__ = ["elementwise"]
