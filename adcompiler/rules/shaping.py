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


@pullback("numpy.diag")
def _diag(pull: Pull) -> None:
    """Of a vector: the diagonal of Y_bar; of a matrix: a matrix with y_bar on the diagonal."""
    x, k = pull.op.args[0], pull.op.param("k") or 0
    if len(dims(x.type)) == 1:
        pull.adjoints.add(x, pull.prim("copy", pull.prim("numpy.diag", pull.full_bar, **({"k": k} if k else {}))))
        return
    if not k and dims(x.type)[0] == dims(x.type)[1]:
        pull.adjoints.add(x, pull.prim("numpy.diag", pull.full_bar))
        return
    _on_diagonal(pull, pull.full_bar, k, (0, 1))


@pullback("numpy.diagonal")
def _diagonal(pull: Pull) -> None:
    """The elements of the diagonal get those of y_bar."""
    rank = len(dims(pull.op.args[0].type))
    i, j = (pull.op.param(f"axis{k + 1}", k) % rank for k in (0, 1))
    bar = pull.full_bar
    if rank > 2:  # the positions of the diagonal are the last axis of the result
        first = min(i, j) if abs(i - j) == 1 else 0
        order = list(range(rank - 2))
        order.insert(first, rank - 2)
        bar = pull.prim("numpy.transpose", bar, axes=tuple(order))
    _on_diagonal(pull, bar, pull.op.param("offset") or 0, (i, j))


def _on_diagonal(pull: Pull, bar: Atom, offset: int, axes: tuple[int, int]) -> None:
    x = pull.op.args[0]
    count = pull.prim("numpy.arange", pull.prim("shape", pull.y, axis=len(dims(pull.y.type)) - 1))
    rows = pull.prim("add", count, const(-offset)) if offset < 0 else count
    columns = pull.prim("add", count, const(offset)) if offset > 0 else count
    at = {axes[0]: rows, axes[1]: columns}
    pattern = tuple("a" if k in at else "s000" for k in range(len(dims(x.type))))
    zeros = pull.prim("numpy.zeros_like", x)
    pull.adjoints.add(x, pull.prim("accumulate", zeros, bar, *(at[k] for k in sorted(at)), index=pattern, unique=True))


@pullback("numpy.repeat")
def _repeat(pull: Pull) -> None:
    """Every element gets the sum of what its repetitions get."""
    x, repeats = pull.op.args
    axis = pull.op.param("axis") or 0
    sizes = [pull.prim("shape", x, axis=k) for k in range(len(dims(x.type)))]
    if not dims(repeats.type):
        shape: list[Atom] = [*sizes[:axis + 1], repeats, *sizes[axis + 1:]]
        pull.adjoints.add(x, pull.prim("numpy.sum", pull.prim("numpy.reshape", pull.full_bar, *shape), axis=axis + 1))
        return
    at = pull.prim("numpy.repeat", pull.prim("numpy.arange", sizes[axis]), repeats, axis=0)
    zeros = pull.prim("numpy.zeros_like", x)
    pull.adjoints.add(x, pull.prim("accumulate", zeros, pull.full_bar, at, index=("s000",) * axis + ("a",)))


@pullback("numpy.tile")
def _tile(pull: Pull) -> None:
    """Every element gets the sum of what its copies get."""
    x, reps = pull.op.args[0], pull.op.param("reps")
    shape: list[Atom] = []
    summed: list[int] = []
    for k, r in enumerate(reps):
        if r != 1:
            summed.append(len(shape))
            shape.append(const(r))
        shape.append(pull.prim("shape", x, axis=k))
    bar = pull.full_bar
    if summed:
        axis = summed[0] if len(summed) == 1 else tuple(summed)
        bar = pull.prim("numpy.sum", pull.prim("numpy.reshape", bar, *shape), axis=axis)
    pull.adjoints.add(x, bar)


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
