"""What a loop runs over: a loop over positions that reads elements is a loop over the elements."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adcompiler.backend.code import Apply, Expr
from adcompiler.ir.nodes import Atom, Bind, Block, Const, For, Prim, Var, While, blocks_of
from adcompiler.ir.types import INT, Array, List

if TYPE_CHECKING:
    from adcompiler.backend.nesting import Nester

ZERO, ONE = Const(0, INT), Const(1, INT)


@dataclass(eq=False)
class Head:
    """What stands in the first line of a loop (see `ForLoop`)."""

    index: Var | None
    bounds: tuple[Expr, Expr, Expr]
    elements: list[tuple[Var, ...]] = field(default_factory=list)
    sequences: list[Expr] = field(default_factory=list)
    backwards: bool = False


class Heads:
    """Finds the heads of the loops of a function. `done`: the variables that loops bind instead of reading."""

    def __init__(self, block: Block, uses: Counter[Var], done: set[Var]) -> None:
        self.uses, self.done = uses, done
        self.open: set[int] = set()
        self._maker: dict[Var, tuple[Bind, int]] = {}
        self._hints: defaultdict[str, list[Var]] = defaultdict(list)
        self._inside: dict[int, set[Var]] = {}
        self._carrier: dict[Var, tuple[Bind, int]] = {}
        for p in block.params:
            self._hints[p.hint].append(p)
        self._collect(block)

    def _collect(self, block: Block) -> None:
        for bind in block.binds:
            for k, t in enumerate(bind.targets):
                self._maker[t] = bind, k
            if isinstance(bind.op, For | While):
                for k, c in enumerate(bind.op.carried):
                    self._hints[c.hint].append(c)
                    self._carrier[c] = bind, k
            for inner in blocks_of(bind.op):
                self._collect(inner)

    def same_hint(self, var: Var) -> list[Var]:
        """The parameters and carried values with the same hint."""
        return self._hints[var.hint]

    def of(self, bind: Bind, op: For, shaper: Nester) -> Head:
        """The head of a loop; what it reads of pending expressions is taken from `shaper`."""
        span, backwards = self._span(op, shaper)
        unwritten = bind.span is not None and re.search(rf"\bfor\b.*\b{op.index.hint}\b.*\bin\b", bind.span.text) is None
        found = self._elements(op, span, backwards, unwritten, shaper) if span is not None and span[0] == ZERO else []
        head = Head(op.index, (ZERO, ZERO, ONE), backwards=backwards and (span is not None))
        for sequence, variables in found:
            first = variables[0] if variables[0].hint else Var("v", variables[0].type)
            self._maker[first] = self._maker[variables[0]]
            head.elements.append(self._parts(first, op, shaper) or (first,))
            head.sequences.append(sequence)
            for v in variables:
                self.done.add(v)
                if v is not first:
                    shaper.aliases[v] = first
        read = sum(len(variables) for _, variables in found)
        if found and self.uses[op.index] == read:
            head.index = None
        if found and (head.index is None or not backwards):
            shaper.drop(op.stop)
            shaper.drop(op.start)
            return head
        head.bounds = self._bounds(op, span, backwards, shaper)
        return head

    def plain(self, op: For, shaper: Nester) -> Head:
        """The head of a loop over a range, as it stands."""
        return Head(op.index, (shaper.take(op.start), shaper.take(op.stop), shaper.take(op.step)))

    def _parts(self, element: Var, op: For, shaper: Nester) -> tuple[Var, ...]:
        outer, shaper.frame.block = shaper.frame.block, op.body
        parts = shaper.unpacked(element)
        shaper.frame.block = outer
        return parts

    def _bounds(self, op: For, span: tuple[Atom, Atom] | None, backwards: bool,
                shaper: Nester) -> tuple[Expr, Expr, Expr]:
        if backwards and span is not None:
            ends: list[Expr] = []
            for atom in (op.stop, op.start):
                known = shaper.known(atom)
                if isinstance(known, Const):
                    ends.append(Const(known.value + 1, INT))
                else:
                    taken = shaper.take(known)
                    assert isinstance(taken, Apply)
                    ends.append(taken.args[0])
            return ends[0], ends[1], ONE
        return shaper.take(op.start), shaper.take(op.stop), shaper.take(op.step)

    def _span(self, op: For, shaper: Nester) -> tuple[tuple[Atom, Atom] | None, bool]:
        """The first and the last position (exclusive), and whether the loop runs backwards."""
        if shaper.known(op.step) == ONE:
            return (shaper.known(op.start), shaper.known(op.stop)), False
        if shaper.known(op.step) == Const(-1, INT):
            first, last = self._next(op.stop, shaper), self._next(op.start, shaper)
            if first is not None and last is not None:
                return (first, last), True
        return None, False

    def _next(self, atom: Atom, shaper: Nester) -> Atom | None:
        """The integer after `atom`, where it is at hand: n for n - 1."""
        atom = shaper.known(atom)
        if isinstance(atom, Const):
            return Const(atom.value + 1, INT) if isinstance(atom.value, int) else None
        pending = shaper.frame.pending.get(atom)
        op = pending.expr.op if pending is not None and not pending.repeatable else None
        if isinstance(op, Prim) and op.name == "sub" and op.args[1] == ONE:
            return shaper.known(op.args[0])
        return None

    # --- elements -------------------------------------------------------------------------------------------

    def _elements(self, op: For, span: tuple[Atom, Atom] | None, backwards: bool, unwritten: bool,
                  shaper: Nester) -> list[tuple[Expr, list[Var]]]:
        """The sequences that the loop reads at its index, each with the variables that the elements are bound to."""
        assert span is not None
        count = self._length(span[1], shaper)
        reads: dict[Var, list[Var]] = {}
        for b in op.body.binds:
            if isinstance(b.op, Prim) and b.op.name == "load" and b.op.args[1:] == (op.index,) and b.op.param("index") == ("i",):
                sequence = shaper.known(b.op.args[0])
                if isinstance(sequence, Var) and sequence not in op.carried and not self._bound_inside(sequence, op):
                    reads.setdefault(sequence, []).append(b.targets[0])
        found: list[tuple[Expr, list[Var]]] = []
        shortest = self._shortest(span[1], shaper) if not backwards else None
        counts = [self._count_of(s, shaper) for s in reads]
        for (sequence, variables), mine in zip(reads.items(), counts, strict=True):
            named = unwritten or backwards or any(v.hint for v in variables)
            if named and (mine == count or (shortest is not None and shortest <= set(counts) and mine in shortest)):
                found.append((sequence, sorted(variables, key=lambda v: not v.hint)))
        return found

    def _shortest(self, atom: Atom, shaper: Nester) -> set[Hashable] | None:
        """The keys of the sequences of which the shortest has this length: what `zip` does with them."""
        made = self._op(shaper.known(atom))
        if made is None or made.name != "min":
            return None
        return {self._length(a, shaper) for a in made.args}

    def _bound_inside(self, var: Var, op: For) -> bool:
        if id(op) not in self._inside:
            self._inside[id(op)] = {t for b in op.body.binds for t in b.targets}
        return var in self._inside[id(op)]

    def _length(self, atom: Atom, shaper: Nester) -> Hashable:
        """A key that is equal for equal numbers of iterations."""
        atom = shaper.known(atom)
        if isinstance(atom, Const):
            return "count", atom.value
        bind, _ = self._maker.get(atom, (None, 0))
        if bind is not None and isinstance(bind.op, Prim):
            op = bind.op
            if op.name == "len" or (op.name == "shape" and op.param("axis") == 0):
                return self._count_of(shaper.known(op.args[0]), shaper)
        return "count", atom

    def _count_of(self, sequence: Atom, shaper: Nester) -> Hashable:
        """The key of a sequence's length: the loop that appended to it in each iteration, or the sequence."""
        if not isinstance(sequence, Var) or not isinstance(sequence.type, List | Array):
            return "none", id(sequence)
        owner = self._tape(sequence)
        if owner is not None:
            op = owner.op
            if isinstance(op, For) and not op.exits and shaper.known(op.start) == ZERO and shaper.known(op.step) == ONE:
                return self._length(op.stop, shaper)
            return "loop", id(owner)
        return self._inner_count(sequence, shaper) or ("length", sequence)

    def _inner_count(self, sequence: Var, shaper: Nester) -> Hashable | None:
        """The key of the length of a list that a loop kept in each iteration, filled by a loop inside."""
        made = self._op(sequence)
        if made is None or made.name != "load" or made.param("index") != ("i",):
            return None
        outer = self._tape(shaper.known(made.args[0]))
        inner = None if outer is None else self._tape(self._appended(outer, shaper.known(made.args[0])))
        if outer is None or inner is None:
            return None
        op = inner.op
        if isinstance(op, For) and not op.exits and (op.start, op.step) == (ZERO, ONE) and isinstance(op.stop, Const):
            return "count", op.stop.value
        return "inner", id(outer), id(inner), shaper.known(made.args[1])

    def _appended(self, owner: Bind, tape: Atom) -> Atom:
        """What a loop appends to a list in each iteration."""
        assert isinstance(owner.op, For | While) and isinstance(tape, Var)
        k = next(k for k, (t, c) in enumerate(zip(owner.targets, owner.op.carried, strict=True)) if tape in (t, c))
        last = self._op(owner.op.yields[k])
        assert last is not None
        return last.args[1]

    def _tape(self, sequence: Atom) -> Bind | None:
        """The loop that filled a list with one element an iteration, beginning with an empty one."""
        if not isinstance(sequence, Var):
            return None
        for bind, k in (self._maker.get(sequence, (None, 0)), self._carrier.get(sequence, (None, 0))):
            if bind is None or id(bind) in self.open or not isinstance(bind.op, For | While):
                continue
            init = self._op(bind.op.inits[k])
            last = self._op(bind.op.yields[k])
            if init is None or init.name != "list" or init.args or last is None or last.name != "append":
                continue
            maker = self._maker[bind.op.yields[k]][0]  # type: ignore[index]
            if last.args[0] is bind.op.carried[k] and any(b is maker for b in bind.op.body.binds):
                return bind
        return None

    def _op(self, atom: Atom) -> Prim | None:
        bind, _ = self._maker.get(atom, (None, 0)) if isinstance(atom, Var) else (None, 0)
        return bind.op if bind is not None and isinstance(bind.op, Prim) else None
