"""Sets of input positions, one for each number of a program, as nodes of a graph.

The set of a number that was computed from others is the union of theirs. Nothing is united while the program runs: a union
is a new node with edges to its parts, made for whole arrays at once. In the end the nodes that the results reach are put
together: nodes with one reader are merged into it, the others are united level by level.

Node 0 is the empty set, node k the set of the input position k - 1. An edge leads to a node with a smaller number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Marks = np.ndarray[Any, Any]
"""Numbers of nodes (int64), one for each element of an array."""


class IndexSets:
    """The sets over `count` input positions."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._next = count + 1
        self._heads: list[Marks] = []
        self._tails: list[Marks] = []
        self._scalar_heads: list[int] = []
        self._scalar_tails: list[int] = []
        self._known: dict[tuple[int, int], int] = {}

    # --- unions -------------------------------------------------------------------------------------------

    def either(self, a: int, b: int) -> int:
        """The union of two sets."""
        if a == b or b == 0:
            return a
        if a == 0:
            return b
        found = self._known.get((a, b))
        if found is None:
            found = self._known[a, b] = self._next
            self._next += 1
            self._scalar_heads += (found, found)
            self._scalar_tails += (a, b)
        return found

    def union(self, a: Marks, b: Marks) -> Marks:
        """The unions of corresponding sets of two arrays of the same shape."""
        out = np.where((a == b) | (b == 0), a, b)
        fresh = (a != b) & (a != 0) & (b != 0)
        if fresh.any():
            nodes = self._nodes(int(np.count_nonzero(fresh)))
            self._edges(nodes, a[fresh])
            self._edges(nodes, b[fresh])
            out[fresh] = nodes
        return out

    def grouped(self, groups: Marks, count: int, marks: Marks) -> Marks:
        """The union of the sets of each group; `groups` has a number below `count` for each set."""
        groups, marks = np.ravel(groups), np.ravel(marks)
        groups, marks = groups[marks != 0], marks[marks != 0]
        out = np.zeros(count, np.int64)
        out[groups] = marks
        mixed = np.zeros(count, bool)
        mixed[groups[out[groups] != marks]] = True
        out[mixed] = self._nodes(int(np.count_nonzero(mixed)))
        inside = mixed[groups]
        self._edges(out[groups[inside]], marks[inside])
        return out

    def along(self, marks: Marks, axes: tuple[int, ...]) -> Marks:
        """The unions over these axes, which stay as axes of one element."""
        shape = tuple(1 if k in axes else n for k, n in enumerate(marks.shape))
        count = int(np.prod(shape, dtype=np.int64))
        groups = np.broadcast_to(np.arange(count).reshape(shape), marks.shape)
        return self.grouped(groups, count, marks).reshape(shape)

    def whole(self, *marks: Marks) -> int:
        """The union of all sets of these arrays."""
        every = np.concatenate([np.ravel(m) for m in marks]) if marks else np.zeros(0, np.int64)
        return int(self.grouped(np.zeros(every.size, np.int64), 1, every)[0])

    def running(self, marks: Marks, axis: int) -> Marks:
        """The union of each set with all before it along an axis."""
        lines = np.moveaxis(marks, axis, 0)
        nodes = self._nodes(lines.size).reshape(lines.shape)
        self._edges(nodes, lines)
        self._edges(nodes[1:], nodes[:-1])
        return np.moveaxis(nodes, 0, axis)

    def _nodes(self, count: int) -> Marks:
        first = self._next
        self._next += count
        return np.arange(first, self._next, dtype=np.int64)

    def _edges(self, heads: Marks, tails: Marks) -> None:
        self._heads.append(np.ravel(heads))
        self._tails.append(np.ravel(tails))

    # --- what the sets are ------------------------------------------------------------------------------

    def members(self, wanted: Marks) -> tuple[Marks, Marks]:
        """The positions in each of the sets: `positions[starts[k]:starts[k + 1]]`, in order, for the k-th of `wanted`."""
        heads = np.concatenate([*self._heads, np.array(self._scalar_heads, np.int64)])
        tails = np.concatenate([*self._tails, np.array(self._scalar_tails, np.int64)])
        heads, tails = self._merged(*self._reached(heads, tails, wanted), wanted)
        rows = _Rows(self.count, self._next)
        rows.fill(heads, tails)
        lengths = rows.lengths[wanted]
        return np.concatenate([[0], np.cumsum(lengths)]), rows.gathered(wanted)

    def _reached(self, heads: Marks, tails: Marks, wanted: Marks) -> tuple[Marks, Marks]:
        """The edges of the nodes that the wanted ones depend on."""
        heads, tails = heads[tails != 0], tails[tails != 0]
        order = np.argsort(heads, kind="stable")
        heads, tails = heads[order], tails[order]
        starts = np.searchsorted(heads, np.arange(self._next + 1))
        reached = np.zeros(self._next, bool)
        front = _distinct(wanted)
        while front.size:
            reached[front] = True
            after = tails[_ranges(starts[front], starts[front + 1] - starts[front])]
            front = _distinct(after[~reached[after]])
        return heads[reached[heads]], tails[reached[heads]]

    def _merged(self, heads: Marks, tails: Marks, wanted: Marks) -> tuple[Marks, Marks]:
        """The edges after nodes that only one node reads have become part of it."""
        kept = np.zeros(self._next, bool)
        kept[: self.count + 1] = True
        kept[wanted] = True
        while True:
            readers = np.bincount(tails, minlength=self._next)
            alone = (readers[tails] == 1) & ~kept[tails]
            if not alone.any():
                return heads, tails
            reader = np.arange(self._next)
            reader[tails[alone]] = heads[alone]
            while not np.array_equal(further := reader[reader], reader):
                reader = further
            edges = _distinct(reader[heads[~alone]] * self._next + tails[~alone])
            heads, tails = edges // self._next, edges % self._next


