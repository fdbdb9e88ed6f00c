"""Solutions of equations: root, fixed_point, argmin.

Called by themselves they are what they say. Inside a differentiated function their derivative is that of the solution, by
the implicit function theorem, however it was found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adcompiler.api import grad
from adcompiler.diagnostics import CompileError
from adcompiler.library import solvers
from adcompiler.modes.jacobians import jacobian, jacrev

Solver = Callable[[Callable[[Any], Any], Any], Any]


def root(residual: Callable[..., Any], x0: Any, *args: Any, solver: Solver | None = None) -> Any:
    """The x with residual(x, *args) = 0, found from x0: a number, or a vector where the residual is one of the same size.

    `solver(f, x0)` finds it, for f(x) = residual(x, *args), and returns x alone (of `scipy.optimize.root`, `root_scalar` and
    `minimize` the right attribute is taken); without one it is Newton's method, which raises ArithmeticError where it does
    not converge. Inside a differentiated function dx = -J^-1 dr, with the Jacobian J of the residual by x; x0 counts as
    constant, and what the residual reads from outside as it does elsewhere. Where J is singular there is no derivative:
    ZeroDivisionError, numpy.linalg.LinAlgError, or an infinity.
    """
    f, start = _of_one(residual, args), _start(x0)
    if solver is not None:
        return _answer(solver, f, start)
    if np.ndim(start):
        return solvers.newton_system(f, _matrix(f), start)
    return solvers.newton(f, grad(f), start)


def fixed_point(g: Callable[..., Any], x0: Any, *args: Any, solver: Solver | None = None) -> Any:
    """The x with g(x, *args) = x, found from x0, as by `root` for x - g(x, *args).

    `solver(f, x0)` finds it, for f(x) = g(x, *args); without one it is the iteration x = g(x), which raises ArithmeticError
    where it does not converge in 10000 steps.
    """
    f, start = _of_one(g, args), _start(x0)
    return solvers.iteration(f, start) if solver is None else _answer(solver, f, start)


def argmin(f: Callable[..., Any], x0: Any, *args: Any, solver: Solver | None = None) -> Any:
    """The x near x0 where f(x, *args), a real number, is least, with the derivative of a root of the gradient.

    `solver(h, x0)` finds it, for h(x) = f(x, *args), as exactly as the derivative is to be; without one it is Newton's method
    with steps that go downhill, which raises ArithmeticError where it does not converge.
    """
    h, start = _of_one(f, args), _start(x0)
    if solver is not None:
        return _answer(solver, h, start)
    slope = grad(h)
    if np.ndim(start):
        return solvers.descent_system(h, slope, _matrix(slope), start)
    return solvers.descent(h, slope, grad(slope), start)


def _of_one(function: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[Any], Any]:
    return (lambda x: function(x, *args)) if args else function


def _matrix(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The Jacobian; row by row where a part of f has a derivative for reverse mode alone."""
    by_columns, by_rows = jacobian(f), jacrev(f)

    def matrix(x: Any) -> Any:
        try:
            return by_columns(x)
        except CompileError as error:
            if error.code != "ADC509":
                raise
            return by_rows(x)
    return matrix


def _start(x0: Any) -> Any:
    return np.array(x0, dtype=float) if np.ndim(x0) else float(x0)


def _answer(solver: Solver, f: Callable[[Any], Any], start: Any) -> Any:
    found: Any = solver(f, start)
    found = getattr(found, "root", getattr(found, "x", found)) if not isinstance(found, np.ndarray) else found
    return np.asarray(found, dtype=float).reshape(np.shape(start)) if np.ndim(start) else float(found)


for _name in ("root", "fixed_point", "argmin"):
    globals()[_name].__adcompiler__ = _name  # how the front end knows them under any name

__all__ = ["argmin", "fixed_point", "root"]
