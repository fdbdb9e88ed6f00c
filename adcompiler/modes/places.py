"""From a pattern to directions, and from what came out along them back to the entries."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from adcompiler.analysis.colouring import column_colours, star_colours, star_entries, transposed
from adcompiler.analysis.sparsity import Pattern

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
_PROBES = 4


@dataclass(frozen=True)
class Leaves:
    """The numbers and arrays that seeds are for, and those that come out, with the types of the seeds."""

    sources: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    dtypes: tuple[Any, ...]

    def seeds(self, directions: Array) -> list[Array]:
        """Directions, one a row over all sources, as an array for each source."""
        parts = np.split(directions, np.cumsum([_size(s) for s in self.sources])[:-1], axis=1) if self.sources else []
        return [part.reshape(part.shape[:1] + shape).astype(dtype)
                for part, shape, dtype in zip(parts, self.sources, self.dtypes, strict=True)]

    def reading(self, at: Array, line: Array) -> tuple[list[Array], Array | slice]:
        """The places and colours to ask for, output by output, and where these entries then stand."""
        bounds = np.cumsum([0, *map(_size, self.outputs)])
        owner = np.searchsorted(bounds, line, side="right") - 1
        order = np.argsort(owner, kind="stable")
        take = np.zeros(line.size, np.int64)
        take[order] = np.arange(line.size)
        places: list[Array] = []
        for k, shape in enumerate(self.outputs):
            mine = order[owner[order] == k]
            places += [line[mine] - bounds[k], at[mine]] if shape else [at[mine]]
        return places, slice(None) if len(self.outputs) == 1 else take

    @property
    def lines(self) -> int:
        """How many numbers come out along one direction."""
        return sum(map(_size, self.outputs))


@dataclass(frozen=True)
class Places:
    """A coloured pattern, ready for calls.

    `added`: the values of the parameters that the generated function has beside those of its primal. `take`: where, in the
    vectors that it gives, one after the other, the entries stand, and then the values along the random `direction` if
    `checked`; `eps`: the precision that the program computes with. `blocks`: of each pair of a result and an argument, the
    entries, and the pattern of the matrix by rows.
    """

    forward: bool
    colours: int
    starts: Array
    columns: Array
    width: int
    leaves: Leaves
    added: list[Array]
    take: Array | slice
    checked: bool
    direction: Array
    eps: float
    blocks: tuple[tuple[Array | slice, Array, Array, tuple[int, int]], ...]

    def data(self, outputs: Sequence[Array]) -> tuple[Array, Array | None]:
        """The entries, and by how much more than rounding rows (without `forward` columns) fail the check: None if none do.

        Allowed is the square root of the precision relative to the terms of the line, and a hundredth of that relative to
        the largest line. Lines that are not finite are not compared.
        """
        found = _joined(outputs)[self.take]
        entries, along = found[: self.columns.size], found[self.columns.size:].astype(float)
        if not self.checked:
            return entries, None
        lines, weights = self._products
        with np.errstate(all="ignore"):
            parts = entries * weights
            off = np.abs(along - np.bincount(lines, parts, minlength=along.size))
            scale = np.bincount(lines, np.abs(parts), minlength=along.size)
            finite = np.isfinite(off) & np.isfinite(scale)
            rounding = np.sqrt(self.eps)
            allowed = rounding * scale + 0.01 * rounding * np.max(scale[finite], initial=0.0)
            excess = np.where(finite & (off > allowed), off, 0.0)
        return entries, excess if excess.any() else None

    @cached_property
    def _products(self) -> tuple[Array, Array]:
        """For each entry the line that it is in, and the element of the direction that it is multiplied with."""
        rows = np.repeat(np.arange(self.starts.size - 1), np.diff(self.starts))
        lines, across = (rows, self.columns) if self.forward else (self.columns, rows)
        return lines, self.direction[across]

    def probe(self) -> list[Array]:
        """What to call the generated function with for `missed`: directions v and w and their sum, for several w."""
        rng = np.random.default_rng(1)
        others = [_direction(self.direction.size, rng) for _ in range(_PROBES)]
        directions = np.stack([self.direction, *others, *(self.direction + w for w in others)])
        count, lines = len(directions), self.leaves.lines
        places, _ = self.leaves.reading(np.repeat(np.arange(count), lines), np.tile(np.arange(lines), count))
        return [*self.leaves.seeds(directions), *places]

    def missed(self, excess: Array, outputs: Sequence[Array]) -> int | None:
        """The line that misses most, None where what it misses is rounding that is as large along other directions.

        A tangent is linear in its direction: what f'(v + w) differs from f'(v) + f'(w) is rounding.
        """
        sizes = [_size(s) for s in self.leaves.outputs]
        parts = [v.reshape(-1, n) if n else np.zeros((2 * _PROBES + 1, 0)) for v, n in zip(outputs, sizes, strict=True)]
        along = np.concatenate(parts, axis=1).astype(float)
        first, others, sums = along[0], along[1: _PROBES + 1], along[_PROBES + 1:]
        with np.errstate(all="ignore"):
            noise = np.max(np.abs(sums - first - others), axis=0)
            beyond = np.where(excess > 100.0 * noise, excess, 0.0)
        return int(np.argmax(beyond)) if beyond.any() else None

    def matrices(self, data: Array, matrix: Callable[..., Any]) -> list[Any]:
        """The sparse matrix of each result with respect to each argument."""
        return [matrix((data[entries], indices.copy(), starts.copy()), shape=shape)
                for entries, starts, indices, shape in self.blocks]


def compressed_by(pattern: Pattern, inputs: Sequence[Shape], dtypes: Sequence[Any], mode: str, *, symmetric: bool,
                  verify: bool, eps: float) -> Places:
    """Colour a pattern: its columns ("forward"), its rows ("reverse"), or those of which it needs fewer ("auto").

    `inputs`, `dtypes`: shapes and types of the differentiated leaves. See `Places` for the others.
    """
    starts, columns = pattern.starts, pattern.columns
    width = sum(map(_size, inputs))
    if symmetric:
        starts, columns = _symmetric(starts, columns)
        forward, colours = True, star_colours(starts, columns)
        at, line = star_entries(starts, columns, colours)
    else:
        forward, colours = _fewer(starts, columns, width, mode)
        rows = np.repeat(np.arange(starts.size - 1), np.diff(starts))
        at, line = (colours[columns], rows) if forward else (colours[rows], columns)
    count = int(colours.max(initial=-1)) + 1 if columns.size else 0
    direction = _direction(colours.size, np.random.default_rng(colours.size))
    seeds = np.zeros((count + verify, colours.size))
    if count:
        seeds[colours, np.arange(colours.size)] = 1.0
    if verify:
        seeds[count] = direction
    shapes = pattern.shapes, tuple(inputs)
    leaves = Leaves(shapes[forward], shapes[not forward], tuple(dtypes) if forward else pattern.dtypes)
    check = np.arange(leaves.lines if verify else 0)
    places, take = leaves.reading(np.concatenate([at, np.full(check.size, count)]), np.concatenate([line, check]))
    return Places(forward, count, starts, columns, width, leaves, leaves.seeds(seeds) + places, take, verify, direction, eps,
                  _blocks(starts, columns, *shapes))


def _fewer(starts: Array, columns: Array, width: int, mode: str) -> tuple[bool, Array]:
    """Whether columns are coloured, and the colours. No line has fewer colours than the longest across it has entries."""
    across = transposed(starts, columns, width)
    height = starts.size - 1
    if mode != "auto":
        forward = mode == "forward"
        return forward, column_colours(starts, columns, width) if forward else column_colours(*across, height)
    least = {True: int(np.diff(starts).max(initial=0)), False: int(np.diff(across[0]).max(initial=0))}
    first = least[True] <= least[False]
    found = {side: (column_colours(starts, columns, width) if side else column_colours(*across, height)) for side in (first,)}
    if int(found[first].max(initial=-1)) + 1 > least[not first]:
        found[not first] = column_colours(*across, height) if first else column_colours(starts, columns, width)
    best = min(found, key=lambda side: (int(found[side].max(initial=-1)), not side))
    return best, found[best]


def _symmetric(starts: Array, columns: Array) -> tuple[Array, Array]:
    """The entries of a square pattern of which the transposed one holds both places: those of a symmetric matrix."""
    size = starts.size - 1
    rows = np.repeat(np.arange(size), np.diff(starts))
    kept = np.isin(rows * size + columns, columns * size + rows)
    return np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=size))]), columns[kept]


def _direction(size: int, rng: np.random.Generator) -> Array:
    """Random numbers that are exact in every precision, of either sign and none of them small."""
    found: Array = rng.integers(64, 128, size) / 64.0 * rng.choice([-1.0, 1.0], size)
    return found


def _blocks(starts: Array, columns: Array, results: Sequence[Shape], inputs: Sequence[Shape],
            ) -> tuple[tuple[Array | slice, Array, Array, tuple[int, int]], ...]:
    """For each result and each input, the entries of their matrix and its pattern by rows."""
    heights, widths = np.cumsum([0, *map(_size, results)]), np.cumsum([0, *map(_size, inputs)])
    rows = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    found: list[tuple[Array | slice, Array, Array, tuple[int, int]]] = []
    for top, bottom in itertools.pairwise(heights):
        for left, right in itertools.pairwise(widths):
            entries = np.flatnonzero((rows >= top) & (rows < bottom) & (columns >= left) & (columns < right))
            counts = np.bincount(rows[entries] - top, minlength=bottom - top)
            inner = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
            whole: Array | slice = slice(None) if entries.size == columns.size else entries
            found.append((whole, inner, (columns[entries] - left).astype(np.int32), (int(bottom - top), int(right - left))))
    return tuple(found)


def _joined(vectors: Sequence[Array]) -> Array:
    return vectors[0] if len(vectors) == 1 else np.concatenate(vectors)


def _size(shape: Shape) -> int:
    return int(np.prod(shape, dtype=np.int64))


__all__ = ["Leaves", "Places", "compressed_by"]
