"""What a loop can run over. Every loop is a loop over a range of positions; the rest is how an element is read."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from adcompiler.frontend.context import Context
from adcompiler.frontend.definitions import Quoted
from adcompiler.frontend.state import fresh_id, kind_of
from adcompiler.frontend.values import (
    ArrayObj,
    DictObj,
    InstanceObj,
    IterV,
    ListObj,
    RangeV,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.ir.types import Array, Scalar

_ZERO, _NONE = const(0), const(None)


@dataclass
class Sequenced:
    """A sequence. `items` where they are all known when compiling."""

    items: tuple[Value, ...] | None = None
    is_range: bool = False

    def length(self, ctx: Context) -> Atom:
        """The number of elements."""
        assert self.items is not None
        return const(len(self.items))

    def at(self, ctx: Context, position: Atom) -> Value:
        """The element at a position counted from 0."""
        assert self.items is not None and isinstance(position, Const)
        return self.items[int(position.value)]

    def range(self, ctx: Context) -> tuple[Atom, Atom, Atom]:
        """The range that a loop's index runs over."""
        return const(0), self.length(ctx), const(1)

    def element(self, ctx: Context, index: Atom) -> Value:
        """The element for a value of the loop's index."""
        return self.at(ctx, index)

    def materialise(self, ctx: Context) -> bool:
        """Make known items a list of numbers in the IR, if they are numbers; whether that was possible."""
        return False


@dataclass
class Items(Sequenced):
    """A tuple, a list of known length, the parts of a dict."""

    listed: Value | None = field(default=None)

    def materialise(self, ctx: Context) -> bool:
        if self.items is None or not all(
                isinstance(v, Var | Const) and isinstance(v.type, Scalar) and v.type.weak for v in self.items):
            return False
        atoms = [v for v in self.items if isinstance(v, Var | Const)]
        made = ctx.builder.prim("list", *atoms)
        self.listed = ctx.new(ListObj(None, made, frozenset([fresh_id()])))
        return True

    def at(self, ctx: Context, position: Atom) -> Value:
        if self.listed is not None:
            return ctx.builder.prim("load", ctx.atom(self.listed), position, index=("i",))
        return super().at(ctx, position)


@dataclass
class Positions(Sequenced):
    """A range."""

    bounds: tuple[Atom, Atom, Atom] = (_ZERO, _ZERO, _ZERO)
    is_range: bool = True

    def length(self, ctx: Context) -> Atom:
        start, stop, step = self.bounds
        values = [b.value for b in self.bounds if isinstance(b, Const)]
        if len(values) == 3:
            return const(len(range(*values)))
        if start == const(0) and step == const(1):
            return ctx.builder.prim("max", const(0), stop)
        if step == const(1):
            return ctx.builder.prim("max", const(0), ctx.builder.prim("sub", stop, start))
        sign = ctx.builder.prim("sub", ctx.builder.prim("add", ctx.builder.prim("sub", stop, start), step), _sign(ctx, step))
        return ctx.builder.prim("max", const(0), ctx.builder.prim("floordiv", sign, step))

    def at(self, ctx: Context, position: Atom) -> Value:
        start, _, step = self.bounds
        scaled = position if step == const(1) else ctx.builder.prim("mul", position, step)
        return scaled if start == const(0) else ctx.builder.prim("add", start, scaled)

    def range(self, ctx: Context) -> tuple[Atom, Atom, Atom]:
        return self.bounds

    def element(self, ctx: Context, index: Atom) -> Value:
        return index


def _sign(ctx: Context, step: Atom) -> Atom:
    if isinstance(step, Const):
        return const(1 if step.value > 0 else -1)
    return ctx.builder.prim("select", ctx.builder.prim("gt", step, const(0)), const(1), const(-1))


@dataclass
class Stored(Sequenced):
    """An array (its first axis) or a list of unknown length, read as it is when the element is asked for."""

    value: Value = _NONE

    def length(self, ctx: Context) -> Atom:
        atom = ctx.atom(self.value)
        if isinstance(atom.type, Array) and atom.type.dims[0] == 1:
            return const(1)
        return ctx.builder.prim("len", atom)

    def at(self, ctx: Context, position: Atom) -> Value:
        from adcompiler.frontend.arrays import load_at

        return load_at(ctx, self.value, position)


