"""Lists and tuples: their adjoints are lists and tuples of adjoints."""

from __future__ import annotations

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Const, For, Foreign, Prim, Var
from adcompiler.ir.types import INT, NEVER, Array, List, Never, Scalar, Tuple, Type, dims, has_derivative, varies
from adcompiler.rules.table import Pull, pullback, zero_of


def zero_list(builder: Builder, like: Atom) -> Atom:
    """The adjoint zero of a list or tuple."""
    match like.type:
        case List(Never()):
            return builder.prim("list")
        case List(Scalar()):
            return builder.prim("repeat", builder.prim("list", const(0.0)), builder.prim("len", like))
        case List():
            return map_list(builder, [like], lambda inner, items: zero_of(inner, items[0]))
        case Tuple(items):
            return builder.prim("tuple", *(zero_of(builder, builder.prim("item", like, k=k)) for k in range(len(items))))
        case _:
            raise NotImplementedError


def map_list(builder: Builder, lists: list[Atom], function: object) -> Atom:
    """The list of `function` of corresponding elements."""
    inner = builder.child()
    index = Var("k", INT)
    items = [inner.prim("load", each, index, index=("i",)) for each in lists]
    result = function(inner, items)  # type: ignore[operator]
    param = Var("", List(result.type))
    grown = inner.prim("append", param, result)
    start = builder.prim("list")
    loop = For(const(0), builder.prim("len", lists[0]), const(1), (start,), inner.block([index, param], [grown]))
    target = Var("", List(result.type))
    builder.binds.append(Bind((target,), loop, builder.span, builder.note))
    return target


def add_adjoints(builder: Builder, a: Atom, b: Atom) -> Atom:
    """The sum of two adjoints; of lists and tuples, element by element."""
    match a.type:
        case List():
            return map_list(builder, [a, b], lambda inner, items: add_adjoints(inner, *items))
        case Tuple(items):
            parts = []
            for k in range(len(items)):
                parts.append(add_adjoints(builder, builder.prim("item", a, k=k), builder.prim("item", b, k=k)))
            return builder.prim("tuple", *parts)
        case _:
            return builder.prim("add", a, b)


def load_from_list(pull: Pull) -> None:
    """`y = l[i]` or a slice."""
    l, *index = pull.op.args
    assert isinstance(l, Var) and isinstance(l.type, List)
    before = pull.adjoints.get(l)
    bars = zero_of(pull.builder, l) if before is None else before
    if pull.op.param("index") != ("i",):
        pull.adjoints.set(l, _add_slice(pull, bars, index))
    else:
        pull.adjoints.set(l, _add_at(pull.builder, bars, index[0], pull.y_bar))


def _add_at(builder: Builder, bars: Atom, i: Atom, bar: Atom) -> Var:
    assert isinstance(bars.type, List)
    if isinstance(bars.type.element, Scalar):
        return builder.prim("accumulate", bars, bar, i, index=("i",))
    old = builder.prim("load", bars, i, index=("i",))
    return builder.prim("store", bars, add_adjoints(builder, old, bar), i, index=("i",))


def _add_slice(pull: Pull, bars: Atom, bounds: list[Atom]) -> Atom:
    """The elements of a slice get theirs: positions first, then one after the other."""
    builder = pull.builder
    (entry,) = pull.op.param("index")
    fields = iter(range(1, 4))
    text = ":".join(f"{{{next(fields)}}}" if flag == "1" else "" for flag in entry[1:])
    length = builder.prim("len", bars)
    positions = builder.emit(Foreign(f"list(range({{0}}))[{text}]", (length, *bounds), pure=True), [List(INT)])[0]
    inner = builder.child()
    k, param = Var("k", INT), Var("", bars.type)
    i = inner.prim("load", positions, k, index=("i",))
    bar = inner.prim("load", pull.y_bar, k, index=("i",))
    last = _add_at(inner, param, i, bar)
    loop = For(const(0), builder.prim("len", positions), const(1), (bars,), inner.block([k, param], [last]))
    target = Var("", bars.type)
    builder.binds.append(Bind((target,), loop, builder.span, builder.note))
    return target


