"""Index sets of reductions, running sums, products and systems."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from adcompiler.analysis.index_sets import Marks
from adcompiler.analysis.spreading.moves import elementwise
from adcompiler.analysis.spreading.steps import Found, Step, as_result, rule
from adcompiler.ir.catalogue.products import contracted

_MOST_PRODUCTS = 20_000_000
"""The largest number of single products for which zeros of a constant factor are looked at."""

# --- reductions -----------------------------------------------------------------------------------------------------


@rule("numpy.sum numpy.prod numpy.mean numpy.var numpy.std numpy.max numpy.min numpy.amax numpy.amin numpy.nansum numpy.nanmean "
      "numpy.nanvar numpy.nanstd numpy.nanmax numpy.nanmin numpy.median numpy.linalg.norm scipy.special.logsumexp")
def _reduce(step: Step) -> Found:
    """The elements along axes together."""
    marks = step.array(0)
    if len(step.values) > 1 and any(m is not None for m in step.marks[1:]):
        return None
    found = step.sets.along(marks, step.axes(marks.ndim))
    return [as_result(step, found.reshape(step.shape))] if found.size == int(np.prod(step.shape)) else None


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
        return elementwise(step)
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
    return as_result(step, (found.T if transposed else found).reshape(step.shape))


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
    return [as_result(step, np.array(np.broadcast_to(found, step.shape)))] if len(step.shape) == len(shape) else None


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
        return elementwise(step) if step.name == "numpy.inner" else None
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
    return [as_result(step, whole)] if whole.shape == step.shape else None


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
    return [as_result(step, step.sets.union(places, np.full(step.shape, points)))]


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
    return [as_result(step, np.array(np.broadcast_to(whole.reshape(whole.shape + (1,) * after), step.shape)))]
