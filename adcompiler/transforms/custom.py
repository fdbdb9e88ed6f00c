"""Calls of functions whose tangent is given by code that is linear in the tangents of the arguments (`CustomTangent`).

The code takes the place of the call. In forward mode the tangents that there are go through it; in reverse mode it is
transposed, with the tangents as what varies. Both see it as a linear function of these, with everything else constant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adcompiler.analysis.activity import Activity
from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    CustomTangent,
    For,
    If,
    Prim,
    Program,
    Var,
    While,
    bound_vars,
    free_vars,
)
from adcompiler.ir.rename import renamed_binds, renamed_block, without_notes
from adcompiler.ir.types import resized, sizes_of
from adcompiler.rules import ZERO
from adcompiler.rules.linear import Tangent, full_tangent
from adcompiler.rules.table import zero_of
from adcompiler.transforms.lending import lent_by, without_shapes
from adcompiler.transforms.prune import prune_block

if TYPE_CHECKING:
    from adcompiler.transforms.forward import Forward
    from adcompiler.transforms.reverse import Adjoints, Reverser


@dataclass
class Copy:
    """The code of a function for one call: `stand_ins` stand for the arguments, which count as constants in it."""

    block: Block
    stand_ins: tuple[Var, ...]
    others: tuple[Var, ...]

    @staticmethod
    def of(program: Program, name: str, args: Sequence[Atom]) -> Copy:
        """A copy of the function `name`, with the sizes that its first parameters have as these arguments."""
        block = renamed_block(program.functions[name].block, {})
        sizes = sizes_of(block.params, args)
        for var in bound_vars(block):
            var.type = resized(var.type, sizes)
        return Copy(block, block.params[:len(args)], block.params[len(args):])


def push_custom(forward: Forward, bind: Bind, op: Call, custom: CustomTangent, builder: Builder) -> Tangent:
    """Emit the value and the tangent of a call; gives the tangent."""
    from adcompiler.transforms.reverse import refusal

    copy = Copy.of(forward.program, custom.tangent, op.args)
    given = {copy.others[place]: (arg, dot) for arg, place in zip(op.args, custom.places, strict=True)
             if place is not None and (dot := forward.dot(arg)) is not None}
    if not given:
        builder.binds.append(bind)
        return None
    names: dict[Var, Atom] = dict(zip(copy.stand_ins, op.args, strict=True))
    binds = _without_kept(lent_by(copy.block, _lenders(copy, custom)), _varied(copy.block, copy.others)).binds
    inner = builder.child()
    for var, (arg, dot) in given.items():
        forward.dots[var] = full_tangent(inner, dot, arg)
    forward.varied |= _varied(Block((), binds, ()), given)
    forward.block(without_notes(binds), inner)
    value, result = copy.block.results
    dot = forward.dot(result)
    results = (value,) if dot is None else (value, dot)
    block = prune_block(lent_by(Block((), tuple(inner.binds), results), _lenders(copy, custom)), set())
    if not _is_linear(block, copy):
        raise refusal("ADC515", bind)
    names |= _zeros(builder, copy, custom, op.args, free_vars(block))
    found = renamed_binds(_noted(_bound_to(block.binds, value, bind), bind.note), names, fresh=False)
    builder.binds += found
    return names.get(dot, dot) if isinstance(dot, Var) else dot


def pull_custom(reverser: Reverser, bind: Bind, op: Call, custom: CustomTangent, bar: Atom, adj: Adjoints) -> list[Bind]:
    """Add what a call contributes to the adjoints of its arguments; gives what computes the value in the forward sweep."""
    from adcompiler.transforms.reverse import Adjoints, refusal

    copy = Copy.of(reverser.program, custom.tangent, op.args)
    wanted = {copy.others[place]: arg for arg, place in zip(op.args, custom.places, strict=True)
              if place is not None and adj.wants(arg)}
    if any(adj.wants(arg) for arg, place in zip(op.args, custom.places, strict=True) if place is None):
        raise refusal("ADC516", bind)
    names: dict[Var, Atom] = dict(zip(copy.stand_ins, op.args, strict=True))
    written = _without_kept(lent_by(copy.block, _lenders(copy, custom)), _varied(copy.block, copy.others))
    varied = _varied(written, wanted)
    reverser.varied |= varied
    inner = Adjoints(adj.builder.child(), varied)
    value, result = written.results
    inner.add(result, bar)
    forward = reverser.sweep(written.binds, inner)
    found = [inner.values.get(var) for var in wanted]
    results = tuple(a for a in found if a is not None)
    reverse = prune_block(lent_by(Block((), tuple(inner.builder.binds), results), _lenders(copy, custom)), set())
    needed = free_vars(reverse)
    first = prune_block(lent_by(Block((), without_notes(forward), (value, *needed)), _lenders(copy, custom)), set())
    if not _is_linear(Block((), (*first.binds, *reverse.binds), (value, *results)), copy):
        raise refusal("ADC515", bind)
    before = Builder()
    names |= _zeros(before, copy, custom, op.args, {**free_vars(first), **needed})
    adj.builder.binds += renamed_binds(_noted(reverse.binds, bind.note), _with_value(names, value, bind), fresh=False)
    for arg, made in zip(wanted.values(), found, strict=True):
        if made is not None:
            adj.add(arg, _with_value(names, value, bind).get(made, made) if isinstance(made, Var) else made)
    return [*before.binds, *renamed_binds(_bound_to(first.binds, value, bind), names, fresh=False)]


def _varied(block: Block, inputs: Iterable[Var]) -> set[Var]:
    """The variables that vary with tangents."""
    activity = Activity(ZERO)
    activity.varied.update(inputs)
    activity.block(block)
    return activity.varied


def _without_kept(block: Block, varied: Collection[Var]) -> Block:
    """The block without divisions of tangents that stay when nobody reads them: what comes of them divides by the same."""
    binds = []
    for bind in block.binds:
        op = bind.op
        match op:
            case Prim(params=params) if params and op.param("keep") and bind.targets[0] in varied:
                op = replace(op, params=())
            case If():
                op = replace(op, then=_without_kept(op.then, varied), orelse=_without_kept(op.orelse, varied))
            case For() | While():
                op = replace(op, body=_without_kept(op.body, varied))
        binds.append(replace(bind, op=op))
    return replace(block, binds=tuple(binds))


def _is_linear(block: Block, copy: Copy) -> bool:
    """Whether no result depends on tangents, but on their shapes: the block is a derivative by them."""
    return not set(copy.others) & set(free_vars(prune_block(without_shapes(block), set())))


def _zeros(builder: Builder, copy: Copy, custom: CustomTangent, args: Sequence[Atom], read: Collection[Var]) -> dict[Var, Atom]:
    """Zeros for the tangents that are read: by what asks for their shapes only."""
    return {copy.others[place]: zero_of(builder, arg) for arg, place in zip(args, custom.places, strict=True)
            if place is not None and copy.others[place] in read}


def _lenders(copy: Copy, custom: CustomTangent) -> dict[Var, Var]:
    """For each tangent the argument that it belongs to, which has its shape."""
    return {copy.others[place]: mine for mine, place in zip(copy.stand_ins, custom.places, strict=True) if place is not None}


def _with_value(names: dict[Var, Atom], value: Atom, bind: Bind) -> dict[Var, Atom]:
    return {**names, value: bind.targets[0]} if isinstance(value, Var) and value not in names else names


def _bound_to(binds: Sequence[Bind], value: Atom, bind: Bind) -> list[Bind]:
    """The bindings with the variable `value` under the name of what the call gave; with the call, if it is none of theirs."""
    if not isinstance(value, Var) or not any(value in b.targets for b in binds):
        return [bind, *binds]
    (target,) = bind.targets
    made = renamed_binds(binds, {value: target}, fresh=False)
    return [replace(b, targets=tuple(target if t is value else t for t in b.targets)) for b in made]


def _noted(binds: Sequence[Bind], note: str) -> list[Bind]:
    """The bindings as parts of one statement."""
    return [replace(b, note=note) for b in without_notes(binds)]


__all__ = ["Copy", "pull_custom", "push_custom"]
