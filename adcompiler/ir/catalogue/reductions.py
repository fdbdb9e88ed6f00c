"""Type rules of reductions and cumulative functions."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand, operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import Params, define, is_unknown, reduction
from adcompiler.ir.types import Array, Type, unknown_dim


def _sum(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params)


def _mean(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, floating=True)


def _extreme(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, dtype=None if is_unknown(args) else operand(args).dtype)


def _any(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, dtype="bool")


def _index(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, dtype="int64")


def _cumulative(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    if params.get("axis") is None and t.rank > 1:
        return Array(t.dtype, (unknown_dim(),))
    return t


define("numpy.sum numpy.prod", _sum, 30, signature="a; axis dtype out keepdims", memory="new")
define("numpy.mean", _mean, 30, signature="a; axis dtype out keepdims", memory="new")
define("numpy.var numpy.std", _mean, 60, signature="a; axis dtype out ddof keepdims", memory="new")
define("numpy.max numpy.min numpy.amax numpy.amin", _extreme, 30, signature="a; axis out keepdims", memory="new")
define("numpy.any numpy.all", _any, 20, signature="a; axis out keepdims", memory="new")
define("numpy.argmax numpy.argmin numpy.count_nonzero", _index, 30, signature="a; axis", memory="new")
define("numpy.cumsum numpy.cumprod", _cumulative, 30, signature="a; axis", memory="new")
