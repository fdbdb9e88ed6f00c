"""Lists and tuples: what they hold has an axis of examples, while their length is the same for all examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.ir.nodes import Atom, Prim
from adcompiler.ir.types import List, Tuple, Type
from adcompiler.rules.batching.table import Batch, NoRule, Value, batched, batched_type


@batched("list tuple")
def _list(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.prim(op.name, *map(batch.full, args))]


@batched("append")
def _append(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    items, value = args
    longer = batch.prim(op.name, batch.full(items), batch.full(value))
    longer.type = batched_type(types[0], batch.dim)
    return [longer]


@batched("pop")
def _pop(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return list(batch.builder.pop(args[0].atom))


@batched("repeat")
def _repeat(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    items, count = args
    if count.batched:
        raise NoRule("a list whose length is another for each example")
    return [batch.prim(op.name, items.atom, count.atom)]


@batched("item")
def _item(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.prim(op.name, args[0].atom, **dict(op.params))]


def array_of_list(batch: Batch, items: Value, dtype: Any) -> Atom:
    """The array of a list of what all examples have: the axis of the examples comes to the front."""
    depth, element = 0, items.type
    while isinstance(element, List):
        depth, element = depth + 1, element.element
    params = {} if dtype is None else {"dtype": dtype}
    found = batch.prim("numpy.array", items.atom, **params)
    rank = depth + len(getattr(element, "dims", ()))
    return batch.moved(found, [depth, *range(depth), *range(depth + 1, rank + 1)])


def is_container(type_: Type) -> bool:
    """Whether values of the type hold others."""
    return isinstance(type_, List | Tuple)


__all__ = ["array_of_list", "is_container"]
