"""Branches and loops: states fork, are lowered apart, and merge into the results of an `If` or of a loop."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from adcompiler.diagnostics import Span
from adcompiler.frontend.context import Context
from adcompiler.frontend.exposure import exposed_names
from adcompiler.frontend.state import (
    BOXED,
    DEAD,
    EXITED,
    FALL,
    Flow,
    LeafT,
    Memory,
    State,
    Template,
    UnboundT,
    flatten,
    fresh_id,
    instantiate,
    join_templates,
    leaf_hints,
    leaf_types,
    memory_of,
    substitute_object,
    template_of,
    tokens_of,
    varying_template,
)
from adcompiler.frontend.values import TWIN, ArrayObj, ConflictV, Obj, PoisonV, Ref, Refused, Value
from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import UNDEFINED, Atom, Bind, Block, Const, For, If, Op, Var, While
from adcompiler.ir.types import BOOL, INT, Dim, dims_within

TRUE, FALSE = const(True), const(False)
_HINTS = {"$return": "returned", "$value": "result"}


def hint_of(name: str) -> str:
    """The name for a variable of the state: flags of our own get a readable one."""
    if name.startswith("$"):
        return _HINTS.get(name, "stopped" if name.startswith("$break") else "")
    return name


# --- branches ---------------------------------------------------------------------------------------------


def lower_if(ctx: Context, cond: Atom, then: Callable[[], None], orelse: Callable[[], None]) -> None:
    """Lower `if cond: then() else: orelse()` and merge. A constant condition takes its branch at once."""
    if isinstance(cond, Const) and cond.value is not UNDEFINED:
        (then if cond.value else orelse)()
        return
    entry = ctx.state
    first = run_branch(ctx, entry, then)
    second = run_branch(ctx, entry, orelse)
    merge(ctx, cond, entry, first, second)


Branch = tuple[Builder, State]


def run_branch(ctx: Context, entry: State, body: Callable[[], None]) -> Branch:
    """Lower a branch from the state `entry` into a block of its own."""
    return continue_branch(ctx, (ctx.builder.child(), entry.copy()), body)


def continue_branch(ctx: Context, branch: Branch, body: Callable[[], None]) -> Branch:
    """Lower more into a branch."""
    with ctx.inside(*branch):
        body()
        return ctx.builder, ctx.state


def merge(ctx: Context, cond: Atom, entry: State, first: Branch, second: Branch) -> None:
    """Make the `If` of two branches and set the context's state to the one after it."""
    merger = _Merger(entry, first, second)
    ctx.state = merger.merged()
    a, b = first[0], second[0]
    if not (merger.targets or a.binds or b.binds):
        return
    op = If(cond, a.block((), merger.left), b.block((), merger.right))
    ctx.builder.binds.append(Bind(tuple(merger.targets), op, ctx.builder.span, ctx.builder.note))