@dataclass
class Enumerated(Sequenced):
    """`enumerate(inner, first)`."""

    inner: Sequenced = field(default_factory=Sequenced)
    first: Atom = _ZERO

    def length(self, ctx: Context) -> Atom:
        return self.inner.length(ctx)

    def at(self, ctx: Context, position: Atom) -> Value:
        number = position if self.first == const(0) else ctx.builder.prim("add", position, self.first)
        return TupleV((number, self.inner.at(ctx, position)))


@dataclass
class Zipped(Sequenced):
    """`zip(*inner)`: as long as the shortest."""

    inner: tuple[Sequenced, ...] = ()

    def length(self, ctx: Context) -> Atom:
        lengths = list(dict.fromkeys(s.length(ctx) for s in self.inner))
        if not lengths:
            return const(0)
        return lengths[0] if len(lengths) == 1 else ctx.builder.prim("min", *lengths)

    def at(self, ctx: Context, position: Atom) -> Value:
        return TupleV(tuple(s.at(ctx, position) for s in self.inner))


@dataclass
class Reversed(Sequenced):
    """`reversed(inner)`: the index runs down."""

    inner: Sequenced = field(default_factory=Sequenced)
    count: Atom | None = None

    def length(self, ctx: Context) -> Atom:
        if self.count is None:
            self.count = self.inner.length(ctx)
        return self.count

    def at(self, ctx: Context, position: Atom) -> Value:
        last = _minus_one(ctx, self.length(ctx))
        return self.inner.at(ctx, ctx.builder.prim("sub", last, position))

    def range(self, ctx: Context) -> tuple[Atom, Atom, Atom]:
        if isinstance(self.inner, Positions):
            start, stop, step = self.inner.bounds
            if step == const(1):
                return _minus_one(ctx, stop), _minus_one(ctx, start), const(-1)
        return _minus_one(ctx, self.length(ctx)), const(-1), const(-1)

    def element(self, ctx: Context, index: Atom) -> Value:
        if isinstance(self.inner, Positions) and self.inner.bounds[2] == const(1):
            return index
        return self.inner.at(ctx, index)


def _minus_one(ctx: Context, n: Atom) -> Atom:
    return const(n.value - 1) if isinstance(n, Const) else ctx.builder.prim("sub", n, const(1))


def sequence(ctx: Context, value: Value, node: ast.AST) -> Sequenced:
    """The sequence that iterating over `value` gives; refused when we cannot tell."""
    match value:
        case TupleV(items):
            return Items(items)
        case RangeV(start, stop, step):
            if isinstance(step, Const) and step.value == 0:
                raise Refused("ADC306", "range() with a step of zero", node)
            if isinstance(ctx.frame.file, Quoted) and all(isinstance(b, Const) for b in (start, stop, step)):
                return Items(tuple(const(k) for k in range(*(b.value for b in (start, stop, step) if isinstance(b, Const)))))
            return Positions(bounds=(start, stop, step))
        case IterV("keys" | "values" | "items" as kind, (Ref(id),)):
            return _view(ctx, kind, id)
        case IterV("enumerate", (inner, first)):
            seq = sequence(ctx, inner, node)
            if seq.items is not None and isinstance(first, Const):
                return Items(tuple(TupleV((const(first.value + k), v)) for k, v in enumerate(seq.items)))
            return Enumerated(inner=_indexed(ctx, seq, node), first=ctx.atom(first))
        case IterV("zip", parts):
            return _zip([sequence(ctx, p, node) for p in parts], ctx, node)
        case IterV("reversed", (inner,)):
            seq = sequence(ctx, inner, node)
            return Items(seq.items[::-1]) if seq.items is not None else Reversed(inner=seq, is_range=seq.is_range)
        case Ref(id):
            return _object(ctx, value, id, node)
        case Const(value=str()):
            return Items(tuple(const(c) for c in value.value))
    raise Refused("ADC306", f"a loop cannot run over {kind_of(value, ctx.state)}", node,
                  "loop over a range, a list, a tuple or an array")


