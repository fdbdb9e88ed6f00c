"""Type rules of Fourier transforms that stay real."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand, normal_axis
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import Params, define, is_unknown
from adcompiler.ir.types import ANY, Array, Type


def _transform(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t = array_operand(args)
    normal_axis(params.get("axis", -1), t.rank)
    return Array(t.dtype if t.dtype.startswith("float") else "float64", t.dims)


define("scipy.fft.dct scipy.fft.idct scipy.fft.dst scipy.fft.idst", _transform, 100, memory="new")
