"""adcompiler: derivatives of Python functions, as readable Python source."""

from adcompiler.api import detach, grad, no_grad, stop_gradient, value_and_grad, zero_grad
from adcompiler.diagnostics import CompileError

from adcompiler.output import VERSION as __version__

__all__ = ["CompileError", "detach", "grad", "no_grad", "stop_gradient", "value_and_grad", "zero_grad"]
