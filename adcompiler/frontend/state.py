"""What the names mean and what the heap holds at a point of the program, and how two such states merge.

Where control flow merges, a name may stand for two values. A *template* is the structure that both have, with a
leaf where IR values differ: the values are flattened to the leaves, the leaves become results of the `If` or
carried values of the loop, and a new value is built from the template.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any
from weakref import WeakKeyDictionary

from adcompiler.diagnostics import Span
from adcompiler.frontend.values import (
    POISON,
    TWIN,
    ArrayObj,
    ClassV,
    ConflictV,
    DictObj,
    FunctionV,
    InstanceObj,
    Lens,
    ListObj,
    MethodV,
    Obj,
    Poisoned,
    PoisonV,
    Ref,
    Refused,
    Token,
    TupleV,
    Value,
)
from adcompiler.ir.build import UNDEF, Builder
from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.ir.ops import IrTypeError, describe
from adcompiler.ir.types import ANY, NEVER, Array, Dim, List, Scalar, Tuple, Type, Unknown, has_derivative, join, varying

_ids = itertools.count(1)


def fresh_id() -> int:
    """A new heap id or token."""
    return next(_ids)


@dataclass(frozen=True, slots=True)
class Flow:
    """How control leaves a statement list: falls through, has exited (break, continue, return), or raised."""

    name: str


FALL, EXITED, DEAD = Flow("fall"), Flow("exited"), Flow("dead")


@dataclass
class State:
    """Names of every active frame, the heap, and the flow: a Flow, or a truth value `has exited`."""

    frames: dict[int, dict[str, Value]] = field(default_factory=dict)
    heap: dict[int, Obj] = field(default_factory=dict)
    flow: Flow | Atom = FALL

    def differs(self, before: State) -> bool:
        """Whether names or objects that there were `before` are others now."""
        for id_, env in before.frames.items():
            now = self.frames.get(id_, {})
            names = {n for n in (*env, *now) if not n.startswith("$")}
            if any(now.get(n) is not env.get(n) and now.get(n) != env.get(n) for n in names):
                return True
        return any(self.heap.get(k) is not v and self.heap.get(k) != v for k, v in before.heap.items())

    def copy(self) -> State:
        """A state that can go its own way."""
        return State({k: dict(v) for k, v in self.frames.items()}, dict(self.heap), self.flow)

    def new(self, obj: Obj) -> Ref:
        """Put an object on the heap."""
        ref = Ref(fresh_id())
        self.heap[ref.id] = obj if obj.tokens else replace(obj, tokens=frozenset([fresh_id()]))
        return ref


# --- values to atoms and back -----------------------------------------------------------------------------

def tokens_of(value: Value, state: State) -> frozenset[Token]:
    """What a value may share memory with."""
    match value:
        case Ref(id):
            obj = state.heap[id]
            match obj:
                case ArrayObj():
                    return obj.tokens
                case ListObj():
                    return obj.tokens | inner_tokens(obj, state)
                case DictObj(entries) | InstanceObj(_, entries):
                    return obj.tokens.union(*(tokens_of(v, state) for _, v in entries))
        case TupleV(items):
            return frozenset().union(*(tokens_of(v, state) for v in items))
    return frozenset()


def inner_tokens(obj: ListObj, state: State) -> frozenset[Token]:
    """What the elements of a list may share memory with; with TWIN where two of them may be the same."""
    if obj.atom is not None and isinstance(obj.atom.type, List) and not _is_mutable(obj.atom.type.element):
        return frozenset()
    return reduce(together, (tokens_of(item, state) for item in obj.items or ()), obj.inner)


def together(a: frozenset[Token], b: frozenset[Token]) -> frozenset[Token]:
    """The tokens of what a list holds when things with the tokens `b` are put beside others with the tokens `a`."""
    return a | b | {TWIN} if a & b else a | b


def _is_mutable(type_: Type) -> bool:
    return isinstance(type_, Array | List) or (isinstance(type_, Tuple) and any(map(_is_mutable, type_.items)))


def own_tokens(value: Value | None, state: State) -> frozenset[Token]:
    """What an object itself may share memory with, without what it holds."""
    if isinstance(value, Ref):
        return state.heap[value.id].tokens
    return frozenset() if value is None else tokens_of(value, state)


def held_tokens(value: Value | None, state: State) -> frozenset[Token]:
    """What the elements of a list may share memory with; nothing for an array."""
    if isinstance(value, Ref) and isinstance(obj := state.heap[value.id], ListObj):
        return inner_tokens(obj, state)
    return frozenset() if value is None or isinstance(value, Ref) else tokens_of(value, state)


def atom_of(value: Value, state: State, builder: Builder, node: ast.AST | None = None) -> Atom:
    """The IR value of a Value; lists and tuples are built. Raises Refused where there is none."""
    match value:
        case Var() | Const():
            return value
        case Ref(id):
            obj = state.heap[id]
            if isinstance(obj, ArrayObj | ListObj) and obj.stale is not None:
                raise stale_error(obj, node)
            if isinstance(obj, ArrayObj):
                return array_value(id, obj, state, builder, node)
            if isinstance(obj, ListObj):
                if obj.atom is not None:
                    return obj.atom if obj.place is None else _element_now(obj.atom, *obj.place, state, builder, node)
                return builder.prim("list", *(atom_of(i, state, builder, node) for i in obj.items or ()))
        case TupleV(items):
            return builder.prim("tuple", *(atom_of(i, state, builder, node) for i in items))
        case PoisonV():
            raise Poisoned
        case ConflictV(reason, code):
            raise Refused(code, reason, node)
    raise Refused("ADC301", f"a number or an array is needed here, not {kind_of(value, state)}", node)


def _element_now(atom: Atom, list_: int, position: Atom, seen: Atom, state: State, builder: Builder,
                 node: ast.AST | None) -> Atom:
    """The value of a list that is an element of another one, which may have been written since."""
    now = atom_of(Ref(list_), state, builder, node)
    return atom if now == seen else builder.prim("load", now, position, index=("i",))


def array_value(id_: int, obj: ArrayObj, state: State, builder: Builder, node: ast.AST | None = None) -> Atom:
    """The value of an array now; a view of a base that was written since is read again."""
    if obj.lens is None:
        return obj.atom
    base = state.heap[obj.lens.base]
    assert isinstance(base, ArrayObj)
    if base.stale is not None:
        raise stale_error(base, node)
    if base.atom == obj.seen:
        return obj.atom
    value = levels(obj.lens, state, builder, node)[-1]
    if isinstance(value, Var) and isinstance(obj.atom, Var):
        value.hint, value.type = value.hint or obj.atom.hint, obj.atom.type
    state.heap[id_] = replace(obj, atom=value, seen=base.atom)
    return value


def levels(lens: Lens, state: State, builder: Builder, node: ast.AST | None = None) -> list[Atom]:
    """The values of a view's base and of the views after each of its steps."""
    base = state.heap[lens.base]
    assert isinstance(base, ArrayObj)
    values = [base.atom]
    for step in lens.steps:
        try:
            values.append(builder.prim(step.name, values[-1], *step.operands, **dict(step.params)))
        except IrTypeError as error:
            raise Refused("ADC301", str(error), node) from None
    return values


