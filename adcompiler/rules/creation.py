"""New arrays from numbers and other arrays."""

from __future__ import annotations

from adcompiler.ir.build import const
from adcompiler.ir.catalogue.creation import grid_axes
from adcompiler.ir.nodes import Atom
from adcompiler.ir.types import Array, List, Scalar, dims
from adcompiler.rules.table import Pull, pullback, spread, unbroadcast, zero

zero("numpy.tri numpy.tril_indices numpy.triu_indices numpy.indices")


@pullback("numpy.array")
def _array(pull: Pull) -> None:
    """`np.array([[a, b], [c, d]])`: each element gets its element."""
    shape = pull.op.param("shape")
    bar = pull.full_bar
    if shape is None:
        from adcompiler.rules.containers import list_of_array

        pull.adjoints.add(pull.op.args[0], list_of_array(pull, bar))
        return
    for k, part in enumerate(pull.op.args):
        if pull.wants(k):
            position: list[Atom] = []
            rest = k
            for n in reversed(shape):
                position.insert(0, const(rest % n))
                rest //= n
            pull.adjoints.add(part, pull.prim("load", bar, *position, index=("i",) * len(shape)))


@pullback("numpy.full", "numpy.full_like")
def _full(pull: Pull) -> None:
    """The value gets the sum."""
    last = len(pull.op.args) - 1
    if pull.wants(last):
        pull.add(last, pull.full_bar)


@pullback("numpy.arange")
def _arange(pull: Pull) -> None:
    """Point k is start + k step; the end has no part in it."""
    if pull.op.args and len(pull.op.args) > 1 and pull.wants(0):
        pull.adjoints.add(pull.op.args[0], pull.prim("numpy.sum", pull.full_bar))
    if len(pull.op.args) > 2 and pull.wants(2):
        bar = pull.full_bar
        pull.adjoints.add(pull.op.args[2], pull.prim("matmul", bar, pull.prim("numpy.arange", pull.prim("len", bar))))


@pullback("numpy.linspace")
def _linspace(pull: Pull) -> None:
    """Point k is a + (b - a) t, where t goes from 0 to 1."""
    _along_line(pull, pull.full_bar)


@pullback("numpy.geomspace")
def _geomspace(pull: Pull) -> None:
    """Point k is y = a (b / a)^t: the derivative is (1 - t) y / a by a, and t y / b by b."""
    _along_line(pull, pull.prim("mul", pull.full_bar, pull.y), divided=True)


def _along_line(pull: Pull, bar: Atom, divided: bool = False) -> None:
    count = pull.op.args[2] if len(pull.op.args) > 2 else const(50)
    endpoint = {} if pull.op.param("endpoint", True) else {"endpoint": False}
    t = pull.prim("numpy.linspace", const(0.0), const(1.0), count, **endpoint)
    for k in (0, 1):
        if not pull.wants(k):
            continue
        end, weight = pull.op.args[k], t if k else pull.prim("sub", const(1.0), t)
        if len(dims(bar.type)) < 3:
            total = pull.prim("matmul", weight, bar) if len(dims(bar.type)) == 2 else pull.prim("matmul", bar, weight)
        else:
            total = pull.prim("numpy.tensordot", weight, bar, axes=1)
        if divided:
            total = pull.prim("truediv", total, end)
        pull.adjoints.add(end, unbroadcast(pull.builder, total, total, end))


@pullback("numpy.meshgrid")
def _meshgrid(pull: Pull) -> None:
    """Each vector gets the sum over the axes along which it is repeated."""
    params = dict(pull.op.params)
    rank = len(pull.op.args)
    for k, axis in enumerate(grid_axes(rank, params)):
        bar = pull.bars[k]
        if bar is None or not pull.wants(k):
            continue
        bar = spread(pull.builder, bar, pull.targets[k])
        others = tuple(j for j in range(rank) if j != axis)
        if params.get("sparse"):
            index = tuple("s000" if j == axis else "i" for j in range(rank))
            bar = pull.prim("load", bar, *[const(0)] * len(others), index=index)
        elif others:
            bar = pull.prim("numpy.sum", bar, axis=others[0] if len(others) == 1 else others)
        pull.adjoints.add(pull.op.args[k], bar)


@pullback("numpy.asarray", "numpy.astype", "float", "copy")
def _same(pull: Pull) -> None:
    """The same value in another type or in other memory."""
    x = pull.op.args[0]
    if isinstance(x.type, List) and pull.op.name != "copy":
        from adcompiler.rules.containers import list_of_array

        pull.adjoints.add(x, list_of_array(pull, pull.full_bar))
    elif isinstance(x.type, Array) and pull.op.name == "float":
        pull.adjoints.add(x, spread(pull.builder, pull.y_bar, x))
    elif isinstance(x.type, Scalar) and isinstance(pull.y.type, Array):
        pull.adjoints.add(x, pull.prim("numpy.sum", pull.full_bar))
    else:
        pull.adjoints.add(x, pull.y_bar)
