"""Jacobians and Hessians."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.api import Derivative, Wrt
from adcompiler.diagnostics import CompileError
from adcompiler.frontend.arguments import Argument, leaves_of
from adcompiler.modes.directional import Generated

if TYPE_CHECKING:
    from adcompiler.modes.sparse import SparseJacobian
    from adcompiler.pipeline import Artifact


class Jacobian(Generated):
    """A function of the same arguments: the derivatives of all results, column by column (`forward`) or row by row."""

    def __init__(self, primal: Callable[..., Any], wrt: Wrt, forward: bool) -> None:
        super().__init__(primal, wrt, False, False)
        self.forward = forward

    def _follow(self) -> None:
        forward = self.forward
        super()._follow()
        self.forward = forward

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        from adcompiler.pipeline import compile_jacobian

        return compile_jacobian(self._target, arguments, self._selected, forward=self.forward, inner=self._inner(arguments),
                                single=self._single, name=self._name())

    def _name(self) -> str:
        return f"{self._target.name.strip('<>')}_jacobian"

    def _shape_checked(self, call: Callable[..., Any], *_: Any) -> Callable[..., Any]:
        return call


class Hessian(Jacobian):
    """The Jacobian of a gradient."""

    def __init__(self, primal: Callable[..., Any], wrt: Wrt) -> None:
        super().__init__(Derivative(primal, wrt, False, False), wrt, True)

    def _name(self) -> str:
        return f"{self._target.name.strip('<>')}_hessian"


class Whichever:
    """The Jacobian in the cheaper of both modes, which the sizes of arguments and results decide at each call."""

    def __init__(self, primal: Callable[..., Any], wrt: Wrt) -> None:
        self.primal = primal
        self._modes = {forward: Jacobian(primal, wrt, forward) for forward in (True, False)}
        self._last = self._modes[True]

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        self._last = self._modes[self._columns(args, keywords) <= self._rows(args, keywords)]
        try:
            return self._last(*args, **keywords)
        except CompileError as error:
            if error.code != "ADC509":
                raise
        self._last = self._modes[False]  # of functions that bring their derivative for this mode alone
        return self._last(*args, **keywords)

    def _columns(self, args: Any, keywords: Any) -> int:
        mode = self._modes[True]
        values = mode._bind(args, keywords)
        chosen = [values[w] if isinstance(w, str) else values[w[0]][w[1]] for w in mode._selected]
        return sum(_size(v) for v in chosen)

    def _rows(self, args: Any, keywords: Any) -> int:
        args, keywords = copy.deepcopy((args, keywords))
        return _size(self.primal(*args, **keywords))

    @property
    def source(self) -> str:
        """The generated source, for the types and the mode of the last call."""
        return self._last.source

    @property
    def __adcompiler_derivative__(self) -> Jacobian:
        """What is differentiated again: the matrix is the same in both modes."""
        return self._modes[True]


def _size(value: Any) -> int:
    return sum(np.size(leaf) for _, leaf in leaves_of("value", value))


def jacfwd(f: Callable[..., Any], *, wrt: Wrt = 0) -> Jacobian:
    """The Jacobian in forward mode: one pass for each element of the parameter `wrt`.

    For a result y and a parameter x (numbers or arrays) it is the array of the shape `y.shape + x.shape`. A structured
    result (a tuple, a dict, a dataclass) gives the same structure of Jacobians, each with the structure of the parameter.
    """
    return Jacobian(f, wrt, True)


def jacrev(f: Callable[..., Any], *, wrt: Wrt = 0) -> Jacobian:
    """The Jacobian in reverse mode: one forward sweep, and a reverse sweep for each element of the result. See `jacfwd`."""
    return Jacobian(f, wrt, False)


def jacobian(f: Callable[..., Any], *, wrt: Wrt = 0, mode: str = "auto", sparse: bool = False, pattern: Any = None,
             verify: bool = True) -> Jacobian | Whichever | SparseJacobian:
    """The Jacobian of f; see `jacfwd` for its form.

    mode: "forward", "reverse", or "auto": forward where the parameters have no more elements than the result. To know the
    size of the result, "auto" calls f once more (with copies of the arguments).

    With `sparse` it is a `scipy.sparse.csr_array` of the shape (y.size, x.size) for each result y and parameter x. Columns
    that have no entry in the same row are computed together (rows in reverse mode; "auto" takes what needs fewer passes).
    Which entries may differ from zero is found by running f once for each structure of the arguments, or given as `pattern`,
    a sparse matrix or an array of truth values, of a row for each element of the results and a column for each element of
    the parameters, one after the other. With `verify` each call compares the matrix with one more directional derivative;
    a pattern that misses entries raises CompileError (ADC510).
    """
    if sparse:
        from adcompiler.modes.sparse import SparseJacobian

        if mode not in ("auto", "forward", "reverse"):
            raise ValueError(f"mode is 'auto', 'forward' or 'reverse', not {mode!r}")
        return SparseJacobian(f, wrt, mode, pattern, verify)
    if pattern is not None:
        raise TypeError("a pattern is for sparse=True")
    match mode:
        case "auto":
            return Whichever(f, wrt)
        case "forward" | "reverse":
            return Jacobian(f, wrt, mode == "forward")
    raise ValueError(f"mode is 'auto', 'forward' or 'reverse', not {mode!r}")


def hessian(f: Callable[..., Any], *, wrt: Wrt = 0, sparse: bool = False, pattern: Any = None,
            verify: bool = True) -> Hessian | SparseJacobian:
    """The matrix of second derivatives of a function that returns a real number: the tangents of its gradient.

    With respect to an array x it has the shape `x.shape + x.shape`; for a tuple of parameters it is a tuple of tuples.

    With `sparse` it is a `scipy.sparse.csr_array` of the shape (x.size, x.size), exactly symmetric, from as many products
    with directions as a star colouring of its pattern has colours. `pattern` and `verify` as for `jacobian`.
    """
    if sparse:
        from adcompiler.modes.sparse import SparseJacobian

        return SparseJacobian(f, wrt, "forward", pattern, verify, symmetric=True)
    if pattern is not None:
        raise TypeError("a pattern is for sparse=True")
    return Hessian(f, wrt)


__all__ = ["hessian", "jacfwd", "jacobian", "jacrev"]