def stale_error(obj: Obj, node: ast.AST | None) -> Refused:
    """The error for reading memory that was written under another name."""
    where = f" in line {obj.stale.line}" if obj.stale else ""
    if isinstance(obj, DictObj | InstanceObj):
        kind = "dict" if isinstance(obj, DictObj) else "object"
        return Refused("ADC402", f"this may be the {kind} that is modified{where} under another name", node,
                       f"build a new {kind} on each path, or read and write through one name only")
    return Refused("ADC402", f"this may share memory with an array that is modified{where} under another name", node,
                   "take a copy first (`.copy()`), or read and write through one name only")


def kind_of(value: Value, state: State) -> str:
    """A value in words, for messages."""
    match value:
        case Var() | Const(type=Scalar() | Array() | List() | Tuple()):
            return describe(value.type)
        case Const(value=None):
            return "None"
        case Const(value=str()):
            return "a string"
        case Const():
            return "an object"
        case TupleV(cls=ClassV(name=name)):
            return f"a {name}"
        case TupleV():
            return "a tuple"
        case Ref(id):
            obj = state.heap[id]
            match obj:
                case ArrayObj():
                    return describe(obj.atom.type)
                case ListObj():
                    return "a list"
                case DictObj():
                    return "a dict"
                case InstanceObj(cls=cls):
                    return f"an instance of {cls.name}"
        case FunctionV(name=name):
            return f"the function {name}"
        case MethodV():
            return "a method"
        case ClassV(name=name):
            return f"the class {name}"
    names = {"PrimV": "a function", "BuiltinV": "a builtin", "ModuleV": "a module", "RangeV": "a range",
             "IterV": "an iterator", "DtypeV": "a dtype"}
    return names.get(type(value).__name__, "an object of unknown type")


