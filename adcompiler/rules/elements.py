"""Reading and writing elements and slices."""

from __future__ import annotations

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Var
from adcompiler.ir.types import List
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
    before = pull.adjoints.get(x)
    base = zero_of(pull.builder, x) if before is None else spread(pull.builder, before, x)
    pull.adjoints.set(x, pull.prim("accumulate", base, pull.y_bar, *pull.op.args[1:], index=pull.op.param("index")))


@pullback("store")
def _store(pull: Pull) -> None:
    """`y = x with x[i] = v`: v_bar += y_bar[i]; the old elements get nothing."""
    x, v, *index = pull.op.args
    if isinstance(x.type, List):
        store_in_list(pull)
        return
    pattern, bar = pull.op.param("index"), pull.full_bar
    if pull.wants(1):
        _pull_value(pull, bar, v, index, pattern)
    if pull.wants(0):
        pull.adjoints.add(x, pull.prim("store", bar, const(0.0), *index, index=pattern))


@pullback("accumulate")
def _accumulate(pull: Pull) -> None:
    """`y = x with x[i] += v`: v_bar += y_bar[i]; x_bar = y_bar."""
    x, v, *index = pull.op.args
    bar = pull.full_bar
    if pull.wants(1):
        _pull_value(pull, bar, v, index, pull.op.param("index"))
    if pull.wants(0):
        pull.adjoints.add(x, bar)


def _pull_value(pull: Pull, bar: Atom, v: Atom, index: list[Atom], pattern: tuple[str, ...]) -> None:
    part = pull.prim("load", bar, *index, index=pattern)
    pull.adjoints.add(v, unbroadcast(pull.builder, part, part, v))
