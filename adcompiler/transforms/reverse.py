"""Reverse mode: from a program to the program of its gradient.

A block is followed by its reverse sweep: the bindings from last to first, each turned into what it adds to the
adjoints of its operands. The reverse of a loop is a loop over the iterations from last to first that carries
adjoints. What the reverse of a body needs of its forward values is either computed again or kept in lists
(`adcompiler.analysis.keep` decides), so that the tape is ordinary data of the generated program.

Source of the method: Griewank and Walther, "Evaluating Derivatives" (2008), chapters 3 to 6 and 12.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from adcompiler.analysis.activity import Activity
from adcompiler.analysis.invariance import cancelling
from adcompiler.analysis.keep import Kept, keep_or_recompute
from adcompiler.diagnostics import CompileError, Span, fail
from adcompiler.ir.build import UNDEF, Builder, const
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
    blocks_of,
    bound_vars,
    operands,
)
from adcompiler.ir.rename import REVERSE, renamed_block, without_notes
from adcompiler.ir.types import (
    ANY,
    Array,
    List,
    Saved,
    Scalar,
    Type,
    has_derivative,
    is_float,
    is_integer,
    of_other_sizes,
)
from adcompiler.ir.words import name_of, remember_words
from adcompiler.rules import RULES, ZERO
from adcompiler.rules.containers import add_adjoints
from adcompiler.rules.table import Pull, spread, zero_of
from adcompiler.transforms.custom import pull_custom
from adcompiler.transforms.fusion import Fusion, sums_only
from adcompiler.transforms.lending import lend_inside
from adcompiler.transforms.loops import (
    NOTHING_RECURS,
    ForwardLoop,
    Recurring,
    needed,
    reverse_loop,
    with_values,
    without_last_write,
)
from adcompiler.transforms.signature import extended


class Adjoints:
    """The adjoints of the variables in scope. A variable without an entry has adjoint zero."""

    def __init__(self, builder: Builder, varied: set[Var], parent: Adjoints | None = None) -> None:
        self.builder, self.varied, self.parent = builder, varied, parent
        self.values: dict[Var, Atom] = {}

    def wants(self, atom: Atom) -> bool:
        """Whether the value varies with the inputs, so that its adjoint is of interest."""
        return isinstance(atom, Var) and atom in self.varied

    def get(self, var: Var) -> Atom | None:
        """The adjoint so far, or None for zero."""
        if var in self.values:
            return self.values[var]
        return self.parent.get(var) if self.parent is not None else None

    def set(self, var: Var, adjoint: Atom) -> None:
        """Replace the adjoint."""
        if isinstance(adjoint, Var) and not adjoint.hint and var.hint:
            adjoint.hint = f"{var.hint}_bar"
        self.values[var] = adjoint

    def take(self, var: Var) -> Atom | None:
        """The adjoint of a variable whose definition is being reversed."""
        return self.values.pop(var, None)

    def add(self, atom: Atom, contribution: Atom) -> None:
        """Add to the adjoint of an operand."""
        if isinstance(atom, Var) and atom in self.varied:
            before = self.get(atom)
            self.set(atom, contribution if before is None else add_adjoints(self.builder, before, contribution))


class LoopAdjoints(Adjoints):
    """Adjoints inside a loop body: those of variables from outside are carried, and begin as parameters."""

    def __init__(self, builder: Builder, varied: set[Var], inside: set[Var]) -> None:
        super().__init__(builder, varied)
        self.inside = inside
        self.carried: dict[Var, Var] = {}

    def get(self, var: Var) -> Atom | None:
        if var in self.values or var in self.inside:
            return self.values.get(var)
        self.carried[var] = Var(bar_hint(var), var.type)
        self.values[var] = self.carried[var]
        return self.values[var]


def bar_hint(var: Var) -> str:
    """The name of a variable's adjoint."""
    name = name_of(var)
    return f"{name}_bar" if name else ""


