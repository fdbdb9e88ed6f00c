"""Calls: of the user's functions (inlined, or outlined when recursive), classes, methods and library functions."""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adcompiler.frontend.arrays import check_ours, dynamic_list, mutate, spread_staleness
from adcompiler.frontend.check import check_function
from adcompiler.frontend.context import Context, Frame, FrameScope, Outlined, static_value
from adcompiler.frontend.control import FALSE
from adcompiler.frontend.definitions import Quoted, emitted_primitive, quoted
from adcompiler.frontend.expressions import attribute, expression, primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.opaque import opaque, opaque_call
from adcompiler.frontend.state import (
    DEAD,
    EXITED,
    FALL,
    Flow,
    Memory,
    NodeT,
    ObjectT,
    State,
    Template,
    UnboundT,
    flatten,
    fresh_id,
    held_tokens,
    instantiate,
    join_templates,
    kind_of,
    leaf_hints,
    leaf_types,
    template_of,
    together,
    tokens_of,
)
from adcompiler.frontend.values import (
    POISON,
    ArrayObj,
    BoundV,
    BuiltinV,
    ClassV,
    ConflictV,
    CustomV,
    DerivativeV,
    DictObj,
    DtypeV,
    FunctionV,
    InstanceObj,
    IterV,
    ListObj,
    MethodV,
    OpaqueV,
    Poisoned,
    PrimV,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import UNDEF, Builder, const
from adcompiler.ir.given import given_name
from adcompiler.ir.nodes import Atom, Bind, Block, Call, Const, Function, Leaf, Node, Parameter, Var
from adcompiler.ir.rename import without_notes
from adcompiler.ir.types import Array, Dim, List, Unknown, has_derivative, of_other_sizes
from adcompiler.source import parameters_of

_DEEPEST = 50


class Restart(Exception):
    """A function turned out to be recursive: lower everything again, with it outlined."""


@dataclass(frozen=True)
class Arguments:
    """Evaluated arguments of a call."""

    positional: tuple[Value, ...]
    keywords: dict[str, Value]


def call(ctx: Context, node: ast.Call) -> Value:
    """The value of a call."""
    attr = ""
    if isinstance(node.func, ast.Attribute):
        owner = expression(ctx, node.func.value)
        if isinstance(owner, OpaqueV) or (isinstance(owner, Var) and isinstance(owner.type, Unknown)):
            own = _with_rule(ctx, node.func)
            if own is not None:
                return apply(ctx, own, node)
            template = opaque_call(ctx, owner, node.func.attr, node)
            if node.func.attr in _WRITERS:
                _refuse_writer(ctx, node.func.attr, template[1], node)
            return opaque(ctx, template, node)
        if isinstance(owner, BuiltinV) and owner.name == "super()":
            raise Refused("ADC119", "super() is not supported", node)
        callee = attribute(ctx, owner, node.func.attr, node.func)
    else:
        callee = expression(ctx, node.func)
    if isinstance(callee, OpaqueV) or (isinstance(callee, Var) and isinstance(callee.type, Unknown)):
        return opaque(ctx, opaque_call(ctx, callee, attr, node), node)
    if isinstance(callee, PrimV):
        from adcompiler.frontend.library import is_known

        if not is_known(callee.name):
            check_exists(callee.name, node.func)
            template = opaque_call(ctx, callee, "", node)
            _refuse_writer(ctx, ast.unparse(node.func), template[1], node)
            return opaque(ctx, template, node)
    return apply(ctx, callee, node)


def _with_rule(ctx: Context, node: ast.Attribute) -> PrimV | None:
    """The function `object.attr` of an object that is only passed on, if the user gave a rule for it."""
    if not isinstance(node.value, ast.Name) or node.value.id not in ctx.constants:
        return None
    frame: Frame | None = ctx.frame
    while frame is not None:
        if node.value.id in frame.locals:
            return None
        frame = frame.parent
    name = given_name(getattr(ctx.constants[node.value.id].value, node.attr, None))
    return PrimV(name) if name is not None else None


_WRITERS = ("shuffle",)


def _refuse_writer(ctx: Context, name: str, args: Sequence[Atom], node: ast.Call) -> None:
    """Refuse a call that may change an array with a derivative: its result is not used, or it is told where to write."""
    writes = node is ctx.discarded or any(k.arg == "out" for k in node.keywords)
    if writes and any(isinstance(a.type, Array | List) and has_derivative(a.type) for a in args):
        raise Refused("ADC503", f"{name}() is not known here, and it may change an array that it is given", node,
                      "write the change with indices: `a[...] = ...`")


def check_exists(dotted: str, node: ast.AST) -> None:
    """Refuse a function that math or numpy does not have."""
    module, _, name = dotted.rpartition(".")
    known = {"math": math, "numpy": np, "numpy.linalg": np.linalg}.get(module)
    if known is not None and not hasattr(known, name):
        near = difflib.get_close_matches(name, dir(known), 1)
        raise Refused("ADC201", f"{module} has no {name!r}", node, f"do you mean {near[0]!r}?" if near else "")


def apply(ctx: Context, callee: Value, node: ast.Call) -> Value:
    """Call a value that is understood."""
    from adcompiler.frontend.builtin import call_builtin
    from adcompiler.frontend.library import call_primitive

    if isinstance(callee, BuiltinV):
        return call_builtin(ctx, callee.name, node)
    args = evaluate_arguments(ctx, node)
    if isinstance(callee, FunctionV | ClassV | MethodV | CustomV | DerivativeV):
        _refuse_iterators(callee, args, node)
    match callee:
        case PrimV(name):
            return call_primitive(ctx, name, list(args.positional), args.keywords, node)
        case DtypeV(name):
            return _cast(ctx, name, args, node)
        case _:
            return call_value(ctx, callee, list(args.positional), args.keywords, node)


def _refuse_iterators(callee: Value, args: Arguments, node: ast.Call) -> None:
    """Refuse an iterator as the argument of a function that may use it twice, later or not at all."""
    if isinstance(callee, MethodV) and not isinstance(callee.function, FunctionV):
        return
    kept = any(isinstance(a, ast.GeneratorExp) for a in (*node.args, *(k.value for k in node.keywords))) or any(
        isinstance(v, IterV) and v.kind in ("zip", "enumerate", "reversed") for v in (*args.positional, *args.keywords.values()))
    if kept:
        raise Refused("ADC306", "an iterator is passed on here, and it gives its elements only once", node,
                      "pass a list: `list(...)` or `[... for ... in ...]`")


def call_value(ctx: Context, callee: Value, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """Call a value with evaluated arguments."""
    from adcompiler.frontend.builtin import apply_builtin
    from adcompiler.frontend.library import call_primitive
    from adcompiler.frontend.methods import builtin_method

    match callee:
        case FunctionV():
            return call_function(ctx, callee, args, keywords, node)
        case DerivativeV():
            from adcompiler.frontend.nested import call_derivative

            return call_derivative(ctx, callee, args, keywords, node)
        case BoundV(function, given, last):
            return call_value(ctx, function, [*args, *given] if last else [*given, *args], keywords, node)
        case CustomV():
            from adcompiler.frontend.custom import call_custom

            return call_custom(ctx, callee, args, keywords, node)
        case MethodV(owner, FunctionV() as function):
            return call_function(ctx, function, [owner, *args], keywords, node)
        case MethodV(owner, str(name)):
            return builtin_method(ctx, owner, name, args, keywords, node)
        case ClassV():
            return construct(ctx, callee, args, keywords, node)
        case PrimV(name):
            return call_primitive(ctx, name, args, keywords, node)
        case BuiltinV(name):
            return apply_builtin(ctx, name, args, keywords, node)
        case Ref(id) if isinstance(obj := ctx.state.heap[id], InstanceObj):
            if "__call__" in obj.cls.methods:
                return call_method(ctx, callee, "__call__", args, node, keywords)
        case ConflictV(reason, code):
            raise Refused(code, reason, node)
    raise Refused("ADC313", f"{kind_of(callee, ctx.state)} cannot be called", node)


def call_method(ctx: Context, owner: Value, name: str, args: list[Value], node: ast.AST,
                keywords: dict[str, Value] | None = None) -> Value:
    """Call a method of an instance of a user's class."""
    assert isinstance(owner, Ref)
    obj = ctx.state.heap[owner.id]
    assert isinstance(obj, InstanceObj)
    return call_value(ctx, obj.cls.methods[name], [owner, *args], keywords or {}, node)


def evaluate_arguments(ctx: Context, node: ast.Call) -> Arguments:
    """The arguments of a call, `*` and `**` expanded."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            seq = sequence(ctx, expression(ctx, arg.value), arg)
            if seq.items is None:
                raise Refused("ADC302", "the number of arguments must be known when compiling", arg)
            positional += seq.items
        else:
            positional.append(expression(ctx, arg))
    for keyword in node.keywords:
        value = expression(ctx, keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], DictObj):
            keywords.update({str(k): v for k, v in obj.entries})
        else:
            raise Refused("ADC302", "the names of the arguments must be known when compiling", keyword.value)
    return Arguments(tuple(positional), keywords)


def _cast(ctx: Context, dtype: str, args: Arguments, node: ast.AST) -> Value:
    if len(args.positional) != 1:
        raise Refused("ADC302", "a dtype is called with one value", node)
    value = args.positional[0]
    if isinstance(value, Ref):
        return primitive(ctx, "numpy.asarray", [value], node, dtype=dtype)
    return primitive(ctx, "numpy.asarray", [value], node, dtype=dtype)


# --- user functions ---------------------------------------------------------------------------------------


def bind(ctx: Context, function: FunctionV, args: Sequence[Value], keywords: dict[str, Value], node: ast.AST) -> dict[str, Value]:
    """Arguments by parameter name, as Python binds them; refused with the reason when they do not fit."""
    bound: dict[str, Value] = {}
    rest, given = list(args), dict(keywords)
    defaults = dict(function.defaults)
    for p in parameters_of(function.node):
        if p.kind == "VAR_POSITIONAL":
            bound[p.name] = TupleV(tuple(rest))
            rest = []
        elif p.kind == "VAR_KEYWORD":
            bound[p.name] = ctx.new(DictObj(tuple(given.items())))
            given = {}
        elif rest and p.kind != "KEYWORD_ONLY":
            bound[p.name] = rest.pop(0)
            if p.name in given and p.kind != "POSITIONAL_ONLY":
                raise Refused("ADC302", f"{function.name}() gets {p.name!r} twice", node)
        elif p.name in given and p.kind != "POSITIONAL_ONLY":
            bound[p.name] = given.pop(p.name)
        elif p.name in defaults:
            bound[p.name] = defaults[p.name]
        elif p.default is not None:
            bound[p.name] = _static_default(ctx, function, p.default)
        else:
            raise Refused("ADC302", f"{function.name}() needs an argument for {p.name!r}", node)
    if rest:
        raise Refused("ADC302", f"{function.name}() takes {len(args) - len(rest)} positional arguments, not {len(args)}", node)
    if given:
        raise Refused("ADC302", f"{function.name}() has no parameter {next(iter(given))!r}", node)
    return bound


def _static_default(ctx: Context, function: FunctionV, node: ast.expr) -> Value:
    """A default of a function whose file is only read, or one that is not a plain constant."""
    frame = Frame(function.name, ast.Lambda(args=_NO_ARGUMENTS, body=node), function.file, function.scope)
    value: Value = in_frame(ctx, frame, {}, lambda: expression(ctx, node))
    return value


_NO_ARGUMENTS = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def in_frame(ctx: Context, frame: Frame, env: dict[str, Value], body: Any) -> Any:
    """Run `body` in a new activation."""
    saved = ctx.frame if hasattr(ctx, "frame") else frame
    span, note = ctx.builder.span, ctx.builder.note
    ctx.state.frames[frame.id] = env
    ctx.frame = frame
    try:
        return body()
    finally:
        ctx.frame = saved
        ctx.builder.span, ctx.builder.note = span, note
        if not any(isinstance(n, ast.FunctionDef | ast.Lambda) for n in ast.walk(frame.node) if n is not frame.node):
            ctx.state.frames.pop(frame.id, None)


def call_function(ctx: Context, function: FunctionV, args: Sequence[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """The result of a call of a user's function: its body is lowered in place."""
    function = quoted(function, ctx.frame.file)
    if not isinstance(function.file, Quoted):
        check_function(function.node, function.file)
    bound = bind(ctx, function, args, keywords, node)
    own = emitted_primitive(function)
    if own is not None:
        return primitive(ctx, own, list(bound.values()), node)
    if function.node in ctx.recursive:
        return outlined(ctx, function, bound, node)
    if function.node in ctx.active:
        ctx.recursive.add(function.node)
        raise Restart
    if len(ctx.active) >= _DEEPEST:
        raise Refused("ADC314", "the calls nest too deeply", node)
    return inline(ctx, function, bound, node)


def inline(ctx: Context, function: FunctionV, bound: dict[str, Value], node: ast.AST | None) -> Value:
    """Lower the body of a function here and return its result."""
    parent = function.scope.frame if isinstance(function.scope, FrameScope) else None
    frame = Frame(function.name, function.node, function.file, function.scope, parent)
    ctx.active.append(function.node)
    count, no_grad = len(ctx.diagnostics), ctx.no_grad
    try:
        result: Value = in_frame(ctx, frame, dict(bound), lambda: _run(ctx, function))
    finally:
        ctx.active.pop()
        ctx.no_grad = no_grad
    if isinstance(result, type(POISON)):
        raise Poisoned
    if isinstance(result, ConflictV):
        raise Refused("ADC305" if "None" in result.reason else "ADC202",
                      f"{function.name}() does not always return the same kind of value: {result.reason}",
                      node if len(ctx.diagnostics) == count else None)
    return result


def _run(ctx: Context, function: FunctionV) -> Value:
    from adcompiler.frontend.statements import lower_body

    if isinstance(function.node, ast.Lambda):
        ctx.builder.note = ctx.frame.file.statement_text(function.node.body)
        return expression(ctx, function.node.body)
    ctx.env["$return"] = FALSE
    lower_body(ctx, function.node.body)
    flow = ctx.state.flow
    if flow is DEAD:
        return UNDEF
    value = ctx.env.get("$value", const(None))
    ctx.state.flow = FALL
    if flow is EXITED:
        return value
    if isinstance(flow, Flow):
        return const(None)
    if isinstance(value, type(POISON)):
        return value
    raise Refused("ADC305", f"{function.name}() may end without returning a value", function.node,
                  "add a return at the end")


# --- recursive functions ----------------------------------------------------------------------------------


def outlined(ctx: Context, function: FunctionV, bound: dict[str, Value], node: ast.AST) -> Value:
    """A call of a function that is compiled by itself."""
    fixed, bound = _with_captured(ctx, function, bound)
    templates = {name: template_of(value, ctx.state) for name, value in bound.items()}
    key = (function.node, tuple((n, plain(t, n)) for n, t in templates.items()))
    atoms = [a for n, v in bound.items() for a in flatten(v, templates[n], ctx.state, ctx.builder)]
    spec = ctx.outlined.get(key)
    if spec is None:
        spec = ctx.outlined[key] = Outlined(_outlined_name(ctx, function))
        _outline(ctx, spec, function, fixed, {n: t for n, t in key[1]}, node)
    if spec.result is None:
        return UNDEF  # a first look at the function, to find the type of its result
    types = [of_other_sizes(t) for t in leaf_types(spec.result)]  # the next call may give other sizes
    targets = ctx.at(node).emit(Call(spec.name, tuple(atoms)), types)
    tokens = frozenset([fresh_id()]).union(*(tokens_of(v, ctx.state) for v in bound.values()))
    result = instantiate(spec.result, iter(targets), ctx.state, lambda: Memory(tokens))
    return const(None) if result is None else result


def compiled_for(ctx: Context, function: FunctionV, templates: Sequence[Template], node: ast.AST, *,
                 known: bool = False) -> tuple[Template, str]:
    """A function compiled by itself for positional arguments of these structures: that of its result, and its name.

    The sizes in the structures are forgotten, unless they are `known` to be names that mean something inside only.
    """
    names = [p.name for p in parameters_of(function.node)]
    if len(names) != len(templates) or isinstance(function.scope, FrameScope):
        raise Refused("ADC507", f"{function.name}() must take {len(templates)} arguments, and be defined in a module", node)
    spec = Outlined(_outlined_name(ctx, function))
    ctx.outlined[function.node, id(spec)] = spec
    _outline(ctx, spec, function, {}, {n: t if known else plain(t, n) for n, t in zip(names, templates, strict=True)}, node)
    assert spec.result is not None and spec.function is not None
    block = spec.function.block
    spec.function = replace(spec.function, block=replace(block, binds=without_notes(block.binds)))
    return spec.result, spec.name


def _outlined_name(ctx: Context, function: FunctionV) -> str:
    stem = "_" + function.name.strip("_<>")
    taken = {o.name for o in ctx.outlined.values()}
    name, k = stem, 2
    while name in taken:
        name, k = f"{stem}_{k}", k + 1
    return name


def _with_captured(ctx: Context, function: FunctionV, bound: dict[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """What a recursive inner function reads of the functions around it becomes an argument, unless it is static."""
    if not isinstance(function.scope, FrameScope):
        return {}, bound
    fixed: dict[str, Value] = {}
    bound = dict(bound)
    own = Frame(function.name, function.node, function.file, function.scope).locals
    names = [n.id for n in ast.walk(function.node) if isinstance(n, ast.Name) and n.id not in own]
    for name in dict.fromkeys(names):
        value = _captured(ctx, function.scope.frame, name)
        if isinstance(value, Var | TupleV | Ref):
            bound[name] = value
        elif value is not None:
            fixed[name] = value
    return fixed, bound


def _captured(ctx: Context, frame: Frame | None, name: str) -> Value | None:
    """The value of a name of the functions around. Inside of a function that is compiled by itself they are its parameters."""
    alone = frame is not None and frame.id not in ctx.state.frames
    while frame is not None:
        if name in ctx.state.frames.get(frame.id, {}):
            return ctx.state.frames[frame.id][name]
        frame = frame.parent
    return ctx.env.get(name) if alone else None


def plain(template: Template, name: str) -> Template:
    """The template with sizes forgotten, so that calls with other sizes are calls of the same function."""
    match template:
        case ObjectT(Array(dtype, dims)):
            sizes: tuple[Dim, ...] = tuple(f"?{name}_{k}" for k in range(len(dims)))
            return ObjectT(Array(dtype, sizes))
        case NodeT():
            return replace(template, children=tuple(plain(c, f"{name}_{k}") for k, c in enumerate(template.children)))
        case _:
            return template


def _outline(ctx: Context, spec: Outlined, function: FunctionV, fixed: dict[str, Value], templates: dict[str, Template],
             node: ast.AST) -> None:
    """Lower a recursive function by itself, again until the type of its result is known."""
    for _ in range(6):
        builder, state = Builder(), State()
        mark = len(ctx.diagnostics)
        env: dict[str, Value] = dict(fixed)
        params: list[Var] = []
        for name, template in templates.items():
            new = [Var(h, t) for h, t in zip(leaf_hints(template, name), leaf_types(template), strict=True)]
            params += new
            value = instantiate(template, iter(new), state, lambda: Memory(frozenset([fresh_id()])))
            env[name] = const(None) if value is None else value
        before = dict(state.heap)
        with ctx.inside(builder, state):
            result = inline(ctx, function, env, node)
            end = ctx.state
            if any(end.heap.get(k) != v for k, v in before.items()):
                raise Refused("ADC406", "a function that calls itself or brings its derivative must not modify its arguments",
                              function.node, "copy the argument first (`.copy()`)")
            template = join_templates(spec.result or UnboundT(), template_of(result, end))
            atoms = flatten(result, template, end, ctx.builder)
        if template == spec.result:
            spec.function = function_of(spec.name, params, builder.block(params, atoms), len(atoms))
            return
        spec.result = template
        del ctx.diagnostics[mark:]
    raise Refused("ADC315", f"the type of what {function.name}() returns cannot be found", node)


def function_of(name: str, params: Sequence[Var], block: Block, results: int) -> Function:
    """A function that is compiled by itself."""
    names: list[str] = []
    for k, p in enumerate(params):
        names.append(p.hint if p.hint and p.hint not in names else f"{p.hint or 'a'}_{k}")
    signature = tuple(Parameter(n, Leaf()) for n in names)
    return Function(name, signature, Node("tuple", tuple(range(results)), (Leaf(),) * results), block)


# --- classes ----------------------------------------------------------------------------------------------


def construct(ctx: Context, cls: ClassV, args: Sequence[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """An instance of a user's class."""
    if cls.bases_unknown:
        raise Refused("ADC316", f"the class {cls.name} has base classes that are not followed", node)
    if cls.kind == "plain" or "__init__" in cls.methods:
        ref = ctx.new(InstanceObj(cls, ()))
        init = cls.methods.get("__init__")
        if isinstance(init, FunctionV):
            call_function(ctx, init, [ref, *args], keywords, node)
        elif args or keywords:
            raise Refused("ADC302", f"{cls.name}() takes no arguments", node)
        return ref
    values = dict(zip(cls.fields, args, strict=False))
    if len(args) > len(cls.fields):
        raise Refused("ADC302", f"{cls.name}() takes {len(cls.fields)} arguments, not {len(args)}", node)
    for name, value in keywords.items():
        if name not in cls.fields or name in values:
            raise Refused("ADC302", f"{cls.name}() cannot take {name!r} here", node)
        values[name] = value
    missing = [f for f in cls.fields if f not in values and f not in cls.defaults]
    if missing:
        raise Refused("ADC302", f"{cls.name}() needs an argument for {missing[0]!r}", node)
    ordered = tuple(values[f] if f in values else cls.defaults[f] for f in cls.fields)
    if cls.kind == "namedtuple":
        return TupleV(ordered, cls, cls.fields)
    ref = ctx.new(InstanceObj(cls, tuple(zip(cls.fields, ordered, strict=True))))
    post = cls.methods.get("__post_init__")
    if isinstance(post, FunctionV):
        call_function(ctx, post, [ref], {}, node)
    return ref


# --- lists ------------------------------------------------------------------------------------------------


def append(ctx: Context, owner: Ref, value: Value, node: ast.AST) -> None:
    """`owner.append(value)`."""
    obj = ctx.state.heap[owner.id]
    assert isinstance(obj, ListObj)
    check_ours(ctx, obj, node)
    if obj.stale is not None:
        ctx.atom(owner, node)
    if obj.items is not None:
        ctx.state.heap[owner.id] = replace(obj, items=(*obj.items, value))
        spread_staleness(ctx, owner, ctx.span(node))
        return
    held = tokens_of(value, ctx.state)
    atom = ctx.atom(value, node)
    hint = obj.atom.hint if isinstance(obj.atom, Var) else ""
    result = primitive(ctx, "append", [owner, atom], node)
    new = ctx.atom(result)
    if isinstance(new, Var):
        new.hint = hint
    mutate(ctx, owner, new, node)
    changed = ctx.state.heap[owner.id]
    assert isinstance(changed, ListObj)
    ctx.state.heap[owner.id] = replace(changed, inner=together(changed.inner, held))


def extend(ctx: Context, owner: Ref, values: Value, node: ast.AST) -> None:
    """`owner.extend(values)`, `owner += values`."""
    obj = ctx.state.heap[owner.id]
    assert isinstance(obj, ListObj)
    seq = sequence(ctx, values, node)
    if seq.items is not None:
        for item in seq.items:
            append(ctx, owner, item, node)
        return
    check_ours(ctx, obj, node)
    held = held_tokens(values, ctx.state)
    dynamic_list(ctx, owner, node)
    other = ctx.atom(values, node)
    if not isinstance(other.type, List):
        raise Refused("ADC301", f"a list cannot be extended by {kind_of(values, ctx.state)}", node)
    mutate(ctx, owner, ctx.at(node).prim("add", ctx.atom(owner), other), node)
    changed = ctx.state.heap[owner.id]
    assert isinstance(changed, ListObj)
    ctx.state.heap[owner.id] = replace(changed, inner=together(changed.inner, held))


def int_of(value: Value) -> int | None:
    """A constant integer."""
    if isinstance(value, Const) and isinstance(value.value, int):
        return int(value.value)
    return None


__all__ = ["ArrayObj", "Atom", "Bind", "append", "apply", "call", "call_function", "call_value", "construct", "extend",
           "static_value"]
