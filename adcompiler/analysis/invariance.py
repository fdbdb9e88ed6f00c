"""Values that cancel: the largest element, subtracted before exponentials are taken, does not change the result.

In `m + log(sum(exp(x - m)))` and in `exp(x - m) / sum(exp(x - m))` the derivative with respect to m is zero whatever
m is. It is found by following m through its block: every value has, as a function of m alone, the derivative k
(an added multiple of m), or k times itself (a factor exp(k m)), or zero. Where all results of the block come out
with zero, m counts as a constant: nothing has to be computed for its adjoint, which is zero but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Bind, Block, Const, Prim, Var, blocks_of, free_vars
from adcompiler.ir.ops import OPS, reduced_axes
from adcompiler.ir.types import Array, dims, is_float, rank

EXTREMES = frozenset(["numpy.max", "numpy.min", "numpy.amax", "numpy.amin", "max", "min"])


@dataclass(frozen=True)
class Depends:
    """How a value depends on m: the derivative is `degree`, or `degree` times the value itself if `factor`.

    `along`: for the axes of the value, counted from the last, whether m differs along them; without False at the end.
    """

    degree: float
    factor: bool
    along: tuple[bool, ...]


Known = dict[Var, Depends]


class _Unclear(Exception):
    """The derivative has another form."""


def cancelling(block: Block, zero: Collection[str]) -> Iterator[Var]:
    """The largest and smallest elements in a block, and in those inside, on which no result of their block depends.

    `zero`: the primitives whose derivative is zero.
    """
    for position, bind in enumerate(block.binds):
        if isinstance(bind.op, Prim) and bind.op.name in EXTREMES and is_float(bind.targets[0].type) and _cancels(
                bind.targets[0], block, position + 1, zero):
            yield bind.targets[0]
        for inner in blocks_of(bind.op):
            yield from cancelling(inner, zero)


def _cancels(m: Var, block: Block, start: int, zero: Collection[str]) -> bool:
    known: Known = {m: Depends(1.0, False, _along([d != 1 for d in dims(m.type)]))}
    try:
        for bind in block.binds[start:]:
            _follow(bind, known, zero)
    except _Unclear:
        return False
    return len(known) > 1 and not any(isinstance(a, Var) and a in known for a in block.results)


def _follow(bind: Bind, known: Known, zero: Collection[str]) -> None:
    op = bind.op
    if any(v in known for inner in blocks_of(op) for v in free_vars(inner)):
        raise _Unclear
    if not isinstance(op, Prim):
        if any(isinstance(a, Var) and a in known for a in getattr(op, "args", getattr(op, "inits", ()))):
            raise _Unclear
        return
    if op.name in zero or not any(isinstance(a, Var) and a in known for a in op.args):
        return
    if op.name not in _FOLLOW or not is_float(bind.targets[0].type):
        raise _Unclear
    found = _FOLLOW[op.name](op, [known.get(a) if isinstance(a, Var) else None for a in op.args])
    if found.degree:
        known[bind.targets[0]] = found


def _along(axes: list[bool]) -> tuple[bool, ...]:
    """The axes from first to last as `Depends.along`."""
    axes = axes[::-1]
    while axes and not axes[-1]:
        axes.pop()
    return tuple(axes)


def _axes(depends: Depends, of: Atom) -> list[bool]:
    """Whether m differs along the axes of a value, from first to last."""
    return [*depends.along, *[False] * (rank(of.type) - len(depends.along))][::-1]


Args = list[Depends | None]


def _sum_of(op: Prim, args: Args, sign: float) -> Depends:
    a, b = args
    if b is not None:
        b = replace(b, degree=sign * b.degree)
    if a is None or b is None:
        one = a or b
        assert one is not None
        if one.factor:
            raise _Unclear
        return one
    if (a.factor, a.along) != (b.factor, b.along) or (a.factor and a.degree != b.degree):
        raise _Unclear
    if a.factor:
        return a
    return replace(a, degree=a.degree + b.degree)


def _mul(op: Prim, args: Args) -> Depends:
    a, b = args
    if a is not None and b is not None:
        if not (a.factor and b.factor and a.along == b.along):
            raise _Unclear
        return replace(a, degree=a.degree + b.degree)
    one = a or b
    assert one is not None
    return one if one.factor else replace(one, degree=one.degree * _number(op.args[1 if b is None else 0]))


def _truediv(op: Prim, args: Args) -> Depends:
    a, b = args
    if a is None and b is not None and b.factor:
        return replace(b, degree=-b.degree)
    if a is not None and b is None:
        return a if a.factor else replace(a, degree=a.degree / _number(op.args[1]))
    if a is None or b is None or not (a.factor and b.factor and a.along == b.along):
        raise _Unclear
    return replace(a, degree=a.degree - b.degree)


def _number(atom: Atom) -> float:
    if isinstance(atom, Const) and isinstance(atom.value, int | float) and atom.value:
        return float(atom.value)
    raise _Unclear


def _neg(op: Prim, args: Args) -> Depends:
    return _same(op, args) if _first(args).factor else replace(_first(args), degree=-_first(args).degree)


def _first(args: Args) -> Depends:
    if args[0] is None or any(a is not None for a in args[1:]):
        raise _Unclear
    return args[0]


def _same(op: Prim, args: Args) -> Depends:
    return _first(args)


def _exp(op: Prim, args: Args) -> Depends:
    if _first(args).factor:
        raise _Unclear
    return replace(_first(args), factor=True)


def _log(op: Prim, args: Args) -> Depends:
    if not _first(args).factor:
        raise _Unclear
    return replace(_first(args), factor=False)


def _power(times: float) -> Callable[[Prim, Args], Depends]:
    def follow(op: Prim, args: Args) -> Depends:
        if not _first(args).factor:
            raise _Unclear
        return replace(_first(args), degree=times * _first(args).degree)
    return follow


def _reduced(op: Prim, args: Args) -> Depends:
    """The sum, mean or largest of elements that m changes all alike."""
    one, x = _first(args), op.args[0]
    axes = _axes(one, x)
    gone = reduced_axes(rank(x.type), op.param("axis"))
    if any(axes[k] for k in gone) or (op.name == "numpy.sum" and not one.factor) or op.param("initial") is not None:
        raise _Unclear
    if op.param("keepdims"):
        return one
    return replace(one, along=_along([axis for k, axis in enumerate(axes) if k not in gone]))


def _expand_dims(op: Prim, args: Args) -> Depends:
    axes = _axes(_first(args), op.args[0])
    axis = op.param("axis")
    if not isinstance(axis, int):
        raise _Unclear
    axes.insert(axis % (len(axes) + 1), False)
    return replace(_first(args), along=_along(axes))


def _load(op: Prim, args: Args) -> Depends:
    """`x[:, None]`; other indices where m is the same everywhere."""
    one, x = _first(args), op.args[0]
    if not isinstance(x.type, Array):
        raise _Unclear
    if not any(one.along):
        return one
    axes, pattern = _axes(one, x), op.param("index")
    if any(entry not in ("s000", "n") for entry in pattern):
        raise _Unclear
    rest = iter(axes)
    indexed = [False if entry == "n" else next(rest) for entry in pattern]
    return replace(one, along=_along([*indexed, *rest]))


def _where(op: Prim, args: Args) -> Depends:
    first, second = args[1:]
    one = first or second
    assert one is not None
    zero = [a == const(0.0) or a == const(0) for a in op.args[1:]]
    if first == second or (one.factor and (zero[0] if first is None else second is None and zero[1])):
        return one
    raise _Unclear


_FOLLOW: dict[str, Callable[[Prim, Args], Depends]] = {
    "add": lambda op, args: _sum_of(op, args, 1.0), "sub": lambda op, args: _sum_of(op, args, -1.0), "mul": _mul,
    "truediv": _truediv, "neg": _neg, "pos": _same, "float": _same, "copy": _same, "numpy.asarray": _same,
    "numpy.exp": _exp, "math.exp": _exp, "numpy.log": _log, "math.log": _log, "numpy.sqrt": _power(0.5),
    "math.sqrt": _power(0.5), "numpy.square": _power(2.0), "load": _load, "numpy.expand_dims": _expand_dims,
    "numpy.sum": _reduced, "numpy.mean": _reduced, "numpy.where": _where, "select": _where,
    **dict.fromkeys(["numpy.max", "numpy.min", "numpy.amax", "numpy.amin"], _reduced),
}
assert all(name in OPS for name in _FOLLOW)
