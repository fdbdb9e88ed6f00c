"""Functions with derivatives of their own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from adcompiler.frontend.callables import calling


class _Own:
    """A function with a derivative of its own: it is called as it is, and differentiated as that says."""

    def __init__(self, primal: Callable[..., Any]) -> None:
        functools.update_wrapper(self, primal)
        self.primal = primal

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.primal(*args, **keywords)

    @functools.cached_property
    def __adcompiler_call__(self) -> Callable[..., Any]:
        """A function that calls this one, so that `grad(f)` has a source to read."""
        parameters = list(inspect.signature(self.primal).parameters.values())
        made = calling(self.primal.__name__, _plain(parameters), ", ".join(map(_passed, parameters)), self)
        made.__defaults__, made.__kwdefaults__ = self.primal.__defaults__, self.primal.__kwdefaults__
        return made


class custom_vjp(_Own):
    """A function whose derivative in reverse mode is given by two others.

        @custom_vjp
        def f(x, y): ...

        def f_forward(x, y):      # gives the pair (f(x, y), saved)
            ...

        def f_backward(saved, bar):      # gives a cotangent for each parameter: a number, an array, or None
            ...

        f.defvjp(f_forward, f_backward)

    All three are read as source, like every function that is differentiated; what they call of unknown functions is no
    problem, since none of the three is differentiated itself (at second order, the two parts are). f returns one number or
    array. Nothing compares the derivative with f: `check_grads` does.
    """

    def __init__(self, primal: Callable[..., Any]) -> None:
        super().__init__(primal)
        self.forward: Callable[..., Any] | None = None
        self.backward: Callable[..., Any] | None = None

    def defvjp(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        """Give the derivative: `forward(*args)` is (value, saved), `backward(saved, bar)` the cotangents of the arguments."""
        if not callable(forward) or not callable(backward):
            raise TypeError("defvjp takes two functions")
        self.forward, self.backward = forward, backward


class custom_jvp(_Own):
    """A function whose tangent is given by another, in forward and in reverse mode.

        @custom_jvp
        def f(x, y): ...

        def f_tangent(primals, tangents):      # gives the pair (f(x, y), its tangent)
            x, y = primals
            x_dot, y_dot = tangents
            ...

        f.defjvp(f_tangent)

    `primals` are the arguments; `tangents` are like them, with None for what has no derivative. The tangent is linear in the
    tangents, and like the result, one number or array. Reverse mode transposes its code. Higher derivatives differentiate
    it, so that it may call f. Both functions are read as source. Nothing compares the tangent with f: `check_grads` does.
    """

    def __init__(self, primal: Callable[..., Any]) -> None:
        super().__init__(primal)
        self.tangent: Callable[..., Any] | None = None

    def defjvp(self, tangent: Callable[..., Any]) -> None:
        """Give the derivative: `tangent(primals, tangents)` is the pair (value, tangent)."""
        if not callable(tangent):
            raise TypeError("defjvp takes a function")
        self.tangent = tangent


def _plain(parameters: list[inspect.Parameter]) -> str:
    bare = [p.replace(annotation=inspect.Parameter.empty, default=inspect.Parameter.empty) for p in parameters]
    return str(inspect.Signature(bare))


def _passed(p: inspect.Parameter) -> str:
    prefix = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
    return f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else prefix + p.name


__all__ = ["custom_jvp", "custom_vjp"]
