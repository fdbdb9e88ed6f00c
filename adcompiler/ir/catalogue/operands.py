"""What the type rules of the catalogue share: operands as types, sizes, axes."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, numbers, size_of
from adcompiler.ir.types import Array, Dim, Scalar, unknown_dim


def operand(args: Sequence[Atom]) -> Scalar | Array:
    """The type of the first operand: a number or an array."""
    return numbers(args[:1])[0]


def array_operand(args: Sequence[Atom]) -> Array:
    """The type of the first operand, which must be an array."""
    t = operand(args)
    if not isinstance(t, Array):
        raise IrTypeError("an array is needed here, not a number")
    return t


def dim_of(atom: Atom) -> Dim:
    """The dimension that an integer operand gives."""
    return size_of(atom) or unknown_dim()


def normal_axis(axis: int, rank: int) -> int:
    """The axis counted from the front, checked."""
    if not -rank <= axis < rank:
        raise IrTypeError(f"axis {axis} is out of bounds for an array with {rank} axes")
    return axis % rank
