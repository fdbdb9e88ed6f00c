"""An adjoint that begins as another value takes its own name before a loop needs the name of that value.

    for y_1 in reversed(y_saved): ...      becomes      x_bar = y
    return y + y_bar                                    for y in reversed(y_saved): ...
                                                        x_bar += y_bar
                                                        return x_bar
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from adcompiler.ir.nodes import Bind, Block, For, If, Prim, Var, While, blocks_of, bound_vars, free_vars, operands
from adcompiler.ir.types import Scalar


def split(block: Block) -> Block:
    """The block with copies of numbers where their names are needed for something else."""
    binds = [_inside(b) for b in block.binds]
    loops = [(k, {v.hint for v in bound_vars(b.op.body)}) for k, b in enumerate(binds) if isinstance(b.op, For | While)]
    if not loops:
        return replace(block, binds=tuple(binds))
    made = {t: k for k, b in enumerate(binds) for t in b.targets}
    last = {v: k for k, b in enumerate(binds) for v in _read(b)}
    last.update((a, len(binds)) for a in block.results if isinstance(a, Var))
    before: dict[int, list[Bind]] = {}
    for k, bind in enumerate(binds):
        first = _beginning(bind)
        if first is None or first not in made or last[first] != k:
            continue
        at = next((m for m, hints in loops if made[first] < m < k and first.hint in hints), None)
        if at is None or any(first in _read(b) for b in binds[at:k]):
            continue
        start = Var(bind.targets[0].hint, first.type)
        before.setdefault(at, []).append(Bind((start,), Prim("copy", (first,)), bind.span, binds[at].note))
        assert isinstance(bind.op, Prim)
        binds[k] = replace(bind, op=replace(bind.op, args=(start, *bind.op.args[1:])))
    return replace(block, binds=tuple(b for k, bind in enumerate(binds) for b in (*before.get(k, ()), bind)))


def _inside(bind: Bind) -> Bind:
    op = bind.op
    match op:
        case If():
            return replace(bind, op=replace(op, then=split(op.then), orelse=split(op.orelse)))
        case For() | While():
            return replace(bind, op=replace(op, body=split(op.body)))
        case _:
            return bind


def _read(bind: Bind) -> Iterator[Var]:
    yield from (a for a in operands(bind.op) if isinstance(a, Var))
    for inner in blocks_of(bind.op):
        yield from free_vars(inner)


def _beginning(bind: Bind) -> Var | None:
    """The number with which a sum of adjoints begins, if it is a value of the primal."""
    op = bind.op
    if not (isinstance(op, Prim) and op.name in ("add", "sub") and bind.targets[0].hint.endswith("_bar")):
        return None
    first = op.args[0]
    plain = isinstance(first, Var) and isinstance(first.type, Scalar) and first.hint and not first.hint.endswith("_bar")
    return first if plain and isinstance(first, Var) else None
