"""Rules for functions that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def rule(call: str, function: Callable[..., Any] | None = None, /, *, returns: str = "elementwise",
         **derivatives: str) -> Callable[[Callable[..., Any]], Callable[..., Any]] | None:
    """Give the derivative of a function that the compiler cannot read, as formulas: a C extension's, or one of a library.

        rule("mylibrary.bessel(n, x)", x="y_bar * (bessel(n - 1, x) - n * y / x)")

        @rule("table(x)", x="y_bar * slope(x)")
        def table(x): ...

    The call names the function by its module, or by any name where the function itself is the second argument or is
    decorated. For each parameter there is a formula of its adjoint, with y_bar for the adjoint of the result and y (or
    `result`) for the result; "0" where the derivative is zero. Formulas have the operators of Python, `a if c else b`,
    numbers, functions of NumPy by their name (`exp(x)`, `np.exp(x)`), those of `scipy.special`, and others that were given a
    rule. A parameter without a formula is refused when it is differentiated. Since the formulas are code, both modes follow,
    and all orders where the functions in them have derivatives.

    `returns`: "elementwise" (the function takes numbers and arrays, broadcasts them and gives floats of their
    precision, as those of NumPy do), "number" (one float),
    or the name of the parameter whose shape the result has. Generated code imports the function from its module. Nothing
    compares the rule with the function: `check_grads` does, and `.verify()` of what uses it. Raises ValueError for a formula
    that is not understood, TypeError for what is no function.
    """
    from adcompiler.rules.given import give

    if function is not None or "." in call.partition("(")[0]:
        give(call, function, returns, derivatives)
        return None

    def register(decorated: Callable[..., Any]) -> Callable[..., Any]:
        give(call, decorated, returns, derivatives)
        return decorated
    return register


__all__ = ["rule"]
