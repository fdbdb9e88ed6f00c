"""Forward and reverse sweep of a loop in one loop.

Where the adjoints that the reverse of a loop carries are sums, to which every iteration adds something that it computes by
itself, the iterations of the reverse sweep may run in any order: forwards, too, and each right after the same iteration of
the forward sweep. Then nothing has to be kept:

    for i in range(n):                          for i in range(n):
        d = x[i] - y[i]                             d = x[i] - y[i]
        d_saved.append(d)               ->          s += d * d
        s += d * d                                  x_bar[i] += 2 * d
    for i, d in enumerate(d_saved):
        x_bar[i] += 2 * d

That is possible where nothing that the reverse sweep reads depends on what the forward loop gives. Whether it does is
known when the whole program has been reversed: the reverser leaves a loop whose body reads the variables of the forward
loop's body, and `merge` puts both together, or says that the program has to be reversed again without this pair.

Source of the idea: the reduced tape of "parallel" loops in Hascoet, Fidanova and Held, "Adjoining independent computations"
(2002); the test for sums is ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from adcompiler.ir.nodes import Atom, Bind, Block, Const, For, Foreign, If, Op, Prim, Var, While, blocks_of, free_vars, operands
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import FLOAT, INT, Scalar
from adcompiler.transforms.simplify import SHAPE_ONLY


@dataclass(frozen=True, eq=False)
class Waiting:
    """In the place of a loop's step: it is the reverse of this loop of the primal, and waits to be fused with it."""

    forward: For


@dataclass(eq=False)
class Fusion:
    """Which loops are to be fused with their reverse."""

    refused: set[int] = field(default_factory=set)
    """The operations (by identity) of the primal whose loops cannot be fused."""

    def wants(self, op: For) -> bool:
        """Whether the loop is to be fused, as far as is known."""
        return id(op) not in self.refused and not _acts(op)

    def pair(self, op: For, inits: Sequence[Atom], body: Block) -> For:
        """The reverse of a loop, to be merged: its body reads the variables of the forward loop's."""
        counter = Var(op.index.hint, op.index.type)
        return For(op.start, op.stop, Const(Waiting(op), INT), tuple(inits), replace(body, params=(counter, *body.params)))

    def merge(self, binds: Sequence[Bind]) -> tuple[Bind, ...]:
        """The bindings with each pair made one loop; what cannot be is refused from now on."""
        found = list(binds)
        for waiting in [b for b in found if _forward_of(b) is not None]:
            primal = _forward_of(waiting)
            assert primal is not None
            at = found.index(waiting)
            first = next((k for k, b in enumerate(found[:at]) if isinstance(b.op, For) and b.op.index is primal.index), None)
            merged = None if first is None else self._merged(found, first, at)
            if merged is None:
                self.refused.add(id(primal))
            else:
                found = merged
        return tuple(self._inside(b) for b in found)

    def _inside(self, bind: Bind) -> Bind:
        op = bind.op
        match op:
            case If():
                return replace(bind, op=replace(op, then=self._block(op.then), orelse=self._block(op.orelse)))
            case For():
                return replace(bind, op=replace(op, body=self._block(op.body)))
            case While():
                return replace(bind, op=replace(op, body=self._block(op.body)))
            case _:
                return bind

    def _block(self, block: Block) -> Block:
        return replace(block, binds=self.merge(block.binds))

    def _merged(self, binds: list[Bind], first: int, second: int) -> list[Bind] | None:
        """The bindings with two of them made one loop, where the second does not depend on results of the first."""
        forward, reverse = binds[first], binds[second]
        tainted, after, before = set(forward.targets), list[Bind](), list[Bind]()
        for bind in binds[first + 1:second]:
            if tainted.isdisjoint(_read(bind)):
                before.append(bind)
                continue
            if _acts(bind.op):
                return None
            tainted.update(bind.targets)
            after.append(bind)
        a, b = forward.op, reverse.op
        assert isinstance(a, For) and isinstance(b, For)
        reverse, later = _beginning_at_zero(reverse, b, tainted)
        b = reverse.op
        assert isinstance(b, For)
        if not tainted.isdisjoint(_read(reverse)):
            return None
        after += later
        body = Block((a.index, *a.carried, *b.carried), (*a.body.binds, *b.body.binds), (*a.yields, *b.yields))
        loop = Bind((*forward.targets, *reverse.targets), replace(a, inits=(*a.inits, *b.inits), body=body), reverse.span,
                    reverse.note)
        return [*binds[:first], *before, loop, *after, *binds[second + 1:]]