def varied(program: Program, wrt: Sequence[int]) -> set[Var]:
    """The variables of a program that vary with the parameters at these positions."""
    block = program.entry.block
    remember_words(block)
    activity = Activity(ZERO, cancelling(block, ZERO))
    activity.varied.update(block.params[k] for k in wrt)
    activity.block(block)
    return activity.varied


def gradient(program: Program, wrt: Sequence[int], *, name: str, result: Tree, value: bool = False,
             seed: int = 0, native: bool = False) -> Program:
    """The program that computes the gradient of result `seed` (a real scalar) of `program`.

    `wrt`: positions among the entry's leaf parameters; `result`: the tree of the gradients over them. With
    `value` the results of the primal come first, as a pair (value, gradient). `native`: it is for compiled code.
    """
    entry = program.entry
    params = [entry.block.params[k] for k in wrt]
    keep = entry.block.results if value else ()
    seeds = [(entry.block.results[seed], const(1.0))]
    reverser, adj, values = _reversed(program, wrt, seeds, keep, native)
    builder = adj.builder
    strong = any(_is_numpy(v) for v in bound_vars(entry.block)) or _mixes_kinds(entry.block)
    mixed = _mixes_precisions(Block((), tuple(builder.binds), ()))
    gradients = [as_type(builder, adj.values.get(p), p, strong, mixed) for p in params]
    block = Block(entry.block.params, tuple(builder.binds), (*values, *gradients))
    tree: Tree = Node("tuple", (0, 1), (entry.result, result)) if value else result
    functions = {**program.functions, **reverser.functions}
    return replace(program, entry=Function(name, entry.signature, tree, block, entry.doc), functions=functions)


def pullback(program: Program, wrt: Sequence[int], parameters: Sequence[Parameter], *, name: str, result: Tree) -> Program:
    """The program that maps cotangents of all results of `program` with a derivative to those of the parameters `wrt`.

    `parameters`: the parameters for the cotangents of the results, which come last (before `**keywords`); `result`: the
    tree of the cotangents that come out.
    """
    entry = program.entry
    active = [r for r in entry.block.results if has_derivative(r.type)]
    given = [Var(bar_hint(r) if isinstance(r, Var) else "", r.type) for r in active]
    reverser, adj, _ = _reversed(program, wrt, list(zip(active, given, strict=True)), ())
    builder = adj.builder
    strong = any(_is_numpy(v) for v in bound_vars(entry.block)) or _mixes_kinds(entry.block)
    mixed = _mixes_precisions(Block((), tuple(builder.binds), ()))
    bars = [as_type(builder, adj.values.get(p), p, strong, mixed) for p in (entry.block.params[k] for k in wrt)]
    signature, params = extended(entry, parameters, given)
    block = Block(params, tuple(builder.binds), tuple(bars))
    functions = {**program.functions, **reverser.functions}
    return replace(program, entry=Function(name, signature, result, block, entry.doc), functions=functions)


def _reversed(program: Program, wrt: Sequence[int], seeds: Sequence[tuple[Atom, Atom]], keep: Sequence[Atom],
              native: bool = False) -> tuple[Reverser, Adjoints, list[Atom]]:
    """Forward and reverse sweep of a whole program, with loops fused where that is possible; and the atoms for `keep`."""
    fusion, active = Fusion(), varied(program, wrt)
    while True:
        reverser = Reverser(program, active, fusion, native)
        adj = Adjoints(Builder(), active)
        values = reverser.whole(program.entry.block.binds, seeds, keep, adj)
        refused = len(fusion.refused)
        adj.builder.binds[:] = fusion.merge(adj.builder.binds)
        if len(fusion.refused) == refused:
            return reverser, adj, values


