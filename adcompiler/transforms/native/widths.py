"""Numbers of single precision stay such: beside them, Numba takes Python's numbers for double precision, NumPy does not."""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Atom, Bind, Const, Prim
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, Scalar, promote

_NARROW = "float32"
_SAME = frozenset(["numpy.ldexp", "numpy.clip"])


def in_one_width(bind: Bind) -> list[Bind]:
    """A binding of elementwise arithmetic with all operands of the type in which NumPy computes."""
    op = bind.op
    if not isinstance(op, Prim) or op.name in _SAME or not (OPS[op.name].elementwise or op.name == "numpy.where"):
        return _result(bind) if isinstance(op, Prim) else [bind]
    skipped = 1 if op.name == "numpy.where" else 0
    types = [a.type for a in op.args[skipped:] if isinstance(a.type, Array | Scalar)]
    if len(types) != len(op.args) - skipped or not any(t.dtype == _NARROW for t in types) or len(types) < 2:
        return [bind]
    dtype = promote(*types)[0]
    out = Builder()
    out.span, out.note = bind.span, bind.note
    args = [a if k < skipped else _cast(out, a, dtype, op.name) for k, a in enumerate(op.args)]
    return [*out.binds, replace(bind, op=replace(op, args=tuple(args)))]


def _cast(out: Builder, a: Atom, dtype: str, name: str) -> Atom:
    assert isinstance(a.type, Array | Scalar)
    if a.type.dtype == dtype and (isinstance(a.type, Array) or not a.type.weak):
        return a
    if isinstance(a, Const):
        whole = isinstance(a.value, int) and name == "pow"
        return a if whole or dtype == "float64" else Const(float(a.value), Scalar(dtype, weak=False))
    return out.prim("numpy.astype", a, dtype=dtype)


_WIDER = frozenset(["numpy.mean", "numpy.var", "numpy.std", "numpy.median", "numpy.linalg.norm", "numpy.nanmean", "numpy.nanvar",
                    "numpy.nanstd", "numpy.quantile", "numpy.percentile"])


def _result(bind: Bind) -> list[Bind]:
    """A reduction that Numba computes in double precision, in single precision."""
    op, type_ = bind.op, bind.targets[0].type if bind.targets else None
    if not isinstance(op, Prim) or op.name not in _WIDER or not isinstance(type_, Scalar | Array) or type_.dtype != _NARROW:
        return [bind]
    out = Builder()
    out.span, out.note = bind.span, bind.note
    made = out.emit(op, [type_])[0]
    return [*out.binds, replace(bind, op=Prim("numpy.astype", (made,), (("dtype", _NARROW),)))]


__all__ = ["in_one_width"]