class _Merger:
    """Pairs the values of two states; where they differ a result of the `If` is made."""

    def __init__(self, entry: State, first: Branch, second: Branch) -> None:
        self.entry = entry
        self.builders = first[0], second[0]
        self.states = first[1], second[1]
        self.out = State()
        self.left: list[Atom] = []
        self.right: list[Atom] = []
        self.targets: list[Var] = []
        self.results: dict[tuple[Atom, Atom], Var] = {}
        self.refs: dict[tuple[Value | None, Value | None], Value | None] = {}

    def merged(self) -> State:
        a, b = self.states
        if a.flow is DEAD and b.flow is DEAD:
            self.out = self.entry.copy()
            self.out.flow = DEAD
            return self.out
        self._heap()
        for id_ in self.entry.frames:
            names = dict.fromkeys([*a.frames.get(id_, {}), *b.frames.get(id_, {})])
            env: dict[str, Value] = {}
            for name in names:
                value = self._pair(a.frames[id_].get(name), b.frames[id_].get(name),
                                   self.entry.frames[id_].get(name), name)
                if value is not None:
                    env[name] = value
            self.out.frames[id_] = env
        self.out.flow = self._flow()
        return self.out

    def _heap(self) -> None:
        a, b = self.states
        for id_, old in self.entry.heap.items():
            mine, theirs = a.heap.get(id_), b.heap.get(id_)
            if mine is None or theirs is None or mine is theirs:
                obj = mine if mine is not None else theirs
                if obj is not None:
                    self.out.heap[id_] = obj
                continue
            self.out.heap[id_] = old
            if (a.flow is DEAD and theirs is old) or (b.flow is DEAD and mine is old):
                continue
            if mine.is_as(theirs):
                alive = self._alive(mine, theirs)
                if isinstance(alive, ArrayObj) and alive.lens is not None and isinstance(old, ArrayObj):
                    alive = replace(old, stale=alive.stale)  # its value inside a branch does not exist outside of it
                self.out.heap[id_] = alive
                continue
            hint = _object_hint(self.entry, id_)
            merged = self._join(Ref(id_), Ref(id_), hint)
            if isinstance(merged, ConflictV):
                raise Refused("ADC202", f"a list or dict may be different things here: {merged.reason}", None,
                              "keep values of one kind in it")
            kept = self._alive(mine, theirs)
            self.out.heap[id_] = substitute_object(kept, merged, self.out) if isinstance(merged, Ref) else kept

    def _alive(self, mine: Obj, theirs: Obj) -> Obj:
        a, b = self.states
        if a.flow is DEAD or b.flow is DEAD:
            return theirs if a.flow is DEAD else mine
        return replace(mine, stale=mine.stale or theirs.stale)

    def _pair(self, mine: Value | None, theirs: Value | None, old: Value | None, name: str) -> Value | None:
        a, b = self.states
        if mine is theirs or (mine == theirs and not isinstance(mine, Const)):
            return mine
        if isinstance(mine, Const) and mine == theirs:
            return mine
        if (a.flow is DEAD and theirs is old) or (b.flow is DEAD and mine is old):
            return old
        key = (mine, theirs)
        try:
            if key in self.refs:
                return self.refs[key]
        except TypeError:
            return self._join(mine, theirs, hint_of(name))
        self.refs[key] = self._join(mine, theirs, hint_of(name))
        return self.refs[key]

    def _join(self, mine: Value | None, theirs: Value | None, hint: str) -> Value | None:
        a, b = self.states
        mine = None if a.flow is DEAD else mine
        theirs = None if b.flow is DEAD else theirs
        template = join_templates(template_of(mine, a), template_of(theirs, b))
        left = flatten(mine, template, a, self.builders[0])
        right = flatten(theirs, template, b, self.builders[1])
        hints = leaf_hints(template, hint)
        atoms = [self._result(p, q, t, h)
                 for p, q, t, h in zip(left, right, leaf_types(template), hints, strict=True)]
        memory = map(Memory.joined, memory_of(mine, template, a), memory_of(theirs, template, b))
        return instantiate(template, iter(atoms), self.out, lambda: next(memory))

    def _result(self, p: Atom, q: Atom, type_: object, hint: str) -> Atom:
        if p == q and (isinstance(p, Const) or p is q):
            return p
        if (p, q) not in self.results:
            template = join_templates(template_of(p, self.states[0]), template_of(q, self.states[1]))
            joined = leaf_types(template)
            target = Var(hint, joined[0] if joined else type_)  # type: ignore[arg-type]
            if isinstance(type_, type(target.type)):
                target.type = type_
            _box_if(target, p, q)
            self.results[p, q] = target
            self.left.append(p)
            self.right.append(q)
            self.targets.append(target)
        return self.results[p, q]

    def _flow(self) -> Flow | Atom:
        a, b = self.states[0].flow, self.states[1].flow
        if a is DEAD or a == b:
            return b
        if b is DEAD:
            return a
        return self._result(_exited(a), _exited(b), BOOL, "exited")