def store_in_list(pull: Pull) -> None:
    """`y = l with l[i] = v`."""
    l, v, i = pull.op.args
    bar = pull.prim("load", pull.y_bar, i, index=("i",))
    if pull.wants(0):
        same = l.type == pull.y.type and isinstance(bar.type, Scalar | Array) and not any(map(varies, dims(bar.type)))
        like = bar if same else pull.prim("load", l, i, index=("i",))  # v may have another shape or length
        pull.adjoints.add(l, pull.prim("store", pull.y_bar, zero_of(pull.builder, like), i, index=("i",)))
    if pull.wants(1):
        pull.adjoints.add(v, bar)


def list_of_array(pull: Pull, bar: Atom) -> Atom:
    """The elements of an array's adjoint as the adjoint of the (nested) list that the array was made of."""
    source = pull.op.args[0]
    assert isinstance(source.type, List)
    return _unpacked(pull.builder, bar, source.type)


def _unpacked(builder: Builder, bar: Atom, type_: List) -> Atom:
    def element(inner: Builder, items: list[Atom]) -> Atom:
        return _unpacked(inner, items[0], type_.element) if isinstance(type_.element, List) else items[0]

    return map_list(builder, [bar], element)


@pullback("list", "tuple")
def _display(pull: Pull) -> None:
    """`[a, b]`, `(a, b)`."""
    for k, item in enumerate(pull.op.args):
        if pull.wants(k):
            bar = pull.prim("load", pull.y_bar, const(k), index=("i",)) if pull.op.name == "list" \
                else pull.prim("item", pull.y_bar, k=k)
            pull.adjoints.add(item, bar)


@pullback("item")
def _item(pull: Pull) -> None:
    """`y = t[k]`: the k-th part of the tuple's adjoint."""
    t = pull.op.args[0]
    assert isinstance(t, Var) and isinstance(t.type, Tuple)
    parts: list[Atom] = [zero_of(pull.builder, pull.prim("item", t, k=k)) if has_derivative(item) else const(0)
                         for k, item in enumerate(t.type.items)]
    parts[pull.op.param("k")] = pull.y_bar
    pull.adjoints.add(t, pull.prim("tuple", *parts))


@pullback("append")
def _append(pull: Pull) -> None:
    """The element that was appended last gets the last adjoint."""
    shorter, last = pull.builder.pop(pull.y_bar)
    if pull.wants(1):
        pull.adjoints.add(pull.op.args[1], last)
    pull.adjoints.add(pull.op.args[0], shorter)


@pullback("pop")
def _pop(pull: Pull) -> None:
    """The element goes back to the end."""
    shorter, last = pull.targets
    bars = pull.bars[0] if pull.bars[0] is not None else zero_of(pull.builder, shorter)
    bar = pull.bars[1] if pull.bars[1] is not None else zero_of(pull.builder, last)
    pull.adjoints.add(pull.op.args[0], pull.prim("append", bars, bar))


@pullback("repeat")
def _repeat(pull: Pull) -> None:
    """`l * n`: each element gets the sum over its copies."""
    l = pull.op.args[0]
    builder = pull.builder
    length = builder.prim("len", l)
    inner = builder.child()
    k, param = Var("k", INT), Var("", l.type)
    i = inner.prim("mod", k, length)
    last = _add_at(inner, param, i, inner.prim("load", pull.y_bar, k, index=("i",)))
    loop = For(const(0), builder.prim("len", pull.y_bar), const(1), (zero_of(builder, l),), inner.block([k, param], [last]))
    target = Var("", l.type)
    builder.binds.append(Bind((target,), loop, builder.span, builder.note))
    pull.adjoints.add(l, target)


def concatenation(pull: Pull) -> None:
    """`a + b` of lists: each gets its part."""
    a, b = pull.op.args
    n = pull.prim("len", a)
    if pull.wants(0):
        pull.adjoints.add(a, pull.prim("load", pull.y_bar, n, index=("s010",)))
    if pull.wants(1):
        pull.adjoints.add(b, pull.prim("load", pull.y_bar, n, index=("s100",)))


__all__ = ["NEVER", "Array", "Const", "Prim", "Type", "add_adjoints", "concatenation", "load_from_list", "store_in_list",
           "zero_list"]
