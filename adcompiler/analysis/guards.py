"""Where a value is read: the sides of which branches enclose every place.

A value that only `if c:` reads need not exist where `c` is false, although the branch that made it was another one:
the reverse sweep of `if c:` is a second `if c:`, after code that both have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adcompiler.ir.nodes import Atom, Bind, Block, If, Var, blocks_of, operands

Guard = tuple[Var, bool]
"""A condition, and the value that it has."""


Guarded = dict[Var, frozenset[Guard]]


def guards(block: Block, read: Callable[[Bind], Iterable[Atom]] | None = None) -> Guarded:
    """For each variable that is read: the conditions that hold at every place where it is read.

    `read`: only what it gives of each binding counts as read, and no results of blocks.
    """
    found: Guarded = {}
    _collect(block, frozenset(), found, read)
    return found


def meet(found: Guarded, atoms: Iterable[Atom], here: frozenset[Guard]) -> None:
    """Count the variables among `atoms` as read where `here` holds."""
    for atom in atoms:
        if isinstance(atom, Var):
            found[atom] = found[atom] & here if atom in found else here


def _collect(block: Block, here: frozenset[Guard], found: Guarded, read: Callable[[Bind], Iterable[Atom]] | None) -> None:
    for bind in block.binds:
        meet(found, operands(bind.op) if read is None else read(bind), here)
        match bind.op:
            case If(Var() as cond, then, orelse):
                _collect(then, here | {(cond, True)}, found, read)
                _collect(orelse, here | {(cond, False)}, found, read)
            case op:
                for inner in blocks_of(op):
                    _collect(inner, here, found, read)
    if read is None:
        meet(found, block.results, here)
