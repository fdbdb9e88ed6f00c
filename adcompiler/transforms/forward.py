"""Forward mode: from a program to the program that also computes the tangent of every value.

Each binding is followed (or preceded, where its result is not needed) by the binding of its tangent. Branches and loops
give and carry tangents beside values, so there is no tape. Primitives whose tangent is not written down
(`adcompiler.rules.linear`) get it from their adjoint: the code of the rule is linear in y_bar, and its reverse, with the
tangents of the operands as adjoints, is the tangent of the result.

Source of the method: Griewank and Walther, "Evaluating Derivatives" (2008), chapter 3; for the transposition, Radul et
al., "You Only Linearize Once" (2023), read backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adcompiler.analysis.activity import Activity
from adcompiler.analysis.invariance import cancelling
from adcompiler.diagnostics import CompileError
from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    Custom,
    CustomTangent,
    For,
    Foreign,
    Function,
    If,
    Implicit,
    Integral,
    Leaf,
    Node,
    Parameter,
    Prim,
    Program,
    Tree,
    Var,
    While,
    bound_vars,
    free_vars,
)
from adcompiler.ir.rename import renamed_block, without_notes
from adcompiler.ir.types import ANY, Saved, has_derivative
from adcompiler.ir.words import name_of, remember_words
from adcompiler.rules import RULES, ZERO, Pull
from adcompiler.rules.linear import Tangent, full_tangent, push
from adcompiler.rules.table import spread, zero_of
from adcompiler.transforms.custom import push_custom
from adcompiler.transforms.lending import lent_by
from adcompiler.transforms.prune import prune_block
from adcompiler.transforms.reverse import Adjoints, Reverser, refusal, unused, varied
from adcompiler.transforms.signature import extended


def tangent(program: Program, wrt: Sequence[int], parameters: Sequence[Parameter], *, name: str, result: Tree,
            value: bool = True) -> Program:
    """The program that computes the tangents of all results of `program` with a derivative.

    `wrt`: positions among the entry's leaf parameters. `parameters`: the parameters for their tangents, which come last
    (before `**keywords`). `result`: the tree of the tangents. With `value` the results of the primal come first, as a pair.
    """
    entry = program.entry
    forward = Forward(program, varied(program, wrt))
    given = [Var(dot_hint(entry.block.params[k]), entry.block.params[k].type) for k in wrt]
    for k, dot in zip(wrt, given, strict=True):
        forward.dots[entry.block.params[k]] = dot
    builder = Builder()
    forward.block(entry.block.binds, builder)
    builder.note = ""
    dots = [full_tangent(builder, forward.dot(a), a) for a in entry.block.results if has_derivative(a.type)]
    signature, params = extended(entry, parameters, given)
    block = Block(params, tuple(builder.binds), (*(entry.block.results if value else ()), *dots))
    tree: Tree = Node("tuple", (0, 1), (entry.result, result)) if value else result
    functions = {**program.functions, **forward.functions}
    return replace(program, entry=Function(name, signature, tree, block, entry.doc), functions=functions)


def dot_hint(var: Var) -> str:
    """The name of a variable's tangent."""
    name = name_of(var)
    return f"{name}_dot" if name else ""


