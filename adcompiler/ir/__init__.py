"""The intermediate representation. Importing it completes the table of primitives."""

from adcompiler.ir import array_ops

__all__ = ["array_ops"]
