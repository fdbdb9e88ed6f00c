"""Type rules of differences, convolutions and interpolation."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.build import const
from adcompiler.ir.catalogue.operands import array_operand, normal_axis
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, Params, define, indexed_type, is_unknown, make, numbers
from adcompiler.ir.types import ANY, Array, Dim, Type, dims, promote, unknown_dim


def _diff(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t = array_operand(args)
    n, axis = params.get("n", 1), normal_axis(params.get("axis", -1), t.rank)
    if n < 0:
        raise IrTypeError("the order of a difference is at least 0")
    added = [params[k] for k in ("prepend", "append") if params.get(k) is not None]
    dtype = promote(t, *(Array("int64" if isinstance(v, int) else "float64", ()) for v in added))[0] if n else t.dtype
    shorter = n - len(added)
    if n == 0 or shorter == 0:
        return Array(dtype, t.dims)
    if shorter < 0:
        return Array(dtype, tuple(unknown_dim() if k == axis else d for k, d in enumerate(t.dims)))
    part = indexed_type(Array(dtype, t.dims), [const(shorter)], ("s000",) * axis + ("s100",))
    assert isinstance(part, Array)
    return part


def _vectors(args: Sequence[Atom], params: Params) -> tuple[Array, Array]:
    a, v = numbers(args)
    if not (isinstance(a, Array) and isinstance(v, Array) and a.rank == v.rank == 1):
        raise IrTypeError("a convolution is of two vectors")
    if params.get("mode", "full") not in ("full", "same", "valid"):
        raise IrTypeError(f"a convolution has the mode 'full', 'same' or 'valid', not {params['mode']!r}")
    return a, v


def _length(a: Dim, v: Dim, mode: str) -> Dim:
    if 1 in (a, v):
        return a if v == 1 else v
    if mode != "full" and a == v:
        return a if mode == "same" else 1
    return unknown_dim()


def _convolve(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, v = _vectors(args, params)
    return Array(promote(a, v)[0], (_length(a.dims[0], v.dims[0], params.get("mode", "full")),))


def _correlate(args: Sequence[Atom], params: Params) -> Type:
    return _convolve(args, {"mode": "valid", **params})


def _interp(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    x, xp, fp = numbers(args)
    if not (len(dims(xp)) == len(dims(fp)) == 1):
        raise IrTypeError("interp() needs the points and the values at them as vectors")
    return make("float64", dims(x))


define("numpy.diff", _diff, 30, signature="a; n axis prepend append", memory="new")
define("numpy.convolve", _convolve, 60, signature="a v; mode", memory="new")
define("numpy.correlate", _correlate, 60, signature="a v; mode", memory="new")
define("numpy.interp", _interp, 60, memory="new")