def as_type(builder: Builder, adjoint: Atom | None, param: Var, numpy_numbers: bool = False, mixed: bool = False) -> Atom:
    """The gradient as it is returned: of the parameter's type and shape, zero where nothing depends on it.

    `numpy_numbers`: the program computes with NumPy's scalars somewhere, so that a float may have become one.
    `mixed`: adjoints may have another precision than their types say (see `_mixes_precisions`).
    """
    builder.note = ""
    if adjoint is None:
        adjoint = zero_of(builder, param)
    if isinstance(param.type, Array):
        full = spread(builder, adjoint, param)
        assert isinstance(full.type, Array)
        if full.type.dtype != param.type.dtype or mixed:
            full = builder.prim("numpy.astype", full, dtype=param.type.dtype)
        return full
    if isinstance(param.type, Scalar) and isinstance(adjoint.type, Scalar):
        differs = adjoint.type.dtype != param.type.dtype and not adjoint.type.weak
        doubtful = mixed or (param.type.dtype in _NARROW and adjoint.type.weak)
        if not param.type.weak and is_float(param.type) and (differs or doubtful):
            return builder.prim("numpy.astype", adjoint, dtype=param.type.dtype)
        if not param.type.weak and adjoint.type.weak:
            return builder.prim("numpy.astype", adjoint, dtype=param.type.dtype)
        if param.type.weak and numpy_numbers and isinstance(adjoint, Var):
            return builder.prim("float", adjoint, hint=bar_hint(param))
        if isinstance(adjoint, Const):
            return const(float(adjoint.value))
        if adjoint.type.dtype.startswith("int"):
            return builder.prim("float", adjoint, hint=bar_hint(param))
    return adjoint


def _is_numpy(var: Var) -> bool:
    return isinstance(var.type, Array) or (isinstance(var.type, Scalar) and not var.type.weak and is_float(var.type))


_NARROW = ("float16", "float32")


def _mixes_precisions(block: Block) -> bool:
    """Whether precisions meet where control flow merges: there an adjoint is typed as its variable, whatever it is."""
    merges = any(isinstance(b.op, If | For | While | Call) for b in block.binds)
    precisions = {_precision(v.type) for v in bound_vars(block)} - {""}
    return merges and len(precisions) > 1


def _precision(type_: Type) -> str:
    if isinstance(type_, List):
        return _precision(type_.element)
    if isinstance(type_, Array) or (isinstance(type_, Scalar) and not type_.weak):
        return type_.dtype if is_float(type_) else ""
    return ""


def _mixes_kinds(block: Block) -> bool:
    """Whether a float may be an integer or truth value at run time, since paths merge where it is either."""
    for bind in block.binds:
        match bind.op:
            case If(then=then, orelse=orelse):
                merged = zip(bind.targets, then.results, orelse.results, strict=True)
            case For() | While() as op:
                merged = zip(op.carried, op.inits, op.yields, strict=True)
            case _:
                continue
        if any(is_float(t.type) and (is_integer(a.type) or is_integer(b.type)) for t, a, b in merged):
            return True
        if any(map(_mixes_kinds, blocks_of(bind.op))):
            return True
    return False


