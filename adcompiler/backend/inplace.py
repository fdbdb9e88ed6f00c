"""Where an update may happen in place: copies are inserted before those that may not.

In the IR arrays and lists are values; in Python they are memory. `store`, `accumulate`, `append` and `pop`
become updates in place. That is right when nothing that is read later may share the memory, and when the
memory is our own. Everywhere else the operand is copied first; for a value that a loop carries and updates,
once before the loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from adcompiler.backend.sharing import FOREIGN, Nodes, Sharing, has_memory
from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    For,
    Foreign,
    Function,
    If,
    Op,
    Prim,
    Var,
    While,
    blocks_of,
    free_vars,
    operands,
)
from adcompiler.ir.ops import IrTypeError, result_type
from adcompiler.ir.types import Array, List

UPDATES = frozenset(["store", "accumulate", "append", "pop"])
AUGMENTED = frozenset(["add", "sub", "mul", "truediv"])


@dataclass
class Placed:
    """A function whose updates may all happen in place.

    `augmentable`: results of `x + v` on arrays that may be written over x. `inside`: results of updates of an
    element of a list, where it lies; `written_back`: the lists into which such an element goes back.
    """

    block: Block
    sharing: Sharing
    augmentable: set[Var] = field(default_factory=set)
    inside: set[Var] = field(default_factory=set)
    written_back: set[Var] = field(default_factory=set)


def insert_copies(function: Function, *, native: bool = False) -> Placed:
    """The function with a `copy` before every update that may not happen in place.

    `native`: also where an update in place reads the memory that it writes, which NumPy does right and Numba does not.
    """
    placed = Placed(function.block, Sharing())
    if not _mentions_memory(function.block):
        return placed
    apart: set[Var] = set()
    while True:
        placed = Placed(function.block, Sharing())
        copier = _Copier(placed, frozenset(apart), native)
        copier.live.block(function.block, 0)
        for p in function.block.params:
            placed.sharing.define(p, FOREIGN, FOREIGN, 0, repeats=True)
        placed.block = copier.block(function.block)
        if copier.views <= apart:
            return placed
        apart |= copier.views


def _mentions_memory(block: Block) -> bool:
    return any(has_memory(p.type) for p in block.params) or any(
        any(has_memory(t.type) for t in b.targets) or any(map(_mentions_memory, blocks_of(b.op))) for b in block.binds)


class _Live:
    """For every binding the nodes of what is read after it."""

    def __init__(self, sharing: Sharing) -> None:
        self.sharing = sharing
        self.after: dict[int, Nodes] = {}

    def block(self, block: Block, live: Nodes) -> Nodes:
        """Walk a block backwards; what is live before it."""
        both = self.sharing.both
        live |= both(block.results)
        for bind in reversed(block.binds):
            live &= ~both(bind.targets)
            op = bind.op
            match op:
                case If():
                    self.after[id(bind)] = live
                    live = self.block(op.then, live) | self.block(op.orelse, live)
                case For() | While():
                    live |= both(free_vars(op.body))
                    if isinstance(op, While):
                        live |= both(free_vars(op.cond))
                        self.block(op.cond, live | both(op.carried))
                    self.after[id(bind)] = live
                    self.block(op.body, live)
                case _:
                    self.after[id(bind)] = live
            live |= both(operands(op))
        return live


class _Copier:
    """Walks forwards, keeps track of what shares memory, and inserts copies.

    `apart`: views that are copied when they are taken; `views`: those that had better be, since each is all that keeps
    an array from being updated in place.
    """

    def __init__(self, placed: Placed, apart: frozenset[Var], native: bool) -> None:
        self.placed, self.sharing, self.apart, self.native = placed, placed.sharing, apart, native
        self.views: set[Var] = set()
        self.live = _Live(placed.sharing)
        self.kept: Nodes = FOREIGN
        self.written: Nodes = 0
        self.uses: Counter[Var] = Counter()
        self.bases: set[Atom] = set()
        self._count(placed.block)

    def _count(self, block: Block) -> None:
        self.uses.update(a for a in block.results if isinstance(a, Var))
        for bind in block.binds:
            self.uses.update(a for a in operands(bind.op) if isinstance(a, Var))
            if isinstance(bind.op, Prim) and bind.op.name in UPDATES:
                self.bases.add(bind.op.args[0])
            for inner in blocks_of(bind.op):
                self._count(inner)

    def block(self, block: Block) -> Block:
        """The block with copies."""
        binds: list[Bind] = []
        makers: dict[Var, Bind] = {}
        for k, bind in enumerate(block.binds):
            alive = self.live.after[id(bind)] | self.kept | self.sharing.both(bind.targets)
            op = bind.op
            match op:
                case Prim() if op.name in UPDATES:
                    self._find_inside(bind, op, block.binds[k + 1:k + 6], makers)
                    bind = self._update(bind, op, binds, self.live.after[id(bind)], makers)
                case Prim() if bind.targets and bind.targets[0] in self.apart:
                    bind = self._copied_view(bind, op, binds, alive)
                case Prim():
                    self._result(bind, op, alive)
                case If():
                    then, orelse = self.block(op.then), self.block(op.orelse)
                    alive |= self.sharing.both((*then.results, *orelse.results))
                    for t, p, q in zip(bind.targets, then.results, orelse.results, strict=True):
                        self._define(t, [p, q], alive)
                    bind = replace(bind, op=If(op.cond, then, orelse))
                case For() | While():
                    bind = self._loop(bind, op, binds, alive)
                case Foreign() | Call():
                    self._opaque(bind, op, alive)
            binds.append(bind)
            makers.update(dict.fromkeys(bind.targets, bind))
        return replace(block, binds=tuple(binds))

    # --- values -----------------------------------------------------------------------------------------

    def _define(self, var: Var, sources: Sequence[Atom], alive: Nodes) -> None:
        own = inner = 0
        for a in sources:
            own |= self.sharing.shares_own(a)
            inner |= self.sharing.shares_inner(a)
        self.sharing.define(var, own, inner, alive, repeats=any(map(self.sharing.repeats, sources)))

    def _result(self, bind: Bind, op: Prim, alive: Nodes) -> None:
        if not bind.targets:
            return
        target = bind.targets[0]
        self.placed.augmentable.discard(target)
        if op.name in AUGMENTED and isinstance(target.type, Array) and self._fits(op, target) and not self._read_later(
                op.args[0], self.live.after[id(bind)]) and not self._crosses(op):
            self.placed.augmentable.add(target)
            self._define(target, op.args[:1], alive)
        else:
            for t in bind.targets:
                self.sharing.result(op, t, alive)

    def _crosses(self, op: Prim) -> bool:
        """Whether `x += v` in native code would read elements of v that it has written."""
        first, *others = op.args
        return self.native and any(a is not first and self.sharing.shares_own(a) & self.sharing.own(first) for a in others)

    def _fits(self, op: Prim, target: Var) -> bool:
        """Whether the result has the element type and the shape of the first operand."""
        first = op.args[0]
        try:
            return isinstance(first, Var) and first.type == target.type == result_type(op.name, op.args, {})
        except IrTypeError:
            return False

    def _opaque(self, bind: Bind, op: Foreign | Call, alive: Nodes) -> None:
        held = FOREIGN | self.sharing.shares(op.args)
        if isinstance(op, Foreign) and not op.pure and not op.template.startswith("print("):
            self.sharing.relate(held & alive & ~FOREIGN, FOREIGN)  # it may have been kept somewhere
            self.sharing.relate(self.sharing.both(op.args), FOREIGN)
        for t in bind.targets:
            self.sharing.define(t, held, held, alive, repeats=True)

    # --- updates ----------------------------------------------------------------------------------------

    def _read_later(self, operand: Atom, live: Nodes) -> bool:
        """Whether the operand's memory is not ours, or something shares it that is read later."""
        return bool(self.sharing.shares_own(operand) & (live | FOREIGN))

    def _update(self, bind: Bind, op: Prim, binds: list[Bind], live: Nodes, makers: dict[Var, Bind]) -> Bind:
        base, *rest = op.args
        if not isinstance(base, Var):
            return bind
        sharing, inside = self.sharing, bind.targets[0] in self.placed.inside
        if not inside and self._read_later(base, live & ~sharing.both(bind.targets)):
            self._find_view(base, live & ~sharing.both(bind.targets), makers)
            base = self._copied(base, bind, binds)
        rest = [self._separate(op, base, a, bind, binds) for a in rest]
        own = sharing.shares_own(base)
        if bind.targets[0] not in self.placed.written_back:
            self.written |= own
        inner = sharing.shares_inner(base)
        repeats = sharing.repeats(base)
        if isinstance(base.type, List) and op.name in ("append", "store"):
            value = sharing.shares(rest[:1])
            if bind.targets[0] not in self.placed.written_back:
                repeats = repeats or bool(value & sharing.inner(base)) or any(map(sharing.repeats, rest[:1]))
            inner |= value
        alive = live | self.kept
        sharing.define(bind.targets[0], own, inner, alive, repeats=repeats)
        if op.name == "pop":
            inner |= sharing.inner(bind.targets[0])
            sharing.define(bind.targets[1], inner, inner, alive | sharing.inner(bind.targets[0]), repeats=repeats)
        return replace(bind, op=replace(op, args=(base, *rest)))

    def _find_view(self, base: Var, live: Nodes, makers: dict[Var, Bind]) -> None:
        """Note the view of a part of `base` that is all that is read later of its memory."""
        read = self.sharing.shares_own(base) & (live | FOREIGN)
        for var, bind in makers.items():
            op = bind.op
            if read == self.sharing.own(var) and isinstance(op, Prim) and op.name == "load" and op.args[0] is base:
                self.views.add(var)

    def _copied_view(self, bind: Bind, op: Prim, binds: list[Bind], alive: Nodes) -> Bind:
        """A view as a copy."""
        view = Var("", bind.targets[0].type)
        self.sharing.result(op, view, alive)
        binds.append(replace(bind, targets=(view,)))
        copying = Prim("copy", (view,))
        self.sharing.result(copying, bind.targets[0], alive)
        return replace(bind, op=copying)

    def _separate(self, op: Prim, base: Var, value: Atom, bind: Bind, binds: list[Bind]) -> Atom:
        """A copy of an array that goes into a list and is itself updated later, or that `np.add.at` (in native code any
        `+=`) would read while it writes; else the value."""
        if not (isinstance(value, Var) and isinstance(value.type, Array)):
            return value
        kept = isinstance(base.type, List) and op.name in ("append", "store") and value in self.bases \
            and bool(self.sharing.own(value) & self.live.after[id(bind)])
        torn = op.name == "accumulate" and ("a" in op.param("index") or self.native) and bool(
            self.sharing.shares_own(value) & self.sharing.own(base))
        return self._copied(value, bind, binds) if kept or torn else value

    def _copied(self, operand: Var, bind: Bind, binds: list[Bind]) -> Var:
        copy = Var(operand.hint, operand.type)
        copying = Prim("copy", (operand,))
        self.sharing.result(copying, copy, self.live.after[id(bind)] | self.kept)
        binds.append(Bind((copy,), copying, bind.span, bind.note))
        return copy

    def _find_inside(self, bind: Bind, op: Prim, following: Sequence[Bind], makers: dict[Var, Bind]) -> None:
        """Recognise `row = g[i]`, an update of `row`, `g[i] = row`: the row may be updated where it lies."""
        base = op.args[0]
        made = makers.get(base) if isinstance(base, Var) else None
        target = bind.targets[0]
        self.placed.inside.discard(target)
        if made is None or not isinstance(made.op, Prim) or made.op.name != "load" or op.name == "pop":
            return
        holder, *where = made.op.args
        if not isinstance(holder.type, List) or made.op.param("index") != ("i",) or self.uses[target] != 1:
            return
        back = _write_back(target, following)
        if back is None or not isinstance(back.op, Prim):
            return
        self.placed.written_back.discard(back.targets[0])
        sharing = self.sharing
        if list(back.op.args) != [holder, target, *where] or sharing.repeats(holder):
            return
        later = self.live.after[id(bind)] & ~sharing.both(bind.targets)
        last = self.live.after[id(back)] & ~sharing.both(back.targets)
        mine = sharing.both([holder])
        if self._read_later(holder, last) or sharing.shares_own(base) & (later & ~mine | FOREIGN):
            return
        self.placed.inside.add(target)
        self.placed.written_back.add(back.targets[0])

    # --- loops ------------------------------------------------------------------------------------------

    def _loop(self, bind: Bind, op: For | While, binds: list[Bind], alive: Nodes) -> Bind:
        """Go through the body until what is carried settles; copy before the loop what the body may not update."""
        slots = [k for k, c in enumerate(op.carried) if has_memory(c.type)]
        if not slots:
            return replace(bind, op=self._through(op))
        outer_kept, outer_written = self.kept, self.written
        self.kept |= self.sharing.both(op.carried[k] for k in slots)
        updated = self._updated(op, slots, alive)
        inits, copies = self._inits(bind, op, updated)
        carry = _Carry(self.sharing, op, slots, alive | self.kept | self.sharing.both(inits))
        while True:
            carry.enter(inits)
            self.written = 0
            through = self._through(op)
            if not carry.grow(through.yields):
                break
        self.written |= outer_written
        for k in slots:
            self._define(bind.targets[k], [op.carried[k]], alive | self.kept)
        self.kept = outer_kept
        binds += copies
        return replace(bind, op=replace(through, inits=tuple(inits)))

    def _through(self, op: For | While) -> For | While:
        if isinstance(op, While):
            for p, c in zip(op.cond.params, op.carried, strict=True):
                self._define(p, [c], self.kept)
            return replace(op, cond=self.block(op.cond), body=self.block(op.body))
        return replace(op, body=self.block(op.body))

    def _updated(self, op: For | While, slots: Sequence[int], alive: Nodes) -> set[int]:
        """Which carried values the body would update in place if their memory were ours when the loop begins."""
        if not self._updates(op):
            return set()
        carry = _Carry(self.sharing, op, slots, alive | self.kept)
        outer_written = self.written
        while True:
            carry.enter([None] * len(op.inits))
            self.written = 0
            through = self._through(op)
            if not carry.grow(through.yields):
                break
        found = {k for k in slots if self.sharing.own(op.carried[k]) & self.written}
        self.written = outer_written
        return found

    def _updates(self, op: Op) -> bool:
        return (isinstance(op, Prim) and op.name in UPDATES) or any(
            self._updates(b.op) for inner in blocks_of(op) for b in inner.binds)

    def _inits(self, bind: Bind, op: For | While, updated: set[int]) -> tuple[list[Atom], list[Bind]]:
        inits, copies = list(op.inits), list[Bind]()
        live = self.live.after[id(bind)]
        for k in sorted(updated):
            init = inits[k]
            others = self.sharing.both(a for j, a in enumerate(inits) if j != k)
            if isinstance(init, Var) and self._read_later(init, live | others):
                inits[k] = self._copied(init, bind, copies)
        return inits, copies


