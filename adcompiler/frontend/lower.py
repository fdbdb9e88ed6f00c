"""The front end's way in: a target and the types of its arguments to an IR program."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adcompiler.diagnostics import CompileError, fail
from adcompiler.frontend.arguments import Argument
from adcompiler.frontend.calls import Restart, inline
from adcompiler.frontend.check import check_function
from adcompiler.frontend.context import Context, Frame
from adcompiler.frontend.decorators import own_decorator
from adcompiler.frontend.nested import Differentiate
from adcompiler.frontend.resolve import (
    Dependency,
    LiveObject,
    SourceExpression,
    StaticScope,
    lift_static,
    live_function,
)
from adcompiler.frontend.state import NodeT, Template, flatten, fresh_id, stale_place, template_of
from adcompiler.frontend.values import (
    POISON,
    ArrayObj,
    ClassV,
    DictObj,
    FunctionV,
    InstanceObj,
    ListObj,
    Poisoned,
    PoisonV,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Constant, Function, Leaf, Node, Parameter, Program, Static, Tree, Var
from adcompiler.ir.types import Array, List, Type
from adcompiler.source import Target, header_span, parameters_of


@dataclass(frozen=True)
class Lowered:
    """A program, what it was made from, and which array arguments the primal modifies."""

    program: Program
    dependencies: tuple[Dependency, ...]
    mutated: tuple[str, ...]


def lower(target: Target, arguments: Mapping[str, Argument], differentiate: Differentiate | None = None) -> Lowered:
    """The IR of a function for arguments of these types; raises CompileError with every problem found.

    `differentiate`: what makes the gradients that the function itself asks for.
    """
    check_function(target.node, target.file)
    recursive: set[Any] = set()
    while True:
        dependencies: list[Dependency] = []
        ctx = Context(dependencies)
        ctx.recursive, ctx.differentiate = recursive, differentiate
        try:
            program = _lower(ctx, target, arguments)
            break
        except Restart:
            recursive = ctx.recursive
        except RecursionError:
            raise fail("ADC314", f"{target.name}() calls too deeply, or a recursive function changes what it can reach",
                       header_span(target), "write the recursion as a loop, and let functions return what they make") from None
    return Lowered(program, tuple(_unique(dependencies)), tuple(sorted(ctx.mutated)))


def _unique(dependencies: list[Dependency]) -> Iterator[Dependency]:
    """Each global once; constants of builtin functions and modules of known libraries do not change."""
    seen: set[tuple[int, str]] = set()
    for d in dependencies:
        if d.space is not None:
            if (id(d.space), d.key) in seen:
                continue
            seen.add((id(d.space), d.key))
        yield d


def _function_value(ctx: Context, target: Target) -> FunctionV:
    if target.live is not None:
        value = live_function(target.live, ctx.dependencies, target)
        assert isinstance(value, FunctionV)
        return value
    scope = StaticScope.of(target.file)
    _check_binding(ctx, target, scope)
    return FunctionV(target.name, target.node, target.file, scope)


def _check_binding(ctx: Context, target: Target, scope: StaticScope) -> None:
    """The name must mean this definition, as it stands, when the module has run."""
    if isinstance(target.node, ast.Lambda):
        return
    for decorator in target.node.decorator_list:
        if own_decorator(target.file, decorator) is None:
            raise fail("ADC203", f"{target.name}() is decorated, and what the decorator does is not read",
                       target.span_of(decorator), "differentiate the undecorated function")
    if scope.entries.get(target.name) is not target.node or target.name in scope.ambiguous:
        raise fail("ADC203", f"{target.name!r} is bound again elsewhere in the module", header_span(target),
                   "give the two different names")


def _lower(ctx: Context, target: Target, arguments: Mapping[str, Argument]) -> Program:
    function = _function_value(ctx, target)
    ctx.frame = Frame(function.name, function.node, function.file, function.scope)
    ctx.state.frames[ctx.frame.id] = {}
    params: list[Var] = []
    signature: list[Parameter] = []
    bound: dict[str, Value] = {}
    try:
        for p in parameters_of(target.node):
            argument = arguments.get(p.name)
            if argument is None:
                bound[p.name] = _default(ctx, function, p.name, p.default)
                tree: Tree = Static(None)
            else:
                types = iter(argument.types)
                bound[p.name] = _argument(ctx, function, argument.tree, types, p.name, params, f"argument {p.name}")
                tree = argument.tree
            signature.append(Parameter(p.name, tree, _default_text(p.default), p.kind))
        result = _body(ctx, function, bound)
    except Refused as refused:
        ctx.report(refused)
        result = const(None)
    except Poisoned:
        result = POISON
    if not ctx.diagnostics and isinstance(result, PoisonV):
        raise AssertionError("a refusal was lost")
    if ctx.diagnostics:
        raise CompileError(sorted(ctx.diagnostics, key=lambda d: (d.span.filename, d.span.line, d.span.column)))
    template = template_of(result, ctx.state)
    try:
        place = stale_place(result, ctx.state)
        if place is not None:
            raise Refused("ADC402", f"a part of the result may be an object that is modified in line {place.line} "
                                    "under another name", None, "return copies")
        atoms = flatten(result, template, ctx.state, ctx.builder)
    except Refused as refused:
        ctx.report(refused)
        raise CompileError(ctx.diagnostics) from None
    block = ctx.builder.block(params, atoms)
    entry = Function(target.name, tuple(signature), _result_tree(template, ctx), block, target.doc)
    functions = {o.name: o.function for o in ctx.outlined.values() if o.function is not None}
    return Program(entry, functions, dict(ctx.constants), frozenset(ctx.bare), dict(ctx.customs))


def _body(ctx: Context, function: FunctionV, bound: dict[str, Value]) -> Value:
    from adcompiler.frontend.calls import outlined

    if function.node in ctx.recursive:
        return outlined(ctx, function, bound, function.node)
    return inline(ctx, function, bound, function.node)


def _default_text(node: Any) -> str | None:
    return None if node is None else ast.unparse(node)


def _default(ctx: Context, function: FunctionV, name: str, node: Any) -> Value:
    from adcompiler.frontend.calls import _static_default

    defaults = dict(function.defaults)
    if name in defaults:
        return defaults[name]
    if node is not None:
        return _static_default(ctx, function, node)
    return TupleV(())


def _argument(ctx: Context, function: FunctionV, tree: Tree, types: Iterator[Type], name: str, params: list[Var],
              outside: str) -> Value:
    """The value of a parameter: structure over new leaf variables. Arrays and lists are the caller's."""
    match tree:
        case Leaf():
            var = Var(name, next(types))
            params.append(var)
            token = frozenset([fresh_id()])
            if isinstance(var.type, Array):
                return ctx.new(ArrayObj(var, token, outside=outside))
            if isinstance(var.type, List):
                return ctx.new(ListObj(None, var, token, outside=outside, inner=frozenset([fresh_id()])))
            return var
        case Static(value):
            return _static(ctx, function, value, name)
        case Node(kind, keys, children, cls):
            values = [_argument(ctx, function, c, types, f"{name}_{k}", params, outside)
                      for k, c in zip(keys, children, strict=True)]
            return _node(ctx, function, kind, keys, values, cls)
    raise TypeError(f"not a tree: {tree!r}")


