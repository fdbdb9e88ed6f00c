"""Where an update may happen in place: copies are inserted before those that may not.

In the IR arrays and lists are values; in Python they are memory. `store`, `accumulate`, `append` and `pop`
become updates in place. That is right when the old value is dead, when no other value that is still read may
share its memory, and when the memory is our own: not an argument's, not a constant's. Everywhere else the
operand is copied first; for a value that a loop carries and updates, once before the loop.

Each value has the memory that it is (`own`) and, for lists and tuples, the memory that it holds (`inner`),
as sets of places of allocation. A carried value has a place of its own for what the previous iteration left.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    For,
    Foreign,
    Function,
    If,
    Prim,
    Var,
    While,
    free_vars,
    operands,
)
from adcompiler.ir.types import Array, List, Saved, Tuple, Type, Unknown

MUTATING = frozenset(["store", "accumulate", "append", "pop"])
FOREIGN = 0
"""The place of all memory that is not ours."""

_FRESH = frozenset(
    "add sub mul truediv floordiv mod pow neg pos matmul lt le gt ge eq ne xor invert bitand bitor bitxor copy spread "
    "repeat numpy.zeros numpy.ones numpy.empty numpy.full numpy.eye numpy.identity numpy.zeros_like numpy.ones_like "
    "numpy.empty_like numpy.full_like numpy.arange numpy.linspace numpy.array numpy.where numpy.concatenate numpy.stack "
    "numpy.sum numpy.mean numpy.prod numpy.max numpy.min numpy.amax numpy.amin numpy.var numpy.std numpy.cumsum numpy.outer "
    "numpy.dot numpy.matmul numpy.inner numpy.tril numpy.triu numpy.roll numpy.linalg.solve numpy.linalg.inv "
    "numpy.sin numpy.cos numpy.tan numpy.exp numpy.expm1 numpy.log numpy.log1p numpy.log2 numpy.log10 numpy.sqrt numpy.tanh "
    "numpy.sinh numpy.cosh numpy.arcsin numpy.arccos numpy.arctan numpy.arctan2 numpy.abs numpy.sign numpy.square "
    "numpy.maximum numpy.minimum numpy.logical_and numpy.logical_or numpy.logical_not numpy.reciprocal numpy.cbrt "
    "numpy.floor numpy.ceil numpy.hypot numpy.logaddexp numpy.clip".split()
)

Places = frozenset[int]
_NONE: Places = frozenset()


def holds_memory(type_: Type) -> bool:
    """Whether values of the type are or hold memory that can be written."""
    return isinstance(type_, Array | List | Saved | Unknown) or (
        isinstance(type_, Tuple) and any(map(holds_memory, type_.items)))


@dataclass
class Memory:
    """What every value is and holds."""

    own: dict[Var, Places] = field(default_factory=dict)
    inner: dict[Var, Places] = field(default_factory=dict)
    _places: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def place(self) -> int:
        """A new place of allocation."""
        return next(iter(self._places))

    def own_of(self, atom: Atom) -> Places:
        """The memory that a value is."""
        return self.own.get(atom, _NONE) if isinstance(atom, Var) else _NONE

    def inner_of(self, atom: Atom) -> Places:
        """The memory that a value holds."""
        return self.inner.get(atom, _NONE) if isinstance(atom, Var) else _NONE

    def reach(self, atom: Atom) -> Places:
        """All memory that reading the value may read."""
        return self.own_of(atom) | self.inner_of(atom)


def insert_copies(function: Function) -> tuple[Function, Memory]:
    """The function with a `copy` before every update that may not happen in place, and where its values live."""
    live = _Liveness()
    live.block(function.block, set())
    memory = Memory()
    for param in function.block.params:
        if holds_memory(param.type):
            memory.own[param] = memory.inner[param] = frozenset([FOREIGN])
    return replace(function, block=_Copier(memory, live).block(function.block)), memory


class _Liveness:
    """For every update and every loop the memory values that are read afterwards."""

    def __init__(self) -> None:
        self.after: dict[int, frozenset[Var]] = {}

    def block(self, block: Block, live: set[Var]) -> None:
        """Walk a block backwards; `live` becomes what is live before it."""
        _read(block.results, live)
        for bind in reversed(block.binds):
            live.difference_update(bind.targets)
            op = bind.op
            if isinstance(op, Prim) and op.name in (*MUTATING, "add") and isinstance(bind.targets[0].type, Array | List):
                self.after[id(bind)] = frozenset(live)
            match op:
                case If():
                    other = set(live)
                    self.block(op.then, live)
                    self.block(op.orelse, other)
                    live |= other
                case For() | While():
                    self._loop(bind, op, live)
            _read(operands(op), live)

    def _loop(self, bind: Bind, op: For | While, live: set[Var]) -> None:
        outer = {v for v in free_vars(op.body) if holds_memory(v.type)}
        if isinstance(op, While):
            outer |= {v for v in free_vars(op.cond) if holds_memory(v.type)}
            carried = {p for p, q in zip(op.carried, op.cond.params, strict=True) if q in set(_block_reads(op.cond))}
        else:
            carried = set()
        live |= outer
        self.after[id(bind)] = frozenset(live)
        inside = live | carried
        self.block(op.body, inside)
        inside.difference_update(op.body.params)
        live |= inside


def _block_reads(block: Block) -> Iterable[Atom]:
    for bind in block.binds:
        yield from operands(bind.op)
    yield from block.results


def _read(atoms: Iterable[Atom], live: set[Var]) -> None:
    live.update(a for a in atoms if isinstance(a, Var) and holds_memory(a.type))


class _Copier:
    """Walks forwards, keeps track of memory and inserts copies."""

    def __init__(self, memory: Memory, live: _Liveness) -> None:
        self.memory, self.live = memory, live
        self.written: set[int] = set()

    def block(self, block: Block) -> Block:
        """The block with copies."""
        binds: list[Bind] = []
        for bind in block.binds:
            self._bind(bind, binds)
        return replace(block, binds=tuple(binds))

    def _bind(self, bind: Bind, binds: list[Bind]) -> None:
        op = bind.op
        match op:
            case Prim() if op.name in MUTATING:
                self._update(bind, op, binds)
            case Prim(name="add") if isinstance(bind.targets[0].type, Array):
                self._addition(bind, op, binds)
            case Prim():
                self._made(bind, op)
                binds.append(bind)
            case If():
                then, orelse = self.block(op.then), self.block(op.orelse)
                self._join(bind.targets, then.results, orelse.results)
                binds.append(replace(bind, op=If(op.cond, then, orelse)))
            case For() | While():
                binds.append(self._loop(bind, op, binds))
            case Foreign() | Call():
                held = frozenset[int]().union(*(self.memory.reach(a) for a in op.args), [FOREIGN])
                for t in bind.targets:
                    if holds_memory(t.type):
                        self._set(t, held, held)
                binds.append(bind)
            case _:
                raise TypeError(f"not an operation: {op!r}")

    def _set(self, var: Var, own: Places, inner: Places = _NONE) -> None:
        self.memory.own[var], self.memory.inner[var] = own, inner

    def _made(self, bind: Bind, op: Prim) -> None:
        memory = self.memory
        for t in bind.targets:
            if not holds_memory(t.type):
                continue
            reach = _NONE.union(*(memory.reach(a) for a in op.args))
            new = frozenset([memory.place()])
            if op.name in ("list", "tuple", "repeat", "save") or (op.name in ("copy", "add") and not isinstance(t.type, Array)):
                self._set(t, new, reach if op.name in ("list", "tuple", "save") else _NONE.union(*map(memory.inner_of, op.args)))
            elif op.name == "load" and isinstance(op.args[0].type, List):
                inner = memory.inner_of(op.args[0])
                self._set(t, inner if op.param("index") == ("i",) else new, inner)
            elif op.name in ("item", "saved_item"):
                inner = memory.inner_of(op.args[0]) | (frozenset([FOREIGN]) if op.name == "saved_item" else _NONE)
                self._set(t, inner, inner)
            elif op.name in _FRESH or (op.name == "load" and "a" in op.param("index")):
                self._set(t, new)
            elif op.name == "numpy.broadcast_to":
                self._set(t, frozenset([FOREIGN]))
            else:
                self._set(t, reach, _NONE.union(*map(memory.inner_of, op.args)))

    # --- updates --------------------------------------------------------------------------------------

    def _free(self, operand: Var, live: frozenset[Var]) -> bool:
        """Whether the operand's memory is ours and nobody reads it later."""
        own = self.memory.own_of(operand)
        return FOREIGN not in own and operand not in live and not any(own & self.memory.reach(v) for v in live)

    def _update(self, bind: Bind, op: Prim, binds: list[Bind]) -> None:
        operand = op.args[0]
        assert isinstance(operand, Var)
        live = self.live.after[id(bind)]
        if not self._free(operand, live):
            operand = self._copied(operand, binds)
            op = replace(op, args=(operand, *op.args[1:]))
        own, inner = self.memory.own_of(operand), self.memory.inner_of(operand)
        self.written |= own
        if op.name in ("append", "store") and isinstance(operand.type, List):
            inner |= self.memory.reach(op.args[1])
        self._set(bind.targets[0], own, inner)
        if op.name == "pop" and holds_memory(bind.targets[1].type):
            self._set(bind.targets[1], inner, inner)
        binds.append(replace(bind, op=op))

    def _copied(self, operand: Var, binds: list[Bind]) -> Var:
        copy = Var(operand.hint, operand.type)
        self._set(copy, frozenset([self.memory.place()]), self.memory.inner_of(operand))
        binds.append(Bind((copy,), Prim("copy", (operand,)), binds[-1].span if binds else None,
                          binds[-1].note if binds else ""))
        return copy

    def _addition(self, bind: Bind, op: Prim, binds: list[Bind]) -> None:
        """`x_bar = x_bar + v` on adjoints that are our own memory is `x_bar += v`."""
        a, b = op.args
        target = bind.targets[0]
        in_place = (isinstance(a, Var) and isinstance(a.type, Array) and a.type == target.type and a.hint == target.hint
                    and a.hint.endswith("_bar") and self._free(a, self.live.after[id(bind)]))
        if in_place:
            assert isinstance(a, Var)
            self.written |= self.memory.own_of(a)
            self._set(target, self.memory.own_of(a))
            binds.append(replace(bind, op=Prim("accumulate", (a, b), (("index", ("e",)),))))
        else:
            self._made(bind, op)
            binds.append(bind)

    # --- merging --------------------------------------------------------------------------------------

    def _join(self, targets: Sequence[Var], left: Sequence[Atom], right: Sequence[Atom]) -> None:
        for t, p, q in zip(targets, left, right, strict=True):
            if holds_memory(t.type):
                self._set(t, self.memory.own_of(p) | self.memory.own_of(q), self.memory.inner_of(p) | self.memory.inner_of(q))

    def _loop(self, bind: Bind, op: For | While, binds: list[Bind]) -> Bind:
        """Lower the body until what is carried settles; copy before the loop what the body updates and may not."""
        slots = [k for k, c in enumerate(op.carried) if holds_memory(c.type)]
        places = {k: self.memory.place() for k in slots}
        live = self.live.after[id(bind)]
        own = {k: frozenset([places[k]]) for k in slots}
        inner = {k: self.memory.inner_of(op.inits[k]) for k in slots}
        outer_written = self.written
        while True:
            self.written = set()
            for k in slots:
                self._set(op.carried[k], own[k], inner[k])
            before = next(iter(self.memory._places))
            body = self.block(op.body)
            yields = body.results[:len(op.inits)]
            changed = False
            for k in slots:
                for table, found in ((own, self.memory.own_of(yields[k])), (inner, self.memory.inner_of(yields[k]))):
                    kept = frozenset(p for p in found if p < before)
                    kept |= self._shared({p for p in found if p >= before}, k, slots, yields, places)
                    if not kept <= table[k]:
                        table[k] |= kept
                        changed = True
            if not changed:
                break
        inits = list(op.inits)
        for k in slots:
            init = inits[k]
            if not isinstance(init, Var):
                continue
            others = frozenset(a for j, a in enumerate(inits) if j != k and isinstance(a, Var))
            if places[k] in self.written and not self._free(init, live | others):
                init = inits[k] = self._copied(init, binds)
            extra = self.memory.own_of(init)
            self._set(op.carried[k], own[k] | extra, inner[k])
            self._set(bind.targets[k], own[k] | extra, inner[k])
        self.written |= outer_written
        for k in slots:
            if places[k] in self.written:
                self.written |= self.memory.own_of(inits[k])
        return replace(bind, op=replace(op, inits=tuple(inits), body=body))

    def _shared(self, mine: set[int], k: int, slots: Sequence[int], yields: Sequence[Atom], places: dict[int, int]) -> Places:
        """The places of other carried values that are the same memory, made in this iteration, as `mine`."""
        return frozenset(places[j] for j in slots if j != k and mine & self.memory.own_of(yields[j]))