def wrap(atom: Atom, state: State, builder: Builder, tokens: frozenset[Token] | None = None,
         outside: str | None = None) -> Value:
    """The Value of an IR value: arrays and lists go to the heap, IR tuples become tuples."""
    match atom.type:
        case Array():
            return state.new(ArrayObj(atom, tokens or frozenset([fresh_id()]), outside=outside))
        case List():
            return state.new(ListObj(None, atom, tokens or frozenset([fresh_id()]), outside=outside,
                                     inner=tokens or frozenset([fresh_id()])))
        case Tuple(items):
            return TupleV(tuple(wrap(builder.prim("item", atom, k=k), state, builder, tokens) for k in range(len(items))))
        case _:
            return atom


# --- templates --------------------------------------------------------------------------------------------


BOXED: WeakKeyDictionary[Var, bool] = WeakKeyDictionary()
"""Numbers that are arrays without axes, which an augmented assignment changes in place; True: views of another array."""


def has_other_name(var: Var, frame: int, name: str, state: State) -> bool:
    """Whether something but a name of a frame has this value, too."""
    def holds(value: Value | None) -> bool:
        return value is var or (isinstance(value, TupleV) and any(map(holds, value.items)))

    named = any(holds(v) for id_, env in state.frames.items() for n, v in env.items() if (id_, n) != (frame, name))
    held = [obj.items or () if isinstance(obj, ListObj) else tuple(v for _, v in obj.entries) if isinstance(obj, DictObj)
            else tuple(v for _, v in obj.fields) if isinstance(obj, InstanceObj) else () for obj in state.heap.values()]
    return named or any(map(holds, (v for values in held for v in values)))


