"""Which variables are alive together, and which assignments nobody reads.

A walk backwards over structured code. Sets of variables are integers with a bit for each. An assignment counts
as a use of what it reads only if its own target is alive, so that values which only feed themselves from one
iteration to the next are dead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adcompiler.backend.code import (
    Apply,
    Assign,
    Branch,
    Effect,
    Expr,
    ForLoop,
    Jump,
    Move,
    Return,
    Statement,
    Update,
    WhileLoop,
    variables,
)
from adcompiler.ir.nodes import Call, Foreign, Prim, Var

Set = int


@dataclass
class Lives:
    """The result: `clashes[k]` are the variables alive where variable k is assigned; `moves` the pairs that would
    like to share a name, the urgent ones first."""

    order: list[Var] = field(default_factory=list)
    number: dict[Var, int] = field(default_factory=dict)
    clashes: list[Set] = field(default_factory=list)
    updates: list[tuple[Var, Var]] = field(default_factory=list)
    moves: list[tuple[Var, Var]] = field(default_factory=list)

    def bit(self, var: Var) -> Set:
        """The set of one variable."""
        if var not in self.number:
            self.number[var] = len(self.order)
            self.order.append(var)
            self.clashes.append(0)
        return 1 << self.number[var]

    def of(self, *exprs: Expr) -> Set:
        """The variables that expressions read."""
        found = 0
        for e in exprs:
            for v in variables(e):
                found |= self.bit(v)
        return found


def analyse(code: list[Statement], params: Sequence[Var], impure: frozenset[str]) -> Lives:
    """Find out what is alive where, and remove assignments that nobody reads from `code`."""
    lives = Lives()
    for p in params:
        lives.bit(p)
    for var in _in_order(code):
        lives.bit(var)
    walk = _Walk(lives, impure)
    while True:
        walk.grown = False
        walk.block(code, 0)
        if not walk.grown:
            break
    walk.final = True
    live = walk.block(code, 0)
    everyone = 0
    for p in params:
        everyone |= lives.bit(p)
    for p in params:
        lives.clashes[lives.number[p]] |= (live | everyone) & ~lives.bit(p)
    return lives


def _in_order(code: Sequence[Statement]) -> Iterator[Var]:
    """The variables that are assigned, in the order in which one reads them."""
    for s in code:
        match s:
            case Assign(targets) | Update(targets):
                yield from targets
            case Move(pairs):
                yield from (t for t, _, _ in pairs)
            case Branch(_, body, orelse):
                yield from _in_order(body)
                yield from _in_order(orelse)
            case ForLoop():
                if s.index is not None:
                    yield s.index
                for element in s.elements:
                    yield from element
                yield from _in_order(s.body)
                yield from _in_order(s.orelse)
            case WhileLoop():
                yield from _in_order(s.body)
                yield from _in_order(s.orelse)


class _Walk:
    def __init__(self, lives: Lives, impure: frozenset[str]) -> None:
        self.lives, self.impure = lives, impure
        self.heads: dict[int, Set] = {}
        self.jumps: list[tuple[Set, Set]] = []
        self.grown = self.final = False

    def block(self, code: list[Statement], live: Set) -> Set:
        """What is alive before the statements, given what is alive after them."""
        for k in range(len(code) - 1, -1, -1):
            live, kept = self._statement(code[k], live)
            if self.final and not kept:
                del code[k]
        return live

    def _statement(self, s: Statement, live: Set) -> tuple[Set, bool]:
        of = self.lives.of
        match s:
            case Assign(targets, value):
                return self._assign(targets, value, live)
            case Move():
                return self._move(s, live)
            case Update():
                return self._update(s, live)
            case Effect(_, args):
                return live | of(*args), True
            case Branch(cond, body, orelse):
                live = self.block(body, live) | self.block(orelse, live)
                return live | of(cond), bool(body or orelse or not self.final)
            case ForLoop() | WhileLoop():
                return self._loop(s, live), True
            case Jump(kind):
                return self.jumps[-1][kind == "continue"], True
            case Return(values):
                return of(*values), True
        raise TypeError(f"not a statement: {s!r}")

    def _define(self, var: Var, alive: Set, source: Expr | None = None) -> None:
        if not self.final:
            return
        alive &= ~self.lives.bit(var)
        if isinstance(source, Var):
            alive &= ~self.lives.bit(source)
        self.lives.clashes[self.lives.number[var]] |= alive

    def _assign(self, targets: Sequence[Var], value: Expr, live: Set) -> tuple[Set, bool]:
        written = self.lives.of(*targets)
        if not written & live and targets and not self._effectful(value):
            return live, False
        for t in targets:
            self._define(t, live | written, value)
        if self.final and isinstance(value, Var):
            self.lives.moves.append((targets[0], value))
        return live & ~written | self.lives.of(value), True

    def _effectful(self, value: Expr) -> bool:
        return isinstance(value, Apply) and (
            (isinstance(value.op, Foreign) and not value.op.pure)
            or (isinstance(value.op, Call) and value.op.callee in self.impure)
            or (isinstance(value.op, Prim) and bool(value.op.param("keep")))
            or any(map(self._effectful, value.args)))

    def _move(self, s: Move, live: Set) -> tuple[Set, bool]:
        pairs = [p for p in s.pairs if self.lives.bit(p[0]) & live or self._effectful(p[1])]
        written = self.lives.of(*(t for t, _, _ in pairs))
        for t, value, _ in pairs:
            free = isinstance(value, Var) and not self.lives.bit(value) & written
            self._define(t, live | written, value if free else None)
            if self.final and isinstance(value, Var):
                self.lives.moves.append((t, value))
        if self.final:
            s.pairs[:] = pairs
        return live & ~written | self.lives.of(*(v for _, v, _ in pairs)), bool(pairs)

    def _update(self, s: Update, live: Set) -> tuple[Set, bool]:
        written = self.lives.of(*s.targets)
        if s.targets and not written & live:
            return live, False
        for t in s.targets:
            self._define(t, live | written)
        if self.final and s.targets and isinstance(s.base, Var):
            self.lives.updates.append((s.targets[0], s.base))
        return live & ~written | self.lives.of(s.base, *s.args), True

    def _loop(self, s: ForLoop | WhileLoop, after: Set) -> Set:
        lives = self.lives
        head = self.heads.get(id(s), 0)
        exhausted = self.block(s.orelse, after)
        self.jumps.append((after, head))
        inside = self.block(s.body, head)
        self.jumps.pop()
        if isinstance(s, ForLoop):
            bound = [v for e in s.elements for v in e] + ([s.index] if s.index is not None else [])
            written = lives.of(*bound)
            for v in bound:
                self._define(v, inside | written)
            before = exhausted | inside & ~written
        else:
            before = exhausted | inside | lives.of(s.cond)
        if before & ~head:
            self.heads[id(s)] = head | before
            self.grown = True
        return before | (lives.of(*s.bounds, *s.sequences) if isinstance(s, ForLoop) else 0)