class Reverser:
    """Reverses the blocks of one program; outlined functions get a forward and a reverse part."""

    def __init__(self, program: Program, varied: set[Var], fusion: Fusion | None = None, native: bool = False) -> None:
        self.program, self.varied, self.native = program, varied, native
        self.functions: dict[str, Function] = {}
        self.fusion = fusion
        self.again: dict[Var, Var] = {}  # results of forward loops, and what loops of the reverse sweep give for them
        self.split: dict[tuple[str, tuple[bool, ...]], _Split] = {}

    # --- blocks ---------------------------------------------------------------------------------------

    def whole(self, binds: Sequence[Bind], seeds: Sequence[tuple[Atom, Atom]], keep: Sequence[Atom],
              adj: Adjoints) -> list[Atom]:
        """Emit the forward sweep and then the reverse sweep of a block that ends the function.

        A branch at its end is reversed inside: forward and reverse of each side stand together, so that early
        returns stay what they are. Gives back the atoms for the values to `keep`.
        """
        builder = adj.builder
        at = len(builder.binds)
        last = binds[-1] if binds else None
        if last is not None and isinstance(last.op, If) and _ends(last, seeds):
            values = self._ending_if(last, seeds, keep, adj)
            forward = self.sweep(binds[:-1], adj)
        else:
            for atom, bar in seeds:
                adj.builder.note = last.note or REVERSE if last is not None else REVERSE
                adj.add(atom, bar)
            forward = self.sweep(binds, adj)
            values = list(keep)
        builder.binds[at:at] = without_notes(forward)
        return values

    def _ending_if(self, bind: Bind, seeds: Sequence[tuple[Atom, Atom]], keep: Sequence[Atom], adj: Adjoints) -> list[Atom]:
        op = bind.op
        assert isinstance(op, If)
        sides = []
        for block in (op.then, op.orelse):
            names: dict[Var, Atom] = dict(zip(bind.targets, block.results, strict=True))
            inner = Adjoints(adj.builder.child(), self.varied, adj)
            inner.builder.note = bind.note or REVERSE
            mine = [(names.get(a, a) if isinstance(a, Var) else a, bar) for a, bar in seeds]
            wanted = [names.get(a, a) if isinstance(a, Var) else a for a in keep]
            values = self.whole(block.binds, mine, wanted, inner)
            sides.append((inner, values, set(bound_vars(block))))
        changed = _changed(sides[0][0], sides[0][2], sides[1][0], sides[1][2])
        results = [self._side_results(inner, changed, adj) for inner, _, _ in sides]
        blocks = [Block((), tuple(inner.builder.binds), (*values, *r))
                  for (inner, values, _), r in zip(sides, results, strict=True)]
        kept = [Var(a.hint if isinstance(a, Var) else "", a.type) for a in keep]
        targets = [Var(bar_hint(v), _joined(p, q, v)) for v, p, q in zip(changed, *results, strict=True)]
        adj.builder.binds.append(Bind((*kept, *targets), If(op.cond, *blocks), bind.span, ""))
        for v, t in zip(changed, targets, strict=True):
            adj.values[v] = t
        return list(kept)

    def _side_results(self, inner: Adjoints, changed: Sequence[Var], adj: Adjoints) -> list[Atom]:
        found: list[Atom] = []
        for v in changed:
            atom = inner.values.get(v)
            atom = adj.get(v) if atom is None else atom
            atom = zero_of(inner.builder, v) if atom is None else atom
            found.append(spread(inner.builder, atom, v))
        return found

    def sweep(self, binds: Sequence[Bind], adj: Adjoints) -> list[Bind]:
        """Emit the reverse of the bindings; give back the bindings of the forward sweep, which keep what it needs."""
        forward: list[Bind] = []
        for bind in reversed(binds):
            adj.builder.note, adj.builder.span = bind.note or REVERSE, bind.span
            forward += reversed(self.reverse_bind(bind, adj))
        forward.reverse()
        return forward

    def reverse_bind(self, bind: Bind, adj: Adjoints) -> list[Bind]:
        """Emit the reverse of one binding; give back its forward form."""
        bars = tuple(adj.take(t) for t in bind.targets)
        if all(bar is None for bar in bars) or not any(t in self.varied for t in bind.targets):
            return [bind]
        match bind.op:
            case Prim():
                self._reverse_prim(bind, bind.op, bars, adj)
                if bind.op.param("keep"):  # its adjoint divides by the same, and raises as it does
                    return [replace(bind, op=replace(bind.op, params=()))]
                return [bind]
            case If():
                return [self._reverse_if(bind, bind.op, bars, adj)]
            case For() | While():
                return self._reverse_loop(bind, bind.op, bars, adj)
            case Call():
                return self._reverse_call(bind, bind.op, bars, adj)
            case Foreign():
                raise refusal("ADC502", bind)
        raise TypeError(f"not an operation: {bind.op!r}")

    def _reverse_prim(self, bind: Bind, op: Prim, bars: tuple[Atom | None, ...], adj: Adjoints) -> None:
        if op.name in ZERO:
            return
        if any(a.type == ANY for a in operands(op) if isinstance(a, Var)):
            raise refusal("ADC503", bind)
        if op.name not in RULES:
            raise refusal("ADC501", bind)
        try:
            RULES[op.name](Pull(op, bind.targets, bars, adj))
        except NotImplementedError as error:
            raise refusal("ADC501", bind, f" with {str(error) or 'these arguments'}") from None

    # --- branches -------------------------------------------------------------------------------------

    def _reverse_if(self, bind: Bind, op: If, bars: Sequence[Atom | None], adj: Adjoints) -> Bind:
        sides = [self._side(block, bars, adj) for block in (op.then, op.orelse)]
        insides = [set(bound_vars(block)) for block in (op.then, op.orelse)]
        changed = _changed(sides[0][0], insides[0], sides[1][0], insides[1])
        results = [self._side_results(inner, changed, adj) for inner, _ in sides]
        forward_blocks, reverse_blocks, outs = [], [], []
        for block, (inner, forward), result in zip((op.then, op.orelse), sides, results, strict=True):
            body = Block((), tuple(inner.builder.binds), tuple(result))
            kept = keep_or_recompute(needed(body, forward, ()), forward, (), price=4.0, native=self.native)
            out: dict[Var, Atom] = {v: Var(v.hint, v.type) for v in kept.saved}
            outs.append(out)
            reverse_blocks.append(with_values(body, kept, out, []))
            forward_blocks.append(replace(block, binds=tuple(forward)))
        then, orelse = forward_blocks
        then, orelse = _also(then, outs[0], ()), _also(orelse, (), outs[0])
        then, orelse = _also(then, (), outs[1]), _also(orelse, outs[1], ())
        targets = tuple(Var(bar_hint(v), _joined(p, q, v)) for v, p, q in zip(changed, *results, strict=True))
        if targets:
            adj.builder.binds.append(Bind(targets, If(op.cond, *reverse_blocks), bind.span, bind.note))
        for v, t in zip(changed, targets, strict=True):
            adj.values[v] = t
        extra = [v for out in outs for v in out.values() if isinstance(v, Var)]
        return replace(bind, targets=(*bind.targets, *extra), op=If(op.cond, then, orelse))

    def _side(self, block: Block, bars: Sequence[Atom | None], adj: Adjoints) -> tuple[Adjoints, list[Bind]]:
        inner = Adjoints(adj.builder.child(), self.varied, adj)
        for atom, bar in zip(block.results, bars, strict=True):
            if bar is not None:
                inner.add(atom, bar)
        return inner, self.sweep(block.binds, inner)

    # --- loops ----------------------------------------------------------------------------------------

    def _reverse_loop(self, bind: Bind, op: For | While, bars: Sequence[Atom | None],
                      adj: Adjoints) -> list[Bind]:
        inner, params, forward = self._reverse_body(op, bars, adj)
        results: list[Atom] = []
        for k in params:
            last = inner.take(op.carried[k])
            results.append(zero_of(inner.builder, op.carried[k]) if last is None
                           else spread(inner.builder, last, op.carried[k]))
        results += [spread(inner.builder, inner.values[v], v) for v in inner.carried]
        carried = (*params.values(), *inner.carried.values())
        for at, k in enumerate(params):
            if isinstance(op, For) and not adj.wants(op.inits[k]):
                results[at] = without_last_write(inner.builder, op, params[k], results, at)
        body = lend_inside(Block(carried, tuple(inner.builder.binds), tuple(results)), set(bound_vars(op.body)))
        ordered = sums_only(body, carried, results)
        fused = isinstance(op, For) and not op.exits and ordered and self.fusion is not None and self.fusion.wants(op)
        recurring = Recurring(op, body, self.varied, self.again) if ordered and not fused else NOTHING_RECURS
        free = (*((op.index,) if isinstance(op, For) else ()), *recurring.params)
        kept = Kept((), ()) if fused else self._keep(body, forward, op, free)
        loop = ForwardLoop(bind, op, forward, kept)
        inits: list[Atom] = []
        for k in params:
            bar = bars[k]
            inits.append(zero_of(adj.builder, bind.targets[k]) if bar is None else spread(adj.builder, bar, bind.targets[k]))
        for v in inner.carried:
            before = adj.get(v)
            inits.append(zero_of(adj.builder, v) if before is None else spread(adj.builder, before, v))
        targets = tuple(Var(p.hint, p.type) for p in carried)
        adj.builder.note = bind.note or REVERSE
        if fused:
            assert isinstance(op, For) and self.fusion is not None
            backward = self.fusion.pair(op, inits, body)
            more: dict[Var, Var] = {}
        else:
            backward, more = reverse_loop(adj.builder, bind, op, body, kept, loop, inits, ordered=ordered, recurring=recurring)
            self.again.update(more)
        adj.builder.binds.append(Bind((*targets, *more.values()), backward, bind.span, bind.note))
        out = dict(zip([*params, *inner.carried], targets, strict=True))
        for v in inner.carried:
            adj.values[v] = out[v]
        for k in params:
            adj.add(op.inits[k], out[k])
        return [*loop.before, loop.bind]

    def _keep(self, body: Block, forward: Sequence[Bind], op: For | While, free: Sequence[Var]) -> Kept:
        """What a loop keeps for its reverse body."""
        params = op.body.params
        return keep_or_recompute(needed(body, forward, params), forward, params, free, native=self.native)

    def _reverse_body(self, op: For | While, bars: Sequence[Atom | None],
                      adj: Adjoints) -> tuple[LoopAdjoints, dict[int, Var], list[Bind]]:
        """The reverse of one iteration. Which carried values have adjoints is found by trying until it is settled."""
        inside = set(bound_vars(op.body))
        active = {k for k, bar in enumerate(bars) if bar is not None and op.carried[k] in self.varied}
        while True:
            inner = LoopAdjoints(adj.builder.child(), self.varied, inside)
            params = {k: Var(bar_hint(c), c.type) for k, c in enumerate(op.carried) if k in active}
            for k, param in params.items():
                inner.add(op.yields[k], param)
            forward = self.sweep(op.body.binds, inner)
            grown = {k for k, c in enumerate(op.carried) if c in inner.values} - active
            if not grown:
                return inner, params, forward
            active |= grown

    # --- outlined functions ---------------------------------------------------------------------------

    def _reverse_call(self, bind: Bind, op: Call, bars: Sequence[Atom | None], adj: Adjoints) -> list[Bind]:
        match self.program.customs.get(op.callee):
            case Custom() as custom:
                return [self._reverse_custom(bind, op, custom, bars, adj)]
            case CustomTangent() as custom:
                assert bars[0] is not None
                return pull_custom(self, bind, op, custom, bars[0], adj)
            case Implicit() as custom:
                from adcompiler.transforms.implicit import pull_implicit

                assert bars[0] is not None
                pull_implicit(self, bind, op, custom, bars[0], adj)
                return [bind]
            case Integral() as custom:
                from adcompiler.transforms.integral import pull_integral

                assert bars[0] is not None
                pull_integral(self, bind, op, custom, bars[0], adj)
                return [bind]
        flags = tuple(adj.wants(a) for a in op.args)
        split = self._split(op.callee, flags, bind)
        seeds = [zero_of(adj.builder, t) if bar is None else spread(adj.builder, bar, t)
                 for t, bar in zip(bind.targets, bars, strict=True) if has_derivative(t.type)]
        saved = Var("saved", Saved(split.forward))
        targets = tuple(Var("", a.type) for a, varied in zip(op.args, flags, strict=True) if varied)
        adj.builder.binds.append(Bind(targets, Call(split.reverse, (saved, *seeds)), bind.span, bind.note))
        for atom, target in zip([a for a, varied in zip(op.args, flags, strict=True) if varied], targets, strict=True):
            adj.add(atom, target)
        return [Bind((*bind.targets, saved), Call(split.forward, op.args), bind.span, bind.note)]

    def _reverse_custom(self, bind: Bind, op: Call, custom: Custom, bars: Sequence[Atom | None], adj: Adjoints) -> Bind:
        """A call of a function that brings its derivative: its forward part instead, and later its reverse part."""
        (target,), (bar,) = bind.targets, bars
        assert bar is not None
        forward, reverse = (self.program.functions[name].block for name in (custom.forward, custom.reverse))
        kept = tuple(Var(r.hint if isinstance(r, Var) else "", of_other_sizes(r.type)) for r in forward.results[1:])
        alike = {k: a for a, k in zip(op.args, custom.places, strict=True) if k is not None}
        targets = tuple(Var("", _like(r.type, alike[k].type) if k in alike else r.type) for k, r in enumerate(reverse.results))
        seed = spread(adj.builder, bar, target)
        adj.builder.binds.append(Bind(targets, Call(custom.reverse, (*kept, seed)), bind.span, bind.note))
        for atom, place in zip(op.args, custom.places, strict=True):
            if place is not None:
                adj.add(atom, targets[place])
            elif adj.wants(atom):
                raise refusal("ADC507", bind)
        return replace(bind, targets=(target, *kept), op=Call(custom.forward, op.args))

    def _split(self, callee: str, flags: tuple[bool, ...], bind: Bind) -> _Split:
        key = (callee, flags)
        if key not in self.split:
            function = self.program.functions.get(callee)
            if function is None:  # of a program around this one
                raise refusal("ADC504", bind, ", nor of functions with a derivative of their own inside of others")
            if any(isinstance(p.type, Saved) for p in function.block.params):
                raise refusal("ADC504", bind)
            taken = {*self.program.functions, *self.functions, *(n for s in self.split.values() for n in (s.forward, s.reverse))}
            forward, reverse = unused(f"{callee}_forward", taken), unused(f"{callee}_reverse", taken)
            self.split[key] = _Split(forward, reverse, function.block.params)
            self._make_parts(function, flags, self.split[key])
        return self.split[key]

    def _make_parts(self, function: Function, flags: tuple[bool, ...], split: _Split) -> None:
        names: dict[Var, Atom] = {}
        block = renamed_block(function.block, names)
        remember_words(block)
        activity = Activity(ZERO, cancelling(block, ZERO))
        activity.varied.update(p for p, varied in zip(block.params, flags, strict=True) if varied)
        activity.block(block)
        self.varied |= activity.varied
        adj = Adjoints(Builder(), self.varied)
        bars = [Var(bar_hint(r) if isinstance(r, Var) else "", old.type)
                for r, old in zip(block.results, function.block.results, strict=True) if has_derivative(old.type)]
        seeds = iter(bars)
        for r, old in zip(block.results, function.block.results, strict=True):
            if has_derivative(old.type):
                adj.add(r, next(seeds))
        fusion, self.fusion = self.fusion, None  # forward and reverse loops end up in different functions
        forward = self.sweep(block.binds, adj)
        self.fusion = fusion
        wanted = [p for p, varied in zip(block.params, flags, strict=True) if varied]
        mixed = _mixes_precisions(Block((), tuple(adj.builder.binds), ()))
        results = [as_type(adj.builder, adj.values.get(p), p, mixed=mixed) for p in wanted]
        body = Block(tuple(bars), tuple(adj.builder.binds), tuple(results))
        kept = keep_or_recompute(needed(body, forward, block.params), forward, block.params, native=self.native)
        builder = Builder()
        saved = builder.prim("save", *kept.saved, hint="saved", function=split.forward)
        binds = (*without_notes(forward), *builder.binds)
        self._add(split.forward, Block(block.params, binds, (*block.results, saved)))
        given = Var("saved", Saved(split.forward))
        loads = Builder()
        out: dict[Var, Atom] = {v: loads.prim("saved_item", given, hint=v.hint, k=k, type=v.type)
                                for k, v in enumerate(kept.saved)}
        reverse = with_values(body, kept, out, loads.binds)
        self._add(split.reverse, replace(reverse, params=(given, *reverse.params)))

    def _add(self, name: str, block: Block) -> None:
        names = [f"{p.hint or 'bar'}" for p in block.params]
        unique = [n if names.index(n) == k else f"{n}_{k}" for k, n in enumerate(names)]
        leaves = tuple(Leaf() for _ in block.results)
        self.functions[name] = Function(name, tuple(Parameter(n, Leaf()) for n in unique),
                                        Node("tuple", tuple(range(len(leaves))), leaves), block)


