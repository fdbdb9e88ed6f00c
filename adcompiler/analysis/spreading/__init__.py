"""How primitives hand on the index sets of their operands: a table beside that of the derivatives.

A rule gives the marks of each result, or None where it does not apply: then each result depends on all operands.
"""

from adcompiler.analysis.spreading import moves, sums
from adcompiler.analysis.spreading.steps import RULES, Step, full, held

__all__ = ["RULES", "Step", "full", "held", "moves", "sums"]
