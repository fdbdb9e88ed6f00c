"""From IR to structured code: expressions are nested, branches and loops become Python's.

An exit flag never becomes a variable where control can simply leave: at the end of a branch it is known which
constants its results are; when what follows then only passes values on, the branch ends in `return`, `break`
or `continue`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
    ends,
    variables,
)
from adcompiler.backend.inplace import UPDATES, Placed
from adcompiler.backend.iteration import Heads
from adcompiler.backend.sharing import has_memory
from adcompiler.backend.width import WIDTH, width_of
from adcompiler.ir.nodes import (
    UNDEFINED,
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Foreign,
    Function,
    If,
    Op,
    Prim,
    Var,
    While,
    blocks_of,
    operands,
)
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import BOOL, List, Scalar, Tuple

TRUE, FALSE = Const(True, BOOL), Const(False, BOOL)


# --- where control goes at the end of a block ---------------------------------------------------------------


class Destination:
    """What becomes of the results of a block."""


class Done(Destination):
    """They are the results of the function."""


class Kept(Destination):
    """They are taken by whoever shapes the block."""


@dataclass(eq=False)
class Join(Destination):
    """They are the results of a branch, and `rest` follows."""

    targets: tuple[Var, ...]
    rest: Rest
    arrivals: list[list[Atom]] = field(default_factory=list)


@dataclass(eq=False)
class Next(Destination):
    """They go into the next iteration of a loop; `rest` follows the loop."""

    op: For | While
    targets: tuple[Var, ...]
    rest: Rest
    continues: list[list[Atom]] = field(default_factory=list)
    breaks: list[tuple[list[Atom], Move | None]] = field(default_factory=list)


@dataclass(eq=False)
class Rest:
    """What remains to be done of a block."""

    block: Block
    position: int
    dest: Destination


@dataclass(eq=False)
class Leap:
    """Control leaves a branch: `return`, `break` or `continue`, with values."""

    kind: str
    values: list[Atom]
    loop: Next | None = None


# --- values that wait to be printed ---------------------------------------------------------------------------


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


def shape(function: Function, placed: Placed, impure: frozenset[str] = frozenset()) -> list[Statement]:
    """The body of a function. `impure`: the outlined functions that have effects."""
    return Shaper(placed, impure).function()


class Shaper:
    """Shapes one function."""

    def __init__(self, placed: Placed, impure: frozenset[str]) -> None:
        self.placed, self.sharing, self.impure = placed, placed.sharing, impure
        self.known: dict[Var, Atom] = {}
        self.done: set[Var] = set()
        self.parts: dict[Var, list[tuple[int, Var]]] = {}
        self.uses: Counter[Var] = Counter()
        self.user: dict[Var, Block] = {}
        self.frame = Frame(placed.block)
        self.depth = 1
        self.notes = False
        self._disturbed: dict[int, tuple[bool, int]] = {}
        self._last_uses: dict[int, dict[Var, int]] = {}
        self._count(placed.block)
        self.heads = Heads(placed.block, self.uses, self.done)

    def _count(self, block: Block) -> None:
        for bind in block.binds:
            if isinstance(bind.op, Prim) and bind.op.name == "item" and isinstance(bind.op.args[0], Var):
                self.parts.setdefault(bind.op.args[0], []).append((bind.op.param("k"), bind.targets[0]))
            self._use(operands(bind.op), block)
            for inner in blocks_of(bind.op):
                self._count(inner)
        self._use(block.results, block)

    def _use(self, atoms: Sequence[Atom], block: Block) -> None:
        for a in atoms:
            if isinstance(a, Var):
                self.uses[a] += 1
                self.user[a] = block if self.user.get(a, block) is block else _SEVERAL

    def function(self) -> list[Statement]:
        """The statements of the whole function."""
        return self._inside(self.placed.block, Done(), 0)

    def _inside(self, block: Block, dest: Destination, deeper: int = 1) -> list[Statement]:
        outer, self.frame = self.frame, Frame(block, note=self.frame.note)
        self.depth += deeper
        out: list[Statement] = []
        self._run(Rest(block, 0, dest), out)
        self.frame = outer
        self.depth -= deeper
        return out

    # --- blocks -----------------------------------------------------------------------------------------

    def _run(self, rest: Rest, out: list[Statement]) -> None:
        self.frame.block = rest.block
        for position in range(rest.position, len(rest.block.binds)):
            bind = rest.block.binds[position]
            self._change_note(bind.note, out)
            if self._bind(bind, position, Rest(rest.block, position + 1, rest.dest), out):
                return
        self._finish(rest.block.results, rest.dest, out)

    def _change_note(self, note: str, out: list[Statement]) -> None:
        if note != self.frame.note:
            for var, p in list(self.frame.pending.items()):
                if p.bind.note and not p.repeatable:
                    self._settle(var, out)
            self.frame.note = note

    def _bind(self, bind: Bind, position: int, rest: Rest, out: list[Statement]) -> bool:
        """Shape one binding; whether all that follows has been shaped with it, or is never reached."""
        op = bind.op
        match op:
            case Prim(name="raise"):
                self._effect(bind, op, out)
                return True
            case Prim() if OPS[op.name].effect:
                self._effect(bind, op, out)
            case Prim() if op.name in UPDATES:
                self._update(bind, op, out)
            case Prim(name="stop_gradient"):
                self.known[bind.targets[0]] = self._fixed(op.args[0], out)
            case Prim():
                if bind.targets[0] not in self.done:
                    self._value(bind, op, position, out)
            case Foreign(pure=False) if not bind.targets:
                self._effect(bind, op, out)
            case Foreign() | Call():
                self._opaque(bind, op, position, out)
            case If():
                return self._if(bind, op, position, rest, out)
            case For() | While():
                return self._loop(bind, op, rest, out)
        return False

    def _finish(self, results: Sequence[Atom], dest: Destination, out: list[Statement]) -> None:
        match dest:
            case Done():
                out.append(self._return([self._known(a) for a in results], out))
            case Join(targets, rest) as join:
                values = [self._known(a) for a in results]
                leap = self._leap(rest, dict(zip(targets, values, strict=True)))
                if leap is not None:
                    self._leave(leap, out)
                else:
                    join.arrivals.append(values)
                    self._move(targets, values, out)
            case Inline(targets, rest):
                for t, a in zip(targets, results, strict=True):
                    waits = results.count(a) == 1 and self.uses[t] == 1 and self.user[t] is rest.block
                    self.known[t] = self._known(a) if waits else self._fixed(a, out)
                self._run(rest, out)
            case Next():
                self._end_iteration(results, dest, out)

    def _end_iteration(self, results: Sequence[Atom], dest: Next, out: list[Statement]) -> None:
        values = [self._known(a) for a in results]
        leap = self._leap_next(values, dest)
        if leap is not None:
            self._leave(leap, out)
            return
        *carried, flag = values
        waiting = self.frame.pending.get(flag) if isinstance(flag, Var) else None
        reads = set(variables(waiting.expr if waiting else flag))
        if reads & set(dest.op.carried):
            flag = self._fixed(flag, out)
        dest.continues.append(carried)
        self._move(dest.op.carried, carried, out)
        cond = self._take(flag)
        dest.breaks.append((carried, None))
        out.append(Branch(cond, [Jump("break")], []))

    # --- leaving early ----------------------------------------------------------------------------------

    def _leap(self, rest: Rest, env: dict[Var, Atom]) -> Leap | None:
        """Where control goes after `rest` when the values in `env` are known, if no work remains to be done."""
        def value(atom: Atom) -> Atom:
            while isinstance(atom, Var) and atom in env:
                atom = env[atom]
            return self._known(atom)

        for k in range(rest.position, len(rest.block.binds)):
            bind = rest.block.binds[k]
            match bind.op:
                case Prim(name, args) if name in ("and", "or", "not"):
                    folded = _logic(name, [value(a) for a in args])
                    if folded is None:
                        return None
                    env[bind.targets[0]] = folded
                case If(cond, then, orelse):
                    test = value(cond)
                    if not isinstance(test, Const) or test.value is UNDEFINED:
                        return None
                    branch = then if test.value else orelse
                    return self._leap(Rest(branch, 0, Join(bind.targets, Rest(rest.block, k + 1, rest.dest))), env)
                case _:
                    return None
        values = [value(a) for a in rest.block.results]
        match rest.dest:
            case Done():
                return Leap("return", values)
            case Join(targets, after) | Inline(targets, after):
                return self._leap(after, {**env, **dict(zip(targets, values, strict=True))})
            case Next() as loop:
                return self._leap_next(values, loop, env)
        return None

    def _leap_next(self, values: list[Atom], loop: Next, env: Mapping[Var, Atom] | None = None) -> Leap | None:
        if not loop.op.exits:
            return Leap("continue", values, loop)
        *carried, flag = values
        if flag == TRUE:
            after = self._leap(loop.rest, {**(env or {}), **dict(zip(loop.targets, carried, strict=True))})
            return after if after is not None and after.kind == "return" else Leap("break", carried, loop)
        return Leap("continue", carried, loop) if flag == FALSE else None

    def _leave(self, leap: Leap, out: list[Statement]) -> None:
        if leap.kind == "return":
            out.append(self._return(leap.values, out))
            return
        assert leap.loop is not None
        moves = self._move(leap.loop.op.carried, leap.values, out)
        if leap.kind == "break":
            leap.loop.breaks.append((leap.values, moves))
        else:
            leap.loop.continues.append(leap.values)
        out.append(Jump(leap.kind))

    def _return(self, values: Sequence[Atom], out: list[Statement]) -> Return:
        waiting = [v for v in values if isinstance(v, Var) and v in self.frame.pending]
        notes = {self.frame.pending[v].bind.note for v in waiting} - {""}
        width = sum(self.frame.pending[v].expr.width for v in waiting)
        if len(notes) > 1 or width > self._room(7) or len(set(waiting)) < len(waiting):
            for v in waiting:
                self._fixed(v, out)
            notes = set()
        return Return(tuple(self._take(v) for v in values), next(iter(notes), ""))

    def _move(self, targets: Sequence[Var], values: Sequence[Atom], out: list[Statement]) -> Move:
        """Assign values to targets, all at the same time."""
        moving = [(t, v) for t, v in zip(targets, values, strict=True) if t is not v]
        written = {t for t, _ in moving}
        once = Counter(v for _, v in moving if isinstance(v, Var))
        for var, p in list(self.frame.pending.items()):
            if once[var] > p.uses or (var not in once and not written.isdisjoint(variables(p.expr))):
                self._settle(var, out)
        pairs = []
        for t, v in moving:
            pending = self.frame.pending.get(v) if isinstance(v, Var) else None
            pairs.append((t, self._take(v), pending.bind.note if pending else ""))
        move = Move(pairs)
        out.append(move)
        return move

    # --- expressions --------------------------------------------------------------------------------------

    def _known(self, atom: Atom) -> Atom:
        while isinstance(atom, Var) and atom in self.known:
            atom = self.known[atom]
        return atom

    def _take(self, atom: Atom) -> Expr:
        """The expression for an operand: what is pending is printed here."""
        atom = self._known(atom)
        pending = self.frame.pending.get(atom) if isinstance(atom, Var) else None
        if pending is None:
            return atom
        assert isinstance(atom, Var)
        pending.uses -= 1
        if pending.uses == 0:
            del self.frame.pending[atom]
        return pending.expr

    def _fixed(self, atom: Atom, out: list[Statement]) -> Atom:
        """The operand as a variable or constant: what is pending becomes a statement."""
        atom = self._known(atom)
        if isinstance(atom, Var) and atom in self.frame.pending:
            self._settle(atom, out)
        return atom

    def _settle(self, var: Var, out: list[Statement]) -> None:
        p = self.frame.pending.pop(var)
        out.append(Assign((var,), p.expr, p.bind.note, p.bind.span))

    def _operands(self, op: Op, atoms: Sequence[Atom], hint: str, out: list[Statement]) -> tuple[tuple[Expr, ...], int]:
        """The operands, nested as far as the line allows, and the width of the whole."""
        atoms = [self._known(a) for a in atoms]
        while True:
            waiting = [self.frame.pending.get(a) if isinstance(a, Var) else None for a in atoms]
            width = width_of(op, [p.expr if p else a for p, a in zip(waiting, atoms, strict=True)])
            nested = [(p.expr.width, k) for k, p in enumerate(waiting) if p and not p.repeatable]
            if width <= self._room(len(hint) + 3) or not nested:
                break
            _, k = max(nested, key=lambda n: (n[0], -n[1]))
            self._fixed(atoms[k], out)
        return tuple(self._take(a) for a in atoms), width

    def _room(self, taken: int) -> int:
        return max(WIDTH - 4 * self.depth - taken, 40)

    def _value(self, bind: Bind, op: Prim, position: int, out: list[Statement]) -> None:
        target = bind.targets[0]
        if self.uses[target] == 0:
            self._unused(bind, op, out)
            return
        if op.name in ("and", "or", "not"):
            folded = _logic(op.name, [self._known(a) for a in op.args])
            if folded is not None:
                self.known[target] = self._fixed(folded, out)
                return
        if op.name == "copy" and isinstance(target.type, Scalar):
            out.append(Assign((target,), self._take(op.args[0]), bind.note, bind.span))
            return
        grows = _accumulates(op, target) and self._known(op.args[0]) not in self.frame.pending
        args, width = self._operands(op, op.args, target.hint, out)
        parts = self.unpacked(target)
        if parts:
            out.append(Assign(parts, Apply(op, args, target.type, width, target), bind.note, bind.span))
            return
        self._keep(bind, Apply(op, args, target.type, width, target), position, out, statement=grows)

    def _unused(self, bind: Bind, op: Prim, out: list[Statement]) -> None:
        """A value that nobody reads is dropped, unless its computation may raise and is kept for that."""
        if op.param("keep"):
            args, width = self._operands(op, op.args, "", out)
            out.append(Assign((), Apply(op, args, bind.targets[0].type, width), bind.note, bind.span))
        else:
            for a in op.args:
                self._drop(a)

    def unpacked(self, var: Var) -> tuple[Var, ...]:
        """The variables for the items of a tuple that is only taken apart, in its own block; else none."""
        items = self.parts.get(var, [])
        if not items or var.hint or not isinstance(var.type, Tuple) or self.user[var] is not self.frame.block \
                or self.uses[var] != len(items) or any(self.uses[t] == 0 for _, t in items):
            return ()
        made = dict(items)
        if len(made) < len(items) or not any(t.hint for t in made.values()) or len(var.type.items) < 2:
            return ()
        self.done.update(made.values())
        return tuple(made.get(k) or Var("_", type_) for k, type_ in enumerate(var.type.items))

    def _drop(self, atom: Atom) -> None:
        atom = self._known(atom)
        if isinstance(atom, Var) and atom in self.frame.pending:
            self._take(atom)

    def _keep(self, bind: Bind, expr: Apply, position: int, out: list[Statement], *, statement: bool = False) -> None:
        """Let an expression wait until it is used, or make it a statement."""
        target = bind.targets[0]
        once = self.uses[target] == 1 and self.user[target] is self.frame.block
        named = bool(target.hint) and not _is_adjoint(target.hint)
        if once and not statement and (not named or self._displaces(target, position)):
            uses = 1
        elif not target.hint and self._repeatable(expr) and self.user[target] is self.frame.block and self.uses[target] <= 3:
            uses = self.uses[target]
        else:
            out.append(Assign((target,), expr, bind.note, bind.span))
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

    def _opaque(self, bind: Bind, op: Foreign | Call, position: int, out: list[Statement]) -> None:
        pure = op.pure if isinstance(op, Foreign) else op.callee not in self.impure
        if pure and len(bind.targets) == 1 and self.uses[bind.targets[0]] == 0:
            return
        hint = bind.targets[0].hint if bind.targets else ""
        args, width = self._operands(op, op.args, hint, out)
        type_ = bind.targets[0].type if bind.targets else BOOL
        expr = Apply(op, args, type_, width, bind.targets[0] if bind.targets else None)
        if not pure:
            self._settle_all(out)
        if pure and len(bind.targets) == 1:
            self._keep(bind, expr, position, out)
        else:
            out.append(Assign(bind.targets, expr, bind.note, bind.span))

    # --- statements ---------------------------------------------------------------------------------------

    def _settle_all(self, out: list[Statement]) -> None:
        for var in list(self.frame.pending):
            self._settle(var, out)

    def _effect(self, bind: Bind, op: Prim | Foreign, out: list[Statement]) -> None:
        args, _ = self._operands(op, op.args, "", out)
        self._settle_all(out)
        out.append(Effect(op, args, bind.note))

    def _update(self, bind: Bind, op: Prim, out: list[Statement]) -> None:
        base, *rest = op.args
        if bind.targets[0] in self.placed.written_back:
            self.known[bind.targets[0]] = self._known(base)
            for a in rest[1:]:
                self._drop(a)
            return
        inside = bind.targets[0] in self.placed.inside
        args, _ = self._operands(op, rest, base.hint + "[]" if isinstance(base, Var) else "", out)
        place = self._take(base) if inside else self._fixed(base, out)
        self._settle_readers(self.sharing.shares_own(base), out)
        out.append(Update(() if inside else bind.targets, op, place, args, bind.note))

    def _settle_readers(self, written: int, out: list[Statement]) -> None:
        for var, p in list(self.frame.pending.items()):
            if p.reads & written:
                self._settle(var, out)

    def _before_blocks(self, bind: Bind, rest: Rest, out: list[Statement]) -> None:
        """Make statements of what may not wait until after a branch or a loop."""
        effect, written = self._disturbs(bind.op)
        leaving = {self._known(a) for a in rest.block.results if isinstance(a, Var)}
        for var, p in list(self.frame.pending.items()):
            if effect or p.reads & written or var in leaving:
                self._settle(var, out)

    def _disturbs(self, op: Op) -> tuple[bool, int]:
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
                            e, w = self._disturbs(b.op)
                            effect, written = effect or e, written | w
            self._disturbed[id(op)] = effect, written
        return self._disturbed[id(op)]

    # --- branches -----------------------------------------------------------------------------------------

    def _if(self, bind: Bind, op: If, position: int, rest: Rest, out: list[Statement]) -> bool:
        cond = self._known(op.cond)
        if isinstance(cond, Const) and cond.value is not UNDEFINED:
            self._run(Rest(op.then if cond.value else op.orelse, 0, Inline(bind.targets, rest)), out)
            return True
        if self._conditional(bind, op, position, out):
            return False
        (test,), _ = self._operands(op, (op.cond,), "", out)
        self._before_blocks(bind, rest, out)
        join = Join(bind.targets, rest)
        body, orelse = self._inside(op.then, join), self._inside(op.orelse, join)
        out.append(Branch(test, body, orelse, bind.note))
        self._same_constants(bind.targets, join.arrivals)
        return not join.arrivals

    def _same_constants(self, targets: Sequence[Var], arrivals: Sequence[Sequence[Atom]]) -> None:
        for k, t in enumerate(targets):
            values = [a[k] for a in arrivals]
            if values and isinstance(values[0], Const) and values[0].value is not UNDEFINED and all(
                    v == values[0] for v in values):
                self.known[t] = values[0]

    def _conditional(self, bind: Bind, op: If, position: int, out: list[Statement]) -> bool:
        """`a if c else b`, `c and b`, `c or b`, if both sides are short expressions of the same statement."""
        if len(bind.targets) != 1 or _is_statement(bind) or not self._is_short(op.then, bind.note) or not self._is_short(
                op.orelse, bind.note):
            return False
        sides = [self._side(op.then), self._side(op.orelse)]
        test = self._known(op.cond)
        pending = self.frame.pending.get(test) if isinstance(test, Var) else None
        cond = pending.expr if pending else test
        made = _logical(cond, *sides) or (Prim("select", (op.cond, op.then.results[0], op.orelse.results[0])),
                                          (cond, *sides))
        width = width_of(made[0], made[1])
        target = bind.targets[0]
        if width > self._room(len(target.hint) + 3):
            return False
        self._take(test)
        expr = Apply(made[0], made[1], target.type, width, target)
        self._keep(bind, expr, position, out)
        return True

    def _is_short(self, block: Block, note: str) -> bool:
        result = block.results[0]
        if (isinstance(result, Const) and result.value is UNDEFINED) or len(block.binds) > 8:
            return False
        for b in block.binds:
            simple = (isinstance(b.op, Prim) and b.op.name not in _NEVER_NESTED and not OPS[b.op.name].effect) or (
                isinstance(b.op, Foreign) and b.op.pure)
            if isinstance(b.op, If):
                simple = len(b.targets) == 1 and not _is_statement(b) and all(
                    self._is_short(side, note) for side in blocks_of(b.op))
            if isinstance(b.op, Call):
                simple = len(b.targets) == 1 and b.op.callee not in self.impure
            t = b.targets[0] if len(b.targets) == 1 else None
            if not simple or t is None or b.note != note or (t.hint and not _is_adjoint(t.hint)) or self.uses[t] != 1 \
                    or self.user[t] is not block or _accumulates(b.op, t):
                return False
        return True

    def _side(self, block: Block) -> Expr:
        outer, self.frame = self.frame, Frame(block, note=self.frame.note)
        out: list[Statement] = []
        depth, self.depth = self.depth, -20
        self._run(Rest(block, 0, Kept()), out)
        value = self._take(block.results[0])
        self.frame, self.depth = outer, depth
        assert not out, "a conditional expression has statements"
        return value

    # --- loops --------------------------------------------------------------------------------------------

    def _loop(self, bind: Bind, op: For | While, rest: Rest, out: list[Statement]) -> bool:
        self._before_blocks(bind, rest, out)
        self._move(op.carried, [self._known(a) for a in op.inits], out)
        for t, c in zip(bind.targets, op.carried, strict=True):
            self.known[t] = c
        nxt = Next(op, bind.targets, rest)
        inits = [self._known(a) for a in op.inits]
        loop: ForLoop | WhileLoop
        if isinstance(op, For):
            head = self.heads.of(bind, op, self)
            loop = ForLoop(head.index, head.bounds, head.elements, head.sequences, head.backwards, [], note=bind.note)
        else:
            self.known.update(zip(op.cond.params, op.carried, strict=True))
            loop = WhileLoop(TRUE, [], note=bind.note)
            self._test(op, loop)
        self.heads.open.add(id(bind))
        loop.body += self._inside(op.body, nxt)
        self.heads.open.discard(id(bind))
        out.append(loop)
        self._flags(bind, inits, nxt)
        after = self._otherwise(loop, inits, nxt)
        if after is not None:
            self._run(after, out)
            return True
        return isinstance(loop, WhileLoop) and loop.cond == TRUE and not _breaks(loop.body)

    def _test(self, op: While, loop: WhileLoop) -> None:
        """The condition of a `while`; statements that it needs go into the body, before `if not ...: break`."""
        outer, self.frame = self.frame, Frame(op.cond, note=self.frame.note)
        self.depth += 1
        statements: list[Statement] = []
        self._run(Rest(op.cond, 0, Kept()), statements)
        cond = self._take(op.cond.results[0])
        self.frame = outer
        self.depth -= 1
        if statements:
            loop.body += [*statements, Branch(negated(cond), [Jump("break")], [])]
        else:
            loop.cond = cond

    def _otherwise(self, loop: ForLoop | WhileLoop, inits: Sequence[Atom], nxt: Next) -> Rest | None:
        """Recognise `else` of a loop: a branch that is taken exactly when no `break` was; what follows it."""
        statements = isinstance(loop, WhileLoop) and loop.cond == TRUE  # then `break` also ends it when it is exhausted
        if statements or not nxt.breaks or any(m is None for _, m in nxt.breaks):
            return None
        env: dict[Var, Atom] = {t: i for k, (t, i) in enumerate(zip(nxt.targets, inits, strict=True))
                                if isinstance(i, Const) and all(v[k] == i or v[k] is nxt.op.carried[k] for v in nxt.continues)}
        found = self._decided(nxt.rest, dict(env))
        if found is None:
            return None
        position, branch = found
        bind = nxt.rest.block.binds[position]
        arrivals: list[list[Atom]] = []
        for values, _ in nxt.breaks:
            here = dict(zip(nxt.targets, values, strict=True))
            other = self._decided(nxt.rest, here)
            if other is None or other[0] != position or other[1] is branch or other[1].binds:
                return None
            arrivals.append([self._known(here.get(a, a) if isinstance(a, Var) else a) for a in other[1].results])
        after = Rest(nxt.rest.block, position + 1, nxt.rest.dest)
        join = Join(bind.targets, after)
        outer, self.known = self.known, {**self.known, **env}
        loop.orelse += self._inside(branch, join)
        self.known = {**self.known, **{t: outer[t] for t in env}}
        for (_, move), values in zip(nxt.breaks, arrivals, strict=True):
            assert move is not None
            nested = {e.result: e for _, e, _ in move.pairs if isinstance(e, Apply)}
            move.pairs += [(t, nested.get(v, v) if isinstance(v, Var) else v, "")
                           for t, v in zip(bind.targets, values, strict=True)]
        self._same_constants(bind.targets, [*join.arrivals, *arrivals])
        return after

    def _decided(self, rest: Rest, env: dict[Var, Atom]) -> tuple[int, Block] | None:
        """The first branch after a loop and which side of it is taken, if only flags are looked at before it."""
        for k in range(rest.position, len(rest.block.binds)):
            bind = rest.block.binds[k]
            values = [env.get(a, a) if isinstance(a, Var) else a for a in operands(bind.op)]
            match bind.op:
                case Prim(name) if name in ("and", "or", "not") and self.uses[bind.targets[0]] == 1:
                    folded = _logic(name, [self._known(v) for v in values])
                    if folded is None:
                        return None
                    env[bind.targets[0]] = folded
                case If(_, then, orelse) if isinstance(values[0], Const) and values[0].value is not UNDEFINED:
                    return k, then if values[0].value else orelse
                case _:
                    return None
        return None

    def _flags(self, bind: Bind, inits: Sequence[Atom], nxt: Next) -> None:
        """A carried flag that is the same constant wherever the loop is left is known after it."""
        for k, t in enumerate(bind.targets):
            c = nxt.op.carried[k]
            values: list[Atom] = [inits[k], *(v[k] for v in nxt.continues), *(v[k] for v, _ in nxt.breaks)]
            if isinstance(inits[k], Const) and inits[k].value is not UNDEFINED and all(  # type: ignore[union-attr]
                    v == inits[k] or v is c for v in values):
                self.known[t] = inits[k]


@dataclass(eq=False)
class Inline(Destination):
    """They are the results of a branch that is always taken, and `rest` follows at once."""

    targets: tuple[Var, ...]
    rest: Rest


_SEVERAL = Block((), (), ())
_NEVER_NESTED = UPDATES | {"stop_gradient", "copy"}


def _last_uses(block: Block) -> dict[Var, int]:
    found: dict[Var, int] = {}
    for k, bind in enumerate(block.binds):
        found.update((a, k) for a in operands(bind.op) if isinstance(a, Var))
    found.update((a, len(block.binds)) for a in block.results if isinstance(a, Var))
    return found


def _is_adjoint(hint: str) -> bool:
    return hint.endswith(("_bar", "_dot"))


def _accumulates(op: Op, target: Var) -> bool:
    """Whether an operation is `x_bar = x_bar + ...`, which is a statement."""
    return isinstance(op, Prim) and op.name in ("add", "sub") and isinstance(op.args[0], Var) \
        and bool(target.hint) and op.args[0].hint == target.hint


def _is_statement(bind: Bind) -> bool:
    """Whether an `If` was written as a statement."""
    span = bind.span
    return span is not None and span.text[span.column - 1:].startswith(("if ", "elif ", "if(", "for ", "while "))


def _logic(name: str, values: Sequence[Atom]) -> Atom | None:
    """The value of `and`, `or` or `not`, if the constants among the operands decide it."""
    constants = [v.value if isinstance(v, Const) and isinstance(v.value, bool) else None for v in values]
    if name == "not":
        return None if constants[0] is None else (FALSE if constants[0] else TRUE)
    stop = name == "or"
    if stop in constants:
        return TRUE if stop else FALSE
    rest = [v for v, c in zip(values, constants, strict=True) if c is None]
    if not rest:
        return FALSE if stop else TRUE
    return rest[0] if len(rest) == 1 and rest[0].type == BOOL else None


def _logical(cond: Expr, a: Expr, b: Expr) -> tuple[Prim, tuple[Expr, ...]] | None:
    """The conditional expression as `and`, `or` or `not`, where the condition is a truth value."""
    if cond.type != BOOL:
        return None
    if a == TRUE and b == FALSE:
        return Prim("and", ()), (cond, TRUE)
    if b == FALSE:
        return Prim("and", ()), (cond, a)
    if a == TRUE:
        return Prim("or", ()), (cond, b)
    return None


def negated(cond: Expr) -> Expr:
    """`not cond`."""
    if cond in (TRUE, FALSE):
        return FALSE if cond == TRUE else TRUE
    if isinstance(cond, Apply) and isinstance(cond.op, Prim) and cond.op.name == "not":
        return cond.args[0]
    return Apply(Prim("not", ()), (cond,), BOOL, width_of(Prim("not", ()), [cond]))


def _opposite(cond: Expr) -> bool:
    """Whether a condition has an opposite that reads as well."""
    return isinstance(cond, Apply) and isinstance(cond.op, Prim) and (
        cond.op.name in ("eq", "ne", "is", "isnot", "in", "notin", "not")
        or (cond.op.name in ("lt", "le", "gt", "ge") and all(
            isinstance(a.type, Scalar) and a.type.dtype.startswith(("int", "bool")) for a in cond.args)))


def branch_of(cond: Expr, body: list[Statement], orelse: list[Statement], note: str = "") -> list[Statement]:
    """`if`: without empty branches, and without `else` after a branch that leaves."""
    if not body and not orelse:
        return []
    if not body:
        cond, body, orelse = negated(cond), orelse, []
    if _leaves(body):
        if _leaves(orelse) and len(orelse) < len(body) and _opposite(cond):
            return [Branch(negated(cond), orelse, [], note), *body]
        return [Branch(cond, body, [], note), *orelse]
    if _leaves(orelse) and (_opposite(cond) or isinstance(orelse[0], Jump)):
        return [Branch(negated(cond), orelse, [], note), *body]
    return [Branch(cond, body, orelse, note)]


def _breaks(code: Sequence[Statement]) -> bool:
    """Whether the statements of a loop's body may leave it by `break`."""
    return any((isinstance(s, Jump) and s.kind == "break")
               or (isinstance(s, Branch) and (_breaks(s.body) or _breaks(s.orelse))) for s in code)


