"""What is added to a few elements of a slice is added to them alone.

    part_bar = np.zeros_like(part)
    part_bar[2] = v                   ->        x_bar[i, 13] += v
    part_bar[0] += w                            x_bar[i, 11] += w
    x_bar[i, 11:14] += part_bar

That is how the adjoint of a row or a slice comes out whose elements the program reads one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, Const, Function, Prim, Program, Var
from adcompiler.ir.rename import mapped
from adcompiler.ir.types import rank
from adcompiler.transforms.arrays import count_uses

Piece = tuple[Atom, int]
"""A number, and the position of the element to which it is added."""


def add_pieces(program: Program) -> Program:
    """The program without arrays that hold a few elements of a slice, to be added."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_block(function.block, count_uses(function.block)))


def _block(block: Block, uses: Counter[Var]) -> Block:
    makers = {t: b for b in block.binds for t in b.targets}
    out = Builder()
    for bind in block.binds:
        if not (isinstance(bind.op, Prim) and bind.op.name == "accumulate" and _added(bind, bind.op, makers, uses, out)):
            out.binds.append(mapped(bind, lambda inner: _block(inner, uses)))
    return replace(block, binds=tuple(out.binds))


def _added(bind: Bind, op: Prim, makers: dict[Var, Bind], uses: Counter[Var], out: Builder) -> bool:
    """Emit the additions of single elements for that of a slice, where this is one with few."""
    base, value, *where = op.args
    place = _slice_of(op)
    pieces = _pieces(value, makers, uses) if place is not None and isinstance(base, Var) else None
    if place is None or pieces is None:
        return False
    entry, at, width, start = place
    pattern = op.param("index")
    index = (*pattern[:entry], "i", *pattern[entry + 1:])
    out.span, out.note = bind.span, bind.note
    for number, position in pieces:
        here = [*where[:at], const(start + position), *where[at + width:]]
        added = out.prim("accumulate", base, number, *here, index=index, hint=bind.targets[0].hint)
        base = added
    last = out.binds[-1]
    out.binds[-1] = replace(last, targets=bind.targets)
    return True


def _slice_of(op: Prim) -> tuple[int, int, int, int] | None:
    """Where the only slice among indices is: which entry, its first operand and how many it has; and where it begins.

    A row of a matrix, `a[i]`, is the slice `a[i, :]`.
    """
    pattern, operands = op.param("index"), op.args[2:]
    if set(pattern) == {"i"} and rank(op.args[0].type) == len(pattern) + 1:
        return len(pattern), len(pattern), 0, 0
    slices = [k for k, p in enumerate(pattern) if p[0] == "s"]
    if len(slices) != 1 or not all(p == "i" or p[0] == "s" for p in pattern):
        return None
    entry, at = slices[0], slices[0]  # each entry before it has one operand
    flags = pattern[entry][1:]
    start = operands[at] if flags[0] == "1" else const(0)
    if flags[2] == "1" or not isinstance(start, Const) or not isinstance(start.value, int) or start.value < 0:
        return None
    return entry, at, flags.count("1"), start.value


def _pieces(value: Atom, makers: dict[Var, Bind], uses: Counter[Var]) -> list[Piece] | None:
    """The elements of an array of zeros into which a few numbers were put, in order."""
    found: list[Piece] = []
    fixed: set[int] = set()
    while True:
        made = makers[value].op if isinstance(value, Var) and uses[value] == 1 and value in makers else None
        match made:
            case Prim("numpy.zeros_like" | "numpy.zeros"):
                return found[::-1] or None
            case Prim("store" | "accumulate" as name, (base, number, Const(int() as position))) as op \
                    if position >= 0 and op.param("index") == ("i",):
                if position not in fixed:
                    found.append((number, position))
                if name == "store":
                    fixed.add(position)
                value = base
            case _:
                return None


__all__ = ["add_pieces"]
