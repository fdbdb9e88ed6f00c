"""From IR to structured code: expressions are nested, branches and loops become Python's.

An exit flag never becomes a variable where control can simply leave: at the end of a branch it is known which
constants its results are; when what follows then only passes values on, the branch ends in `return`, `break`
or `continue`.
"""


from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from adcompiler.backend.code import (
    FALSE,
    TRUE,
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
from adcompiler.backend.inplace import UPDATES, Placed
from adcompiler.backend.leaving import Destination, Done, Inline, Join, Kept, Leap, Leaps, Next, Rest, logic
from adcompiler.backend.nesting import Frame, Nester, accumulates, is_adjoint
from adcompiler.backend.tidy import breaks, negated
from adcompiler.backend.width import width_of
from adcompiler.ir.nodes import UNDEFINED, Atom, Bind, Block, Call, Const, For, Foreign, If, Prim, Var, While, blocks_of
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import BOOL, Scalar


def shape(placed: Placed, impure: frozenset[str], arity: Mapping[str, int], *, elements: bool = True) -> list[Statement]:
    """The body of a function.

    `impure`: the outlined functions that have effects; `arity`: how many values each of them saves for its reverse;
    `elements`: whether loops run over the elements of sequences where they can, or over positions.
    """
    return Shaper(placed, impure, arity, elements).function()


class Shaper(Nester):
    """Shapes one function."""

    def __init__(self, placed: Placed, impure: frozenset[str], arity: Mapping[str, int], elements: bool = True) -> None:
        super().__init__(placed, impure, arity)
        self.elements = elements
        self.leaps = Leaps(self.known, self.uses)
        self._early: dict[int, tuple[list[Var], list[Atom]]] = {}
        self._moved: set[Var] = set()  # carried values that are given their next one early in the iteration

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
            self.change_note(bind.note, out)
            if id(bind) in self._early:
                self._move(*self._early[id(bind)], out)
            if self._bind(bind, position, Rest(rest.block, position + 1, rest.dest), out):
                return
        self._finish(self.leaps.results_of(rest.block), rest.dest, out)

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
                self._alias(bind.targets[0], op.args[0], out)
            case Prim() if OPS[op.name].several:
                self._opaque(bind, op, position, out)
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
                out.append(self._return([self.known(a) for a in results], out))
            case Join(targets, rest) as join:
                values = [self.known(a) for a in results]
                leap = self.leaps.after(rest, dict(zip(targets, values, strict=True)))
                if leap is not None:
                    self._leave(leap, out)
                else:
                    join.arrivals.append(values)
                    self._move(targets, values, out)
            case Inline(targets, rest):
                for t, a in zip(targets, results, strict=True):
                    waits = results.count(a) == 1 and self.uses[t] == 1 and self.user[t] is rest.block
                    self.aliases[t] = self.known(a) if waits else self.fixed(a, out)
                self._run(rest, out)
            case Next():
                self._end_iteration(results, dest, out)

    def _end_iteration(self, results: Sequence[Atom], dest: Next, out: list[Statement]) -> None:
        values = [self.known(a) for a in results]
        leap = self.leaps.next(values, dest)
        if leap is not None:
            self._leave(leap, out)
            return
        *carried, flag = values
        waiting = self.frame.pending.get(flag) if isinstance(flag, Var) else None
        reads = set(variables(waiting.expr if waiting else flag))
        if reads & set(dest.op.carried):
            flag = self.fixed(flag, out)
        dest.continues.append(carried)
        self._move(dest.op.carried, carried, out)
        cond = self.take(flag)
        dest.breaks.append((carried, None))
        out.append(Branch(cond, [Jump("break")], []))

    # --- leaving early ----------------------------------------------------------------------------------

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
        if len(notes) > 1 or width > self.room(7) or len(set(waiting)) < len(waiting):
            for v in waiting:
                self.fixed(v, out)
            notes = set()
        return Return(tuple(self.take(v) for v in values), next(iter(notes), ""))

    def _move(self, targets: Sequence[Var], values: Sequence[Atom], out: list[Statement]) -> Move:
        """Assign values to targets, all at the same time."""
        moving = [(t, v) for t, v in zip(targets, values, strict=True) if t is not v]
        written = {t for t, _ in moving}
        once = Counter(v for _, v in moving if isinstance(v, Var))
        for var, p in list(self.frame.pending.items()):
            if once[var] > p.uses or (var not in once and not written.isdisjoint(variables(p.expr))):
                self.settle(var, out)
        pairs = []
        for t, v in moving:
            pending = self.frame.pending.get(v) if isinstance(v, Var) else None
            pairs.append((t, self.take(v), pending.bind.note if pending else ""))
        move = Move(pairs)
        out.append(move)
        return move

    # --- expressions --------------------------------------------------------------------------------------

    def _value(self, bind: Bind, op: Prim, position: int, out: list[Statement]) -> None:
        target = bind.targets[0]
        if self.uses[target] == 0:
            self._unused(bind, op, out)
            return
        if op.name in ("and", "or", "not"):
            folded = logic(op.name, [self.known(a) for a in op.args])
            if folded is not None:
                self.aliases[target] = self.fixed(folded, out)
                return
        if op.name == "copy" and isinstance(target.type, Scalar):
            out.append(Assign((target,), self.take(op.args[0]), bind.note, bind.span))
            return
        grows = accumulates(op, target) and self.known(op.args[0]) not in self.frame.pending
        if op.name == "saved_item":
            whole = self.unpacked(op.args[0])
            if whole:
                out.append(Assign(whole, op.args[0], bind.note, bind.span))
                return
        args, width = self.operands_of(op, op.args, target.hint, out)
        parts = self.unpacked(target)
        if parts:
            out.append(Assign(parts, Apply(op, args, target.type, width, target), bind.note, bind.span))
            return
        self.keep(bind, Apply(op, args, target.type, width, target), position, out, statement=grows)

    def _unused(self, bind: Bind, op: Prim, out: list[Statement]) -> None:
        """A value that nobody reads is dropped, unless its computation may raise and is kept for that."""
        if op.param("keep"):
            args, width = self.operands_of(op, op.args, "", out)
            out.append(Assign((), Apply(op, args, bind.targets[0].type, width), bind.note, bind.span))
        else:
            for a in op.args:
                self.drop(a)

    def _opaque(self, bind: Bind, op: Foreign | Call | Prim, position: int, out: list[Statement]) -> None:
        pure = op.pure if isinstance(op, Foreign) else isinstance(op, Prim) or op.callee not in self.impure
        if pure and bind.targets and not any(self.uses[t] for t in bind.targets):
            for a in op.args:
                self.drop(a)
            return
        hint = bind.targets[0].hint if bind.targets else ""
        args, width = self.operands_of(op, op.args, hint, out)
        type_ = bind.targets[0].type if bind.targets else BOOL
        expr = Apply(op, args, type_, width, bind.targets[0] if bind.targets else None)
        if not pure:
            self.settle_all(out)
        if pure and len(bind.targets) == 1:
            self.keep(bind, expr, position, out)
        else:
            out.append(Assign(bind.targets, expr, bind.note, bind.span))

    # --- statements ---------------------------------------------------------------------------------------

    def _effect(self, bind: Bind, op: Prim | Foreign, out: list[Statement]) -> None:
        args, _ = self.operands_of(op, op.args, "", out)
        self.settle_all(out)
        out.append(Effect(op, args, bind.note))

    def _update(self, bind: Bind, op: Prim, out: list[Statement]) -> None:
        base, *rest = op.args
        if bind.targets[0] in self.placed.written_back:
            self.aliases[bind.targets[0]] = self.known(base)
            for a in rest[1:]:
                self.drop(a)
            return
        inside = bind.targets[0] in self.placed.inside
        args, _ = self.operands_of(op, rest, base.hint + "[]" if isinstance(base, Var) else "", out)
        place = self.take(base) if inside else self.fixed(base, out)
        self.settle_readers(self.sharing.shares_own(base), out)
        out.append(Update(() if inside else bind.targets, op, place, args, bind.note))

    def _before_blocks(self, bind: Bind, rest: Rest, out: list[Statement]) -> None:
        """Make statements of what may not wait until after a branch or a loop."""
        effect, written = self.disturbs(bind.op)
        leaving = {self.known(a) for a in rest.block.results if isinstance(a, Var)}
        for var, p in list(self.frame.pending.items()):
            if effect or p.reads & written or var in leaving:
                self.settle(var, out)

    # --- branches -----------------------------------------------------------------------------------------

    def _if(self, bind: Bind, op: If, position: int, rest: Rest, out: list[Statement]) -> bool:
        cond = self.known(op.cond)
        if isinstance(cond, Const) and cond.value is not UNDEFINED:
            self._run(Rest(op.then if cond.value else op.orelse, 0, Inline(bind.targets, rest)), out)
            return True
        if self._truth(bind, op, position, out) or self._conditional(bind, op, position, out):
            return False
        (test,), _ = self.operands_of(op, (op.cond,), "", out)
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
                self.aliases[t] = values[0]

    def _alias(self, target: Var, value: Atom, out: list[Statement]) -> None:
        """Let a variable be another value, which may wait if the variable is read once, in this block."""
        waits = self.uses[target] == 1 and self.user[target] is self.frame.block
        self.aliases[target] = self.known(value) if waits else self.fixed(value, out)

    def _truth(self, bind: Bind, op: If, position: int, out: list[Statement]) -> bool:
        """`True if c else False` is `c`, and the other way round `not c`."""
        results = (*op.then.results, *op.orelse.results)
        cond = self.known(op.cond)
        if op.then.binds or op.orelse.binds or cond.type != BOOL or results not in ((TRUE, FALSE), (FALSE, TRUE)):
            return False
        if results[0] == TRUE:
            self._alias(bind.targets[0], cond, out)
        else:
            self._value(bind, Prim("not", (cond,)), position, out)
        return True

    def _conditional(self, bind: Bind, op: If, position: int, out: list[Statement]) -> bool:
        """`a if c else b`, `c and b`, `c or b`, if both sides are short expressions of the same statement."""
        if len(bind.targets) != 1 or _is_statement(bind) or not self._is_short(op.then, bind.note) or not self._is_short(
                op.orelse, bind.note):
            return False
        sides = [self._side(op.then), self._side(op.orelse)]
        test = self.known(op.cond)
        pending = self.frame.pending.get(test) if isinstance(test, Var) else None
        cond = pending.expr if pending else test
        made = _logical(cond, *sides) or (Prim("select", (op.cond, op.then.results[0], op.orelse.results[0])),
                                          (cond, *sides))
        width = width_of(made[0], made[1])
        target = bind.targets[0]
        if width > self.room(len(target.hint) + 3):
            return False
        self.take(test)
        expr = Apply(made[0], made[1], target.type, width, target)
        self.keep(bind, expr, position, out)
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
            if not simple or t is None or b.note != note or (t.hint and not is_adjoint(t.hint)) or self.uses[t] != 1 \
                    or self.user[t] is not block or accumulates(b.op, t):
                return False
        return True

    def _side(self, block: Block) -> Expr:
        outer, self.frame = self.frame, Frame(block, note=self.frame.note)
        out: list[Statement] = []
        depth, self.depth = self.depth, -20
        self._run(Rest(block, 0, Kept()), out)
        value = self.take(block.results[0])
        self.frame, self.depth = outer, depth
        assert not out, "a conditional expression has statements"
        return value

    # --- loops --------------------------------------------------------------------------------------------

    def _loop(self, bind: Bind, op: For | While, rest: Rest, out: list[Statement]) -> bool:
        self._before_blocks(bind, rest, out)
        self._move(op.carried, [self.known(a) for a in op.inits], out)
        self._find_early_moves(op)
        for t, c in zip(bind.targets, op.carried, strict=True):
            self.aliases[t] = c
        nxt = Next(op, bind.targets, rest)
        inits = [self.known(a) for a in op.inits]
        loop: ForLoop | WhileLoop
        if isinstance(op, For):
            head = self.heads.of(bind, op, self) if self.elements else self.heads.plain(op, self)
            loop = ForLoop(head.index, head.bounds, head.elements, head.sequences, head.backwards, [], note=bind.note)
        else:
            self.aliases.update(zip(op.cond.params, op.carried, strict=True))
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
        return isinstance(loop, WhileLoop) and loop.cond == TRUE and not breaks(loop.body)

    def _find_early_moves(self, op: For | While) -> None:
        """`old = x` before x changes, where a value that the body does not read is x from the last iteration."""
        results = list(op.body.results)
        for k, c in enumerate(op.carried):
            last = results[k]
            read = self.uses[c] + (self.uses[op.cond.params[k]] if isinstance(op, While) else 0)
            if read or last is c or not isinstance(last, Var) or last not in op.carried:
                continue
            change = next((b for b in op.body.binds if any(t.hint == last.hint for t in b.targets)), None)
            if change is not None:
                targets, values = self._early.setdefault(id(change), ([], []))
                targets.append(c)
                values.append(last)
                results[k] = c
                self._moved.add(c)
        self.leaps.results[id(op.body)] = tuple(results)

    def _test(self, op: While, loop: WhileLoop) -> None:
        """The condition of a `while`; statements that it needs go into the body, before `if not ...: break`."""
        outer, self.frame = self.frame, Frame(op.cond, note=self.frame.note)
        self.depth += 1
        statements: list[Statement] = []
        self._run(Rest(op.cond, 0, Kept()), statements)
        cond = self.take(op.cond.results[0])
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
                                if isinstance(i, Const) and nxt.op.carried[k] not in self._moved
                                and all(v[k] == i or v[k] is nxt.op.carried[k] for v in nxt.continues)}
        found = self.leaps.decided(nxt.rest, dict(env))
        if found is None:
            return None
        position, branch = found
        bind = nxt.rest.block.binds[position]
        arrivals: list[list[Atom]] = []
        for values, _ in nxt.breaks:
            here = dict(zip(nxt.targets, values, strict=True))
            other = self.leaps.decided(nxt.rest, here)
            if other is None or other[0] != position or other[1] is branch or other[1].binds:
                return None
            arrivals.append([self.known(here.get(a, a) if isinstance(a, Var) else a) for a in other[1].results])
        after = Rest(nxt.rest.block, position + 1, nxt.rest.dest)
        join = Join(bind.targets, after)
        outer, self.aliases = self.aliases, {**self.aliases, **env}
        loop.orelse += self._inside(branch, join)
        self.aliases = {**self.aliases, **{t: outer[t] for t in env}}
        for (_, move), values in zip(nxt.breaks, arrivals, strict=True):
            assert move is not None
            nested = {e.result: e for _, e, _ in move.pairs if isinstance(e, Apply)}
            move.pairs += [(t, nested.get(v, v) if isinstance(v, Var) else v, "")
                           for t, v in zip(bind.targets, values, strict=True)]
        self._same_constants(bind.targets, [*join.arrivals, *arrivals])
        return after

    def _flags(self, bind: Bind, inits: Sequence[Atom], nxt: Next) -> None:
        """A carried flag that is the same constant wherever the loop is left is known after it."""
        for k, t in enumerate(bind.targets):
            c = nxt.op.carried[k]
            if c in self._moved:  # it was given another value, before the end of the iteration
                continue
            values: list[Atom] = [inits[k], *(v[k] for v in nxt.continues), *(v[k] for v, _ in nxt.breaks)]
            if isinstance(inits[k], Const) and inits[k].value is not UNDEFINED and all(  # type: ignore[union-attr]
                    v == inits[k] or v is c for v in values):
                self.aliases[t] = inits[k]


_NEVER_NESTED = UPDATES | {"stop_gradient", "copy"}


def _is_statement(bind: Bind) -> bool:
    """Whether an `If` was written as a statement; one without a name is a subexpression."""
    span = bind.span
    return span is not None and bool(bind.targets[0].hint) and span.text[span.column - 1:].startswith(
        ("if ", "elif ", "if(", "for ", "while "))


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
