"""Expressions: which values are printed inside the expression that uses them, and which are statements.

A value waits until it is used when it is used once, in its own block, and is a subexpression or an adjoint. It
becomes a statement when something that it reads is about to change, when the line becomes too long, or when
the next binding belongs to another statement of the primal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adcompiler.backend.code import Apply, Assign, Expr, Statement
from adcompiler.backend.inplace import UPDATES, Placed
from adcompiler.backend.iteration import Heads
from adcompiler.backend.sharing import has_memory
from adcompiler.backend.width import UNNAMED, WIDTH, width_of
from adcompiler.ir.nodes import Atom, Bind, Block, Call, Const, Foreign, Op, Prim, Var, blocks_of, operands
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import ANY, List, Saved, Scalar, Tuple, Type


@dataclass(eq=False)
class Pending:
    """An expression that is not printed yet, because it will be printed inside another one."""

    bind: Bind
    expr: Apply
    reads: int
    uses: int
    repeatable: bool


@dataclass(eq=False)
class Frame:
    """The pending expressions of one block."""

    block: Block
    pending: dict[Var, Pending] = field(default_factory=dict)
    note: str = ""


class Nester:
    """The expressions of one function."""

    def __init__(self, placed: Placed, impure: frozenset[str], arity: Mapping[str, int]) -> None:
        self.placed, self.sharing, self.impure, self.arity = placed, placed.sharing, impure, arity
        self.aliases: dict[Var, Atom] = {}
        self.done: set[Var] = set()
        self.parts: dict[Var, list[tuple[int, Var]]] = {}
        self.uses: Counter[Var] = Counter()
        self.user: dict[Var, Block] = {}
        self.frame = Frame(placed.block)
        self.depth = 1
        self._disturbed: dict[int, tuple[bool, int]] = {}
        self._last_uses: dict[int, dict[Var, int]] = {}
        self._count(placed.block)
        self.heads = Heads(placed.block, self.uses, self.done)

    def _count(self, block: Block) -> None:
        for bind in block.binds:
            if isinstance(bind.op, Prim) and bind.op.name in ("item", "saved_item") and isinstance(bind.op.args[0], Var):
                self.parts.setdefault(bind.op.args[0], []).append((bind.op.param("k"), bind.targets[0]))
            self._use(operands(bind.op), block)
            for inner in blocks_of(bind.op):
                self._count(inner)
        self._use(block.results, block)

    def _use(self, atoms: Sequence[Atom], block: Block) -> None:
        for a in atoms:
            if isinstance(a, Var):
                self.uses[a] += 1
                self.user[a] = block if self.user.get(a, block) is block else SEVERAL

    def change_note(self, note: str, out: list[Statement]) -> None:
        if note != self.frame.note:
            for var, p in list(self.frame.pending.items()):
                if p.bind.note and not p.repeatable:
                    self.settle(var, out)
            self.frame.note = note

    def known(self, atom: Atom) -> Atom:
        while isinstance(atom, Var) and atom in self.aliases:
            atom = self.aliases[atom]
        return atom

    def take(self, atom: Atom) -> Expr:
        """The expression for an operand: what is pending is printed here."""
        atom = self.known(atom)
        pending = self.frame.pending.get(atom) if isinstance(atom, Var) else None
        if pending is None:
            return atom
        assert isinstance(atom, Var)
        pending.uses -= 1
        if pending.uses == 0:
            del self.frame.pending[atom]
        return pending.expr

    def fixed(self, atom: Atom, out: list[Statement]) -> Atom:
        """The operand as a variable or constant: what is pending becomes a statement."""
        atom = self.known(atom)
        if isinstance(atom, Var) and atom in self.frame.pending:
            self.settle(atom, out)
        return atom

    def settle(self, var: Var, out: list[Statement]) -> None:
        p = self.frame.pending.pop(var, None)
        if p is not None:
            self._assign(p.bind, p.expr, out)

    def _assign(self, bind: Bind, expr: Apply, out: list[Statement]) -> None:
        """A statement for a value. It may be printed as `x += v`, so what reads x through a view comes before."""
        target = bind.targets[0]
        if target in self.placed.augmentable and isinstance(expr.op, Prim):
            base = expr.op.args[0]
            self.settle_readers(self.sharing.shares_own(base) & ~self.sharing.own(base), out)
        out.append(Assign((target,), expr, bind.note, bind.span))

    def operands_of(self, op: Op, atoms: Sequence[Atom], hint: str, out: list[Statement]) -> tuple[tuple[Expr, ...], int]:
        """The operands, nested as far as the line allows, and the width of the whole."""
        atoms = [self.known(a) for a in atoms]
        while True:
            waiting = [self.frame.pending.get(a) if isinstance(a, Var) else None for a in atoms]
            width = width_of(op, [p.expr if p else a for p, a in zip(waiting, atoms, strict=True)])
            nested = [(p.expr.width, k) for k, p in enumerate(waiting) if p and not p.repeatable]
            if width <= self.room((len(hint) or UNNAMED) + 3) or not nested:
                break
            _, k = max(nested, key=lambda n: (n[0], -n[1]))
            self.fixed(atoms[k], out)
        return tuple(self.take(a) for a in atoms), width

    def room(self, taken: int) -> int:
        return max(WIDTH - 4 * self.depth - taken, 40)

    def unpacked(self, whole: Atom) -> tuple[Var, ...]:
        """The variables for the items of a tuple that is only taken apart, in one block; else none."""
        items = self.parts.get(whole, []) if isinstance(whole, Var) else []
        if not items or not isinstance(whole, Var) or self.user[whole] is not self.frame.block:
            return ()
        types = self._item_types(whole)
        made = {k: t for k, t in items if self.uses[t]}
        if len(types) < 2 or len(made) < 2 or len(items) != self.uses[whole] or len(made) < len(items):
            return ()
        if isinstance(whole.type, Tuple) and (whole.hint or not any(t.hint for t in made.values())):
            return ()
        self.done.update(made.values())
        return tuple(made.get(k) or Var("_", type_) for k, type_ in enumerate(types))

    def _item_types(self, whole: Var) -> Sequence[Type]:
        match whole.type:
            case Tuple(items):
                return items
            case Saved(function):
                return [ANY] * self.arity.get(function, 0)
            case _:
                return ()

    def drop(self, atom: Atom) -> None:
        atom = self.known(atom)
        if isinstance(atom, Var) and atom in self.frame.pending:
            self.take(atom)

    def keep(self, bind: Bind, expr: Apply, position: int, out: list[Statement], *, statement: bool = False) -> None:
        """Let an expression wait until it is used, or make it a statement."""
        target = bind.targets[0]
        once = self.uses[target] == 1 and self.user[target] is self.frame.block
        named = bool(target.hint) and not is_adjoint(target.hint)
        if once and not statement and (not named or self._displaces(target, position)):
            uses = 1
        elif not target.hint and self._repeatable(expr) and self.user[target] is self.frame.block and self.uses[target] <= 3:
            uses = self.uses[target]
        else:
            self._assign(bind, expr, out)
            return
        self.frame.pending[target] = Pending(bind, expr, self._reads(expr), uses, uses > 1)

    def _displaces(self, target: Var, position: int) -> bool:
        """Whether a value that only leaves the block would take the name of one that is still read."""
        block = self.frame.block
        if target not in block.results:
            return False
        if id(block) not in self._last_uses:
            self._last_uses[id(block)] = _last_uses(block)
        last = self._last_uses[id(block)]
        return any(last.get(v, -1) > position for v in self.heads.same_hint(target))

    def _repeatable(self, expr: Expr) -> bool:
        """Whether an expression may as well be written twice: an element by name and index."""
        if not isinstance(expr, Apply):
            return True
        return isinstance(expr.op, Prim) and expr.width <= 16 and all(map(self._repeatable, expr.args)) and (
            expr.op.name in ("len", "shape", "item") or (
                expr.op.name == "load" and set(expr.op.param("index")) == {"i"}
                and (isinstance(expr.type, Scalar) or isinstance(expr.op.args[0].type, List))))

    def _reads(self, expr: Expr) -> int:
        """The memory that an expression reads."""
        if not isinstance(expr, Apply):
            return self.sharing.own(expr) | self.sharing.inner(expr)
        if isinstance(expr.op, Prim) and expr.op.name == "load" and isinstance(expr.args[0].type, List):
            base, *rest = expr.args
            found = self._reads(base) if isinstance(base, Apply) else self.sharing.own(base)
            if not isinstance(expr.op.args[0], Const):
                found |= self.sharing.own(expr.op.args[0])
        else:
            found, rest = 0, list(expr.args)
        for a in rest:
            found |= self._reads(a)
        if expr.result is not None and has_memory(expr.result.type):
            found |= self.sharing.own(expr.result) | self.sharing.inner(expr.result)
        return found

    def settle_all(self, out: list[Statement]) -> None:
        for var in list(self.frame.pending):
            self.settle(var, out)

    def settle_readers(self, written: int, out: list[Statement]) -> None:
        for var, p in list(self.frame.pending.items()):
            if p.reads & written:
                self.settle(var, out)

    def disturbs(self, op: Op) -> tuple[bool, int]:
        """Whether an operation has effects, and the memory that it writes."""
        if id(op) not in self._disturbed:
            effect, written = False, 0
            match op:
                case Prim(name):
                    effect = OPS[name].effect
                    written = self.sharing.shares_own(op.args[0]) if name in UPDATES else 0
                case Foreign(pure=pure):
                    effect = not pure
                case Call(callee):
                    effect = callee in self.impure
                case _:
                    for inner in blocks_of(op):
                        for b in inner.binds:
                            e, w = self.disturbs(b.op)
                            effect, written = effect or e, written | w | self._augments(b)
            self._disturbed[id(op)] = effect, written
        return self._disturbed[id(op)]

    def _augments(self, bind: Bind) -> int:
        """The memory that is written where a binding inside a loop or a branch is printed as `x += v`."""
        if isinstance(bind.op, Prim) and bind.targets and bind.targets[0] in self.placed.augmentable:
            return self.sharing.shares_own(bind.op.args[0])
        return 0


SEVERAL = Block((), (), ())


def _last_uses(block: Block) -> dict[Var, int]:
    found: dict[Var, int] = {}
    for k, bind in enumerate(block.binds):
        found.update((a, k) for a in operands(bind.op) if isinstance(a, Var))
    found.update((a, len(block.binds)) for a in block.results if isinstance(a, Var))
    return found


def is_adjoint(hint: str) -> bool:
    return hint.endswith(("_bar", "_dot"))


def accumulates(op: Op, target: Var) -> bool:
    """Whether an operation is `x_bar = x_bar + ...`, which is a statement."""
    return isinstance(op, Prim) and op.name in ("add", "sub") and isinstance(op.args[0], Var) \
        and bool(target.hint) and op.args[0].hint == target.hint
