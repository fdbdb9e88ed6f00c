"""Type rules of products of vectors, matrices and arrays."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import Params, define, dot_type, elementwise, is_unknown, make, matmul_type, numbers, outer_type
from adcompiler.ir.types import ANY, Type, dims, promote


def _inner(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = numbers(args)
    if not (dims(a) and dims(b)):
        return elementwise(args, strong=True)
    dtype, _ = promote(a, b)
    return make(dtype, dims(a)[:-1] + dims(b)[:-1])


def _vdot(args: Sequence[Atom], params: Params) -> Type:
    dtype, _ = promote(*numbers(args))
    return make(dtype, ())


def _trace(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    return make(t.dtype, t.dims[2:])


define("numpy.dot", dot_type, 50, memory="new")
define("numpy.matmul", matmul_type, 50, memory="new")
define("numpy.inner", _inner, 50, memory="new")
define("numpy.vdot", _vdot, 50)
define("numpy.outer", outer_type, 50, memory="new")
define("numpy.trace", _trace, 20, signature="a;", memory="new")