class _Carry:
    """What the carried values of a loop share memory with when an iteration begins."""

    def __init__(self, sharing: Sharing, op: For | While, slots: Sequence[int], alive: Nodes) -> None:
        self.sharing, self.op, self.slots, self.alive = sharing, op, slots, alive
        self.own = dict.fromkeys(slots, 0)
        self.inner = dict.fromkeys(slots, 0)
        self.repeats = dict.fromkeys(slots, False)
        self.mine = sharing.both(op.carried[k] for k in slots)
        self.entering = alive | self.mine | sharing.both(op.inits)

    def enter(self, inits: Sequence[Atom | None]) -> None:
        """Define the carried values, from their initial values (None: memory that is ours) or the last iteration."""
        sharing = self.sharing
        for k in self.slots:
            init, c = inits[k], self.op.carried[k]
            own = inner = 0
            repeats = self.repeats[k]
            if init is not None:
                own, inner = sharing.shares_own(init), sharing.shares_inner(init)
                repeats = repeats or sharing.repeats(init)
            elif isinstance(self.op.inits[k], Var):
                inner = sharing.shares_inner(self.op.inits[k])
                repeats = repeats or sharing.repeats(self.op.inits[k])
            sharing.define(c, self.own[k] | own, self.inner[k] | inner, self.entering, repeats=repeats)

    def grow(self, yields: Sequence[Atom]) -> bool:
        """Add what the values for the next iteration share; whether that was news."""
        sharing, before = self.sharing, (dict(self.own), dict(self.inner), dict(self.repeats))
        for k in self.slots:
            c = self.op.carried[k]
            for table, node, shared in ((self.own, sharing.own(c), sharing.shares_own(yields[k])),
                                        (self.inner, sharing.inner(c), sharing.shares_inner(yields[k]))):
                table[k] |= (shared & (self.alive & ~self.mine | FOREIGN) | self._others(k, shared, yields)) & ~node
            self.repeats[k] |= sharing.repeats(yields[k])
        return before != (self.own, self.inner, self.repeats)

    def _others(self, k: int, shared: Nodes, yields: Sequence[Atom]) -> Nodes:
        """The carried values whose next values share memory with that of k."""
        found = 0
        for j in self.slots:
            if shared & self.sharing.own(yields[j]) and j != k:
                found |= self.sharing.own(self.op.carried[j])
            if shared & self.sharing.inner(yields[j]):
                found |= self.sharing.inner(self.op.carried[j])
            if j == k and shared & self.sharing.own(yields[k]):
                found |= self.sharing.own(self.op.carried[k])
        return found


def _write_back(target: Var, following: Sequence[Bind]) -> Bind | None:
    """The binding that stores `target` into a list, if only numbers are computed before it."""
    for bind in following:
        if isinstance(bind.op, Prim) and bind.op.name == "store" and bind.op.args[1] is target:
            return bind
        if blocks_of(bind.op) or any(has_memory(t.type) for t in bind.targets) or isinstance(bind.op, Call | Foreign):
            return None
    return None
