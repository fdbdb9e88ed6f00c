"""The call of an integrator, as a function by itself."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Block, Foreign, Var
from adcompiler.ir.types import ANY, FLOAT, Array, Type


def quadrature(integrand: str, values: Sequence[Var], type_: Type, options: str) -> Block:
    """The call of SciPy's integrator: a number by `quad`, an array by `quad_vec`."""
    a, b = Var("a", FLOAT), Var("b", FLOAT)
    builder = Builder()
    given = "".join(f", {{{k}}}" for k in range(len(values)))
    text = f"lambda t: {integrand}(t{given})" if values else integrand
    (f,) = builder.emit(Foreign(text, tuple(values), True, (integrand,)), [ANY], ["f"])
    vector = isinstance(type_, Array)
    call = f"scipy.integrate.quad{'_vec' if vector else ''}({{0}}, {{1}}, {{2}}{'' if vector else options})[0]"
    (found,) = builder.emit(Foreign(call, (f, a, b), True), [type_ if vector else FLOAT])
    return builder.block((a, b, *values), [found])


__all__ = ["quadrature"]
