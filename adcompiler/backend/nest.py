"""Which values are printed inside the expression that uses them, and which are statements of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from adcompiler.backend.loops import Tapes, elements
from adcompiler.backend.memory import MUTATING, Memory, holds_memory
from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Foreign,
    If,
    Op,
    Prim,
    Var,
    While,
    blocks_of,
    operands,
)
from adcompiler.ir.ops import OPS

WIDTH = 76
"""About how long a nested expression may become, in characters."""


@dataclass
class Nesting:
    """The bindings that are printed where their result is used, by that result."""

    inlined: dict[Var, Bind] = field(default_factory=dict)
    uses: Counter[Var] = field(default_factory=Counter)
    makers: dict[Var, Bind] = field(default_factory=dict)
    tapes: Tapes = field(default_factory=lambda: Tapes(Block((), (), ())))

    def leaves(self, atom: Atom) -> Iterator[Var]:
        """The variables that an expression names."""
        if not isinstance(atom, Var):
            return
        if atom not in self.inlined:
            yield atom
            return
        for read in _reads(self.inlined[atom].op):
            yield from self.leaves(read)


def _reads(op: Op) -> Iterable[Atom]:
    """What an expression reads: operands, and for a conditional expression those of both sides."""
    if isinstance(op, If):
        return (op.cond, *op.then.results, *op.orelse.results)
    return operands(op)


def nest(block: Block, memory: Memory) -> Nesting:
    """Decide for a function's block."""
    nesting = Nesting(tapes=Tapes(block))
    _count(block, nesting)
    _Nester(nesting, memory).block(block, outermost=True)
    return nesting


def _count(block: Block, nesting: Nesting) -> None:
    for bind in block.binds:
        for t in bind.targets:
            nesting.makers[t] = bind
        nesting.uses.update(a for a in operands(bind.op) if isinstance(a, Var))
        for inner in blocks_of(bind.op):
            _count(inner, nesting)
    nesting.uses.update(a for a in block.results if isinstance(a, Var))


class _Nester:
    def __init__(self, nesting: Nesting, memory: Memory) -> None:
        self.nesting, self.memory = nesting, memory
        self.width: dict[Var, int] = {}
        self.elements: set[Var] = set()

    def block(self, block: Block, outermost: bool = False) -> None:
        """Decide for a block, its last binding first, so that it is known where each use is printed."""
        user = self._users(block)
        printed: dict[int, int] = {}
        total: dict[int, int] = {}
        written = [self._written(b.op) for b in block.binds]
        effects = [_has_effect(b.op) for b in block.binds]
        for k in range(len(block.binds) - 1, -1, -1):
            bind = block.binds[k]
            if isinstance(bind.op, For):
                for element in elements(bind.op, self.nesting):
                    element.hint = element.hint or "v"
                    self.elements.add(element)
            for inner in blocks_of(bind.op):
                self.block(inner)
            printed[k] = k
            at = user.get(bind.targets[0]) if len(bind.targets) == 1 else None
            if at is None or bind.targets[0] in self.elements or not self._is_expression(bind):
                continue
            target = bind.targets[0]
            place = printed.get(at, at)
            if self._stays(bind, target, block, at, outermost) or any(effects[k + 1:place]) or (
                    effects[k] if k < len(effects) else False):
                continue
            if self._conflicts(bind, written[k + 1:place]):
                continue
            width = self._width_of(bind.op)
            whole = total.get(place, self._width_of(block.binds[place].op) if place < len(block.binds) else 0)
            if whole + width > WIDTH:
                continue
            total[place] = whole + width
            self.width[target] = width
            self.nesting.inlined[target] = bind
            printed[k] = place

    def _users(self, block: Block) -> dict[Var, int]:
        """Where in this block the values with a single use are used."""
        found: dict[Var, int] = {}
        for k, bind in enumerate(block.binds):
            direct = operands(bind.op)
            if isinstance(bind.op, While):
                direct = ()  # initial values are assignments before the loop
            for a in direct:
                if isinstance(a, Var) and self.nesting.uses[a] == 1:
                    found[a] = k
        for a in block.results:
            if isinstance(a, Var) and self.nesting.uses[a] == 1:
                found[a] = len(block.binds)
        return found

    def _is_expression(self, bind: Bind) -> bool:
        match bind.op:
            case Prim(name=name):
                return name not in MUTATING and not OPS[name].effect
            case Foreign(pure=pure):
                return pure
            case If(then=then, orelse=orelse):
                return all(b.targets and b.targets[0] in self.nesting.inlined for s in (then, orelse) for b in s.binds)
            case _:
                return False

    def _stays(self, bind: Bind, target: Var, block: Block, at: int, outermost: bool) -> bool:
        """Whether the value is a statement: it has the user's name, or belongs to another statement of the primal."""
        if isinstance(bind.op, If) and any(isinstance(r, Const) and not isinstance(r.value, bool | int | float)
                                           for s in (bind.op.then, bind.op.orelse) for r in s.results):
            return True
        at_end = at == len(block.binds)
        if target.hint and not target.hint.endswith("_bar"):
            return not (at_end and outermost and len(block.results) == 1)
        if at_end:
            return bool(target.hint) and not (outermost and len(block.results) == 1)
        user = block.binds[at]
        if isinstance(user.op, For) and target in user.op.inits:
            return bool(target.hint)
        if isinstance(user.op, Prim) and user.op.name == "copy" and target.hint:
            return True
        return bool(bind.note and user.note and bind.note != user.note)

    def _conflicts(self, bind: Bind, written: list[frozenset[int]]) -> bool:
        """Whether memory that the expression reads is written before it would be printed."""
        reach: frozenset[int] = frozenset()
        for a in self._memory_reads(bind.op):
            reach |= self.memory.reach(a)
        return any(reach & w for w in written)

    def _memory_reads(self, op: Op) -> Iterator[Atom]:
        for a in _reads(op):
            if isinstance(a, Var) and holds_memory(a.type):
                yield a
        if isinstance(op, If):
            for side in (op.then, op.orelse):
                for b in side.binds:
                    yield from self._memory_reads(b.op)

    def _written(self, op: Op) -> frozenset[int]:
        found: frozenset[int] = frozenset()
        if isinstance(op, Prim) and op.name in MUTATING:
            found = self.memory.own_of(op.args[0])
        for inner in blocks_of(op):
            for b in inner.binds:
                found |= self._written(b.op)
        return found

    def _width_of(self, op: Op) -> int:
        total = len(op.name.split(".")[-1]) + 4 if isinstance(op, Prim) and "." in op.name else 3
        if isinstance(op, Foreign):
            total += len(op.template)
        return total + sum(self._width(a) + 2 for a in _reads(op))

    def _width(self, atom: Atom) -> int:
        if isinstance(atom, Const):
            return len(repr(atom.value))
        return self.width.get(atom, len(atom.hint) or 2)


def _has_effect(op: Op) -> bool:
    match op:
        case Prim(name=name):
            return OPS[name].effect
        case Foreign(pure=pure):
            return not pure
        case Call():
            return False
        case _:
            return any(_has_effect(b.op) for inner in blocks_of(op) for b in inner.binds)