class _Rows:
    """The members of nodes, one after the other in one growing array."""

    def __init__(self, count: int, nodes: int) -> None:
        self.count = count
        self.lengths = np.zeros(nodes, np.int64)
        self.lengths[1: count + 1] = 1
        self.starts = np.zeros(nodes, np.int64)
        self.starts[1: count + 1] = np.arange(count)
        self._pool = np.arange(count)
        self._used = count

    def gathered(self, nodes: Marks) -> Marks:
        """The members of these nodes, one after the other."""
        found: Marks = self._pool[_ranges(self.starts[nodes], self.lengths[nodes])]
        return found

    def fill(self, heads: Marks, tails: Marks) -> None:
        """Unite the members along edges: in each round those of all nodes whose parts are known."""
        order = np.argsort(heads, kind="stable")
        heads, tails = heads[order], tails[order]
        nodes = self.lengths.size
        first = np.searchsorted(heads, np.arange(nodes + 1))
        by_tail = np.argsort(tails, kind="stable")
        first_reader = np.searchsorted(tails[by_tail], np.arange(nodes + 1))
        has_parts = first[1:] > first[:-1]
        missing = np.bincount(heads[has_parts[tails]], minlength=nodes)
        ready = _distinct(heads[missing[heads] == 0])
        while ready.size:
            parts = first[ready + 1] - first[ready]
            below = tails[_ranges(first[ready], parts)]
            groups = np.repeat(np.repeat(np.arange(ready.size), parts), self.lengths[below])
            self._add(ready, groups, self.gathered(below))
            readers = heads[by_tail[_ranges(first_reader[ready], first_reader[ready + 1] - first_reader[ready])]]
            np.subtract.at(missing, readers, 1)
            ready = _distinct(readers[missing[readers] == 0])
        if missing.any():
            raise AssertionError("an edge that leads to a larger number")

    def _add(self, nodes: Marks, groups: Marks, members: Marks) -> None:
        united = _distinct(groups * self.count + members)
        if self._used + united.size > self._pool.size:
            self._pool = np.concatenate([self._pool[: self._used], np.zeros(self._used + united.size, np.int64)])
        self._pool[self._used: self._used + united.size] = united % self.count
        lengths = np.bincount(united // self.count, minlength=nodes.size)
        self.lengths[nodes] = lengths
        self.starts[nodes] = self._used + np.cumsum(lengths) - lengths
        self._used += united.size


def _distinct(numbers: Marks) -> Marks:
    """The different ones among integers, in order (`numpy.unique` is slow where most of them differ)."""
    ordered = np.sort(numbers)
    kept = np.ones(ordered.size, bool)
    kept[1:] = ordered[1:] != ordered[:-1]
    found: Marks = ordered[kept]
    return found


def _ranges(starts: Marks, lengths: Marks) -> Marks:
    """The integers from each start on, as many as its length says, one range after the other."""
    total = int(lengths.sum())
    ends = np.cumsum(lengths)
    found: Marks = np.arange(total) + np.repeat(starts - ends + lengths, lengths)
    return found


__all__ = ["IndexSets", "Marks"]