class Template:
    """The structure that values have in common."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class LeafT(Template):
    """One IR scalar (or object of unknown type)."""

    type: Type


@dataclass(frozen=True, slots=True)
class ObjectT(Template):
    """An array or a list of unknown length: a heap object around one IR value."""

    type: Type


@dataclass(frozen=True, slots=True)
class NodeT(Template):
    """A tuple, dict, instance or list of known length."""

    kind: str
    keys: tuple[Any, ...]
    children: tuple[Template, ...]
    cls: ClassV | None = None


@dataclass(frozen=True, slots=True)
class SameT(Template):
    """A value that is the same on both sides."""

    value: Value


@dataclass(frozen=True, slots=True)
class ConflictT(Template):
    """Values that have nothing in common."""

    reason: str


@dataclass(frozen=True, slots=True)
class UnboundT(Template):
    """No value at all."""


def template_of(value: Value | None, state: State) -> Template:
    """The template that describes just this value."""
    match value:
        case None:
            return UnboundT()
        case Var() | Const():
            return LeafT(value.type)
        case TupleV(items, cls, names):
            return NodeT("tuple", names, tuple(template_of(i, state) for i in items), cls)
        case Ref(id):
            return _object_template(state.heap[id], state)
        case ConflictV(reason):
            return ConflictT(reason)
        case _:
            return SameT(value)


def _object_template(obj: Obj, state: State) -> Template:
    match obj:
        case ArrayObj(atom):
            return ObjectT(atom.type)
        case ListObj(items=None, atom=atom) if atom is not None:
            return ObjectT(atom.type)
        case ListObj(items=items):
            return NodeT("list", tuple(range(len(items or ()))), tuple(template_of(i, state) for i in items or ()))
        case DictObj(entries):
            return NodeT("dict", tuple(k for k, _ in entries), tuple(template_of(v, state) for _, v in entries))
        case InstanceObj(cls, fields):
            return NodeT("object", tuple(k for k, _ in fields), tuple(template_of(v, state) for _, v in fields), cls)


def join_templates(a: Template, b: Template) -> Template:
    """The structure that both have."""
    match a, b:
        case (SameT(PoisonV()), _) | (_, SameT(PoisonV())):
            return SameT(POISON)
        case (UnboundT(), other) | (other, UnboundT()):
            return other
        case (ConflictT(), _):
            return a
        case (_, ConflictT()):
            return b
        case (LeafT(s), LeafT(t)):
            return _join_leaves(s, t)
        case (ObjectT(s), ObjectT(t)):
            joined = join(s, t)
            return ObjectT(joined) if joined is not None else ConflictT(
                f"this is {describe(s)} on one path and {describe(t)} on another")
        case (LeafT(t) | ObjectT(t), ObjectT(s) | LeafT(s)) if t == NEVER or s == NEVER:
            return ObjectT(t if s == NEVER else s)
        case (NodeT(), NodeT()):
            return _join_nodes(a, b)
        case (NodeT(kind="list"), ObjectT(List())):
            return _join_list(a, b)
        case (ObjectT(List()), NodeT(kind="list")):
            return _join_list(b, a)
        case (SameT(v), SameT(w)) if v is w or v == w or (
                isinstance(v, FunctionV) and isinstance(w, FunctionV) and v.node is w.node and v.scope is w.scope):
            return b
        case _:
            return ConflictT(f"this is {_words(a)} on one path and {_words(b)} on another")


def _words(t: Template) -> str:
    match t:
        case LeafT(type_) if isinstance(type_, Unknown):
            return "None, a string or an object of unknown type"
        case LeafT(type_) | ObjectT(type_):
            return describe(type_)
        case NodeT(kind=kind, cls=cls):
            return f"a {cls.name if cls else kind}"
        case _:
            return "something else"


def _join_leaves(s: Type, t: Type) -> Template:
    joined = join(s, t)
    if joined is None:
        return ConflictT(f"this is {describe(s)} on one path and {describe(t)} on another")
    if isinstance(joined, Unknown) and (has_derivative(s) or has_derivative(t)):
        return ConflictT(f"this is {_words(LeafT(s))} on one path and {_words(LeafT(t))} on another")
    return LeafT(joined)


def _join_nodes(a: NodeT, b: NodeT) -> Template:
    if a.kind == b.kind and a.keys == b.keys and len(a.children) == len(b.children) and _same_class(a.cls, b.cls):
        return replace(a, children=tuple(map(join_templates, a.children, b.children)))
    if a.kind == b.kind == "list":
        whole = NodeT("list", (), a.children + b.children)
        return _join_list(whole, ObjectT(List(NEVER)))
    return ConflictT(f"this is a {a.kind} on one path and another {b.kind} on another")


def _same_class(a: ClassV | None, b: ClassV | None) -> bool:
    return a is b or (a is not None and b is not None and a.name == b.name and a.live is b.live)


def _join_list(known: NodeT, dynamic: ObjectT) -> Template:
    assert isinstance(dynamic.type, List)
    element: Type | None = dynamic.type.element
    for child in known.children:
        inner = packed_type(child)
        element = join(element, inner) if inner is not None and element is not None else None
    return ConflictT("the elements of this list have different types") if element is None else ObjectT(List(element))


def packed_type(template: Template) -> Type | None:
    """The type of a value as an element of a dynamic list, or None if it cannot be one."""
    match template:
        case LeafT(type_) | ObjectT(type_):
            return type_
        case NodeT(kind="tuple", children=children, cls=None):
            inner = [packed_type(c) for c in children]
            return Tuple(tuple(i for i in inner if i is not None)) if None not in inner else None
        case NodeT(kind="list"):
            joined = _join_list(template, ObjectT(List(NEVER)))
            return joined.type if isinstance(joined, ObjectT) else None
        case _:
            return None


def flatten(value: Value | None, template: Template, state: State, builder: Builder) -> list[Atom]:
    """The IR values of `value` at the leaves of `template`; lists that became dynamic are built."""
    match template:
        case LeafT() | ObjectT():
            if value is None:
                return [UNDEF]
            if isinstance(value, Ref) and isinstance(obj := state.heap[value.id], ArrayObj | ListObj) and _is_stale(obj, state):
                if obj.atom is not None:
                    return [obj.atom]  # it stays stale: whoever reads it is refused
                state = State(state.frames, {**state.heap, value.id: replace(obj, stale=None)})
            return [atom_of(value, state, builder)]
        case NodeT():
            return [a for child, t in zip(_children(value, template, state), template.children, strict=True)
                    for a in flatten(child, t, state, builder)]
        case _:
            return []


def _is_stale(obj: ArrayObj | ListObj, state: State) -> bool:
    return (obj.stale or _source(obj, state).stale) is not None


def _source(obj: ArrayObj | ListObj, state: State) -> Obj:
    """The object that this one is a view or an element of, and is read from; else itself."""
    if isinstance(obj, ArrayObj):
        return state.heap[obj.lens.base] if obj.lens is not None else obj
    source = state.heap[obj.place[0]] if obj.place is not None else obj
    return source if source is obj or not isinstance(source, ListObj) else _source(source, state)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a new object may share memory with, and where that was written under another name."""

    tokens: frozenset[Token]
    stale: Span | None = None

    def joined(self, other: Memory) -> Memory:
        """What may be either."""
        return Memory(self.tokens | other.tokens, self.stale or other.stale)


