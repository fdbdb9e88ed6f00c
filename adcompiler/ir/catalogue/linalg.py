"""Type rules of linear algebra."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand, operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, Params, define, elementwise, make, numbers, reduction
from adcompiler.ir.types import ANY, BOOL, Array, Type, dims, promote


def _solve(args: Sequence[Atom], params: Params) -> Type:
    a, b = numbers(args)
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.rank != 2 or b.rank > 2:
        raise IrTypeError("solve() of a matrix and a vector or matrix is supported")
    return Array(promote(a, b)[0], b.dims)


def _square(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    if t.rank != 2:
        raise IrTypeError("a matrix is needed here")
    return t


def _det(args: Sequence[Atom], params: Params) -> Type:
    return make(array_operand(args).dtype, ()) if _square(args, params) else ANY


def _norm(args: Sequence[Atom], params: Params) -> Type:
    if params.get("ord") is not None:
        raise IrTypeError("norm() with an order is not supported yet")
    return reduction(args, params, floating=True)


def _predicate_scalar(args: Sequence[Atom], params: Params) -> Type:
    return BOOL


def _integers(args: Sequence[Atom], params: Params) -> Type:
    t = operand(args)
    return make("int64", dims(t))


define("numpy.linalg.solve", _solve, 500, memory="new")
define("numpy.linalg.inv", _square, 500, memory="new")
define("numpy.linalg.det", _det, 500)
define("numpy.linalg.norm", _norm, 30, signature="a; ord axis keepdims", memory="new")
define("numpy.allclose", _predicate_scalar, 50)
define("numpy.argsort", _integers, 50, signature="a; axis", memory="new")


def _round(args: Sequence[Atom], params: Params) -> Type:
    return elementwise(args, strong=True)


define("numpy.round numpy.around", _round, 20, signature="a; decimals", memory="new")
