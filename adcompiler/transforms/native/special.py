"""Special functions that the module `math` has, or that a short formula gives, element by element."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Prim, Var
from adcompiler.ir.types import Array, Scalar, rank
from adcompiler.transforms.native.elements import Rewrite, element, filled, size

Formula = Callable[[Builder, Atom], Atom]


def _each(formula: Formula) -> Rewrite:
    """The rewrite of a function of one number, for all elements of an array."""
    def rewrite(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
        x, target = op.args[0], targets[0]
        if len(op.args) != 1 or not isinstance(x.type, Array | Scalar) or x.type.dtype != "float64":
            return None
        if not rank(x.type):
            return [formula(out, x)]
        sizes = [size(out, x, k) for k in range(rank(x.type))]
        return [filled(out, target, sizes, lambda inner, at: formula(inner, element(inner, x, at)))]
    return rewrite


def _math(name: str) -> Formula:
    return lambda out, x: out.prim(f"math.{name}", x)


def _normal(out: Builder, x: Atom) -> Atom:
    """`0.5 * erfc(-x / sqrt(2))`."""
    return out.prim("mul", const(0.5), out.prim("math.erfc", out.prim("mul", const(-(0.5 ** 0.5)), x)))


def _logistic(out: Builder, x: Atom) -> Atom:
    """`1 / (1 + exp(-x))`."""
    return out.prim("truediv", const(1.0), out.prim("add", const(1.0), out.prim("numpy.exp", out.prim("neg", x))))


def _log_logistic(out: Builder, x: Atom) -> Atom:
    """`min(x, 0) - log1p(exp(-|x|))`."""
    tail = out.prim("numpy.log1p", out.prim("numpy.exp", out.prim("neg", out.prim("numpy.abs", x))))
    return out.prim("sub", out.prim("numpy.minimum", x, const(0.0)), tail)


SPECIAL: dict[str, Rewrite] = {
    "scipy.special.erf": _each(_math("erf")), "scipy.special.erfc": _each(_math("erfc")),
    "scipy.special.gammaln": _each(_math("lgamma")), "scipy.special.ndtr": _each(_normal),
    "scipy.special.expit": _each(_logistic), "scipy.special.log_expit": _each(_log_logistic),
}
"""The rewrites of special functions."""

__all__ = ["SPECIAL"]