def _leaves(code: Sequence[Statement]) -> bool:
    return ends(code) and not _continues(code)


def _continues(code: Sequence[Statement]) -> bool:
    """Whether some way through the statements ends in `continue`."""
    match code[-1] if code else None:
        case Jump("continue"):
            return True
        case Branch(_, body, orelse):
            return _continues(body) or _continues(orelse)
        case _:
            return False


def trimmed(body: list[Statement]) -> list[Statement]:
    """A loop's body without `continue` where the iteration ends anyway."""
    match body[-1] if body else None:
        case Jump("continue"):
            return trimmed(body[:-1])
        case Branch(cond, [Jump("continue")], orelse, note) if len(orelse) > 3:
            return [*body[:-1], Branch(cond, [Jump("continue")], [], note), *trimmed(orelse)]
        case Branch(cond, then, orelse, note):
            return [*body[:-1], *branch_of(cond, trimmed(then), trimmed(orelse), note)]
        case ForLoop() | WhileLoop() as loop:
            loop.orelse[:] = trimmed(loop.orelse)
            return body
        case _:
            return body


def tidied(code: list[Statement]) -> list[Statement]:
    """The statements without branches that have become empty, and without `continue` at the end of loops."""
    out: list[Statement] = []
    for s in code:
        match s:
            case Branch(cond, body, orelse, note):
                out += branch_of(cond, tidied(body), tidied(orelse), note)
            case ForLoop() | WhileLoop():
                s.body[:] = trimmed(tidied(s.body))
                s.orelse[:] = tidied(s.orelse)
                out.append(s)
            case _:
                out.append(s)
    return out
