"""Primitives as they ran with index sets, and the table of rules for these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.analysis.index_sets import IndexSets, Marks


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


def as_result(step: Step, marks: Any) -> Any:
    """Marks for the result: an integer for a number."""
    return marks if isinstance(step.results[0], np.ndarray) else int(np.asarray(marks).reshape(()))


__all__ = ["RULES", "Found", "Rule", "Step", "as_result", "full", "held", "rule"]