def _box_if(merged: Var, *values: Atom | None) -> None:
    """A number that may be an array without axes on one path may be one where the paths meet."""
    found = [BOXED[v] for v in values if isinstance(v, Var) and v in BOXED]
    if found:
        BOXED[merged] = any(found)


def _exited(flow: Flow | Atom) -> Atom:
    return flow if isinstance(flow, Var | Const) else const(flow is EXITED)


def _object_hint(state: State, id_: int) -> str:
    for env in reversed(list(state.frames.values())):
        for name, value in env.items():
            if isinstance(value, Ref) and value.id == id_:
                return hint_of(name)
    return ""


# --- loops ------------------------------------------------------------------------------------------------

Key = tuple[int, str] | int
"""A name in a frame, or a heap object: what a loop can carry."""


@dataclass
class _Slot:
    """One value that the loop changes: its structure and what its objects may share memory with."""

    template: Template
    own: list[int] = field(default_factory=list)
    shared: list[set[int]] = field(default_factory=list)
    stale: list[Span | None] = field(default_factory=list)

    def memory(self) -> Iterator[Memory]:
        """For each object of the template, in order, what it may share memory with."""
        k = 0
        while True:
            self.upto(k)
            yield Memory(frozenset([self.own[k], *self.shared[k]]), self.stale[k])
            k += 1

    def upto(self, k: int) -> None:
        """Make room for what is known of the object `k`."""
        while len(self.own) <= k:
            self.own.append(fresh_id())
            self.shared.append(set())
            self.stale.append(None)


