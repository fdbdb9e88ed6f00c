"""What does not depend on a branch that may end the loop comes before it, so that the branch can be left by `break`."""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.nodes import Atom, Bind, Block, For, If, Prim, Var, While, operands
from adcompiler.ir.ops import OPS

_FLAGS = ("and", "or", "not")


def advance(block: Block) -> Block:
    """The block with such bindings moved, in all loops."""
    return replace(block, binds=tuple(_inside(b) for b in block.binds))


def _inside(bind: Bind) -> Bind:
    op = bind.op
    match op:
        case If():
            return replace(bind, op=replace(op, then=advance(op.then), orelse=advance(op.orelse)))
        case For() | While():
            body = advance(op.body)
            return replace(bind, op=replace(op, body=_moved(body) if op.exits else body))
        case _:
            return bind


def _moved(body: Block) -> Block:
    """The body of a loop with what follows its last branch before it, as far as that is possible."""
    binds = body.binds
    at = next((k for k in range(len(binds) - 1, -1, -1) if isinstance(binds[k].op, If)), None)
    if at is None or not any(_is_flag(a, binds[at:]) for a in body.results[-1:]):
        return body
    bound = set(binds[at].targets)
    before: list[Bind] = []
    after: list[Bind] = []
    for bind in binds[at + 1:]:
        free = isinstance(bind.op, Prim) and not OPS[bind.op.name].effect and bound.isdisjoint(_read(bind))
        (before if free else after).append(bind)
        if not free:
            bound.update(bind.targets)
    return replace(body, binds=(*binds[:at], *before, binds[at], *after))


def _is_flag(atom: Atom, binds: tuple[Bind, ...]) -> bool:
    """Whether the loop's flag comes out of the branch, directly or with others."""
    branch, *rest = binds
    if atom in branch.targets:
        return True
    made = next((b for b in rest if atom in b.targets), None)
    return made is not None and isinstance(made.op, Prim) and made.op.name in _FLAGS and any(
        _is_flag(a, binds) for a in made.op.args)


def _read(bind: Bind) -> set[Var]:
    return {a for a in operands(bind.op) if isinstance(a, Var)}
