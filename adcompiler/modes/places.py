"""From a pattern to directions, and from what came out along them back to the entries."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.analysis.colouring import column_colours, star_colours, star_entries, transposed
from adcompiler.analysis.sparsity import Pattern

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Places:
    """A coloured pattern, ready for calls.

    `added`: the values of the parameters that the generated function has beside those of its primal. `take`: where, in the
    vectors that it gives, one after the other, the entries stand; `checked`: where the values along the random direction
    `direction` stand, None without the check; `eps`: the precision that the program computes with. `blocks`: of each pair
    of a result and an argument, the entries, and the pattern of the matrix by rows.
    """

    forward: bool
    colours: int
    starts: Array
    columns: Array
    width: int
    added: list[Array]
    take: Array | slice
    checked: Array | None
    direction: Array
    eps: float
    blocks: tuple[tuple[Array | slice, Array, Array, tuple[int, int]], ...]

    def data(self, outputs: Sequence[Array]) -> tuple[Array, int | None]:
        """The entries, and a row (without `forward` a column) in which the check fails, if there is one."""
        flat = outputs[0] if len(outputs) == 1 else np.concatenate(outputs)
        entries = flat[self.take]
        if self.checked is None:
            return entries, None
        rows = np.repeat(np.arange(self.starts.size - 1), np.diff(self.starts))
        lines, across = (rows, self.columns) if self.forward else (self.columns, rows)
        parts = entries.astype(float) * self.direction[across]
        expected = np.bincount(lines, parts, minlength=self.checked.size)
        scale = np.bincount(lines, np.abs(parts), minlength=self.checked.size)
        return entries, _wrong(flat[self.checked], expected, scale, self.eps)

    def matrices(self, data: Array, matrix: Callable[..., Any]) -> list[Any]:
        """The sparse matrix of each result with respect to each argument."""
        return [matrix((data[entries], indices.copy(), starts.copy()), shape=shape)
                for entries, starts, indices, shape in self.blocks]


def _wrong(along: Array, expected: Array, scale: Array, eps: float) -> int | None:
    """The line that differs most from what the entries give, None where all agree up to rounding.

    Allowed is the square root of the precision relative to the terms of the line, and a hundredth of that relative to the
    largest line, for lines whose terms cancel inside of the function. Lines that are not finite are not compared.
    """
    with np.errstate(all="ignore"):
        off = np.abs(along.astype(float) - expected)
        finite = np.isfinite(off) & np.isfinite(scale)
        rounding = float(np.sqrt(eps))
        allowed = rounding * scale + 0.01 * rounding * np.max(scale[finite], initial=0.0)
        excess = np.where(finite, off - allowed, 0.0)
    return int(np.argmax(excess)) if excess.size and np.max(excess) > 0.0 else None


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
    direction = _direction(colours.size)
    seeds = np.zeros((count + verify, colours.size))
    if count:
        seeds[colours, np.arange(colours.size)] = 1.0
    if verify:
        seeds[count] = direction
    sources, outputs = (inputs, pattern.shapes) if forward else (pattern.shapes, inputs)
    types = dtypes if forward else pattern.dtypes
    added = [s.reshape(s.shape[:1] + shape).astype(t) for s, shape, t in zip(_split(seeds, sources), sources, types, strict=True)]
    places, take, checked = _reading(at, line, outputs, count if verify else None)
    blocks = _blocks(starts, columns, pattern.shapes, inputs)
    return Places(forward, count, starts, columns, width, added + places, take, checked, direction, eps, blocks)


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


def _direction(size: int) -> Array:
    """Random numbers that are exact in every precision, of either sign and none of them small."""
    rng = np.random.default_rng(size)
    found: Array = rng.integers(64, 128, size) / 64.0 * rng.choice([-1.0, 1.0], size)
    return found


def _reading(at: Array, line: Array, outputs: Sequence[Shape], check: int | None,
             ) -> tuple[list[Array], Array | slice, Array | None]:
    """The places and colours to ask for, output by output, and where the entries and the values of the check then stand."""
    bounds = np.cumsum([0, *map(_size, outputs)])
    owner = np.searchsorted(bounds, line, side="right") - 1
    places: list[Array] = []
    take, checked, before = np.zeros(line.size, np.int64), [], 0
    for k, shape in enumerate(outputs):
        mine = np.flatnonzero(owner == k)
        where, colours = line[mine] - bounds[k], at[mine]
        take[mine] = before + np.arange(mine.size)
        if check is not None:
            size = _size(shape)
            where, colours = np.concatenate([where, np.arange(size)]), np.concatenate([colours, np.full(size, check)])
            checked.append(before + mine.size + np.arange(size))
        places += [where, colours] if shape else [colours]
        before += colours.size
    plain = slice(0, line.size) if len(outputs) == 1 else take
    return places, plain, np.concatenate([np.zeros(0, np.int64), *checked]) if check is not None else None


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


def _split(seeds: Array, shapes: Sequence[Shape]) -> list[Array]:
    return np.split(seeds, np.cumsum([_size(s) for s in shapes])[:-1], axis=1) if shapes else []


def _size(shape: Shape) -> int:
    return int(np.prod(shape, dtype=np.int64))


__all__ = ["Places", "compressed_by"]
