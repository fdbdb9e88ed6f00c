"""Python names for IR variables: those with the same hint share a name where they are never alive together."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Sequence

from adcompiler.backend.memory import MUTATING
from adcompiler.backend.nest import Nesting
from adcompiler.ir.nodes import Atom, Bind, Block, For, If, Prim, Var, While, free_vars, operands

RESERVED = frozenset(["np", "math", "special", "SimpleNamespace"]) | frozenset(keyword.kwlist) | frozenset(
    n for n in dir(builtins) if not n.startswith("_"))


CROWD = 60
"""With more values of one name alive than this, each gets a number of its own, without looking for one to share."""


class Names:
    """The name of every variable that is printed. Built by a walk backwards over what is alive, then colouring."""

    def __init__(self, block: Block, nesting: Nesting, fixed: dict[Var, str], taken: Iterable[str]) -> None:
        self.nesting, self.fixed = nesting, fixed
        self.clashes: dict[Var, set[Var]] = {}
        self.related: dict[Var, list[Var]] = {}
        self.order: list[Var] = []
        self.crowded: dict[Var, None] = {}
        self.live: dict[str, dict[Var, None]] = {}
        _give_hints(block)
        self.alias: dict[Var, Var] = {}
        for r in block.results:
            self._use(r)
        self._block(block)
        self._define_together(block.params)
        self.names = self._colour(set(taken))

    def of(self, var: Var) -> str:
        """The name of a variable."""
        return self.names[self.alias.get(var, var)]

    def is_stable(self, atom: Atom) -> bool:
        """Whether the value may be named anywhere: a constant, or a parameter whose name is never bound again."""
        if not isinstance(atom, Var):
            return True
        label = self.fixed.get(atom)
        return label is not None and sum(n == label for n in self.names.values()) == 1

    # --- liveness -------------------------------------------------------------------------------------

    def _use(self, atom: Atom) -> None:
        for var in self.nesting.leaves(atom):
            var = self.alias.get(var, var)
            self.live.setdefault(var.hint, {})[var] = None

    def _define(self, var: Var) -> None:
        alive = self.live.setdefault(var.hint, {})
        clashes = self.clashes.setdefault(var, set())
        if len(alive) > CROWD:
            self.crowded[var] = None
        for other in alive if len(alive) <= CROWD else ():
            if other is not var:
                clashes.add(other)
                self.clashes.setdefault(other, set()).add(var)
        alive.pop(var, None)
        self.order.append(var)

    def _block(self, block: Block) -> None:
        for bind in reversed(block.binds):
            self._bind(bind)

    def _bind(self, bind: Bind) -> None:
        if len(bind.targets) == 1 and bind.targets[0] in self.nesting.inlined:
            return
        if isinstance(bind.op, Prim) and bind.op.name in MUTATING:
            for a in bind.op.args[1:]:
                self._use(a)  # they are read after the target has its name
        self._define_together(bind.targets)
        match bind.op:
            case If():
                self._if(bind, bind.op)
            case For() | While():
                self._loop(bind, bind.op)
            case op:
                for a in operands(op):
                    self._use(a)

    def _snapshot(self) -> dict[str, dict[Var, None]]:
        return {h: dict(vs) for h, vs in self.live.items() if vs}

    def _if(self, bind: Bind, op: If) -> None:
        after = self._snapshot()
        entries = []
        for side in (op.then, op.orelse):
            self.live = {h: dict(vs) for h, vs in after.items()}
            for t, r in zip(bind.targets, side.results, strict=True):
                self._relate(t, r)
                self._use(r)
            self._block(side)
            entries.append(self.live)
        self.live = entries[0]
        for h, vs in entries[1].items():
            self.live.setdefault(h, {}).update(vs)
        self._use(op.cond)

    def _loop(self, bind: Bind, op: For | While) -> None:
        if isinstance(op, While):
            self.alias.update(zip(op.cond.params, op.carried, strict=True))
        for v in [*free_vars(op.body), *(free_vars(op.cond) if isinstance(op, While) else ())]:
            self._use(v)
        for t, c, y, i in zip(bind.targets, op.carried, op.yields, op.inits, strict=True):
            for other in (t, y, i):
                self._relate(c, other)
        outside = self._snapshot()
        for r in op.body.results:
            self._use(r)
        self._block(op.body)
        for h, vs in outside.items():
            self.live.setdefault(h, {}).update(vs)
        if isinstance(op, While):
            for r in op.cond.results:
                self._use(r)
            self._block(op.cond)
        if isinstance(op, For):
            for a in (op.start, op.stop, op.step):
                self._use(a)  # the header is read after the initial values are assigned
        self._define_together(op.body.params)
        for a in operands(op):
            self._use(a)

    def _define_together(self, variables: Sequence[Var]) -> None:
        for v in variables:
            self.live.setdefault(v.hint, {})[v] = None
        for v in variables:
            self._define(v)

    def _relate(self, a: Atom, b: Atom) -> None:
        if isinstance(a, Var) and isinstance(b, Var) and a.hint == b.hint:
            self.related.setdefault(a, []).append(b)
            self.related.setdefault(b, []).append(a)

    # --- colours --------------------------------------------------------------------------------------

    def _colour(self, taken: set[str]) -> dict[Var, str]:
        colours: dict[Var, int] = dict.fromkeys(self.fixed, 0)
        list_position = {v: k for k, v in enumerate(self.crowded)}
        for var in reversed(self.order):
            if var in self.crowded and var not in colours:
                colours[var] = -1 - len(self.crowded) + list_position[var]
            elif var not in colours:
                forbidden = {colours[o] for o in self.clashes[var] if o in colours}
                wanted = [colours[o] for o in self.related.get(var, ()) if o in colours]
                free = [c for c in wanted if c not in forbidden]
                colours[var] = free[0] if free else _first_free(forbidden)
        return self._spell(colours, taken)

    def _spell(self, colours: dict[Var, int], taken: set[str]) -> dict[Var, str]:
        names: dict[Var, str] = dict(self.fixed)
        taken |= set(self.fixed.values())
        by_colour: dict[tuple[str, int], str] = {(v.hint, 0): n for v, n in self.fixed.items() if v.hint == n}
        for var in reversed(self.order):
            if var in names:
                continue
            key = (var.hint, colours[var])
            if key not in by_colour:
                by_colour[key] = _unique(var.hint or "t", colours[var], taken)
                taken.add(by_colour[key])
            names[var] = by_colour[key]
        return names


def _first_free(forbidden: set[int]) -> int:
    colour = 0
    while colour in forbidden:
        colour += 1
    return colour


def _unique(hint: str, colour: int, taken: set[str]) -> str:
    stem = "".join(c if c.isalnum() or c == "_" else "_" for c in hint)
    stem = stem if stem and not stem[0].isdigit() else f"v{stem}"
    k = colour if colour >= 0 else CROWD - colour
    name = stem if k == 0 else f"{stem}_{k}"
    while name in taken or name in RESERVED:
        k += 1
        name = f"{stem}_{k}"
    return name


def _give_hints(block: Block) -> None:
    """Values without a name that a loop carries or a branch results in take the name of what they become."""
    for bind in block.binds:
        match bind.op:
            case If(then=then, orelse=orelse):
                for side in (then, orelse):
                    _name_like(bind.targets, side.results, side)
                    _give_hints(side)
            case For() | While() as op:
                _name_like(bind.targets, op.carried, None)
                _name_like(op.carried, op.yields, op.body)
                for c, t in zip(op.carried, bind.targets, strict=True):
                    t.hint = t.hint or c.hint
                _give_hints(op.body)


def _name_like(models: Sequence[Atom], values: Sequence[Atom], block: Block | None) -> None:
    bound = {t for b in block.binds for t in b.targets} if block is not None else None
    for model, value in zip(models, values, strict=False):
        unnamed = isinstance(model, Var) and isinstance(value, Var) and model.hint and not value.hint
        if unnamed and (bound is None or value in bound):
            value.hint = model.hint  # type: ignore[union-attr]

