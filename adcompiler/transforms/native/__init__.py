"""What makes a program fit for a compiler of native code."""

from __future__ import annotations

from adcompiler.ir.nodes import Program
from adcompiler.transforms.native.arrays import plain_arrays
from adcompiler.transforms.native.buffers import hoist_buffers
from adcompiler.transforms.native.kernel import with_kernel
from adcompiler.transforms.native.placeholders import fill_placeholders
from adcompiler.transforms.native.precision import careful_powers, keep_precision
from adcompiler.transforms.native.scalars import sum_in_numbers
from adcompiler.transforms.native.support import check_supported, with_constant_messages
from adcompiler.transforms.native.tapes import tapes_to_arrays
from adcompiler.transforms.prune import prune

PASSES = (with_constant_messages, careful_powers, keep_precision, sum_in_numbers, tapes_to_arrays, fill_placeholders,
          plain_arrays, hoist_buffers, prune, with_kernel)


def for_numba(program: Program) -> Program:
    """The program in the form that Numba compiles: arrays for the lists that loops fill, values for all names, a kernel.

    Raises CompileError where that is not possible.
    """
    for transform in PASSES:
        program = transform(program)
    check_supported(program)
    return program


__all__ = ["for_numba"]
