"""Loops of the forward sweep that keep values, and loops of the reverse sweep that use them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from adcompiler.analysis.keep import Kept
from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, Const, For, Op, Prim, Var, While, blocks_of, free_vars, operands
from adcompiler.ir.ops import OPS
from adcompiler.ir.rename import renamed, renamed_binds, renamed_block, without_notes
from adcompiler.ir.types import INT, NEVER, Array, List
from adcompiler.ir.words import name_of


def needed(body: Block, forward: Sequence[Bind], params: Sequence[Var]) -> list[Var]:
    """The forward values of a body that its reverse reads."""
    mine = {*params, *(t for b in forward for t in b.targets)}
    return [v for v in free_vars(body) if v in mine]


def with_values(body: Block, kept: Kept, values: dict[Var, Atom], prologue: Sequence[Bind]) -> Block:
    """The reverse body with its forward values: given ones by name, others computed again first."""
    names = dict(values)
    again = renamed_binds(without_notes(kept.again), names)
    copy = renamed_block(body, names)
    return replace(copy, binds=(*prologue, *again, *copy.binds))


def _is_view_written_later(v: Var, binds: Sequence[Bind], at: int) -> bool:
    """Whether v is a view of an array to which later bindings write: then a copy of v costs less than one of the array."""
    makers = {t: b.op for b in binds for t in b.targets}
    base: Atom = v
    while isinstance(base, Var) and isinstance(op := makers.get(base), Prim) and op.args and \
            (op.name == "load" or OPS[op.name].memory == "view") and isinstance(op.args[0].type, Array):
        base = op.args[0]
    return base is not v and any(isinstance(b.op, Prim) and b.op.name in ("store", "accumulate") and b.op.args[0] is base
                                 for b in binds[at:])


class ForwardLoop:
    """The forward loop, which also appends what is kept to lists, or counts its iterations when nothing else tells."""

    def __init__(self, bind: Bind, op: For | While, forward: Sequence[Bind], kept: Kept) -> None:
        self.lists: dict[Var, Var] = {}
        self.count: Var | None = None
        binds = list(forward)
        params: list[Var] = []
        lasts: list[Atom] = []
        inits: list[Atom] = []
        self.before: list[Bind] = []
        for v in kept.saved:
            v.hint = name_of(v)
            hint = f"{v.hint}_saved" if v.hint else "saved"
            param, last, init = Var(hint, List(v.type)), Var(hint, List(v.type)), Var(hint, List(NEVER))
            at = 0 if v in op.body.params else 1 + next(k for k, b in enumerate(binds) if v in b.targets)
            kept_value = v
            if _is_view_written_later(v, binds, at):
                kept_value = Var(v.hint, v.type)
                binds.insert(at, Bind((kept_value,), Prim("copy", (v,))))
                at += 1
            binds.insert(at, Bind((last,), Prim("append", (param, kept_value))))
            self.before.append(Bind((init,), Prim("list", ())))
            self.lists[v] = Var(hint, List(v.type))
            params.append(param)
            lasts.append(last)
            inits.append(init)
        targets = list(self.lists.values())
        if not self.lists and (isinstance(op, While) or op.exits):
            param, last, self.count = Var("count", INT), Var("count", INT), Var("count", INT)
            binds.append(Bind((last,), Prim("add", (param, const(1)))))
            params.append(param)
            lasts.append(last)
            inits.append(const(0))
            targets.append(self.count)
        flag = op.body.results[len(op.inits):]
        body = Block((*op.body.params, *params), tuple(binds), (*op.yields, *lasts, *flag))
        self.op = replace(op, inits=(*op.inits, *inits), body=body)
        if isinstance(self.op, While):
            extra = tuple(Var(p.hint, p.type) for p in params)
            self.op = replace(self.op, cond=replace(self.op.cond, params=(*self.op.cond.params, *extra)))
        self.bind = replace(bind, targets=(*bind.targets, *targets), op=self.op)


def reverse_loop(builder: Builder, bind: Bind, op: For | While, body: Block, kept: Kept, loop: ForwardLoop,
                 inits: Sequence[Atom], *, ordered: bool, recurring: Recurring) -> tuple[For, dict[Var, Var]]:
    """The loop of the reverse sweep: over the iterations from last to first, or as they come where the order is free.

    What recurs is carried along: then also what the forward loop gives for it, and what this one does.
    """
    index = op.index if isinstance(op, For) else None
    read = {*free_vars(body), *(a for b in kept.again for a in operands(b.op))}
    slots = recurring.slots_read(read)
    carried = {op.carried[k]: Var(op.carried[k].hint, INT) for k in slots}
    again, nexts = recurring.steps(slots)
    whole_body = replace(body, binds=(*body.binds, *again), results=(*body.results, *nexts))
    used = index is not None and (index in free_vars(whole_body) or index in read)
    position = Var(index.hint if index is not None and not loop.lists else "k", INT)
    start, stop, step = (_forward_range if ordered else _backward_range)(builder, op, loop, used)
    prologue = builder.child()
    prologue.note = ""
    values: dict[Var, Atom] = {}
    if used and index is not None and isinstance(op, For):
        whole = ordered and not loop.lists and loop.count is None
        values[index] = position if whole or _direct(op, loop) else _nth(prologue, op, position, index.hint)
    for v, saved in loop.lists.items():
        element = prologue.prim("load", saved, position, hint=v.hint, index=("i",))
        element.type = v.type
        values[v] = element
    inner = with_values(whole_body, kept, {**values, **carried}, prologue.binds)
    more = {bind.targets[k]: Var(op.carried[k].hint, INT) for k in slots}
    params = (position, *inner.params, *carried.values())
    return For(start, stop, step, (*inits, *(op.inits[k] for k in slots)), replace(inner, params=params)), more


class Recurring:
    """Integers that a loop carries and that its reverse, which runs in the same order, carries again: then they need no list.

    `again`: for results of forward loops, what loops of the reverse sweep give that carry the same.
    """

    def __init__(self, op: For | While, body: Block, varied: Collection[Var], again: Mapping[Var, Var]) -> None:
        self.op = op
        self._mine = {t for b in body.binds for t in b.targets}
        self._again = {v: t for v, t in again.items() if t in self._mine}
        self._makers = {t: b for b in op.body.binds for t in b.targets}
        places = {k for k, c in enumerate(op.carried) if c.type == INT and c not in varied}
        while bad := {k for k in places if not self._known(op.yields[k], places)}:
            places -= bad
        self._places = places
        self.params = tuple(op.carried[k] for k in sorted(places))

    def _known(self, atom: Atom, places: Collection[int]) -> bool:
        """Whether an integer follows from what recurs, the counter, and values from outside."""
        if isinstance(atom, Const) or atom in self._again:
            return True
        if atom in self.op.body.params:
            return atom in [self.op.carried[k] for k in places] or (isinstance(self.op, For) and atom is self.op.index)
        made = self._makers.get(atom)
        if made is None:
            return True
        simple = isinstance(made.op, Prim) and made.op.name in ("add", "sub", "mul", "copy") and atom.type == INT
        return simple and all(self._known(a, places) for a in operands(made.op))

    def slots_read(self, read: Collection[Atom]) -> list[int]:
        """The places of the carried values that are read, and of those that decide about them."""
        found = {k for k in self._places if self.op.carried[k] in read}
        while more := {k for k in self._places - found if any(
                self.op.carried[k] in self._sources(self.op.yields[m]) for m in found)}:
            found |= more
        return sorted(found)

    def _sources(self, atom: Atom) -> set[Atom]:
        made = self._makers.get(atom) if isinstance(atom, Var) and atom not in self._again else None
        return {atom} if made is None else {s for a in operands(made.op) for s in self._sources(a)}

    def steps(self, slots: Sequence[int]) -> tuple[list[Bind], list[Atom]]:
        """The bindings that give the next values, and these values."""
        names: dict[Var, Atom] = dict(self._again)
        binds: list[Bind] = []

        def made(atom: Atom) -> Atom:
            maker = self._makers.get(atom) if isinstance(atom, Var) else None
            if isinstance(atom, Var) and maker is not None and atom not in names:
                for a in operands(maker.op):
                    made(a)
                binds.extend(renamed_binds(without_notes([maker]), names))
            return renamed(atom, names)

        nexts = [made(self.op.yields[k]) for k in slots]
        return binds, nexts


def _forward_range(builder: Builder, op: For | While, loop: ForwardLoop, used: bool) -> tuple[Atom, Atom, Atom]:
    if loop.lists or loop.count is not None:
        count: Atom = loop.count if loop.count is not None else builder.prim("len", next(iter(loop.lists.values())))
        return const(0), count, const(1)
    assert isinstance(op, For)
    return op.start, op.stop, op.step


def without_last_write(builder: Builder, op: For, carried: Var, results: Sequence[Atom], at: int) -> Atom:
    """What the reverse of a loop yields at place `at` for an adjoint that nobody reads after it: the adjoint `carried`, where
    an iteration reads one element and sets it to zero, since no other iteration reads that one."""
    result = results[at]
    made = next((b for b in builder.binds if result in b.targets), None)
    if made is None or not isinstance(made.op, Prim) or made.op.name != "store" or made.op.args[:2] != (carried, const(0.0)):
        return result
    users = [b for b in builder.binds if carried in operands(b.op) or any(carried in free_vars(i) for i in blocks_of(b.op))]
    readers = [b for b in builder.binds if result in operands(b.op) or any(result in free_vars(i) for i in blocks_of(b.op))]
    alone = not readers and results.count(result) == 1 and carried not in results
    if not alone or not _on_one_side(op) or not all(b is made or _is_load(b.op) for b in users) or \
            not all(_only_at(b.op, carried, op.index) for b in users):
        return result
    builder.binds.remove(made)
    return carried


def _is_load(op: Op) -> bool:
    return isinstance(op, Prim) and op.name == "load"


def _on_one_side(op: For) -> bool:
    """Whether the numbers of a range are all negative or all not, so that as positions they mean different elements."""
    match op.start, op.stop, op.step:
        case Const(start), _, Const(step) if step > 0 and start >= 0:
            return True
        case _, Const(stop), Const(step) if step > 0:
            return bool(stop <= 0)
        case _, Const(stop), Const(step) if step < 0 and stop >= -1:
            return True
        case Const(start), _, Const(step) if step < 0:
            return bool(start < 0)
        case _:
            return False


def _only_at(op: Op, array: Var, index: Var) -> bool:
    """Whether an operation reads or writes an array in the row of an index alone."""
    if not isinstance(op, Prim) or op.name not in ("load", "store") or op.args[0] is not array or array in op.args[1:]:
        return False
    where = op.args[1 if op.name == "load" else 2:]
    return bool(where) and where[0] is index and op.param("index")[0] == "i"


def _direct(op: For, loop: ForwardLoop) -> bool:
    """Whether the backward loop's counter is the forward loop's."""
    if not loop.lists and loop.count is None and isinstance(op.step, Const) and abs(op.step.value) == 1:
        return True
    return op.start == const(0) and op.step == const(1)


def _nth(builder: Builder, op: For, position: Var, hint: str) -> Atom:
    scaled = position if op.step == const(1) else builder.prim("mul", position, op.step)
    return scaled if op.start == const(0) else builder.prim("add", op.start, scaled, hint=hint)


def _backward_range(builder: Builder, op: For | While, loop: ForwardLoop, used: bool) -> tuple[Atom, Atom, Atom]:
    if loop.lists or loop.count is not None:
        count: Atom = loop.count if loop.count is not None else builder.prim("len", next(iter(loop.lists.values())))
        return _plus(builder, count, -1), const(-1), const(-1)
    assert isinstance(op, For)
    if not used:
        return op.start, op.stop, op.step
    if op.step == const(1):
        return _plus(builder, op.stop, -1), _plus(builder, op.start, -1), const(-1)
    if op.step == const(-1):
        return _plus(builder, op.stop, 1), _plus(builder, op.start, 1), const(1)
    return _plus(builder, _trips(builder, op), -1), const(-1), const(-1)


def _trips(builder: Builder, op: For) -> Atom:
    """How often a loop runs: max(0, ceil((stop - start) / step))."""
    if isinstance(op.step, Const):
        sign: Atom = const(1 if op.step.value > 0 else -1)
    else:
        sign = builder.prim("select", builder.prim("gt", op.step, const(0)), const(1), const(-1))
    span = builder.prim("sub", builder.prim("add", builder.prim("sub", op.stop, op.start), op.step), sign)
    return builder.prim("max", const(0), builder.prim("floordiv", span, op.step))


def _plus(builder: Builder, n: Atom, amount: int) -> Atom:
    if isinstance(n, Const):
        return const(n.value + amount)
    return builder.prim("add", n, const(amount)) if amount > 0 else builder.prim("sub", n, const(-amount))


NOTHING_RECURS = Recurring(For(const(0), const(0), const(1), (), Block((Var("", INT),), (), ())), Block((), (), ()), (), {})

__all__ = ["NOTHING_RECURS", "ForwardLoop", "Recurring", "needed", "reverse_loop", "with_values", "without_last_write"]
