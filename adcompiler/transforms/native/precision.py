"""Results of single precision: Numba computes `float32 * 2` in double precision, where NumPy stays in single."""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Atom, Function, Program, Var
from adcompiler.ir.types import Array, Scalar

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


__all__ = ["keep_precision"]
