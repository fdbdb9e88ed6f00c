"""The intermediate representation. Importing it completes the table of primitives."""

from adcompiler.ir import catalogue

__all__ = ["catalogue"]
