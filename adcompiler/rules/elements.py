"""Reading and writing elements and slices."""

from __future__ import annotations

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Var
from adcompiler.ir.types import Array, List, dims
from adcompiler.rules.containers import load_from_list, store_in_list
from adcompiler.rules.table import Pull, pullback, spread, unbroadcast, zero_of


@pullback("load")
def _load(pull: Pull) -> None:
    """`y = x[i]`: x_bar[i] += y_bar."""
    x = pull.op.args[0]
    if isinstance(x.type, List):
        load_from_list(pull)
        return
    assert isinstance(x, Var)
    pattern = pull.op.param("index")
    if set(pattern) <= {"n", "s000", "e"} and "n" in pattern and "e" not in pattern[:-1]:
        places = tuple("i" if entry == "n" else entry for entry in pattern)
        zeros = [const(0)] * places.count("i")
        pull.adjoints.add(x, pull.prim("load", pull.full_bar, *zeros, index=places))
        return
    before = pull.adjoints.get(x)
    base = zero_of(pull.builder, x) if before is None else spread(pull.builder, before, x)
    pull.adjoints.set(x, pull.prim("accumulate", base, pull.y_bar, *pull.op.args[1:], **dict(pull.op.params)))


@pullback("store")
def _store(pull: Pull) -> None:
    """`y = x with x[i] = v`: v_bar += y_bar[i]; the old elements get nothing."""
    x, v, *index = pull.op.args
    if isinstance(x.type, List):
        store_in_list(pull)
        return
    params, bar = dict(pull.op.params), pull.full_bar
    if pull.wants(1):
        part = pull.prim("load", bar, *index, **params)
        if _may_repeat(index) and not params.get("unique"):
            part = pull.prim("numpy.where", _survivors(pull, part, bar, index), part, const(0.0))
        pull.adjoints.add(v, unbroadcast(pull.builder, part, part, v))
    if pull.wants(0):
        pull.adjoints.add(x, pull.prim("store", bar, const(0.0), *index, **params))


def _may_repeat(index: list[Atom]) -> bool:
    """Whether positions may occur twice: there are arrays of integers or lists among the indices."""
    return any(isinstance(a.type, List) or (isinstance(a.type, Array) and a.type.dtype != "bool") for a in index)


def _survivors(pull: Pull, part: Atom, bar: Atom, index: list[Atom]) -> Atom:
    """Which of the writes `x[index] = v` are not overwritten by a later one to the same element."""
    pattern = pull.op.param("index")
    shape = [pull.prim("shape", part, axis=k) for k in range(len(dims(part.type)))]
    order: Atom = pull.prim("numpy.arange", pull.prim("size", part))
    if len(shape) > 1:
        order = pull.prim("numpy.reshape", order, *shape)
    if isinstance(order, Var):
        order.type = Array("int64", dims(part.type))
    last = pull.prim("store", pull.prim("numpy.zeros_like", bar, dtype="int64"), order, *index, index=pattern)
    return pull.prim("eq", pull.prim("load", last, *index, index=pattern), order)


@pullback("accumulate")
def _accumulate(pull: Pull) -> None:
    """`y = x with x[i] += v`: v_bar += y_bar[i]; x_bar = y_bar."""
    x, v, *index = pull.op.args
    bar = pull.full_bar
    if pull.wants(1):
        part = pull.prim("load", bar, *index, **dict(pull.op.params))
        pull.adjoints.add(v, unbroadcast(pull.builder, part, part, v))
    if pull.wants(0):
        pull.adjoints.add(x, bar)
