"""Colours for the rows or columns of a sparse matrix, so that few directions give all of its entries.

Columns of which no two have an entry in the same row can be computed together, in one direction (Curtis, Powell and Reid,
"On the Estimation of Sparse Jacobian Matrices", 1974): a distance-2 colouring of the columns. A symmetric matrix needs
fewer directions: a star colouring of its graph lets each entry be read off at one of its two places (Coleman and Moré,
"Estimation of Sparse Hessian Matrices and Graph Coloring Problems", 1984). Both are found greedily, as in Gebremedhin,
Manne and Pothen, "What Color Is Your Jacobian? Graph Coloring for Computing Derivatives" (2005). The sets of colours are
the bits of integers, so that the time is that of a few passes over the entries.

A pattern is given by rows: `columns[starts[i]:starts[i + 1]]` are the positions of the entries of row i.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

Integers = np.ndarray[Any, Any]


def transposed(starts: Integers, columns: Integers, width: int) -> tuple[Integers, Integers]:
    """The pattern of the transposed matrix, of `width` rows."""
    rows = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    order = np.argsort(columns, kind="stable")
    return np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=width))]), rows[order]


def column_colours(starts: Integers, columns: Integers, width: int) -> Integers:
    """A colour for each of `width` columns; columns with an entry in the same row have different ones.

    Columns are coloured in their order, which suits bands, and then, where that takes more colours than the longest row has
    entries, those with the longest rows first. The better of both is the result.
    """
    lengths = np.diff(starts)
    column_starts, rows = transposed(starts, columns, width)
    lists = _lists(column_starts, rows)
    found = _distance_2(lists, range(width), starts.size - 1)
    if width and found.max() + 1 > lengths.max(initial=1):
        near = np.bincount(columns, weights=np.repeat(lengths, lengths), minlength=width)
        other = _distance_2(lists, np.argsort(-near, kind="stable").tolist(), starts.size - 1)
        found = min(found, other, key=lambda colours: int(colours.max()))
    return found


def _distance_2(rows_of: list[list[int]], order: Iterable[int], height: int) -> Integers:
    colours = np.zeros(len(rows_of), np.int64)
    used = [0] * height
    for j in order:
        taken = 0
        for i in rows_of[j]:
            taken |= used[i]
        bit = ~taken & (taken + 1)
        for i in rows_of[j]:
            used[i] |= bit
        colours[j] = bit.bit_length() - 1
    return colours


def star_colours(starts: Integers, columns: Integers) -> Integers:
    """A star colouring of the graph of a symmetric pattern.

    Neighbours have different colours, and every path of four vertices has at least three: so of two vertices i and j that
    are neighbours, one is the only neighbour of the other that has its colour. The order is that of `column_colours`.
    """
    size = starts.size - 1
    rows = np.repeat(np.arange(size), np.diff(starts))
    apart = rows != columns
    lists = _lists(np.concatenate([[0], np.cumsum(np.bincount(rows[apart], minlength=size))]), columns[apart])
    orders = range(size), sorted(range(size), key=lambda v: -len(lists[v]))
    return min((_Star(lists).coloured(order) for order in orders), key=lambda colours: int(colours.max(initial=0)))


class _Star:
    """A star colouring that grows vertex by vertex; sets of colours are the bits of integers.

    `once` and `twice`: the colours of at least one and of at least two neighbours of a vertex. `beyond`: for a vertex w
    with a colour, the colours of its neighbours that have another neighbour of w's colour: a vertex at w that took one of
    these would end a path of two colours. `single`: the neighbour of a vertex that was the first with a colour.
    """

    def __init__(self, neighbours: list[list[int]]) -> None:
        size = len(neighbours)
        self.neighbours = neighbours
        self.bits = [0] * size
        self.once, self.twice, self.beyond = [0] * size, [0] * size, [0] * size
        self.single: dict[tuple[int, int], int] = {}

    def coloured(self, order: Iterable[int]) -> Integers:
        """The colours after all vertices were coloured in this order."""
        for v in order:
            taken = self._taken(v)
            self._give(v, ~taken & (taken + 1))
        return np.array([bit.bit_length() - 1 for bit in self.bits], np.int64)

    def _taken(self, v: int) -> int:
        """The colours that v may not have: of neighbours, and of ends and middles of paths of four vertices."""
        taken, doubled = self.once[v], self.twice[v]
        for w in self.neighbours[v]:
            taken |= self.beyond[w]
            if self.bits[w] & doubled:
                taken |= self.once[w]
        return taken

    def _give(self, v: int, bit: int) -> None:
        bits, once, twice, beyond = self.bits, self.once, self.twice, self.beyond
        bits[v] = bit
        doubled = twice[v]
        for w in self.neighbours[v]:
            mine = bits[w]
            if mine & doubled:
                beyond[w] |= bit
            if not once[w] & bit:
                once[w] |= bit
                self.single[w, bit] = v
                continue
            beyond[v] |= mine
            if not twice[w] & bit:
                twice[w] |= bit
                beyond[self.single[w, bit]] |= mine


def star_entries(starts: Integers, columns: Integers, colours: Integers) -> tuple[Integers, Integers]:
    """Where the entries of a symmetric matrix H stand in its compressed form, for a star colouring of its graph.

    With C[k, i] the sum of H[i, j] over the columns j of the colour k: entry e of the pattern is `C[at[e], row[e]]`, the
    same place for H[i, j] and H[j, i]. The pair (at, row).
    """
    size = starts.size - 1
    rows = np.repeat(np.arange(size), np.diff(starts))
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    number = int(colours.max(initial=0)) + 1
    seen = rows * number + colours[columns]
    _, where, counts = np.unique(seen, return_inverse=True, return_counts=True)
    only = counts[where] == 1
    upper = np.isin(low * size + high, rows[only] * size + columns[only])
    row = np.where(upper, low, high)
    return colours[np.where(upper, high, low)], row


def _lists(starts: Integers, values: Integers) -> list[list[int]]:
    flat = values.tolist()
    return [flat[a:b] for a, b in itertools.pairwise(starts.tolist())]


__all__ = ["column_colours", "star_colours", "star_entries", "transposed"]