def _view(ctx: Context, kind: str, id_: int) -> Sequenced:
    """What `d.keys()`, `d.values()` and `d.items()` give now."""
    obj = ctx.state.heap[id_]
    assert isinstance(obj, DictObj)
    if kind == "values":
        return Items(tuple(v for _, v in obj.entries))
    return Items(tuple(const(k) if kind == "keys" else TupleV((const(k), v)) for k, v in obj.entries))


def consumed_at_once(ctx: Context, node: ast.AST, what: str) -> None:
    """Refuse an iterator that is kept: it gives its elements once only, and when they are asked for."""
    parent = ctx.frame.parents.get(id(node))
    while isinstance(parent, ast.Starred):
        node, parent = parent, ctx.frame.parents.get(id(parent))
    direct = isinstance(parent, ast.Call) and (node in parent.args or any(k.value is node for k in parent.keywords))
    looped = isinstance(parent, ast.For | ast.comprehension) and parent.iter is node
    unpacked = isinstance(parent, ast.Assign) and all(isinstance(t, ast.Tuple | ast.List) for t in parent.targets)
    if parent is not None and not (direct or looped or unpacked):
        raise Refused("ADC306", f"{what} is kept here, and it gives its elements only once", node,
                      "make a list of it: `list(...)` or `[... for ... in ...]`")


def is_lazy(node: ast.AST) -> bool:
    """Whether an iterable computes its elements when they are asked for."""
    match node:
        case ast.GeneratorExp() | ast.Call(func=ast.Name("map" | "filter")):
            return True
        case ast.Call(func=ast.Name("zip" | "enumerate" | "reversed"), args=args):
            return any(map(is_lazy, args))
        case ast.Starred(value=value):
            return is_lazy(value)
        case _:
            return False


def item_now(ctx: Context, value: Value, k: int, count: int, node: ast.AST) -> Value:
    """Element k of an iterable of `count` known elements, which may have been changed since the loop began."""
    items = sequence(ctx, value, node).items
    if items is None or len(items) != count:
        raise Refused("ADC403", "what a loop runs over grows, shrinks or becomes another kind of list meanwhile", node,
                      "loop over a copy: `for v in list(values)`")
    return items[k]


def sources(ctx: Context, value: Value) -> list[Ref]:
    """The lists, dicts and arrays that iterating over a value reads."""
    match value:
        case IterV(parts=parts):
            return [ref for part in parts for ref in sources(ctx, part)]
        case Ref(id) if isinstance(ctx.state.heap.get(id), ListObj | DictObj | ArrayObj):
            return [value]
        case _:
            return []


def _object(ctx: Context, value: Ref, id_: int, node: ast.AST) -> Sequenced:
    obj = ctx.state.heap[id_]
    match obj:
        case ListObj(items=items) if items is not None and obj.stale is None:
            return Items(items)
        case ListObj() | ArrayObj():
            ctx.atom(value, node)
            return Stored(value=value)
        case DictObj(entries):
            return Items(tuple(const(k) for k, _ in entries))
        case InstanceObj():
            raise Refused("ADC306", f"a loop cannot run over {kind_of(value, ctx.state)}", node)


def _zip(parts: list[Sequenced], ctx: Context, node: ast.AST) -> Sequenced:
    if parts and all(p.items is not None for p in parts):
        rows = zip(*(p.items or () for p in parts), strict=False)
        return Items(tuple(TupleV(row) for row in rows))
    return Zipped(inner=tuple(_indexed(ctx, p, node) for p in parts))


def _indexed(ctx: Context, seq: Sequenced, node: ast.AST) -> Sequenced:
    """The sequence, fit to be read at a position known at run time only."""
    if seq.items is not None and not seq.materialise(ctx):
        raise Refused("ADC306", "values of different kinds cannot be looped over together with a sequence "
                                "whose length is not known", node, "use a list of numbers or an array")
    return seq
