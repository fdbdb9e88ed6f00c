"""Reading and writing elements: a full slice in front, or the numbers of the examples where an index is another for each.

With arrays of positions the axes of a result may come in another order; `_labels` says which axis is which, and what is
found is moved to the order of the one example, the axis of the examples first.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const, Prim
from adcompiler.ir.ops import brackets, indexed_type
from adcompiler.ir.types import INT, Array, List, Scalar, Type, rank
from adcompiler.rules.batching.table import Batch, NoRule, Value, batched

_EXAMPLES = "examples"
Label = Hashable


@dataclass
class _Place:
    """One pair of brackets of one example: its pattern and operands, and the number of axes of what is indexed."""

    pattern: tuple[str, ...]
    operands: list[Value]
    base: Value

    def __post_init__(self) -> None:
        rest = iter(self.operands)
        self.of_entry: list[list[Value]] = [
            [next(rest) for _ in range(p.count("1") if p[0] == "s" else 1 if p in "ia" else 0)] for p in self.pattern]
        self.advanced = "a" in self.pattern
        if any(v.batched for p, vs in zip(self.pattern, self.of_entry, strict=True) if p[0] == "s" for v in vs):
            raise NoRule("a slice whose length depends on the example")
        self.varies = any(v.batched for v in self.operands)
        for v in self.operands:
            if v.batched and not (isinstance(v.type, Scalar | Array) and v.dtype.startswith(("int", "uint"))):
                raise NoRule("a selection by a mask has another length for each example")
        self.fancy = max([_fancy_rank(v) for p, vs in zip(self.pattern, self.of_entry, strict=True) if p == "a" for v in vs],
                         default=0)

    def labels(self) -> list[Label]:
        """The axes of `base[...]` for one example."""
        axes: list[Label] = [("axis", k) for k in range(self.base.rank)]
        return _labels(self.pattern, self.of_entry, axes, [("fancy", k) for k in range(self.fancy)])

    def for_all(self, batch: Batch) -> tuple[tuple[str, ...], list[Atom], list[Label], bool]:
        """The pattern and operands for all examples, the axes of what they choose, and whether each choice is of another
        example than all others."""
        axes: list[Label] = [("axis", k) for k in range(self.base.rank)]
        fancy: list[Label] = [("fancy", k) for k in range(self.fancy)]
        if not self.varies:
            pattern = ("s000", *self.pattern)
            return (pattern, [v.atom for v in self.operands],
                    _labels(pattern, [[], *self.of_entry], [_EXAMPLES, *axes], fancy), True)
        entries: list[str] = []
        atoms: list[Atom] = []
        for p, values in zip(self.pattern, self.of_entry, strict=True):
            entries.append("a" if p == "i" and values[0].batched else p)
            atoms += [batch.lifted(batch.guarded(v), self.fancy) for v in values]
        of_entry = list(self.of_entry)
        if self.base.batched:
            entries.insert(0, "a")
            atoms.insert(0, batch.positions(self.fancy))
            of_entry.insert(0, [Value(const(0), INT, True)])
            axes.insert(0, _EXAMPLES)
        return tuple(entries), atoms, _labels(entries, of_entry, axes, [_EXAMPLES, *fancy]), self.base.batched


def _fancy_rank(value: Value) -> int:
    return 1 if isinstance(value.type, List) or value.dtype == "bool" else value.rank


def _labels(pattern: Sequence[str], operands: Sequence[Sequence[Value]], axes: Sequence[Label],
            fancy: Sequence[Label]) -> list[Label]:
    """The axes of what these brackets choose, as `ir.ops.indexed_type` finds their sizes."""
    widths = [0 if p in "ne" else vs[0].rank if p == "a" and vs[0].dtype == "bool" else 1
              for p, vs in zip(pattern, operands, strict=True)]
    gap = ["s000"] * (len(axes) - sum(widths))
    full: list[tuple[str, int]] = []
    for p, width in zip(pattern, widths, strict=True):
        full += [(s, 1) for s in gap] or [("e", 0)] if p == "e" else [(p, width)]
    if "e" not in pattern:
        full += [(s, 1) for s in gap]
    counted = ("a", "i") if "a" in pattern else ()
    out: list[Label] = []
    at, last, split, axis, new = 0, -1, False, 0, 0
    for k, (p, width) in enumerate(full):
        if p in counted:
            if last < 0:
                at = len(out)
            elif last != k - 1:
                split = True
            last = k
        if p == "n":
            out.append(("new", new))
            new += 1
        elif p[0] == "s":
            out.append(axes[axis])
        axis += width
    at = 0 if split else at
    return out[:at] + list(fancy if counted else ()) + out[at:]


def _region(place: _Place) -> Type:
    assert isinstance(place.base.type, Array)
    return indexed_type(place.base.type, [_shape_only(v) for v in place.operands], place.pattern)


def _shape_only(value: Value) -> Atom:
    return Const(0, value.type)


def _places(op: Prim, operands: Sequence[Value]) -> list[tuple[tuple[str, ...], list[Value]]]:
    return brackets(op.param("index"), operands)


# --- reading --------------------------------------------------------------------------------------------------


@batched("load")
def _load(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    base, *operands = args
    if isinstance(base.type, List):
        return [_element(batch, op, base, operands, types[0])]
    if not any(v.batched for v in operands) and "a" not in op.param("index"):
        pattern: list[str] = ["s000"]
        for p in op.param("index"):
            pattern += ["|", "s000"] if p == "|" else [p]
        return [batch.prim("load", base.atom, *[v.atom for v in operands], index=tuple(pattern))]
    for pattern_, mine in _places(op, operands):
        base = _read(batch, _Place(pattern_, mine, base), bool(op.param("unique")))
    return [base.atom]


def _read(batch: Batch, place: _Place, unique: bool) -> Value:
    type_ = _region(place)
    if not place.base.batched and not place.varies:
        atom = batch.prim("load", place.base.atom, *[v.atom for v in place.operands], index=place.pattern)
        return Value(atom, type_, False)
    pattern, atoms, found, apart = place.for_all(batch)
    params = {"unique": True} if apart and (unique or not place.advanced) and "a" in pattern else {}
    atom = batch.prim("load", place.base.atom, *atoms, index=pattern, **params)
    wanted = [_EXAMPLES, *place.labels()]
    return Value(batch.moved(atom, [found.index(label) for label in wanted]), type_, True)


def _element(batch: Batch, op: Prim, items: Value, operands: Sequence[Value], target: Type) -> Atom:
    """An element, or a part, of a list."""
    if not any(v.batched for v in operands):
        return batch.prim("load", items.atom, *[v.atom for v in operands], **dict(op.params))
    (position,) = operands
    if op.param("index") != ("i",):
        raise NoRule("a part of a list whose length depends on the example")
    if not isinstance(target, Scalar | Array):
        raise NoRule("an element of a list that depends on the example")
    position = batch.guarded(position)
    table = batch.prim("numpy.array", items.atom)
    if not items.batched:
        return batch.prim("load", table, position.atom, index=("a",))
    return batch.prim("load", table, position.atom, batch.positions(), index=("a", "a"), unique=True)


# --- writing --------------------------------------------------------------------------------------------------


@batched("store accumulate")
def _write(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    base, value, *operands = args
    if isinstance(base.type, List):
        if any(v.batched for v in operands):
            raise NoRule("a write to an element of a list that depends on the example")
        return [batch.prim(op.name, batch.full(base), batch.full(value), *[v.atom for v in operands], **dict(op.params))]
    base = Value(batch.full(base), base.type, True)
    steps = _places(op, operands)
    if len(steps) == 1:
        return [_written(batch, op, base, value, *steps[0])]
    if not any(v.batched for v in operands) and "a" not in op.param("index"):
        pattern: list[str] = ["s000"]
        for p in op.param("index"):
            pattern += ["|", "s000"] if p == "|" else [p]
        region: Value = base
        for entries, mine in steps:
            region = Value(region.atom, _region(_Place(entries, mine, region)), True)
        atom = _lifted_plain(batch, value, rank(region.type))
        return [batch.prim(op.name, base.atom, atom, *[v.atom for v in operands], **_params(op, tuple(pattern), True))]
    return [_written_through(batch, op, base, value, steps)]


def _written_through(batch: Batch, op: Prim, base: Value, value: Value,
                     steps: Sequence[tuple[tuple[str, ...], list[Value]]]) -> Atom:
    """A write to a part of a part: the part is read, changed and put back."""
    (pattern, mine), *others = steps
    if not others:
        return _written(batch, op, base, value, pattern, mine)
    part = _read(batch, _Place(pattern, mine, base), False)
    changed = Value(_written_through(batch, op, part, value, others), part.type, True)
    return _written(batch, Prim("store", (), (("index", pattern),)), base, changed, pattern, mine)


def _params(op: Prim, pattern: tuple[str, ...], unique: bool) -> dict[str, object]:
    params: dict[str, object] = {k: v for k, v in op.params if k != "unique"}
    params["index"] = pattern
    if "a" in pattern and unique:
        params["unique"] = True
    return params


def _written(batch: Batch, op: Prim, base: Value, value: Value, pattern: tuple[str, ...], operands: list[Value]) -> Atom:
    mask = operands[0] if pattern == ("a",) and operands[0].dtype == "bool" else None
    if mask is not None and mask.batched:
        return _where(batch, op, base, value, mask)
    place = _Place(pattern, operands, base)
    region = rank(_region(place))
    pattern, atoms, found, _ = place.for_all(batch)
    wanted = [_EXAMPLES, *place.labels()]
    params = _params(op, pattern, bool(op.param("unique")) or not place.advanced)
    if value.rank > region:
        raise NoRule("a value with more axes than the place that it is written to")
    if found == wanted:
        return batch.prim(op.name, base.atom, _lifted_plain(batch, value, region), *atoms, **params)
    if value.rank == 0 and not value.batched:
        return batch.prim(op.name, base.atom, value.atom, *atoms, **params)
    whole = batch.lifted(Value(batch.full(value), value.type, True), region)
    moved = batch.moved(whole, [wanted.index(label) for label in found])
    return batch.prim(op.name, base.atom, moved, *atoms, **params)


def _lifted_plain(batch: Batch, value: Value, region: int) -> Atom:
    if value.rank > region:
        raise NoRule("a value with more axes than the place that it is written to")
    return batch.lifted(value, region)


def _where(batch: Batch, op: Prim, base: Value, value: Value, mask: Value) -> Atom:
    """A write to the elements of a mask that is another for each example."""
    if value.rank or mask.rank != base.rank:
        raise NoRule("a write of an array to the elements of a mask that depends on the example")
    new = batch.lifted(value, base.rank)
    if op.name == "accumulate":
        new = batch.prim("add", base.atom, new)
    written = batch.prim("numpy.where", mask.atom, new, base.atom)
    same = isinstance(written.type, Array) and written.type.dtype == base.dtype
    return written if same else batch.prim("numpy.astype", written, dtype=base.dtype)
