"""Which value lends its shape: one that is computed anyway, and has a name.

`np.zeros_like(logits)` needs some array of that shape; where all that is left of `logits` would be this, another
array of the same type is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from adcompiler.ir.build import UNDEF
from adcompiler.ir.nodes import Atom, Bind, Block, For, Function, If, Prim, Program, Var, While, blocks_of
from adcompiler.ir.rename import mapped
from adcompiler.ir.types import Array, Type, varies
from adcompiler.transforms.arrays import count_uses
from adcompiler.transforms.prune import prune_function
from adcompiler.transforms.simplify import SHAPE_ONLY


def lend_shapes(program: Program) -> Program:
    """The program with shapes taken from values that it needs for more than their shape, and without those it does not."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    if not _borrows(function.block):
        return function
    needed = prune_function(replace(function, block=without_shapes(function.block)))
    uses = count_uses(needed.block)
    return prune_function(replace(function, block=_Lender(function, uses).block(function.block, {})))


def lend_inside(block: Block, elsewhere: Collection[Var]) -> Block:
    """The block with shapes of its own values where it asked for those of `elsewhere`, as far as there are some."""
    return _Inner(elsewhere).block(block, {}) if _borrows(block) else block


def lent_by(block: Block, lenders: Mapping[Var, Var]) -> Block:
    """The block with the shapes of some variables taken from others, which have the same."""
    binds = []
    for bind in block.binds:
        op = bind.op
        if isinstance(op, Prim) and op.name in SHAPE_ONLY and (atom := _lent(op)) in lenders and isinstance(atom, Var):
            binds.append(replace(bind, op=_with(op, lenders[atom])))
        else:
            binds.append(mapped(bind, lambda inner: lent_by(inner, lenders)))
    return replace(block, binds=tuple(binds))


def _borrows(block: Block) -> bool:
    return any((isinstance(b.op, Prim) and b.op.name in SHAPE_ONLY) or any(map(_borrows, blocks_of(b.op))) for b in block.binds)


def _lent(op: Prim) -> Atom:
    return op.args[SHAPE_ONLY[op.name]]


def _with(op: Prim, atom: Atom) -> Prim:
    k = SHAPE_ONLY[op.name]
    return replace(op, args=(*op.args[:k], atom, *op.args[k + 1:]))


def without_shapes(block: Block) -> Block:
    """The block with nothing in the places where values only lend their shape: to see what it needs otherwise."""
    binds = [replace(b, op=_with(b.op, UNDEF)) if isinstance(b.op, Prim) and b.op.name in SHAPE_ONLY else
             mapped(b, without_shapes) for b in block.binds]
    return replace(block, binds=tuple(binds))


def _bound(bind: Bind) -> list[bool]:
    """Of which targets it is certain that they have a value whichever way a branch goes."""
    match bind.op:
        case If(_, then, orelse):
            return [_has_value(p, then) and _has_value(q, orelse) for p, q in zip(then.results, orelse.results, strict=True)]
        case For() | While() as op:
            return [init != UNDEF for init in op.inits]
        case _:
            return [True] * len(bind.targets)


def _unbound(bind: Bind) -> list[Var]:
    """The carried values of a loop that have no value at first."""
    match bind.op:
        case For(inits=inits, body=body):
            places = [(body, 1)]
        case While(inits=inits, cond=cond, body=body):
            places = [(body, 0), (cond, 0)]
        case _:
            return []
    return [p for block, first in places for p, init in zip(block.params[first:], inits, strict=True) if init == UNDEF]


def _has_value(atom: Atom, block: Block) -> bool:
    if atom == UNDEF:
        return False
    made = next((b for b in block.binds if atom in b.targets), None)
    return made is None or _bound(made)[made.targets.index(atom)]


class _Choice:
    """Walks blocks and chooses for every shape that is read an array that lends it."""

    def block(self, block: Block, visible: dict[Type, tuple[Var, ...]], unbound: Collection[Var] = ()) -> Block:
        visible = dict(visible)
        for v in block.params:
            if isinstance(v.type, Array) and v not in unbound:
                visible[v.type] = (*visible.get(v.type, ()), v)
        binds = []
        for bind in block.binds:
            if isinstance(bind.op, Prim) and bind.op.name in SHAPE_ONLY and len(bind.targets) == 1:
                lent = _lent(bind.op)
                if isinstance(lent, Var) and isinstance(lent.type, Array) and not any(map(varies, lent.type.dims)):
                    found = self.better(lent, bind.targets[0], visible.get(lent.type, ()))
                    bind = bind if found is lent else replace(bind, op=_with(bind.op, found))
            else:
                unbound = _unbound(bind)
                bind = mapped(bind, lambda inner: self.block(inner, visible, unbound))  # noqa: B023
            for t, bound in zip(bind.targets, _bound(bind), strict=True):
                if isinstance(t.type, Array) and bound:
                    visible[t.type] = (*visible.get(t.type, ()), t)
            binds.append(bind)
        return replace(block, binds=tuple(binds))

    def better(self, lent: Var, target: Var, alike: Sequence[Var]) -> Var:
        """The array that had better lend its shape to `target`: one of `alike`, or `lent`."""
        raise NotImplementedError


class _Lender(_Choice):
    """`uses`: how often values are read for more than their shape; `changing`: those that are updated."""

    def __init__(self, function: Function, uses: Counter[Var]) -> None:
        self.uses, self.params = uses, set(function.block.params)
        self.changing = set(_changing(function.block))

    def better(self, lent: Var, target: Var, alike: Sequence[Var]) -> Var:
        if lent in self.params:
            return lent
        named = [v for v in alike if v.hint and not v.hint.endswith("_bar") and self.uses[v] and v not in self.changing]
        same = [v for v in named if target.hint == f"{v.hint}_bar"]
        if same:
            return same[-1]
        if (lent.hint and self.uses[lent]) or self.uses[lent] > 1 or not named:
            return lent
        return named[-1]


class _Inner(_Choice):
    def __init__(self, elsewhere: Collection[Var]) -> None:
        self.elsewhere = elsewhere

    def better(self, lent: Var, target: Var, alike: Sequence[Var]) -> Var:
        return alike[0] if lent in self.elsewhere and alike else lent


def _changing(block: Block) -> Iterator[Var]:
    """The values that are updated or carried, so that the memory of the name changes."""
    for bind in block.binds:
        op = bind.op
        changed = op.args[:1] if isinstance(op, Prim) and op.name in ("store", "accumulate") else \
            op.inits if isinstance(op, For | While) else ()
        yield from (a for a in changed if isinstance(a, Var))
        for inner in blocks_of(op):
            yield from _changing(inner)
