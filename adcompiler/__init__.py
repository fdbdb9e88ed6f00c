"""adcompiler: derivatives of Python functions, as readable Python source."""

from adcompiler.api import detach, grad, no_grad, stop_gradient, value_and_grad, zero_grad
from adcompiler.backend.files import VERSION as __version__
from adcompiler.diagnostics import CompileError
from adcompiler.modes.checks import check_grads
from adcompiler.modes.custom import custom_jvp, custom_vjp
from adcompiler.modes.directional import hvp, jvp, linearize, vjp
from adcompiler.modes.given import rule
from adcompiler.modes.implicit import argmin, fixed_point, root
from adcompiler.modes.jacobians import hessian, jacfwd, jacobian, jacrev
from adcompiler.modes.stacked import vmap

__all__ = ["CompileError", "__version__", "argmin", "check_grads", "custom_jvp", "custom_vjp", "detach", "fixed_point", "grad",
           "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "linearize", "no_grad", "root", "rule",
           "stop_gradient", "value_and_grad", "vjp", "vmap", "zero_grad"]