def _like(type_: Type, other: Type) -> Type:
    """The type of a cotangent: with the sizes of its argument, where it is an array of as many axes."""
    if isinstance(type_, Array) and isinstance(other, Array) and type_.rank == other.rank:
        return Array(type_.dtype, other.dims)
    return of_other_sizes(type_)


def unused(name: str, taken: Collection[str]) -> str:
    """The name, or the first of `name_2`, `name_3`, ... that is not taken."""
    return next(n for n in (name, *(f"{name}_{k}" for k in range(2, len(taken) + 3))) if n not in taken)


class _Split:
    """The names of the two parts of an outlined function."""

    def __init__(self, forward: str, reverse: str, params: tuple[Var, ...]) -> None:
        self.forward, self.reverse, self.params = forward, reverse, params


_REFUSALS = {
    "ADC501": ("there is no derivative rule for {name}{how}",
               "write it with functions that have one, or wrap the argument in stop_gradient(...)"),
    "ADC502": ("the derivative of {name} is not known, and it is given a value that depends on the inputs",
               "write it with functions that are known, or wrap the argument in stop_gradient(...)"),
    "ADC503": ("the type of a value is not known here, and the derivative depends on it",
               "convert it first: float(value), or np.asarray(value, dtype=float)"),
    "ADC507": ("the derivative that this function brings gives nothing of the shape of an argument that depends on the inputs",
               "let it return a number or an array there instead of None, summed over what was broadcast"),
    "ADC509": ("this function brings a derivative for reverse mode, and forward mode needs another one",
               "use grad, vjp or jacrev"),
    "ADC515": ("the tangent that this function brings is not linear in the tangents of its arguments",
               "let each term hold one tangent as a factor, once"),
    "ADC516": ("the tangent that this function brings takes nothing for an argument that depends on the inputs",
               "wrap the argument in stop_gradient(...) if it should count as constant"),
    "ADC520": ("the integrand may jump where its variable meets a value that depends on the inputs, and the derivative of the "
               "integral has no term for that", "divide the integral there: quad(f, a, x) and quad(f, x, b)"),
    "ADC504": ("higher derivatives of recursive functions are not supported{how}", "write the recursion as a loop"),
}