class Loop:
    """Lowers one loop: finds out what it carries, of which types, by lowering its body until nothing changes."""

    def __init__(self, ctx: Context, node: ast.AST) -> None:
        self.ctx, self.node = ctx, node
        self.entry = ctx.state
        self.outer_tokens = {t for id_ in self.entry.heap for t in tokens_of(Ref(id_), self.entry)}
        self.slots: dict[Key, _Slot] = {}
        self.stale: dict[int, Span] = {}
        self.pairs: dict[frozenset[tuple[Key, int]], int] = {}
        self.depth = ctx.frame.loops
        self.passes = 0
        self.span, self.note = ctx.builder.span, ctx.builder.note

    # the two kinds of loops

    def lower_for(self, start: Atom, stop: Atom, step: Atom, index_hint: str, body: Callable[[Var], None]) -> None:
        """`for index in range(start, stop, step): body(index)`."""
        while True:
            index = Var(index_hint, INT)
            builder, params, end, settled = self._pass(partial(body, index))
            if settled:
                break
        exits, yields = self._yields(builder, end)
        op = For(start, stop, step, tuple(self._inits()), builder.block([index, *params], yields), exits)
        self._finish(op, params, end)

    def lower_while(self, cond: Callable[[], Atom], body: Callable[[], None]) -> None:
        """`while cond(): body()`; `cond` must not change the state."""
        while True:
            test, test_params = self._test(cond)
            builder, params, end, settled = self._pass(body)
            if settled:
                break
        exits, yields = self._yields(builder, end)
        op = While(tuple(self._inits()), Block(tuple(test_params), tuple(test[0].binds), (test[1],)),
                   builder.block(params, yields), exits)
        self._finish(op, params, end)

    def _test(self, cond: Callable[[], Atom]) -> tuple[tuple[Builder, Atom], list[Var]]:
        state, builder = self.entry.copy(), self.ctx.builder.child()
        params = self._open(state)
        self._mark_stale(state)
        with self.ctx.inside(builder, state):
            result = cond()
        return (builder, result), params

    # one pass over the body

    def _pass(self, body: Callable[[], None]) -> tuple[Builder, list[Var], State, bool]:
        mark = len(self.ctx.diagnostics)
        self.passes += 1
        if self.passes > 200:
            raise Refused("ADC315", "what this loop carries cannot be found", self.node, "split the loop")
        state, builder = self.entry.copy(), self.ctx.builder.child()
        params = self._open(state)
        self._mark_stale(state)
        env = state.frames[self.ctx.frame.id]
        for flag in (f"$break{self.depth + 1}", "$return"):
            if flag in env:
                env[flag] = FALSE  # an iteration begins only where none of them is set
        header = state.copy()
        self.ctx.frame.loops += 1
        with self.ctx.inside(builder, state):
            body()
            end = self.ctx.state
        self.ctx.frame.loops -= 1
        settled = not self._grow(header, end)
        if not settled:
            del self.ctx.diagnostics[mark:]
        return builder, params, end, settled

    def _open(self, state: State) -> list[Var]:
        params: list[Var] = []
        for key, slot in self.slots.items():
            hint = hint_of(key[1]) if isinstance(key, tuple) else _object_hint(self.entry, key)
            new = [Var(h, t) for h, t in zip(leaf_hints(slot.template, hint), leaf_types(slot.template), strict=True)]
            params += new
            if isinstance(slot.template, LeafT) and isinstance(key, tuple):
                initial = self.entry.frames[key[0]].get(key[1])
                _box_if(new[0], initial if isinstance(initial, Var) else None)
            self._put(state, key, slot, iter(new))
        return params

    def _put(self, state: State, key: Key, slot: _Slot, atoms: Iterator[Atom]) -> None:
        memory = slot.memory()
        value = instantiate(slot.template, atoms, state, lambda: next(memory))
        if isinstance(key, tuple):
            if value is not None:
                state.frames[key[0]][key[1]] = value
        elif isinstance(value, ConflictV):
            raise Refused("ADC202", f"a list or dict may be different things after this loop: {value.reason}", self.node,
                          "keep values of one kind in it")
        else:
            state.heap[key] = substitute_object(state.heap[key], value, state)

    def _mark_stale(self, state: State) -> None:
        for id_, span in self.stale.items():
            state.heap[id_] = replace(state.heap[id_], stale=span)

    # what the next pass must know

    def _grow(self, header: State, end: State) -> bool:
        grown = False
        if end.flow is DEAD:
            return False
        for id_, env in end.frames.items():
            for name, value in env.items() if id_ in header.frames else ():
                before = header.frames[id_].get(name)
                if value is before or (value == before and type(value) is type(before)):
                    continue
                if isinstance(value, PoisonV) or (before is None and self._is_temporary(id_, name)):
                    continue  # what was refused is reported by the last pass over the body
                grown |= self._slot((id_, name), self.entry.frames[id_].get(name), value, end)
        for id_, obj in end.heap.items():
            old = header.heap.get(id_)
            if old is None or obj is old or id_ not in self.entry.heap:
                continue
            if obj.stale and not old.stale:
                self.stale[id_] = obj.stale
                grown = True
            if not obj.is_as(old):
                grown |= self._slot(id_, Ref(id_), Ref(id_), end)
        return self._relate(end) or grown

    def _is_temporary(self, frame_id: int, name: str) -> bool:
        if name.startswith("$"):
            return name not in ("$return", "$value") and not name.startswith("$break")  # left by a refused expression
        if frame_id != self.ctx.frame.id:
            return False
        if name in self.exposed:
            return False
        return all(id(load) in self.inside for load in self.ctx.frame.loads.get(name, []))

    @cached_property
    def sizes(self) -> set[Dim]:
        """The sizes that do not change while the loop runs."""
        values = [v for env in self.entry.frames.values() for v in env.values()] + [Ref(id_) for id_ in self.entry.heap]
        return {d for v in values for t in leaf_types(template_of(v, self.entry)) for d in dims_within(t)}

    @cached_property
    def exposed(self) -> set[str]:
        """The names that an iteration may read before it binds them."""
        return exposed_names(self.node)

    @cached_property
    def inside(self) -> set[int]:
        """The nodes that each iteration runs: neither what is iterated nor an `else` part."""
        match self.node:
            case ast.For(target=target, body=body):
                parts: Sequence[ast.AST] = (target, *body)
            case ast.While(test=test, body=body):
                parts = (test, *body)
            case _:
                parts = (self.node,)
        return {id(n) for part in parts for n in ast.walk(part)}

    def _slot(self, key: Key, initial: Value | None, last: Value, end: State) -> bool:
        new = key not in self.slots
        before = template_of(initial, self.entry) if new else self.slots[key].template
        after = join_templates(before, template_of(last, end))
        if isinstance(before, UnboundT):
            literal = {d for t in leaf_types(after) for d in dims_within(t) if str(d).startswith("=")}
            after = varying_template(after, self.sizes | literal)
        slot = self.slots.setdefault(key, _Slot(after))
        slot.template = after
        grown = new or after != before
        for k, memory in enumerate(map(Memory.joined, memory_of(initial, after, self.entry), memory_of(last, after, end))):
            slot.upto(k)
            if memory.stale is not None and slot.stale[k] is None:
                slot.stale[k] = memory.stale
                grown = True
        return grown

    def _relate(self, end: State) -> bool:
        """Record which carried objects may share memory, with one another and with what lies outside the loop."""
        grown = False
        for state in (self.entry, end):
            found: list[tuple[Key, int, frozenset[int]]] = []
            for key, slot in self.slots.items():
                value = state.frames[key[0]].get(key[1]) if isinstance(key, tuple) else Ref(key)
                if isinstance(value, Ref) and value.id not in state.heap:
                    continue
                for k, memory in enumerate(memory_of(value, slot.template, state)):
                    slot.upto(k)
                    found.append((key, k, memory.tokens))
            for at, (key, k, tokens) in enumerate(found):
                slot = self.slots[key]
                extra = {t for t in tokens if t == TWIN or t in self.outer_tokens or t in self.ctx.outside} - slot.shared[k]
                for other_key, other_k, other in found[:at]:
                    if (tokens & other) - {TWIN}:
                        pair = frozenset([(key, k), (other_key, other_k)])
                        if pair not in self.pairs:
                            self.pairs[pair] = fresh_id()
                            extra.add(self.pairs[pair])
                            self.slots[other_key].shared[other_k].add(self.pairs[pair])
                if extra:
                    slot.shared[k] |= extra
                    grown = True
        return grown

    # the loop itself

    def _inits(self) -> Iterator[Atom]:
        for key, slot in self.slots.items():
            value = self.entry.frames[key[0]].get(key[1]) if isinstance(key, tuple) else Ref(key)
            yield from flatten(value, slot.template, self.entry, self.ctx.builder)

    def _yields(self, builder: Builder, end: State) -> tuple[bool, list[Atom]]:
        atoms: list[Atom] = []
        for key, slot in self.slots.items():
            value = end.frames[key[0]].get(key[1]) if isinstance(key, tuple) else Ref(key)
            if end.flow is DEAD:
                value = None
            atoms += flatten(value, slot.template, end, builder)
        flags = self._flags(end)
        if not flags:
            return False, atoms
        stop = flags[0] if len(flags) == 1 else builder.prim("or", *flags)
        return True, [*atoms, stop]

    def _flags(self, end: State) -> list[Atom]:
        env = end.frames[self.ctx.frame.id]
        found = [env.get(f"$break{self.depth + 1}", FALSE), env.get("$return", FALSE)]
        return [f for f in found if isinstance(f, Var | Const) and f != FALSE]

    def _finish(self, op: Op, params: Sequence[Var], end: State) -> None:
        ctx = self.ctx
        targets = tuple(Var(p.hint, p.type) for p in params)
        ctx.builder.binds.append(Bind(targets, op, self.span, self.note))
        ctx.state = self.entry.copy()
        atoms = iter(targets)
        for key, slot in self.slots.items():
            self._put(ctx.state, key, slot, atoms)
        self._mark_stale(ctx.state)
        returned = ctx.env.get("$return", FALSE)
        ctx.state.flow = FALL if returned == FALSE or not isinstance(returned, Var | Const) else returned
