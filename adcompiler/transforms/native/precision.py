"""Where numbers of Numba differ from those of Python and NumPy.

It computes `float32 * 2` in double precision, where NumPy stays in single: results are converted at the end. And it takes
`2 ** -1` for an integer: such powers are refused when they happen.
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Atom, Block, Const, Function, Prim, Program, Var
from adcompiler.ir.rename import mapped
from adcompiler.ir.types import Array, Scalar, is_integer

_NARROW = ("float16", "float32", "complex64")


def keep_precision(program: Program) -> Program:
    """The program with results of single precision converted to it at the end."""
    return replace(program, entry=_function(program.entry))


def _function(function: Function) -> Function:
    out = Builder()
    results = tuple(_narrowed(r, out) for r in function.block.results)
    block = replace(function.block, binds=(*function.block.binds, *out.binds), results=results)
    return replace(function, block=block)


def _narrowed(atom: Atom, out: Builder) -> Atom:
    narrow = isinstance(atom.type, Array | Scalar) and atom.type.dtype in _NARROW
    if not isinstance(atom, Var) or not narrow or not isinstance(atom.type, Array | Scalar):
        return atom
    return out.prim("numpy.astype", atom, dtype=atom.type.dtype, hint=atom.hint)


def careful_powers(program: Program) -> Program:
    """The program with powers of integers that raise ValueError where the exponent is negative."""
    functions = {name: replace(f, block=_with_powers(f.block)) for name, f in program.functions.items()}
    return replace(program, entry=replace(program.entry, block=_with_powers(program.entry.block)), functions=functions)


def _with_powers(block: Block) -> Block:
    binds = [replace(b, op=replace(b.op, name="int_power")) if isinstance(b.op, Prim) and _is_risky(b.op) else
             mapped(b, _with_powers) for b in block.binds]
    return replace(block, binds=tuple(binds))


def _is_risky(op: Prim) -> bool:
    if op.name != "pow" or not all(isinstance(a.type, Scalar) and is_integer(a.type) for a in op.args):
        return False
    exponent = op.args[1]
    return not isinstance(exponent, Const)


__all__ = ["careful_powers", "keep_precision"]
