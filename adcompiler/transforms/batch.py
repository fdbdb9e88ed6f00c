"""Batching: from a program for one example to array code for all of them at once.

Each value either is the same for all examples, or gets an axis of the examples in front. Primitives go by their rules
(`adcompiler.rules.batching`). Branches and loops that do not depend on the example stay what they are, with batched values in
them. Where a branch does, both sides are computed and `np.where` chooses; a loop that ends at another time for each example
goes on while any of them has not ended, and changes those only.

Source of the method: Frostig, Johnson and Leary, "Compiling machine learning programs via high-level tracing" (2018), `vmap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adcompiler.diagnostics import CompileError, Span, fail
from adcompiler.ir.build import UNDEF, Builder, const
from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Foreign,
    Function,
    If,
    Prim,
    Program,
    Tree,
    Var,
    While,
)
from adcompiler.ir.ops import OPS, IrTypeError, describe, note_size
from adcompiler.ir.rename import renamed, renamed_binds
from adcompiler.ir.types import ANY, BOOL, FLOAT, INT, NEVER, Array, Dim, List, Scalar, Type, Unknown, rank
from adcompiler.rules.batching import BATCHED, Batch, Value, batched_type
from adcompiler.rules.batching.elementwise import chosen, elementwise, truth
from adcompiler.rules.batching.table import NoRule, common_dtype
from adcompiler.transforms.reverse import gradient

_ROUNDS = 8
_NOWHERE = Span("<generated>", 1, 1, 1, 2)


class Unstacked(Exception):
    """A result that cannot be given for all examples; the text says what it is."""


def batch_program(program: Program, mapped: Sequence[int | None], out_axes: Sequence[int | None], dim: Dim, name: str) -> Program:
    """The program for all examples.

    `mapped`: for each leaf parameter its axis of the examples, or None where it is the same for all. `out_axes`: for each
    leaf of the result where its axis of the examples is to be, or None where it must be the same for all. `dim`: the name of
    the number of examples.
    """
    entry = program.entry
    builder = Builder()
    params = [_parameter(p, axis, dim) for p, axis in zip(entry.block.params, mapped, strict=True)]
    batcher = Batcher(program, builder, _count(builder, params, mapped), dim)
    for old, new, axis in zip(entry.block.params, params, mapped, strict=True):
        batcher.enter(old, Value(_to_front(batcher.batch, new, axis), old.type, axis is not None))
    batcher.block(entry.block.binds)
    builder.note, builder.span = "", None
    results = [_result(batcher, r, axis) for r, axis in zip(entry.block.results, out_axes, strict=True)]
    block = Block(tuple(params), tuple(builder.binds), tuple(results))
    functions = {**program.functions, **batcher.functions}
    return replace(program, entry=Function(name, entry.signature, entry.result, block, entry.doc), functions=functions)


def batch_gradient(program: Program, wrt: Sequence[int], mapped: Sequence[int | None], out_axes: Sequence[int | None], dim: Dim,
                   name: str, result: Tree, value: bool) -> Program:
    """The program of the gradients of all examples, as the gradient of the sum of the program for all of them.

    No example depends on the parameters of another, once those that are the same for all are repeated. This is right also
    where branches and loops depend on the example, so that the reverse sweep of one example has no array code.
    """
    entry = program.entry
    own = [0 if k in wrt else axis for k, axis in enumerate(mapped)]
    together = batch_program(program, own, [0] * len(entry.block.results), dim, name)
    block = together.entry.block
    builder = Builder()
    total = builder.prim("numpy.sum", block.results[0])
    block = replace(block, binds=(*block.binds, *builder.binds), results=(total, *block.results))
    summed = replace(together, entry=replace(together.entry, block=block))
    made = gradient(summed, tuple(wrt), name=name, result=result, value=True, seed=0)
    found = made.entry.block
    params = [_parameter(p, axis, dim) for p, axis in zip(entry.block.params, mapped, strict=True)]
    outer = Builder()
    batcher = Batcher(program, outer, _count(outer, params, mapped), dim)
    names: dict[Var, Atom] = {}
    for k, (inner, old, new, axis) in enumerate(zip(found.params, entry.block.params, params, mapped, strict=True)):
        names[inner] = new
        if k in wrt:
            whole = batcher.batch.full(Value(_to_front(batcher.batch, new, axis), old.type, axis is not None))
            names[inner] = whole
            if isinstance(whole, Var) and not whole.hint:
                whole.hint = old.hint
    outer.binds += renamed_binds(found.binds, names)
    atoms = [renamed(r, names) for r in found.results[1:]]
    shown = atoms if value else atoms[len(entry.block.results):]
    results = [_placed(batcher.batch, a, axis) for a, axis in zip(shown, out_axes, strict=True)]
    made_block = Block(tuple(params), tuple(outer.binds), tuple(results))
    tree = made.entry.result if value else result
    return replace(made, entry=replace(made.entry, block=made_block, signature=entry.signature, result=tree))


def _parameter(p: Var, axis: int | None, dim: Dim) -> Var:
    if axis is None:
        return Var(p.hint, p.type)
    found = batched_type(p.type, dim)
    assert isinstance(found, Array)
    shape = list(found.dims[1:])
    shape.insert(axis, dim)
    return Var(p.hint, Array(found.dtype, tuple(shape)))


def _count(builder: Builder, params: Sequence[Var], mapped: Sequence[int | None]) -> Atom:
    """The number of examples."""
    var, axis = next((p, a) for p, a in zip(params, mapped, strict=True) if a is not None)
    return builder.prim("shape", var, axis=axis)


def _to_front(batch: Batch, var: Var, axis: int | None) -> Atom:
    if not axis:
        return var
    return batch.moved(var, [axis, *(k for k in range(rank(var.type)) if k != axis)])


def _result(batcher: Batcher, atom: Atom, axis: int | None) -> Atom:
    value = batcher.value(atom)
    batch = batcher.batch
    if axis is None:
        if value.batched:
            raise Unstacked("something that depends on the example where out_axes is None")
        return value.atom
    if value.atom == UNDEF:
        return value.atom
    if isinstance(value.type, Unknown) or (isinstance(value.type, List) and axis):
        raise Unstacked(f"{describe(value.type)}, which has no axis for the examples")
    whole = batch.full(value)
    if not value.batched and isinstance(value.type, Array):
        whole = batch.prim("copy", whole)
    if isinstance(whole, Var) and isinstance(atom, Var) and not whole.hint:
        whole.hint = atom.hint
    return _placed(batch, whole, axis)


def _placed(batch: Batch, whole: Atom, axis: int | None) -> Atom:
    """A result with its axis of the examples where it is to be."""
    if not isinstance(whole.type, Array):
        return whole
    if axis is None:
        raise Unstacked("something that depends on the example where out_axes is None")
    axes = list(range(1, whole.type.rank))
    if not -len(axes) - 1 <= axis <= len(axes):
        raise Unstacked(f"an array that has no axis {axis} in out_axes: it has {len(axes) + 1} with that of the examples")
    axes.insert(axis % (len(axes) + 1), 0)
    return batch.moved(whole, axes)


class Batcher:
    """Writes the program for all examples, binding by binding."""

    def __init__(self, program: Program, builder: Builder, count: Atom, dim: Dim) -> None:
        self.program = program
        self.batch = Batch(builder, count, dim)
        self.values: dict[Var, Value] = {}
        self.functions: dict[str, Function] = {}

    def enter(self, old: Var, value: Value) -> None:
        """Say what stands for a variable of the program for one example."""
        self.values[old] = value

    def value(self, atom: Atom) -> Value:
        """What stands for an atom."""
        if isinstance(atom, Var) and atom in self.values:
            return self.values[atom]
        return Value(atom, atom.type, False)

    def block(self, binds: Sequence[Bind]) -> None:
        """Emit bindings."""
        for bind in binds:
            builder = self.batch.builder
            builder.note, builder.span = bind.note, bind.span
            try:
                self._bind(bind)
            except NoRule as error:
                raise refusal("ADC525", bind, str(error)) from None

    def _bind(self, bind: Bind) -> None:
        match bind.op:
            case Prim() as op:
                self._prim(bind, op)
            case Foreign() as op:
                self._foreign(bind, op)
            case Call() as op:
                self._call(bind, op)
            case If() as op:
                self._branch(bind, op)
            case For() as op:
                self._for(bind, op)
            case While() as op:
                self._while(bind, op)

    def _inside(self, mask: Atom | None = None) -> _Inside:
        return _Inside(self.batch, self.batch.mask if mask is None else mask)

    # --- primitives -----------------------------------------------------------------------------------

    def _prim(self, bind: Bind, op: Prim) -> None:
        args = [self.value(a) for a in op.args]
        if op.name in ("assert", "raise"):
            self._effect(bind, op, args)
        elif not any(a.batched for a in args):
            self._kept(bind, replace(op, args=tuple(a.atom for a in args)))
        else:
            types = [t.type for t in bind.targets]
            try:
                found = self._rule(bind, op, args, types)
            except IrTypeError as error:
                raise NoRule(str(error)) from None
            for target, value in zip(bind.targets, found, strict=True):
                self.enter(target, self._named(target, value))

    def _kept(self, bind: Bind, op: Prim) -> None:
        """A primitive of values that are the same for all examples."""
        targets = tuple(Var(t.hint, t.type) for t in bind.targets)
        self.batch.builder.binds.append(Bind(targets, op, bind.span, bind.note))
        for old, new in zip(bind.targets, targets, strict=True):
            self.batch.made[new] = op
            self.enter(old, Value(new, old.type, False))
            if op.name in ("shape", "len", "size"):
                note_size(op.name, op.args, dict(op.params), new)

    def _rule(self, bind: Bind, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> Sequence[Atom | Value]:
        if any(a.batched and isinstance(a.type, Unknown) for a in args):
            raise NoRule("a text or another object that depends on the example")
        rule = BATCHED.get(op.name) or (elementwise if OPS[op.name].elementwise else None)
        mark = len(self.batch.builder.binds)
        try:
            if rule is None:
                raise NoRule("no rule", loop=True)
            return rule(self.batch, op, args, types)
        except NoRule as error:
            if not error.loop or not _loops(args, types):
                raise
        del self.batch.builder.binds[mark:]
        return self._one_by_one(op, args, types)

    def _named(self, target: Var, value: Atom | Value) -> Value:
        """What a rule gave, with the name and the type that are known."""
        if isinstance(value, Value):
            if isinstance(value.atom, Var) and not value.atom.hint:
                value.atom.hint = target.hint
            return value
        if isinstance(value, Var):
            value.hint = value.hint or target.hint
            wanted = batched_type(target.type, self.batch.dim) if not isinstance(target.type, Unknown) else target.type
            if isinstance(wanted, Array):
                if not isinstance(value.type, Array) or value.type.rank != wanted.rank:
                    raise AssertionError(f"a batching rule gives {value.type} where {wanted} is needed")
                value.type = Array(value.type.dtype, wanted.dims)
            elif wanted != NEVER:
                value.type = wanted
        return Value(value, target.type, True)

    def _one_by_one(self, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
        """A loop over the examples, where a function takes one at a time."""
        builder = self.batch.builder
        lists = [List(t) for t in types]
        starts = [Var("", t) for t in lists]
        builder.binds += [Bind((s,), Prim("list", ()), builder.span, builder.note) for s in starts]
        k, so_far, inner = Var("k", INT), [Var("", t) for t in lists], builder.child()
        atoms = [inner.prim("load", a.atom, k, index=("i",)) if a.batched else a.atom for a in args]
        for new, a in zip(atoms, args, strict=True):
            if isinstance(new, Var) and a.batched and isinstance(a.type, Array):
                new.type = a.type
        found = inner.prims(op.name, *atoms, **dict(op.params))
        for var, type_ in zip(found, types, strict=True):
            var.type = type_
        longer = [inner.prim("append", s, v) for s, v in zip(so_far, found, strict=True)]
        targets = tuple(Var("", t) for t in lists)
        body = inner.block([k, *so_far], longer)
        builder.binds.append(Bind(targets, For(const(0), self.batch.count, const(1), tuple(starts), body), builder.span,
                                  builder.note))
        return [self.batch.prim("numpy.array", t) for t in targets]

    def _effect(self, bind: Bind, op: Prim, args: Sequence[Value]) -> None:
        """An assertion holds for all examples; an exception is raised where any example raises it."""
        batch, builder = self.batch, self.batch.builder
        if op.name == "raise":
            self._raise(op, args)
            return
        test, *message = args
        if test.batched or batch.mask is not None:
            condition = truth(batch, test) if test.batched else batch.full(Value(test.atom, BOOL, False))
            if batch.mask is not None:
                condition = batch.prim("bitor", batch.prim("invert", batch.mask), condition)
            test = Value(batch.prim("numpy.all", condition), BOOL, False)
        atoms = [test.atom, *[m.atom for m in message]]
        builder.effect(Prim("assert", tuple(atoms)))

    def _raise(self, op: Prim, args: Sequence[Value]) -> None:
        builder = self.batch.builder
        statement = Prim("raise", tuple(a.atom for a in args), op.params)
        if self.batch.mask is None:
            builder.effect(statement)
            return
        then = builder.child()
        then.effect(statement)
        test = self.batch.prim("numpy.any", self.batch.mask)
        builder.binds.append(Bind((), If(test, then.block((), ()), Block((), (), ())), builder.span, builder.note))

    # --- what is not understood, and calls ------------------------------------------------------------

    def _foreign(self, bind: Bind, op: Foreign) -> None:
        args = [self.value(a) for a in op.args]
        varies = any(a.batched for a in args)
        if varies and not (op.pure and all(t.type == ANY for t in bind.targets)):
            raise refusal("ADC529", bind)
        if self.batch.mask is not None and not op.pure:
            raise refusal("ADC526", bind)
        targets = tuple(Var(t.hint, t.type) for t in bind.targets)
        made = Foreign(op.template, tuple(a.atom for a in args), op.pure)
        self.batch.builder.binds.append(Bind(targets, made, bind.span, bind.note))
        for old, new in zip(bind.targets, targets, strict=True):
            self.enter(old, Value(new, old.type, varies))

    def _call(self, bind: Bind, op: Call) -> None:
        args = [self.value(a) for a in op.args]
        if any(a.batched for a in args) or self.batch.mask is not None:
            raise refusal("ADC529", bind)
        targets = tuple(Var(t.hint, t.type) for t in bind.targets)
        self.batch.builder.binds.append(Bind(targets, Call(op.callee, tuple(a.atom for a in args)), bind.span, bind.note))
        for old, new in zip(bind.targets, targets, strict=True):
            self.enter(old, Value(new, old.type, False))

    # --- branches -------------------------------------------------------------------------------------

    def _branch(self, bind: Bind, op: If) -> None:
        cond = self.value(op.cond)
        if cond.batched:
            self._both(bind, op, truth(self.batch, cond))
            return
        sides = []
        for side in (op.then, op.orelse):
            with self._inside() as inner:
                self.block(side.binds)
                sides.append((inner, [self.value(r) for r in side.results]))
        together = [any(values[k].batched for _, values in sides) for k in range(len(bind.targets))]
        kinds = [common_dtype([values[k] for _, values in sides]) for k in range(len(bind.targets))]
        blocks = []
        for inner, values in sides:
            with self._inside() as end:
                results = [self.batch.full_of(v, kind) if b else v.atom
                           for v, b, kind in zip(values, together, kinds, strict=True)]
            blocks.append(Block((), (*inner.binds, *end.binds), tuple(results)))
        targets = [self._target(t, b, kind) for t, b, kind in zip(bind.targets, together, kinds, strict=True)]
        self.batch.builder.binds.append(Bind(tuple(targets), If(cond.atom, *blocks), bind.span, bind.note))

    def _target(self, old: Var, together: bool, dtype: str | None) -> Var:
        new = Var(old.hint, batched_type(old.type, self.batch.dim, dtype) if together else old.type)
        self.enter(old, Value(new, old.type, together))
        return new

    def _both(self, bind: Bind, op: If, mask: Atom) -> None:
        """Both sides, of which each example takes one."""
        batch = self.batch
        values = []
        for side, taken in ((op.then, True), (op.orelse, False)):
            here = mask if taken else batch.prim("invert", mask) if side.binds else mask
            if batch.mask is not None and side.binds:
                here = batch.prim("bitand", batch.mask, here)
            with _Masked(batch, here):
                self.block(side.binds)
            values.append([self.value(r) for r in side.results])
        batch.builder.note, batch.builder.span = bind.note, bind.span
        for target, a, b in zip(bind.targets, *values, strict=True):
            self.enter(target, self._chosen(bind, target, mask, a, b))

    def _chosen(self, bind: Bind, target: Var, mask: Atom, a: Value, b: Value) -> Value:
        if a.atom == b.atom or b.atom == UNDEF:
            return Value(a.atom, target.type, a.batched)
        if a.atom == UNDEF:
            return Value(b.atom, target.type, b.batched)
        if isinstance(target.type, List):
            raise refusal("ADC526", bind, "a list")
        if isinstance(target.type, Array | Scalar):
            made = chosen(self.batch, mask, a, b, target.type)
            return self._named(target, made)
        raise refusal("ADC526", bind, "an object")

    # --- loops ----------------------------------------------------------------------------------------

    def _for(self, bind: Bind, op: For) -> None:
        start, stop, step = (self.value(a) for a in (op.start, op.stop, op.step))
        if start.batched or step.batched:
            raise refusal("ADC526", bind, "the bounds of a range")
        ends: Value | None = None
        if stop.batched:
            ends, stop = stop, self._latest(bind, start, stop, step)
        loop = _Loop(self, bind, op, ends)
        body = loop.settled()
        made = For(start.atom, stop.atom, step.atom, tuple(loop.inits()), body, loop.exits)
        self._finish(bind, loop, made)

    def _latest(self, bind: Bind, start: Value, stop: Value, step: Value) -> Value:
        """Where a range ends whose end is another for each example."""
        ahead = isinstance(step.atom, Const) and step.atom.value in (1, -1)
        if not ahead or not isinstance(start.atom, Const):
            raise refusal("ADC526", bind, "the bounds of a range")
        name = "numpy.max" if step.atom.value == 1 else "numpy.min"  # type: ignore[union-attr]
        return Value(self.batch.prim(name, stop.atom, initial=start.atom.value), INT, False)

    def _while(self, bind: Bind, op: While) -> None:
        loop = _Loop(self, bind, op, None)
        body = loop.settled()
        made = While(tuple(loop.inits()), loop.condition(), body, loop.exits)
        self._finish(bind, loop, made)

    def _finish(self, bind: Bind, loop: _Loop, made: For | While) -> None:
        targets = [self._target(t, b, kind) for t, b, kind in zip(bind.targets, loop.together, loop.kinds, strict=True)]
        more = tuple(Var(p.hint, p.type) for p in made.body.params[len(made.body.params) - len(made.inits) + len(targets):])
        self.batch.builder.note, self.batch.builder.span = bind.note, bind.span
        self.batch.builder.binds.append(Bind((*targets, *more), made, bind.span, bind.note))


class _Inside:
    """A block inside, while it is written."""

    def __init__(self, batch: Batch, mask: Atom | None) -> None:
        self.batch, self.mask = batch, mask

    def __enter__(self) -> Builder:
        self.outer, self.before = self.batch.builder, self.batch.mask
        self.batch.builder, self.batch.mask = self.outer.child(), self.mask
        return self.batch.builder

    def __exit__(self, *_: object) -> None:
        self.batch.builder, self.batch.mask = self.outer, self.before


class _Masked:
    """What only some examples do, while it is written."""

    def __init__(self, batch: Batch, mask: Atom) -> None:
        self.batch, self.mask = batch, mask

    def __enter__(self) -> None:
        self.before, self.batch.mask = self.batch.mask, self.mask

    def __exit__(self, *_: object) -> None:
        self.batch.mask = self.before


@dataclass
class _Loop:
    """A loop for all examples: `together` says which carried values have an axis of them.

    It is `ragged` where it ends at another time for each example: then it carries which of them are still `active`.
    `ends`: where the range of each example ends.
    """

    batcher: Batcher
    bind: Bind
    op: For | While
    ends: Value | None

    def __post_init__(self) -> None:
        self.batch = self.batcher.batch
        self.given = [self.batcher.value(a) for a in self.op.inits]
        self.together = [v.batched for v in self.given]
        self.kinds = [getattr(c.type, "dtype", None) for c in self.op.carried]
        self.rounds = 0
        self.ragged = False
        self.exits = self.op.exits
        self.active: Var | None = None
        self.tests: Block | None = None
        self.whole = isinstance(self.op, While) and self.batch.mask is not None

    def settled(self) -> Block:
        """The body, when it is known which values have an axis of the examples."""
        self.ragged = self.whole
        while True:
            before = (list(self.together), self.ragged, list(self.kinds))
            body = self._body()
            if before == (self.together, self.ragged, self.kinds):
                return body
            self.rounds += 1

    def inits(self) -> list[Atom]:
        """The values that the loop begins with."""
        masked = self.ends is not None or self.carries_active
        given = enumerate(zip(self.given, self.together, strict=True))
        found = [self._first(k, v, masked) if b else v.atom for k, (v, b) in given]
        if not self.carries_active:
            return found
        if isinstance(self.op, While):
            names = [Value(a, v.type, b) for a, v, b in zip(found, self.given, self.together, strict=True)]
            active = self._test(self.op, names)
            if self.batch.mask is not None:
                active = self.batch.prim("bitand", self.batch.mask, active)
            return [*found, active]
        return [*found, self.batch.mask or self.batch.full(Value(const(True), BOOL, False))]

    def _first(self, k: int, value: Value, masked: bool) -> Atom:
        """The first value; for a name that is not bound yet one that those keep who do not bind it."""
        kind = self.kinds[k]
        if value.atom != UNDEF:
            return self.batch.full_of(value, kind)
        if kind is None or not isinstance(self.op.carried[k].type, Scalar):
            if not masked and not any(isinstance(b.op, If) for b in self.op.body.binds):
                return self.batch.full_of(value, kind)
            raise refusal("ADC526", self.bind, "an array that is made inside of the loop")
        nothing = Const(float("nan"), FLOAT) if kind.startswith("float") else const(0)
        return self.batch.prim("numpy.full", self.batch.count, nothing, dtype=kind)

    def _params(self, of: Sequence[Var]) -> list[Var]:
        """Variables for what the loop carries."""
        return [Var(c.hint, batched_type(c.type, self.batch.dim, kind) if b else c.type)
                for c, b, kind in zip(of, self.together, self.kinds, strict=True)]

    @property
    def carries_active(self) -> bool:
        """Whether the loop carries which examples have not ended."""
        return self.ragged and (isinstance(self.op, While) or self.op.exits)

    def _test(self, op: While, values: Sequence[Value]) -> Atom:
        """Which examples go on: the condition of the loop for these values."""
        for param, value in zip(op.cond.params, values, strict=True):
            self.batcher.enter(param, value)
        self.batcher.block(op.cond.binds)
        found = self.batcher.value(op.cond.results[0])
        return truth(self.batch, found) if found.batched else self.batch.full(
            Value(self.batch.prim("bool", found.atom), BOOL, False))

    def condition(self) -> Block:
        """The condition of a `while`."""
        assert isinstance(self.op, While)
        params = self._params(self.op.cond.params)
        if self.ragged:
            active = Var("active", Array("bool", (self.batch.dim,)))
            with self.batcher._inside() as inner:
                test = self.batch.prim("numpy.any", active)
            return inner.block([*params, active], [test])
        with self.batcher._inside() as inner:
            for old, new, b in zip(self.op.cond.params, params, self.together, strict=True):
                self.batcher.enter(old, Value(new, old.type, b))
            self.batcher.block(self.op.cond.binds)
            result = self.batcher.value(self.op.cond.results[0])
        return inner.block(params, [result.atom])

    def _varying_test(self, params: Sequence[Value]) -> bool:
        """Whether the condition of a `while` depends on the example."""
        if not isinstance(self.op, While):
            return False
        with self.batcher._inside():
            for old, value in zip(self.op.cond.params, params, strict=True):
                self.batcher.enter(old, value)
            self.batcher.block(self.op.cond.binds)
            return self.batcher.value(self.op.cond.results[0]).batched

    def _body(self) -> Block:
        op, batch, batcher = self.op, self.batch, self.batcher
        params = self._params(op.carried)
        values = [Value(p, c.type, b) for p, c, b in zip(params, op.carried, self.together, strict=True)]
        self.ragged = self.ragged or self._varying_test(values)
        active = Var("active", Array("bool", (batch.dim,))) if self.carries_active else None
        index: list[Var] = []
        with batcher._inside(active) as inner:
            mask: Atom | None = active
            if isinstance(op, For):
                index = [Var(op.index.hint, INT)]
                batcher.enter(op.index, Value(index[0], INT, False))
                mask = self._running(index[0], active)
            for old, value in zip(op.carried, values, strict=True):
                batcher.enter(old, value)
            batch.mask = batch.mask if mask is None else mask
            batcher.block(op.body.binds)
            yields = [batcher.value(y) for y in op.yields]
            inner.note, inner.span = self.bind.note, self.bind.span
            flag = batcher.value(op.body.results[-1]) if op.exits else None
            if flag is not None and flag.batched:
                self.ragged = True
            results = self._results(op, mask, values, yields)
            more = self._ends(op, mask, results, flag)
        atoms = [v.atom for v in results]
        return inner.block([*index, *params, *([active] if active is not None else [])], [*atoms, *more])

    def _running(self, index: Var, active: Var | None) -> Atom | None:
        """Which examples make this iteration of a `for`."""
        if self.ends is None:
            return active if active is not None else self.batch.mask
        step = self.op.step.value if isinstance(self.op, For) and isinstance(self.op.step, Const) else 1
        running: Atom = self.batch.prim("lt" if step > 0 else "gt", index, self.ends.atom)
        outer = active if active is not None else self.batch.mask
        return running if outer is None else self.batch.prim("bitand", outer, running)

    def _results(self, op: For | While, mask: Atom | None, values: Sequence[Value], yields: Sequence[Value]) -> list[Value]:
        """The carried values after an iteration, where those that made none keep theirs."""
        masked = self.ends is not None or self.carries_active
        out = []
        for k, (before, after) in enumerate(zip(values, yields, strict=True)):
            changed = after.atom is not before.atom
            if masked and changed and mask is not None:
                after = self._kept(op, mask, before, after, k)
            self.together[k] = self.together[k] or after.batched or (masked and changed)
            kind = common_dtype([self.given[k], after])
            if self.together[k] and kind is not None and self.rounds < _ROUNDS:
                self.kinds[k] = kind
            out.append(Value(self.batch.full_of(after, self.kinds[k]), after.type, True) if self.together[k] else after)
        return out

    def _kept(self, op: For | While, mask: Atom, before: Value, after: Value, k: int) -> Value:
        if not isinstance(before.type, Scalar | Array) or not isinstance(after.type, Scalar | Array):
            raise refusal("ADC526", self.bind, "a list or an object")
        made = chosen(self.batch, mask, after, before, op.carried[k].type)
        if isinstance(made, Var):
            made.hint = op.carried[k].hint
        return Value(made, op.carried[k].type, True)

    def _ends(self, op: For | While, mask: Atom | None, results: Sequence[Value], flag: Value | None) -> list[Atom]:
        """What the iteration gives besides the carried values: the active examples, and whether the loop ends."""
        batch = self.batch
        if not self.carries_active:
            return [] if flag is None else [flag.atom]
        active: Atom = mask if mask is not None else batch.full(Value(const(True), BOOL, False))
        if flag is not None:
            ended = truth(batch, flag) if flag.batched else batch.full(Value(batch.prim("bool", flag.atom), BOOL, False))
            active = batch.prim("bitand", active, batch.prim("invert", ended))
        if isinstance(op, While):
            with _Masked(batch, active):
                test = self._test(op, results)
            active = batch.prim("bitand", active, test)
            self.exits = False
            return [active]
        self.exits = True
        return [active, batch.prim("not", batch.prim("numpy.any", active))]


def _loops(args: Sequence[Value], types: Sequence[Type]) -> bool:
    """Whether a loop over the examples can take the place of a rule."""
    return all(isinstance(a.type, Scalar | Array) for a in args if a.batched) and all(
        isinstance(t, Scalar | Array) for t in types)


_REFUSALS = {
    "ADC525": ("{name} has no form for many examples at once: {how}", "give the examples one by one, in a Python loop"),
    "ADC526": ("{how} changes in a branch or a loop that depends on the example", "let the branch choose between numbers or "
               "arrays (np.where), and loop as often for each example"),
    "ADC529": ("{name} is not understood, and is given a value that depends on the example", "pass it what is the same for all "
               "examples, or write it with NumPy"),
}


def refusal(code: str, bind: Bind, how: str = "what is printed or called") -> CompileError:
    """Why a program cannot be batched."""
    match bind.op:
        case Prim(name):
            pass
        case Foreign(template):
            name = template.split("(")[0].split("{")[0] or "this"
        case Call():
            name = "a recursive function, or one with a derivative of its own,"
        case _:
            name = "this"
    message, hint = _REFUSALS[code]
    return fail(code, message.format(name=name, how=how), bind.span or _NOWHERE, hint)


__all__ = ["Batcher", "Unstacked", "batch_gradient", "batch_program", "refusal"]
