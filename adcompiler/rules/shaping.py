"""The same elements in another shape, order or place."""

from __future__ import annotations

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const
from adcompiler.ir.types import dims
from adcompiler.rules.table import Pull, pullback, spread


@pullback("numpy.transpose")
def _transpose(pull: Pull) -> None:
    """The inverse permutation."""
    axes = pull.op.param("axes")
    if axes is None:
        bar = pull.prim("numpy.transpose", pull.full_bar)
    else:
        rank = len(axes)
        back = tuple(sorted(range(rank), key=lambda k: axes[k] % rank))
        bar = pull.prim("numpy.transpose", pull.full_bar, axes=back)
    pull.adjoints.add(pull.op.args[0], bar)


@pullback("numpy.reshape", "numpy.ravel", "numpy.expand_dims", "numpy.squeeze")
def _reshape(pull: Pull) -> None:
    """Back to the old shape."""
    x = pull.op.args[0]
    if not dims(x.type):
        pull.adjoints.add(x, pull.prim("numpy.sum", pull.full_bar))
        return
    shape: list[Atom] = [const(1) if d == 1 else pull.prim("shape", x, axis=k) for k, d in enumerate(dims(x.type))]
    pull.adjoints.add(x, pull.prim("copy", pull.prim("numpy.reshape", pull.full_bar, *shape)))


@pullback("numpy.swapaxes")
def _swapaxes(pull: Pull) -> None:
    pull.adjoints.add(pull.op.args[0], pull.prim("numpy.swapaxes", pull.full_bar, **dict(pull.op.params)))


@pullback("numpy.flip")
def _flip(pull: Pull) -> None:
    pull.adjoints.add(pull.op.args[0], pull.prim("numpy.flip", pull.full_bar, **dict(pull.op.params)))


@pullback("numpy.tril", "numpy.triu")
def _triangle(pull: Pull) -> None:
    pull.adjoints.add(pull.op.args[0], pull.prim(pull.op.name, pull.full_bar, **dict(pull.op.params)))


@pullback("numpy.roll")
def _roll(pull: Pull) -> None:
    x, shift = pull.op.args
    back = const(-shift.value) if isinstance(shift, Const) else pull.prim("neg", shift)
    pull.adjoints.add(x, pull.prim("numpy.roll", pull.full_bar, back, **dict(pull.op.params)))


@pullback("numpy.broadcast_to", "spread")
def _broadcast_to(pull: Pull) -> None:
    pull.add(0, pull.full_bar)


@pullback("unbroadcast")
def _unbroadcast(pull: Pull) -> None:
    """Its derivative is the broadcast back."""
    g = pull.op.args[0]
    pull.adjoints.add(g, spread(pull.builder, pull.full_bar, g))


@pullback("numpy.diag", "numpy.diagonal")
def _diag(pull: Pull) -> None:
    x = pull.op.args[0]
    if pull.op.param("k") or (pull.op.name == "numpy.diagonal" and len(dims(x.type)) != 2):
        raise NotImplementedError
    if len(dims(x.type)) == 2 and dims(x.type)[0] != dims(x.type)[1]:
        raise NotImplementedError
    pull.adjoints.add(x, pull.prim("numpy.diag", pull.full_bar))


@pullback("numpy.concatenate")
def _concatenate(pull: Pull) -> None:
    """Each part gets its part."""
    axis = pull.op.param("axis", 0) % len(dims(pull.y.type))
    bar, start = pull.full_bar, const(0)
    at: Atom = start
    for part in pull.op.args:
        end = pull.prim("add", at, pull.prim("shape", part, axis=axis)) if at is not start \
            else pull.prim("shape", part, axis=axis)
        pattern = ("s000",) * axis + ("s110",)
        pull.adjoints.add(part, pull.prim("load", bar, at, end, index=pattern))
        at = end


@pullback("numpy.stack")
def _stack(pull: Pull) -> None:
    axis = pull.op.param("axis", 0) % len(dims(pull.y.type))
    for k, part in enumerate(pull.op.args):
        pull.adjoints.add(part, pull.prim("load", pull.full_bar, const(k), index=("s000",) * axis + ("i",)))