def _node(ctx: Context, function: FunctionV, kind: str, keys: tuple[Any, ...], values: list[Value], cls: Any) -> Value:
    match kind:
        case "tuple":
            return TupleV(tuple(values))
        case "list":
            return ctx.new(ListObj(tuple(values), None, frozenset([fresh_id()])))
        case "dict":
            return ctx.new(DictObj(tuple(zip(keys, values, strict=True))))
    lifted = _class(ctx, function, cls)
    ctx.constants[lifted.name] = Constant(lifted.live, lifted.constant_text)
    if kind == "namedtuple":
        return TupleV(tuple(values), lifted, tuple(keys))
    return ctx.new(InstanceObj(lifted, tuple(zip(keys, values, strict=True))))


def _class(ctx: Context, function: FunctionV, cls: Any) -> ClassV:
    if isinstance(cls, ClassV):
        return cls
    if isinstance(cls, type):
        lifted = lift_static(LiveObject(cls, cls.__name__), ctx.dependencies)
    else:
        found = function.scope.lookup(str(cls))
        lifted = None if isinstance(found, LiveObject | SourceExpression) else found
    if isinstance(lifted, ClassV):
        return lifted
    raise Refused("ADC316", f"the class {getattr(cls, '__name__', cls)} is not understood", function.node)


def _static(ctx: Context, function: FunctionV, value: Any, name: str) -> Value:
    return ctx.lift_object(LiveObject(value, name))


def _result_tree(template: Template, ctx: Context) -> Tree:
    match template:
        case NodeT(kind, keys, children, cls):
            names = keys or tuple(range(len(children)))
            shape = "namedtuple" if kind == "tuple" and cls is not None else kind
            if kind == "object" and cls is not None and cls.kind == "dataclass":
                shape = "dataclass"
            inner = tuple(_result_tree(c, ctx) for c in children)
            if cls is not None and shape != "object":
                ctx.constants[cls.name] = Constant(cls.live, cls.constant_text)
            return Node(shape, names, inner, None if cls is None else cls.live or cls.name)
        case _ if hasattr(template, "type"):
            return Leaf()
        case _:
            return Static(None)
