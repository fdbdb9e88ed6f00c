"""Type rules of reductions and cumulative functions."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand, normal_axis, operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, Params, define, is_unknown, reduced_axes, reduction
from adcompiler.ir.types import ANY, Array, Dim, Type, dims, unknown_dim


def widened(dtype: str) -> str:
    """The dtype in which sums and products of integers are computed."""
    if dtype.startswith("uint"):
        return "uint64"
    return "int64" if dtype.startswith(("int", "bool")) else dtype


def _over_axes(args: Sequence[Atom], params: Params, dtype: str) -> Type:
    axes = reduced_axes(len(dims(operand(args))), params.get("axis"))
    if len(set(axes)) != len(axes):
        raise IrTypeError(f"the axes {params['axis']} name an axis twice")
    return reduction(args, params, dtype=dtype)


def _sum(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else _over_axes(args, params, str(params.get("dtype") or widened(operand(args).dtype)))


def _mean(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    kind = str(params.get("dtype") or operand(args).dtype)
    return _over_axes(args, params, kind if kind.startswith("float") else "float64")


def _extreme(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else _over_axes(args, params, operand(args).dtype)


def _any(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else _over_axes(args, params, "bool")


def _index(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else _over_axes(args, params, "int64")


def flat(shape: tuple[Dim, ...]) -> Dim:
    """The size of an array of this shape as a vector."""
    others = [d for d in shape if d != 1]
    return others[0] if len(others) == 1 else unknown_dim() if others else 1


def _cumulative(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t = operand(args)
    kind = str(params.get("dtype") or widened(t.dtype))
    shape, axis = dims(t), params.get("axis")
    if axis is None or not shape:
        return Array(kind, (flat(shape),))
    normal_axis(axis, len(shape))
    return Array(kind, shape)


def _running(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    normal_axis(params.get("axis", 0), t.rank)
    return t


define("numpy.sum numpy.prod", _sum, 30, signature="a; axis dtype out keepdims", memory="new")
define("numpy.mean", _mean, 30, signature="a; axis dtype out keepdims", memory="new")
define("numpy.var numpy.std", _mean, 60, signature="a; axis dtype out ddof keepdims", memory="new")
define("numpy.max numpy.min numpy.amax numpy.amin", _extreme, 30, signature="a; axis out keepdims initial", memory="new")
define("numpy.nansum", _sum, 40, signature="a; axis dtype out keepdims", memory="new")
define("numpy.nanmean", _mean, 50, signature="a; axis dtype out keepdims", memory="new")
define("numpy.nanvar numpy.nanstd", _mean, 80, signature="a; axis dtype out ddof keepdims", memory="new")
define("numpy.nanmax numpy.nanmin", _extreme, 40, signature="a; axis out keepdims", memory="new")
define("numpy.nanargmax numpy.nanargmin", _index, 40, signature="a; axis out keepdims", memory="new")
define("numpy.any numpy.all", _any, 20, signature="a; axis out keepdims", memory="new")
define("numpy.argmax numpy.argmin", _index, 30, signature="a; axis out keepdims", memory="new")
define("numpy.count_nonzero", _index, 30, signature="a; axis keepdims", memory="new")
define("numpy.cumsum numpy.cumprod", _cumulative, 30, signature="a; axis dtype out", memory="new")
define("numpy.maximum.accumulate numpy.minimum.accumulate", _running, 30, signature="array; axis", memory="new")
