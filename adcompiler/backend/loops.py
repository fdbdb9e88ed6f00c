"""The headers of `for` loops: how a person would write a loop over a range whose body begins by reading elements."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from adcompiler.backend.memory import MUTATING
from adcompiler.backend.spell import name
from adcompiler.ir.nodes import Atom, Bind, Block, Const, For, Prim, Var, While, blocks_of

Spelled = Callable[[Atom], ast.expr]


@dataclass(frozen=True)
class Header:
    """`for target in iterable`, and the bindings of the body that it replaces."""

    target: ast.expr
    iterable: ast.expr
    replaced: frozenset[Var]


class Tapes:
    """Lists that a loop fills with one element an iteration: all those of one loop have the same length."""

    def __init__(self, block: Block) -> None:
        self.origin: dict[Var, Bind] = {}
        self._block(block)

    def _block(self, block: Block) -> None:
        for bind in block.binds:
            if isinstance(bind.op, For | While):
                made = {t: b.op for b in bind.op.body.binds for t in b.targets}
                for t, c, y in zip(bind.targets, bind.op.carried, bind.op.yields, strict=True):
                    step = made.get(y) if isinstance(y, Var) else None
                    if isinstance(step, Prim) and step.name == "append" and step.args[0] is c:
                        self.origin[t] = bind
            for inner in blocks_of(bind.op):
                self._block(inner)

    def same_length(self, a: Var, b: Var) -> bool:
        """Whether two lists certainly have the same length."""
        return a is b or (a in self.origin and self.origin.get(b) is self.origin[a])

    def range_of(self, tape: Var) -> Atom | None:
        """n, where the list has an element for each i of range(n)."""
        bind = self.origin.get(tape)
        if bind is None or not isinstance(bind.op, For) or bind.op.exits:
            return None
        op = bind.op
        return op.stop if _is(op.start, 0) and _is(op.step, 1) else None


class Facts(Protocol):
    """What is known of a function's values (`adcompiler.backend.nest.Nesting`)."""

    uses: Counter[Var]
    makers: dict[Var, Bind]
    inlined: dict[Var, Bind]
    tapes: Tapes


def elements(op: For, facts: Facts) -> dict[Var, Var]:
    """The values that the header binds, with the sequences that they are elements of."""
    backward = _is(op.step, -1)
    size = _size_of(op, facts, backward)
    if size is None or not (_is(op.stop, -1) if backward else _is(op.start, 0) and _is(op.step, 1)):
        return {}
    found = {t: s for t, s in _leading_loads(op).items() if facts.tapes.same_length(size, s)}
    return found


def header(op: For, facts: Facts, spelled: Spelled, named: Callable[[Var], str], stable: Callable[[Atom], bool]) -> Header:
    """The header of a loop."""
    backward = _is(op.step, -1)
    found = elements(op, facts)
    if not found:
        return _over_range(op, facts, spelled, named, backward)
    targets: list[ast.expr] = [ast.Name(named(t), ast.Store()) for t in found]
    sequences: list[ast.expr] = [spelled(s) for s in found.values()]
    if facts.uses[op.index] > len(found):
        index = ast.Name(named(op.index), ast.Store())
        if not backward:
            inner = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
            whole = sequences[0] if len(sequences) == 1 else _call("zip", *sequences)
            return Header(ast.Tuple([index, inner], ast.Store()), _call("enumerate", whole), frozenset(found))
        count = facts.tapes.range_of(next(iter(found.values())))
        targets.insert(0, index)
        sequences.insert(0, _call("range", spelled(count) if count is not None and stable(count) else _call("len", sequences[0])))
    if backward:
        sequences = [_call("reversed", s) for s in sequences]
    target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
    return Header(target, sequences[0] if len(sequences) == 1 else _call("zip", *sequences), frozenset(found))


def _over_range(op: For, facts: Facts, spelled: Spelled, named: Callable[[Var], str], backward: bool) -> Header:
    used = facts.uses[op.index] > 0
    target = ast.Name(named(op.index) if used else "_", ast.Store())
    if backward and used:
        start, stop = _plus_one(op.stop, facts, spelled), _plus_one(op.start, facts, spelled)
        if start is not None and stop is not None:
            return Header(target, _call("reversed", _range(start, stop)), frozenset())
    if _is(op.step, 1):
        return Header(target, _range(spelled(op.start), spelled(op.stop)), frozenset())
    if backward and not used and (stop := _plus_one(op.start, facts, spelled)) is not None and _is(op.stop, -1):
        return Header(target, _call("range", stop), frozenset())
    return Header(target, _call("range", spelled(op.start), spelled(op.stop), spelled(op.step)), frozenset())


def _range(start: ast.expr, stop: ast.expr) -> ast.expr:
    if isinstance(start, ast.Constant) and start.value == 0:
        return _call("range", stop)
    return _call("range", start, stop)


def _call(function: str, *args: ast.expr) -> ast.expr:
    return ast.Call(name(function), list(args), [])


def _is(atom: Atom, value: int) -> bool:
    return isinstance(atom, Const) and type(atom.value) is int and atom.value == value


def _plus_one(atom: Atom, facts: Facts, spelled: Spelled) -> ast.expr | None:
    """`n` for `n - 1`."""
    if isinstance(atom, Const):
        return ast.Constant(atom.value + 1) if atom.value >= -1 else None
    made = facts.makers.get(atom)
    if made is not None and isinstance(made.op, Prim) and made.op.name == "sub" and _is(made.op.args[1], 1) \
            and atom in facts.inlined:
        return spelled(made.op.args[0])
    return None


def _leading_loads(op: For) -> dict[Var, Var]:
    """The elements that the body reads first, of sequences that it does not change."""
    found: dict[Var, Var] = {}
    inside = {t for b in op.body.binds for t in b.targets} | set(op.body.params)
    for bind in op.body.binds:
        made = bind.op
        if not (isinstance(made, Prim) and made.name == "load" and made.param("index") == ("i",) and made.args[1] is op.index):
            if isinstance(made, Prim) and made.name not in MUTATING:
                continue
            break
        base = made.args[0]
        if isinstance(base, Var) and base not in inside and base not in found.values():
            found[bind.targets[0]] = base
    return found


def _size_of(op: For, facts: Facts, backward: bool) -> Var | None:
    """The sequence whose length bounds the loop."""
    bound = op.start if backward else op.stop
    if backward and isinstance(bound, Var):
        made = facts.makers.get(bound)
        bound = made.op.args[0] if made is not None and isinstance(made.op, Prim) and made.op.name == "sub" \
            and _is(made.op.args[1], 1) else bound
    made = facts.makers.get(bound) if isinstance(bound, Var) else None
    if made is not None and isinstance(made.op, Prim) and made.op.name == "len":
        sequence = made.op.args[0]
        return sequence if isinstance(sequence, Var) else None
    return None
