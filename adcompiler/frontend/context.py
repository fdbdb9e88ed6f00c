"""The front end's state while it reads a program: where we are, what was refused, what the result depends on."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from adcompiler.diagnostics import Diagnostic, Span
from adcompiler.frontend.resolve import (
    Dependency,
    LiveObject,
    Scope,
    SourceExpression,
    is_library,
    lift_custom,
    lift_derivative,
    lift_static,
    method_of,
    snapshot,
    watch_members,
)
from adcompiler.frontend.state import State, atom_of, fresh_id, wrap
from adcompiler.frontend.values import (
    ArrayObj,
    ClassV,
    ConflictV,
    DictObj,
    FunctionV,
    InstanceObj,
    ListObj,
    Obj,
    OpaqueV,
    Poisoned,
    PoisonV,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Block, Constant, Foreign, Function, Leaf, OwnDerivative, Program
from adcompiler.ir.types import ANY, FLOAT, Array, List, Type
from adcompiler.source import FunctionNode, SourceFile

_ARGUMENT = "argument "
_COPY = "work on a copy (`.copy()`) and return it"


@dataclass(eq=False)
class Frame:
    """One activation of a function: a whole one, since calls are inlined."""

    name: str
    node: FunctionNode
    file: SourceFile
    scope: Scope
    parent: Frame | None = None
    loops: int = 0
    id: int = field(default_factory=fresh_id)

    @cached_property
    def locals(self) -> frozenset[str]:
        """The names that the function binds."""
        return frozenset(_bound_names(self.node))

    @cached_property
    def captured(self) -> frozenset[str]:
        """The names that lambdas and functions inside read of what is around them."""
        found: set[str] = set()
        for inner in ast.walk(self.node):
            if inner is not self.node and isinstance(inner, ast.FunctionDef | ast.Lambda):
                own = set(_bound_names(inner))
                found |= {n.id for n in ast.walk(inner) if isinstance(n, ast.Name) and n.id not in own}
        return frozenset(found)

    @cached_property
    def parents(self) -> dict[int, ast.AST]:
        """The node around each node of the function, by identity."""
        return {id(child): node for node in ast.walk(self.node) for child in ast.iter_child_nodes(node)}

    @cached_property
    def loads(self) -> dict[str, list[ast.Name]]:
        """Where each name is read, in the whole function."""
        found: dict[str, list[ast.Name]] = {}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
                found.setdefault(node.id, []).append(node)
        return found


def _bound_names(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
                continue
            case ast.Lambda():
                continue
            case ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (a.asname or a.name.split(".")[0] for a in names)
        yield from _bound_names(child)


@dataclass
class Outlined:
    """A function that is compiled by itself because it is recursive, for one kind of arguments."""

    name: str
    function: Function | None = None
    result: Any = None


class Context:
    """Everything that lowering reads and writes; `builder`, `state` and `frame` are where we are now."""

    def __init__(self, dependencies: list[Dependency]) -> None:
        self.builder = Builder()
        self.state = State()
        self.frame: Frame
        self.diagnostics: list[Diagnostic] = []
        self.dependencies = dependencies
        self.constants: dict[str, Constant] = {}
        self.bare: set[str] = set()
        self.no_grad = 0
        self.active: list[FunctionNode] = []
        self.recursive: set[FunctionNode] = set()
        self.outlined: dict[Any, Outlined] = {}
        self.customs: dict[str, OwnDerivative] = {}
        self.mutated: set[str] = set()
        self.outside: dict[int, str] = {}
        """The tokens of what lives outside the function: its arguments and module-level objects."""
        self._outside_tokens: dict[str, frozenset[int]] = {}
        self.evaluating: list[ast.expr] = []
        self.discarded: ast.expr | None = None
        self.differentiate: Any = None
        """What emits a gradient inside (`adcompiler.frontend.nested`)."""
        self.unknown: Type | None = None
        """The type of the unknown of an equation, while its solver is read."""
        self._lifted: dict[int, tuple[Any, Value]] = {}

    # --- places ---------------------------------------------------------------------------------------

    def span(self, node: ast.AST | Span | None) -> Span:
        """The place of a node of the current function."""
        if isinstance(node, Span):
            return node
        return self.frame.file.span(node if node is not None else self.frame.node)

    def at(self, node: ast.AST) -> Builder:
        """The builder, stamping what it makes with the place of `node`."""
        if hasattr(node, "lineno"):
            self.builder.span = self.frame.file.span(node)
        return self.builder

    def report(self, refused: Refused) -> None:
        """Record a refusal, once."""
        diagnostic = Diagnostic(refused.code, refused.message, self.span(refused.node), refused.hint)
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    def around(self, block: Block) -> Program:
        """A block as a program, with the functions that have derivatives of their own and what these need."""
        names = {n for callee, own in self.customs.items() for n in (callee, *own.parts)}
        functions = {o.name: o.function for o in self.outlined.values() if o.name in names and o.function is not None}
        return Program(Function("", (), Leaf(), block), functions, customs=dict(self.customs))

    def adopt(self, program: Program) -> None:
        """Keep the functions that were made while such a program was differentiated."""
        known = {o.name for o in self.outlined.values()}
        for name, function in program.functions.items():
            if name not in known:
                self.outlined[name, id(function)] = Outlined(name, function)
        self.customs.update(program.customs)

    # --- branches -------------------------------------------------------------------------------------

    @contextmanager
    def inside(self, builder: Builder, state: State) -> Iterator[None]:
        """Go on in another block, with another state."""
        saved = self.builder, self.state
        self.builder, self.state = builder, state
        try:
            yield
        finally:
            self.builder, self.state = saved

    @contextmanager
    def passing(self, type_: Type) -> Iterator[None]:
        """Let functions of one value of this type be passed to functions that are not understood."""
        saved, self.unknown = self.unknown, type_
        try:
            yield
        finally:
            self.unknown = saved

    @property
    def env(self) -> dict[str, Value]:
        """The names of the current frame."""
        return self.state.frames[self.frame.id]

    # --- names ----------------------------------------------------------------------------------------

    def read(self, name: str, node: ast.AST) -> Value:
        """What a name stands for here."""
        frame: Frame | None = self.frame
        while frame is not None:
            env = self.state.frames.get(frame.id, {})
            if name in env:
                return self.checked(env[name], name, node)
            if name in frame.locals:
                raise Refused("ADC204", f"{name!r} is not bound on every path that leads here", node,
                              "give it a value before the branch or the loop")
            if frame.parent is None:
                break
            frame = frame.parent
        scope = frame.scope if frame is not None else self.frame.scope
        return self.lift(scope.lookup(name), name, node)

    def checked(self, value: Value, name: str, node: ast.AST) -> Value:
        """The value, if it may be read."""
        if isinstance(value, PoisonV):
            raise Poisoned
        if isinstance(value, ConflictV) and value.code != "ADC202":
            raise Refused(value.code, f"{name!r} cannot be used here: {value.reason}", node)
        if isinstance(value, ConflictV):
            raise Refused(value.code, f"{name!r} may be different things here: {value.reason}", node,
                          "give it one kind of value on every path")
        return value

    def lift(self, found: Value | LiveObject | SourceExpression | None, name: str, node: ast.AST) -> Value:
        """The value of what a scope found."""
        if found is None:
            raise Refused("ADC201", f"the name {name!r} is not defined", node)
        if isinstance(found, SourceExpression):
            from adcompiler.frontend.constants import lift_expression

            return lift_expression(self, found)
        if isinstance(found, LiveObject):
            key = id(found.value)
            if key in self._lifted and self._lifted[key][0] is found.value:
                value = self._lifted[key][1]
                if not hasattr(value, "id") or value.id in self.state.heap:
                    return value
            value = self.lift_object(found)
            self._lifted[key] = (found.value, value)
            return value
        return found

    def lift_object(self, live: LiveObject) -> Value:
        """The value of a live object; containers and instances go to the heap, marked as not our own."""
        static = lift_static(live, self.dependencies)
        if isinstance(static, OpaqueV) and not hasattr(builtins, static.name.split(".")[0]) and live.name.isidentifier():
            module, label = getattr(live.value, "__module__", None), getattr(live.value, "__qualname__", "")
            text = f"from {module} import {label}" + (f" as {live.name}" if label != live.name else "") if module else ""
            self.constants[live.name] = Constant(live.value, text)
            return OpaqueV(live.name)
        if static is not None:
            return static
        value, name = live.value, live.name
        if isinstance(value, np.ndarray):
            return self.constant_array(name, value)
        if isinstance(value, list | dict) and len(value) <= 1000:
            self.dependencies.append(Dependency(lambda: value, value, snapshot(value)))
        if isinstance(value, tuple):
            items = tuple(self.lift_object(LiveObject(v, f"{name}[{k}]")) for k, v in enumerate(value))
            cls = lift_static(LiveObject(type(value), type(value).__name__), self.dependencies) \
                if hasattr(value, "_fields") else None
            return TupleV(items, cls if isinstance(cls, ClassV) else None, getattr(value, "_fields", ()))
        if isinstance(value, list):
            items = tuple(self.lift_object(LiveObject(v, f"{name}[{k}]")) for k, v in enumerate(value))
            return self.new(ListObj(items, None, frozenset([fresh_id()]), outside=name))
        if isinstance(value, dict) and all(isinstance(k, str | int) for k in value):
            entries = tuple((k, self.lift_object(LiveObject(v, f"{name}[{k!r}]"))) for k, v in value.items())
            return self.new(DictObj(entries, outside=name))
        if hasattr(value, "__func__") and hasattr(value, "__self__"):
            owner = self.lift_object(LiveObject(value.__self__, f"{name}.__self__"))
            return method_of(value, self.dependencies, owner)
        return self._lift_instance(value, name)

    def _lift_instance(self, value: Any, name: str) -> Value:
        if getattr(value, "primal", None) is not None and str(type(value).__module__).startswith("adcompiler."):
            live = LiveObject(value, name)
            found = lift_derivative(live, self.dependencies) or lift_custom(live, self.dependencies)
            return found or ConflictV(
                f"inside a differentiated function there are grad() and value_and_grad() of functions, but not {name}", "ADC505")
        cls = lift_static(LiveObject(type(value), type(value).__name__), self.dependencies)
        library = is_library(getattr(sys.modules.get(type(value).__module__), "__file__", None) or "")
        if not isinstance(cls, ClassV) or cls.bases_unknown or library or not hasattr(value, "__dict__"):
            if name.isidentifier():
                self.constants[name] = Constant(value)
            return OpaqueV(name)
        watch_members([value], self.dependencies)
        fields = []
        for key, attribute in vars(value).items():
            if isinstance(attribute, list | dict):
                self.dependencies.append(Dependency(_attribute_reader(value, key), attribute, snapshot(attribute)))
            fields.append((key, self.lift_object(LiveObject(attribute, f"{name}.{key}"))))
        return self.new(InstanceObj(cls, tuple(fields), outside=name))

    def constant_array(self, name: str, value: np.ndarray[Any, Any]) -> Value:
        """A module-level array: read by name when the code runs, so that its content is always current."""
        label = name if name.isidentifier() else f"array_{len(self.constants) + 1}"
        while label in self.constants and self.constants[label].value is not value:
            label += "_"
        self.constants[label] = Constant(value, _array_text(label, value))
        if value.dtype.kind not in "fiub":
            return self.named_constant(label, ANY)
        shape = tuple(1 if n == 1 else f"{label}_{k}" for k, n in enumerate(value.shape))
        kind: Type = Array(str(value.dtype), shape) if shape else FLOAT
        atom = self.named_constant(label, kind)
        return self.new(ArrayObj(atom, frozenset([fresh_id()]), outside=name)) if shape else atom

    def named_constant(self, name: str, type_: Type) -> Atom:
        """A module-level object as an IR value."""
        return self.builder.emit(Foreign(name, (), pure=True), [type_])[0]

    def new(self, obj: Obj) -> Ref:
        """Put an object on the heap as it is now (what made the object may have replaced the state)."""
        if obj.outside is not None:
            tokens = obj.tokens or frozenset([fresh_id()])
            if not obj.outside.startswith(_ARGUMENT):  # it may be read again, and is the same object then
                tokens = self._outside_tokens.setdefault(obj.outside, tokens)
            self.outside.update(dict.fromkeys(tokens, obj.outside))
            obj = replace(obj, tokens=tokens)
        return self.state.new(obj)

    def check_ours(self, obj: Obj, node: ast.AST, hint: str = _COPY) -> None:
        """Refuse to modify what lives outside or may do so; remember which arguments the function modifies."""
        self.check_tokens(obj.tokens, node, hint, "this may modify" if obj.outside is None else "this modifies")

    def check_tokens(self, tokens: frozenset[int], node: ast.AST, hint: str = _COPY,
                     what: str = "this may modify") -> None:
        """The same for an object that may share memory with others (`tokens`)."""
        for name in sorted({self.outside[t] for t in tokens if t in self.outside}):
            if not name.startswith(_ARGUMENT):
                raise Refused("ADC401", f"{what} {name!r}, which lives outside the function", node, hint)
            self.mutated.add(name.removeprefix(_ARGUMENT))

    # --- shortcuts ------------------------------------------------------------------------------------

    def atom(self, value: Value, node: ast.AST | None = None) -> Atom:
        """The IR value of a Value."""
        return atom_of(value, self.state, self.builder, node)

    def wrap(self, atom: Atom, tokens: frozenset[int] | None = None) -> Value:
        """The Value of an IR value."""
        return wrap(atom, self.state, self.builder, tokens)


def _attribute_reader(owner: Any, key: str) -> Any:
    return lambda: vars(owner).get(key)


def _array_text(name: str, value: np.ndarray[Any, Any]) -> str:
    if value.size > 10_000:
        return ""
    dtype = "" if value.dtype == np.array(value.tolist()).dtype else f", dtype=np.{value.dtype}"
    text = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"{name} = np.array({text}{dtype})"


def is_list(type_: Type) -> bool:
    """Whether the type is that of a list."""
    return isinstance(type_, List)


def static_value(value: Value) -> Any:
    """The Python value of a constant; raises KeyError when it is not one."""
    from adcompiler.ir.nodes import Const

    if isinstance(value, Const):
        return value.value
    if isinstance(value, TupleV) and value.cls is None:
        return tuple(static_value(item) for item in value.items)
    raise KeyError(value)


def function_value(name: str, node: FunctionNode, context: Context, defaults: tuple[tuple[str, Value], ...]) -> FunctionV:
    """A function defined inside the current one: it sees the names of this frame as they are when it is called."""
    return FunctionV(name, node, context.frame.file, FrameScope(context.frame), defaults)


@dataclass(frozen=True)
class FrameScope(Scope):
    """The names of an enclosing activation."""

    frame: Frame

    def lookup(self, name: str) -> Value | LiveObject | SourceExpression | None:
        return self.frame.scope.lookup(name)


__all__ = ["Context", "Frame", "FrameScope", "Outlined", "const", "function_value", "static_value"]