def refusal(code: str, bind: Bind, how: str = "") -> CompileError:
    """Why an operation cannot be differentiated; `how` it was called, where that is the reason."""
    match bind.op:
        case Prim(name):
            pass
        case Foreign(template):
            name = template.split("(")[0].split("{")[0] or "this"
        case _:
            name = ""
    message, hint = _REFUSALS[code]
    return fail(code, message.format(name=name, how=how), bind.span or Span("<generated>", 1, 1, 1, 2), hint)


def _also(block: Block, more: Iterable[Var], missing: Iterable[Var]) -> Block:
    """The block with more results, and with nothing for those that the other side gives: no items where these are lists,
    so that the adjoint of such a list has no items either."""
    binds, nothing = list(block.binds), list[Atom]()
    for v in missing:
        nothing.append(Var("", v.type) if isinstance(v.type, List) else UNDEF)
        if isinstance(nothing[-1], Var):
            binds.append(Bind((nothing[-1],), Prim("list", ())))
    return replace(block, binds=tuple(binds), results=(*block.results, *more, *nothing))


def _ends(bind: Bind, seeds: Sequence[tuple[Atom, Atom]]) -> bool:
    """Whether what is wanted of a block comes from its last binding."""
    return any(a in bind.targets for a, _ in seeds)


def _joined(p: Atom, q: Atom, v: Var) -> Type:
    return v.type if isinstance(v.type, Array | List) else (p.type if p.type == q.type else v.type)


def _changed(first: Adjoints, in_first: set[Var], second: Adjoints, in_second: set[Var]) -> list[Var]:
    """The variables from outside a branch whose adjoints either side changes."""
    found = [v for v in first.values if v not in in_first] + [v for v in second.values if v not in in_second]
    return list(dict.fromkeys(found))