def memory_of(value: Value | None, template: Template, state: State) -> list[Memory]:
    """For each call of `memory` that `instantiate` makes for the template: what that object may share in the value."""
    known = value if isinstance(value, Ref | TupleV) else None
    match template:
        case ObjectT(Array()):
            return [Memory(own_tokens(known, state), stale_place(known, state))]
        case ObjectT(List()):
            return [Memory(own_tokens(known, state), stale_place(known, state)), Memory(held_tokens(known, state))]
        case NodeT(kind=kind, children=children):
            parts = zip(_children(known, template, state), children, strict=True)
            inner = [m for child, t in parts for m in memory_of(child, t, state)]
            if kind == "tuple":
                return inner
            obj = state.heap[known.id] if isinstance(known, Ref) else None
            return [*inner, Memory(own_tokens(known, state), obj.stale if obj is not None else None)]
        case _:
            return []


def stale_place(value: Value | None, state: State) -> Span | None:
    """Where memory of an array or list in the value was written under another name, if it was."""
    match value:
        case TupleV(items):
            places = [stale_place(v, state) for v in items]
        case Ref(id):
            obj = state.heap.get(id)
            match obj:
                case ArrayObj() | ListObj():
                    inner = obj.items or () if isinstance(obj, ListObj) else ()
                    places = [obj.stale, _source(obj, state).stale, *(stale_place(v, state) for v in inner)]
                case DictObj(entries) | InstanceObj(_, entries):
                    places = [obj.stale, *(stale_place(v, state) for _, v in entries)]
                case _:
                    return None
        case _:
            return None
    return next((p for p in places if p is not None), None)


