"""The derivative of an integral from a to b: f(b) b_dot - f(a) a_dot and the integral of the derivative of f (Leibniz).

The integrals of derivatives are integrals again, by the same integrator, so that they have derivatives too. Where f jumps
at a place that moves with what is differentiated the formula does not hold, and the integral is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from adcompiler.analysis.activity import Activity
from adcompiler.analysis.invariance import cancelling
from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    For,
    Function,
    If,
    Integral,
    Leaf,
    Node,
    Parameter,
    Prim,
    Program,
    Var,
    While,
    blocks_of,
    operands,
)
from adcompiler.ir.quadrature import quadrature
from adcompiler.ir.rename import renamed_block, without_notes
from adcompiler.ir.types import Array, Type
from adcompiler.rules import ZERO
from adcompiler.rules.linear import Tangent, full_tangent
from adcompiler.rules.table import spread
from adcompiler.transforms.custom import Copy
from adcompiler.transforms.reverse import Adjoints, as_type, refusal, unused

if TYPE_CHECKING:
    from adcompiler.transforms.forward import Forward
    from adcompiler.transforms.reverse import Reverser

_JUMPS = frozenset(["mod", "numpy.mod", "numpy.remainder", "numpy.fmod", "math.fmod", "math.remainder", "numpy.copysign",
                    "math.copysign", "numpy.arctan2", "math.atan2", "numpy.interp"])
"""Primitives that have a derivative and jump somewhere."""


def push_integral(forward: Forward, bind: Bind, op: Call, custom: Integral, builder: Builder) -> Tangent:
    """Emit a call and the tangent of what it gives; returns the tangent."""
    copy = Copy.of(forward.program, custom.integrand, (const(0.0), *op.args[2:]))
    given = {mine: (arg, dot) for mine, arg in zip(copy.stand_ins[1:], op.args[2:], strict=True)
             if (dot := forward.dot(arg)) is not None}
    _check_jumps(copy, list(given), bind)
    builder.binds.append(bind)
    total: Tangent = None
    for bound, sign in ((op.args[1], "add"), (op.args[0], "sub")):
        if (dot := forward.dot(bound)) is not None:
            term = builder.prim("mul", _at(builder, forward.program, custom, bound, op.args[2:]), dot)
            total = _joined(builder, total, term, sign)
    if given:
        inner = Builder()
        dots = [Var(f"{mine.hint}_dot" if mine.hint else "", mine.type) for mine in given]
        forward.dots.update(zip(given, dots, strict=True))
        forward.varied |= _varied(copy.block, list(given))
        forward.block(without_notes(copy.block.binds), inner)
        (result,) = copy.block.results
        if forward.dot(result) is not None:
            slope = full_tangent(inner, forward.dot(result), result)
            block = Block((*copy.stand_ins, *dots), tuple(inner.binds), (slope,))
            made = _Maker(forward.program, forward.functions, custom).integral(block, bind.targets[0].type)
            moving = [full_tangent(builder, dot, arg) for arg, dot in given.values()]
            (term,) = builder.emit(Call(made, (*op.args, *moving)), [bind.targets[0].type])
            total = _joined(builder, total, term, "add")
    return total


def pull_integral(reverser: Reverser, bind: Bind, op: Call, custom: Integral, bar: Atom, adj: Adjoints) -> None:
    """Add what a call contributes to the adjoints of its arguments."""
    builder = adj.builder
    several = isinstance(bind.targets[0].type, Array)
    bar = spread(builder, bar, bind.targets[0])
    for bound, sign in ((op.args[1], 1), (op.args[0], -1)):
        if adj.wants(bound):
            term = builder.prim("mul", bar, _at(builder, reverser.program, custom, bound, op.args[2:]))
            term = builder.prim("numpy.sum", term) if several else term
            adj.add(bound, term if sign > 0 else builder.prim("neg", term))
    for k, arg in enumerate(op.args[2:]):
        if not adj.wants(arg):
            continue
        copy = Copy.of(reverser.program, custom.integrand, (const(0.0), *op.args[2:]))
        mine = copy.stand_ins[1 + k]
        _check_jumps(copy, [mine], bind)
        varied = _varied(copy.block, [mine])
        (result,) = copy.block.results
        if result not in varied:
            continue
        reverser.varied |= varied
        inner = Adjoints(Builder(), varied)
        weight = Var("bar", bar.type)
        inner.add(result, weight if several else const(1.0))
        first = without_notes(reverser.sweep(copy.block.binds, inner))
        slope = spread(inner.builder, as_type(inner.builder, inner.values.get(mine), mine), mine)
        params = (*copy.block.params, weight) if several else copy.block.params
        block = Block(params, (*first, *without_notes(inner.builder.binds)), (slope,))
        made = _Maker(reverser.program, reverser.functions, custom).integral(block, slope.type)
        (found,) = builder.emit(Call(made, (*op.args, bar) if several else op.args), [arg.type])
        adj.add(arg, found if several else builder.prim("mul", bar, found))


def _joined(builder: Builder, total: Tangent, term: Atom, sign: str) -> Atom:
    if total is None:
        return term if sign == "add" else builder.prim("neg", term)
    return builder.prim(sign, total, term)


def _at(builder: Builder, program: Program, custom: Integral, t: Atom, values: Sequence[Atom]) -> Atom:
    """Emit the integrand at t."""
    copy = Copy.of(program, custom.integrand, (t, *values))
    names: dict[Var, Atom] = dict(zip(copy.stand_ins, (t, *values), strict=True))
    block = renamed_block(Block((), without_notes(copy.block.binds), copy.block.results), names)
    builder.binds += [Bind(b.targets, b.op, b.span, builder.note) for b in block.binds]
    return block.results[0]


def _varied(block: Block, inputs: Sequence[Var]) -> set[Var]:
    activity = Activity(ZERO, cancelling(block, ZERO))
    activity.varied.update(inputs)
    activity.block(block)
    return activity.varied


class _Maker:
    """Makes integrals of new integrands, for a program that is being differentiated."""

    def __init__(self, program: Program, functions: dict[str, Function], custom: Integral) -> None:
        self.program, self.functions, self.custom = program, functions, custom

    def integral(self, block: Block, type_: Type) -> str:
        """A function of (a, b, *values) that integrates a block of (t, *values)."""
        integrand = self._add("_integrand", renamed_block(block, {}))
        copies = [Var(p.hint, p.type) for p in block.params[1:]]
        name = self._add("_quad", quadrature(integrand, copies, type_, self.custom.options))
        self.program.customs[name] = Integral(integrand, self.custom.options)
        return name

    def _add(self, stem: str, block: Block) -> str:
        name = unused(stem, {*self.program.functions, *self.functions})
        hints = [p.hint or "value" for p in block.params]
        names = [h if hints.index(h) == k else f"{h}_{k}" for k, h in enumerate(hints)]
        self.functions[name] = Function(name, tuple(Parameter(n, Leaf()) for n in names), Node("tuple", (0,), (Leaf(),)), block)
        return name


def _check_jumps(copy: Copy, moving: Sequence[Var], bind: Bind) -> None:
    """Refuse an integrand that asks about its variable together with what varies."""
    t = _reached(copy.block, {copy.stand_ins[0]})
    p = _reached(copy.block, set(moving))
    for inner in _binds(copy.block):
        match inner.op:
            case Prim(name, args) if name in ZERO or name in _JUMPS:
                asked: Sequence[Atom] = args
            case If(cond=cond):
                asked = (cond,)
            case For(start=start, stop=stop, step=step):
                asked = (start, stop, step)
            case _:
                continue
        if _is_shape(inner) or not (any(a in t for a in asked) and any(a in p for a in asked)):
            continue
        raise refusal("ADC520", bind)


def _is_shape(bind: Bind) -> bool:
    """Whether a binding asks for the shape of something alone."""
    return isinstance(bind.op, Prim) and bind.op.name in ("shape", "size", "len", "numpy.zeros_like", "numpy.full_like")


def _reached(block: Block, start: set[Var]) -> set[Atom]:
    """All values that depend on some of these, in any way."""
    found: set[Atom] = set(start)
    while True:
        before = len(found)
        _reach(block, found, False)
        if len(found) == before:
            return found


def _reach(block: Block, found: set[Atom], within: bool) -> None:
    for bind in block.binds:
        inner = within or any(a in found for a in operands(bind.op))
        for part in blocks_of(bind.op):
            branch = isinstance(bind.op, If | While | For) and inner
            if isinstance(bind.op, For | While) and inner:
                found.update(part.params)
            _reach(part, found, branch)
        reads = inner or any(r in found for part in blocks_of(bind.op) for r in part.results)
        if reads:
            found.update(bind.targets)
            for part in blocks_of(bind.op):
                found.update(part.params)


def _binds(block: Block) -> Iterator[Bind]:
    for bind in block.binds:
        yield bind
        for part in blocks_of(bind.op):
            yield from _binds(part)


__all__ = ["pull_integral", "push_integral"]