class Forward:
    """Writes values and tangents of one program. `dots`: the tangents of the variables so far; none is zero."""

    def __init__(self, program: Program, varied: set[Var]) -> None:
        self.program, self.varied = program, varied
        self.dots: dict[Var, Atom] = {}
        self.unknown: dict[Var, CompileError] = {}
        self.functions: dict[str, Function] = {}
        self.made: dict[tuple[str, tuple[bool, ...]], str] = {}

    def dot(self, atom: Atom) -> Tangent:
        """The tangent of a value, None for zero."""
        if isinstance(atom, Var) and atom in self.unknown:
            raise self.unknown[atom]
        return self.dots.get(atom) if isinstance(atom, Var) else None

    def block(self, binds: Sequence[Bind], builder: Builder) -> None:
        """Emit bindings and their tangents."""
        for bind in binds:
            builder.note, builder.span = bind.note, bind.span
            if not any(t in self.varied for t in bind.targets):
                builder.binds.append(bind)
                continue
            match bind.op:
                case Prim() as op:
                    self._prim(bind, op, builder)
                case If() as op:
                    self._branch(bind, op, builder)
                case For() | While() as op:
                    self._loop(bind, op, builder)
                case Call() as op:
                    self._call(bind, op, builder)
                case Foreign(args=args):
                    if any(self.dot(a) is not None for a in args) and any(has_derivative(t.type) for t in bind.targets):
                        raise refusal("ADC502", bind)
                    builder.binds.append(bind)

    def _set(self, var: Var, dot: Tangent) -> None:
        if dot is not None:
            if isinstance(dot, Var) and not dot.hint:
                dot.hint = dot_hint(var)
            self.dots[var] = dot

    # --- primitives -----------------------------------------------------------------------------------

    def _prim(self, bind: Bind, op: Prim, builder: Builder) -> None:
        dots = [self.dot(a) for a in op.args]
        moving = any(has_derivative(t.type) for t in bind.targets)
        if moving and op.name not in ZERO and any(a.type == ANY and a in self.varied for a in op.args if isinstance(a, Var)):
            raise refusal("ADC503", bind)
        if op.name in ZERO or not moving or all(d is None for d in dots):
            builder.binds.append(bind)
            return
        if op.name not in RULES:
            raise refusal("ADC501", bind)
        inner = builder.child()
        try:
            known = push(inner, op, bind.targets, dots)
            found = _transposed(inner, self.program, op, bind.targets, dots) if known is None else known
        except NotImplementedError as error:
            raise refusal("ADC501", bind, f" with {str(error) or 'these arguments'}") from None
        for target, dot in zip(bind.targets, found, strict=True):
            if isinstance(dot, _Unknown):
                self.unknown[target] = refusal("ADC501", bind, f" with {dot.why or 'these arguments'}")
            else:
                self._set(target, dot)
        reads = free_vars(inner.block((), [d for d in found if isinstance(d, Var | Const)]))
        after = any(t in reads for t in bind.targets)
        builder.binds += [bind, *inner.binds] if after else [*inner.binds, bind]

    # --- branches and loops ---------------------------------------------------------------------------

    def _branch(self, bind: Bind, op: If, builder: Builder) -> None:
        moving = [k for k, t in enumerate(bind.targets) if t in self.varied and has_derivative(t.type)]
        sides = []
        for side in (op.then, op.orelse):
            inner = builder.child()
            self.block(side.binds, inner)
            inner.note = bind.note
            dots = [full_tangent(inner, self.dot(side.results[k]), side.results[k]) for k in moving]
            sides.append(replace(side, binds=tuple(inner.binds), results=(*side.results, *dots)))
        targets = [Var(dot_hint(bind.targets[k]), bind.targets[k].type) for k in moving]
        for k, target in zip(moving, targets, strict=True):
            self.dots[bind.targets[k]] = target
        builder.binds.append(replace(bind, targets=(*bind.targets, *targets), op=If(op.cond, *sides)))

    def _loop(self, bind: Bind, op: For | While, builder: Builder) -> None:
        moving = [k for k, c in enumerate(op.carried) if c in self.varied and has_derivative(c.type)]
        inits = [full_tangent(builder, self.dot(op.inits[k]), op.inits[k]) for k in moving]
        params = [Var(dot_hint(op.carried[k]), op.carried[k].type) for k in moving]
        for k, param in zip(moving, params, strict=True):
            self.dots[op.carried[k]] = param
        inner = builder.child()
        self.block(op.body.binds, inner)
        inner.note = bind.note
        yields = [full_tangent(inner, self.dot(op.yields[k]), op.yields[k]) for k in moving]
        flag = op.body.results[len(op.inits):]
        body = Block((*op.body.params, *params), tuple(inner.binds), (*op.yields, *yields, *flag))
        new: For | While = replace(op, inits=(*op.inits, *inits), body=body)
        if isinstance(new, While):
            extra = tuple(Var(p.hint, p.type) for p in params)
            new = replace(new, cond=replace(new.cond, params=(*new.cond.params, *extra)))
        targets = [Var(dot_hint(bind.targets[k]), bind.targets[k].type) for k in moving]
        for k, target in zip(moving, targets, strict=True):
            self.dots[bind.targets[k]] = target
        builder.binds.append(replace(bind, targets=(*bind.targets, *targets), op=new))

    # --- outlined functions ---------------------------------------------------------------------------

    def _call(self, bind: Bind, op: Call, builder: Builder) -> None:
        flags = tuple(self.dot(a) is not None for a in op.args)
        if not any(flags):
            builder.binds.append(bind)
            return
        match self.program.customs.get(op.callee):
            case Custom():
                raise refusal("ADC509", bind)
            case CustomTangent() as custom:
                self._set(bind.targets[0], push_custom(self, bind, op, custom, builder))
                return
            case Implicit() as custom:
                from adcompiler.transforms.implicit import push_implicit

                self._set(bind.targets[0], push_implicit(self, bind, op, custom, builder))
                return
            case Integral() as custom:
                from adcompiler.transforms.integral import push_integral

                self._set(bind.targets[0], push_integral(self, bind, op, custom, builder))
                return
        name = self._outlined(op.callee, flags, bind)
        dots = [full_tangent(builder, self.dot(a), a) for a, moves in zip(op.args, flags, strict=True) if moves]
        moving = [t for t in bind.targets if has_derivative(t.type)]
        targets = [Var(dot_hint(t), t.type) for t in moving]
        self.dots.update(zip(moving, targets, strict=True))
        builder.binds.append(replace(bind, targets=(*bind.targets, *targets), op=Call(name, (*op.args, *dots))))

    def _outlined(self, callee: str, flags: tuple[bool, ...], bind: Bind) -> str:
        key = (callee, flags)
        if key not in self.made:
            function = self.program.functions.get(callee)
            if function is None or any(isinstance(v.type, Saved) for v in (*function.block.params, *function.block.results)):
                raise refusal("ADC504", bind)
            taken = {*self.program.functions, *self.functions, *self.made.values()}
            self.made[key] = unused(f"{callee}_jvp", taken)
            self._make(function, flags, self.made[key])
        return self.made[key]

    def _make(self, function: Function, flags: tuple[bool, ...], name: str) -> None:
        block = renamed_block(function.block, {})
        remember_words(block)
        activity = Activity(ZERO, cancelling(block, ZERO))
        activity.varied.update(p for p, moves in zip(block.params, flags, strict=True) if moves)
        activity.block(block)
        self.varied |= activity.varied
        moving = [p for p, moves in zip(block.params, flags, strict=True) if moves]
        given = [Var(dot_hint(p), p.type) for p in moving]
        self.dots.update(zip(moving, given, strict=True))
        builder = Builder()
        self.block(without_notes(block.binds), builder)
        dots = [full_tangent(builder, self.dot(r), r) for r, old in zip(block.results, function.block.results, strict=True)
                if has_derivative(old.type)]
        params = (*block.params, *given)
        hints = [p.hint or "value" for p in params]
        names = [h if hints.index(h) == k else f"{h}_{k}" for k, h in enumerate(hints)]
        results = (*block.results, *dots)
        tree = Node("tuple", tuple(range(len(results))), (Leaf(),) * len(results))
        self.functions[name] = Function(name, tuple(Parameter(n, Leaf()) for n in names), tree,
                                        Block(params, tuple(builder.binds), results))


