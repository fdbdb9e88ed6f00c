"""Copies of IR with other variables: every copy binds variables of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from adcompiler.ir.nodes import Atom, Bind, Block, Call, For, Foreign, If, Op, Prim, Var, While

Names = dict[Var, Atom]


def renamed(atom: Atom, names: Names) -> Atom:
    """The atom that stands for `atom` in the copy."""
    return names.get(atom, atom) if isinstance(atom, Var) else atom


def renamed_op(op: Op, names: Names) -> Op:
    """A copy of an operation; the variables that its blocks bind are new."""

    def many(atoms: Iterable[Atom]) -> tuple[Atom, ...]:
        return tuple(renamed(a, names) for a in atoms)

    match op:
        case Prim(name, args, params):
            return Prim(name, many(args), params) if any(isinstance(a, Var) and a in names for a in args) else op
        case Foreign() | Call():
            return replace(op, args=many(op.args))
        case If():
            return If(renamed(op.cond, names), renamed_block(op.then, names), renamed_block(op.orelse, names))
        case For():
            return For(renamed(op.start, names), renamed(op.stop, names), renamed(op.step, names), many(op.inits),
                       renamed_block(op.body, names), op.exits)
        case While():
            return While(many(op.inits), renamed_block(op.cond, names), renamed_block(op.body, names), op.exits)
    raise TypeError(f"not an operation: {op!r}")


def with_operands(op: Op, atoms: Sequence[Atom]) -> Op:
    """The operation with other operands; its blocks are the same."""
    match op:
        case Prim(name, _, params):
            return Prim(name, tuple(atoms), params)
        case Foreign() | Call():
            return replace(op, args=tuple(atoms))
        case If():
            return replace(op, cond=atoms[0])
        case For():
            return replace(op, start=atoms[0], stop=atoms[1], step=atoms[2], inits=tuple(atoms[3:]))
        case While():
            return replace(op, inits=tuple(atoms))
    raise TypeError(f"not an operation: {op!r}")


def mapped(bind: Bind, function: Callable[[Block], Block]) -> Bind:
    """The binding with its inner blocks mapped."""
    match bind.op:
        case If() as op:
            return replace(bind, op=replace(op, then=function(op.then), orelse=function(op.orelse)))
        case For() as op:
            return replace(bind, op=replace(op, body=function(op.body)))
        case While() as op:
            return replace(bind, op=replace(op, cond=function(op.cond), body=function(op.body)))
        case _:
            return bind


def renamed_binds(binds: Iterable[Bind], names: Names, *, fresh: bool = True) -> list[Bind]:
    """Copies of bindings. `names` grows by the new targets, unless the targets are kept (`fresh=False`)."""
    copies = []
    for bind in binds:
        op = renamed_op(bind.op, names)
        targets = bind.targets
        if fresh:
            targets = tuple(Var(t.hint, t.type) for t in bind.targets)
            names.update(zip(bind.targets, targets, strict=True))
        copies.append(Bind(targets, op, bind.span, bind.note))
    return copies


def renamed_block(block: Block, names: Names) -> Block:
    """A copy of a block."""
    inner = dict(names)
    params = tuple(Var(p.hint, p.type) for p in block.params)
    inner.update(zip(block.params, params, strict=True))
    binds = renamed_binds(block.binds, inner)
    return Block(params, tuple(binds), tuple(renamed(r, inner) for r in block.results))


REVERSE = " "
"""The note of bindings of a reverse sweep whose statement has no text; it tells them from the values of the primal."""


def without_marks(block: Block) -> Block:
    """The block without `REVERSE`."""
    bare = [replace(b, note="") if b.note == REVERSE else b for b in block.binds]
    return replace(block, binds=tuple(mapped(b, without_marks) for b in bare))


def without_notes(binds: Iterable[Bind]) -> tuple[Bind, ...]:
    """The bindings with the text of their statements taken off."""
    return tuple(Bind(b.targets, _without_notes(b.op), b.span) for b in binds)


def _without_notes(op: Op) -> Op:
    match op:
        case If():
            return replace(op, then=_bare(op.then), orelse=_bare(op.orelse))
        case For():
            return replace(op, body=_bare(op.body))
        case While():
            return replace(op, cond=_bare(op.cond), body=_bare(op.body))
        case _:
            return op


def _bare(block: Block) -> Block:
    return replace(block, binds=without_notes(block.binds))
