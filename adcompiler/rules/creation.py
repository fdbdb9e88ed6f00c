"""New arrays from numbers and other arrays."""

from __future__ import annotations

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom
from adcompiler.ir.types import Array, List, Scalar, dims
from adcompiler.rules.table import Pull, pullback, spread


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
        bar = pull.full_bar
        if dims(pull.op.args[last].type):
            raise NotImplementedError
        pull.adjoints.add(pull.op.args[last], pull.prim("numpy.sum", bar) if dims(bar.type) else bar)


@pullback("numpy.linspace")
def _linspace(pull: Pull) -> None:
    """Point k is a + (b - a) k / (n - 1)."""
    start, stop, *_ = pull.op.args
    n = pull.prim("len", pull.y)
    weight = pull.prim("numpy.linspace", const(0.0), const(1.0), n)
    bar = pull.full_bar
    if pull.wants(1):
        pull.adjoints.add(stop, pull.prim("matmul", bar, weight))
    if pull.wants(0):
        pull.adjoints.add(start, pull.prim("matmul", bar, pull.prim("sub", const(1.0), weight)))


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