# --- transposition ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Unknown:
    """The tangent of a result for which a primitive has no rule."""

    why: str


def _transposed(builder: Builder, program: Program, op: Prim, targets: Sequence[Var],
                dots: Sequence[Tangent]) -> Sequence[Tangent | _Unknown]:
    """The tangents of the results of a primitive, from its rule for adjoints."""
    moving = {a: dot for a, dot in zip(op.args, dots, strict=True) if dot is not None and isinstance(a, Var)}
    wanted = [has_derivative(t.type) for t in targets]
    try:
        return _Transposition(builder, program, op, targets, moving).tangents(wanted)
    except NotImplementedError as error:
        if sum(wanted) < 2:
            raise
        unknown = _Unknown(str(error))
    found: list[Tangent | _Unknown] = []
    for k in range(len(targets)):
        try:
            alone = [wanted[k] and j == k for j in range(len(targets))]
            found.append(_Transposition(builder, program, op, targets, moving).tangents(alone)[k])
        except NotImplementedError:
            found.append(unknown)
    return found


@dataclass
class _Transposition:
    builder: Builder
    program: Program
    op: Prim
    targets: Sequence[Var]
    moving: dict[Var, Atom]

    def tangents(self, wanted: Sequence[bool]) -> list[Tangent]:
        """The tangents of those results that are wanted."""
        bars = [Var("", t.type) if w else None for t, w in zip(self.targets, wanted, strict=True)]
        places = {b: t for b, t in zip(bars, self.targets, strict=True) if b is not None}
        rule = Adjoints(self.builder.child(), set(self.moving))
        RULES[self.op.name](Pull(self.op, tuple(self.targets), tuple(bars), rule))
        adjoints = {a: spread(rule.builder, rule.values[a], a) for a in self.moving if a in rule.values}
        written = lent_by(Block((), tuple(rule.builder.binds), ()), places)
        activity = Activity(ZERO)
        activity.varied.update(places)
        activity.block(written)
        reverse = Adjoints(self.builder.child(), activity.varied)
        for operand, adjoint in adjoints.items():
            reverse.add(adjoint, full_tangent(reverse.builder, self.moving[operand], operand))
        forward = Reverser(self.program, activity.varied).sweep(written.binds, reverse)
        found: list[Tangent] = [None if b is None else reverse.values.get(b) for b in bars]
        results = tuple(d for d in found if d is not None)
        block = prune_block(Block((), (*forward, *reverse.builder.binds), results), set())
        for bar in [b for b in places if b in free_vars(block)]:  # only their shapes are asked for: the code is linear
            zero = zero_of(self.builder, places[bar])
            block = renamed_block(replace(block, binds=block.binds), {bar: zero})
            found = [None if d is None else next(r for r, old in zip(block.results, results, strict=True) if old is d)
                     for d in found]
            results = block.results
        for v in bound_vars(block):
            v.hint = "" if v.hint.endswith("_bar") else v.hint
        self.builder.binds += block.binds
        return found


__all__ = ["Forward", "dot_hint", "tangent"]