def _children(value: Value | None, template: NodeT, state: State) -> Sequence[Value | None]:
    match value:
        case None:
            return [None] * len(template.children)
        case PoisonV():
            raise Poisoned
        case TupleV(items):
            return items
        case Ref(id):
            obj = state.heap[id]
            match obj:
                case ListObj(items=listed) if listed is not None:
                    return listed
                case DictObj(pairs) | InstanceObj(_, pairs):
                    return [v for _, v in pairs]
    raise AssertionError(f"{value} does not fit {template}")


def varying_template(template: Template, fixed: Collection[Dim]) -> Template:
    """The template with the types of values that every iteration makes anew, of sizes that may change but those `fixed`."""
    match template:
        case LeafT(type_) | ObjectT(type_):
            return replace(template, type=varying(type_, fixed))
        case NodeT(children=children):
            return replace(template, children=tuple(varying_template(c, fixed) for c in children))
        case _:
            return template


def leaf_types(template: Template) -> list[Type]:
    """The types of the leaves, in order."""
    match template:
        case LeafT(type_) | ObjectT(type_):
            return [type_]
        case NodeT(children=children):
            return [t for c in children for t in leaf_types(c)]
        case _:
            return []


def leaf_hints(template: Template, hint: str) -> list[str]:
    """A name for each leaf."""
    match template:
        case LeafT() | ObjectT():
            return [hint]
        case NodeT(keys=keys, children=children):
            names = keys or tuple(range(len(children)))
            return [h for k, c in zip(names, children, strict=True) for h in leaf_hints(c, f"{hint}_{k}")]
        case _:
            return []


def instantiate(template: Template, atoms: Iterator[Atom], state: State, memory: Callable[[], Memory]) -> Value | None:
    """The value with this structure over new atoms; heap objects are new.

    `memory()` says what the next object may share memory with; for a list of unknown length a second call, what it holds.
    """
    match template:
        case LeafT():
            return next(atoms)
        case ObjectT(Array()):
            own = memory()
            return state.new(ArrayObj(next(atoms), own.tokens, own.stale))
        case ObjectT(List()):
            own = memory()
            return state.new(ListObj(None, next(atoms), own.tokens, own.stale, inner=memory().tokens))
        case ObjectT():
            return next(atoms)
        case NodeT(kind, keys, children, cls):
            inner = [instantiate(c, atoms, state, memory) for c in children]
            values = tuple(UNDEF if v is None else v for v in inner)
            if kind == "tuple":
                return TupleV(values, cls, keys)
            own = memory()
            if kind == "list":
                return state.new(ListObj(values, None, own.tokens, own.stale))
            entries = tuple(zip(keys, values, strict=True))
            return state.new(DictObj(entries, None, own.tokens, own.stale) if kind == "dict" or cls is None
                             else InstanceObj(cls, entries, None, own.tokens, own.stale))
        case SameT(value):
            return value
        case ConflictT(reason):
            return ConflictV(reason)
        case _:
            return None


def substitute_object(old: Obj, value: Value | None, state: State) -> Obj:
    """The content of the object that `value` (made by `instantiate`) refers to, keeping who `old` is."""
    assert isinstance(value, Ref)
    new = state.heap.pop(value.id)
    if isinstance(new, ListObj) and isinstance(old, ListObj):
        return replace(new, tokens=old.tokens | new.tokens, inner=old.inner | new.inner, outside=old.outside,
                       stale=old.stale or new.stale)
    if isinstance(new, ArrayObj) and isinstance(old, ArrayObj):
        return replace(new, tokens=old.tokens | new.tokens, outside=old.outside, stale=old.stale or new.stale,
                       ordered=old.ordered, pinned=old.pinned)
    if isinstance(new, DictObj | InstanceObj) and isinstance(old, DictObj | InstanceObj):
        return replace(new, tokens=old.tokens | new.tokens, outside=old.outside, stale=old.stale or new.stale)
    return new


def is_unknown(atom: Atom) -> bool:
    """Whether nothing is known of the value's type."""
    return atom.type == ANY