def _beginning_at_zero(bind: Bind, op: For, late: set[Var]) -> tuple[Bind, list[Bind]]:
    """The loop with sums that begin at zero where their beginnings are known only later; and what adds these to them."""
    inits, targets, later = list(op.inits), list(bind.targets), list[Bind]()
    for k, (start, target) in enumerate(zip(op.inits, bind.targets, strict=True)):
        unchanged = _unchanged(op.body, op.yields[k]) is op.carried[k]
        if start in late and isinstance(target.type, Scalar) and target.type.dtype == "float64" and not unchanged:
            inits[k], targets[k] = Const(0.0, FLOAT), Var(target.hint, target.type)
            later.append(Bind((target,), Prim("add", (start, targets[k])), bind.span, bind.note))
    return replace(bind, targets=tuple(targets), op=replace(op, inits=tuple(inits))), later


def _forward_of(bind: Bind) -> For | None:
    """The loop of the primal with whose forward loop this one is to be fused, if any."""
    step = bind.op.step if isinstance(bind.op, For) else None
    return step.value.forward if isinstance(step, Const) and isinstance(step.value, Waiting) else None


def _acts(op: Op) -> bool:
    """Whether an operation has effects; that it may raise, as a division does, does not count: only the order changes."""
    match op:
        case Prim(name):
            return OPS[name].effect
        case Foreign():
            return not op.pure
        case _:
            return any(_acts(b.op) for inner in blocks_of(op) for b in inner.binds)


def _read(bind: Bind) -> set[Var]:
    found = {a for a in operands(bind.op) if isinstance(a, Var)}
    for block in blocks_of(bind.op):
        found.update(free_vars(block))
    return found


def sums_only(body: Block, carried: Sequence[Var], results: Sequence[Atom]) -> bool:
    """Whether a body only adds to what it carries, so that its iterations may run in any order."""
    uses: Counter[Var] = Counter()
    _count(body, uses)
    uses.update(a for a in results if isinstance(a, Var))
    for start, end in zip(carried, results, strict=True):
        if _unchanged(body, end) is start:
            continue
        chain: Counter[Var] = Counter()
        if _origin(body, end, chain) is not start or any(uses[v] != n for v, n in chain.items()):
            return False
    return True


def _count(block: Block, uses: Counter[Var]) -> None:
    for bind in block.binds:
        of_shape = SHAPE_ONLY.get(bind.op.name, -1) if isinstance(bind.op, Prim) else -1
        uses.update(a for k, a in enumerate(operands(bind.op)) if isinstance(a, Var) and k != of_shape)
        for inner in blocks_of(bind.op):
            _count(inner, uses)
            uses.update(a for a in inner.results if isinstance(a, Var))


def _unchanged(block: Block, end: Atom) -> Atom:
    """The value outside of a block's bindings that `end` is, as far as loops and branches pass it on."""
    makers = {t: (b, k) for b in block.binds for k, t in enumerate(b.targets)}
    while isinstance(end, Var) and end in makers:
        bind, k = makers[end]
        match bind.op:
            case If(then=then, orelse=orelse):
                before, other = _unchanged(then, then.results[k]), _unchanged(orelse, orelse.results[k])
                if before is not other:
                    return end
            case For() | While() as op if _unchanged(op.body, op.yields[k]) is op.carried[k]:
                before = op.inits[k]
            case _:
                return end
        end = before
    return end


def _origin(block: Block, end: Atom, chain: Counter[Var]) -> Atom | None:
    """The value outside of a block's bindings to which they add up to `end`; `chain` counts the steps between."""
    makers = {t: (b, k) for b in block.binds for k, t in enumerate(b.targets)}
    while isinstance(end, Var):
        chain[end] += 1
        made = makers.get(end)
        if made is None:
            return end
        bind, k = made
        match bind.op:
            case Prim("add" | "sub" | "accumulate", args):
                before: Atom | None = args[0]
            case If(then=then, orelse=orelse):
                sides = [_origin(side, side.results[k], chain) for side in (then, orelse)]
                before = sides[0] if sides[0] is sides[1] else None
                if isinstance(before, Var):
                    chain[before] -= 1  # both sides counted it, and the next step does again
            case For(exits=False) as op:
                before = op.inits[k] if _origin(op.body, op.yields[k], chain) is op.carried[k] else None
            case _:
                return None
        end = before  # type: ignore[assignment]
    return None


__all__ = ["Fusion", "sums_only"]
