"""Python's builtins, and ours: stop_gradient, detach, no_grad."""

from __future__ import annotations

import ast
from collections.abc import Callable

from adcompiler.frontend.context import Context
from adcompiler.frontend.control import Loop
from adcompiler.frontend.expressions import (
    accumulate,
    as_numbers,
    choose,
    compare,
    expression,
    number,
    primitive,
    truth,
)
from adcompiler.frontend.implicit import SOLVERS, solve
from adcompiler.frontend.iteration import consumed_at_once, sequence
from adcompiler.frontend.nested import MODES, derivative
from adcompiler.frontend.opaque import opaque, opaque_call
from adcompiler.frontend.state import fresh_id, kind_of, tokens_of
from adcompiler.frontend.values import (
    ArrayObj,
    BuiltinV,
    ClassV,
    DictObj,
    DtypeV,
    FunctionV,
    InstanceObj,
    IterV,
    ListObj,
    OpaqueV,
    RangeV,
    Ref,
    Refused,
    SliceV,
    TupleV,
    Value,
)
from adcompiler.ir.build import UNDEF, const
from adcompiler.ir.catalogue.sizes import literal
from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.ir.types import ANY, BOOL, Array, Scalar, Unknown, has_derivative, is_integer

REFUSED = {
    "eval": "ADC120", "exec": "ADC120", "compile": "ADC120", "globals": "ADC120", "locals": "ADC120", "super": "ADC120",
    "setattr": "ADC120", "delattr": "ADC120", "__import__": "ADC120", "complex": "ADC118", "set": "ADC119",
    "iter": "ADC119", "next": "ADC119", "vars": "ADC120", "type": "ADC119", "input": "ADC119",
}
_MOST_ITEMS = 64
_SHOWN = ("str", "repr", "format", "chr", "ord", "hash", "id", "callable", "object", "open")


def call_builtin(ctx: Context, name: str, node: ast.Call) -> Value:
    """A call of a builtin; generators are folded where that is what the builtin does."""
    from adcompiler.frontend.calls import evaluate_arguments

    if name in REFUSED:
        raise Refused(REFUSED[name], f"{name}() is not supported", node)
    if name == "print":
        text, atoms = opaque_call(ctx, BuiltinV("print"), "", node)
        from adcompiler.ir.nodes import Foreign

        ctx.at(node).effect(Foreign(text, atoms))
        return const(None)
    if name in _SHOWN:
        return opaque(ctx, opaque_call(ctx, BuiltinV(name), "", node), node, pure=name not in ("open",))
    if name in ("sum", "any", "all") and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
        return _fold(ctx, name, node.args[0], node)
    args = evaluate_arguments(ctx, node)
    return apply_builtin(ctx, name, list(args.positional), args.keywords, node)


def _slice(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`slice(stop)`, `slice(start, stop[, step])`."""
    if keywords or not 1 <= len(args) <= 3:
        raise Refused("ADC302", "slice() takes one to three bounds", node)
    start, stop, step = (const(None), args[0], const(None)) if len(args) == 1 else (*args, const(None))[:3]
    return SliceV(start, stop, step)


def _fold(ctx: Context, name: str, generator: ast.GeneratorExp, node: ast.AST) -> Value:
    if name == "sum":
        return accumulate(ctx, generator, const(0), lambda total, v: _plus(ctx, total, v, node), "total")
    word, start = ("or", False) if name == "any" else ("and", True)
    state = ctx.state.copy()
    found = accumulate(ctx, generator, const(start),
                       lambda found, v: _logic(ctx, word, found, truth(ctx, v, generator.elt), node), "found")
    if ctx.state.differs(state):
        raise Refused("ADC306", f"{name}() stops at the first element that decides, and what is computed for the elements "
                      "changes names, lists or objects", node, "write a loop with `break`")
    return found


def _plus(ctx: Context, total: Value, value: Value, node: ast.AST) -> Value:
    if total == const(0) and isinstance(value, Var | Ref):
        return value
    return number(ctx, "add", total, value, node)


def _logic(ctx: Context, word: str, found: Value, value: Atom, node: ast.AST) -> Value:
    if isinstance(found, Const):
        return value if found.value == (word == "and") else found
    return ctx.at(node).prim(word, ctx.atom(found), value)


def apply_builtin(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """A builtin of evaluated arguments."""
    if name in MODES:
        return derivative(ctx, name, args, keywords, node)
    if name in SOLVERS:
        return solve(ctx, name, args, keywords, node)
    handler = BUILTIN_FUNCTIONS.get(name)
    if handler is None:
        raise Refused(REFUSED.get(name, "ADC119"), f"{name}() is not supported", node)
    allowed = {"enumerate": {"start"}, "sum": {"start"}, "zip": {"strict"}, "dict": None, "print": None,
               "min": {"default", "key"}, "max": {"default", "key"}, "round": {"ndigits"}, "pow": {"mod"},
               "sorted": {"reverse", "key"}}
    names = allowed.get(name, set())
    for key in keywords:
        if names is not None and key not in names:
            raise Refused("ADC302", f"{name}() has no parameter {key!r} that is supported", node)
    return handler(ctx, args, keywords, node)


Handler = Callable[[Context, list[Value], dict[str, Value], ast.AST], Value]


def _one(args: list[Value], name: str, node: ast.AST) -> Value:
    if len(args) != 1:
        raise Refused("ADC302", f"{name}() takes one argument here", node)
    return args[0]


def _abs(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    value = _one(args, "abs", node)
    if isinstance(value, Const) and isinstance(value.value, int | float):
        return const(abs(value.value))
    if isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ArrayObj):
        return primitive(ctx, "numpy.abs", [value], node)
    return primitive(ctx, "abs", [value], node)


def _extremum(word: str) -> Handler:
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        if keywords:
            raise Refused("ADC302", f"{word}() with {', '.join(keywords)} is not supported", node)
        if len(args) != 1:
            return _extreme_of(ctx, word, args, node)
        value = args[0]
        if isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ArrayObj):
            atom = ctx.atom(value, node)
            if isinstance(atom.type, Array) and atom.type.rank == 1:
                return primitive(ctx, f"numpy.{word}", [value], node)
        seq = sequence(ctx, value, node)
        if seq.items is not None:
            return _extreme_of(ctx, word, list(seq.items), node)
        return _extreme_loop(ctx, word, value, node)
    return handler


def _extreme_of(ctx: Context, word: str, args: list[Value], node: ast.AST) -> Value:
    if not args:
        raise Refused("ADC302", f"{word}() of nothing", node)
    if len(args) == 1:
        return args[0]
    values = [a.value for a in args if isinstance(a, Const) and isinstance(a.value, int | float)]
    if len(values) == len(args):
        return const((min if word == "min" else max)(values))
    return primitive(ctx, word, as_numbers(ctx, args, node), node)


def _extreme_loop(ctx: Context, word: str, value: Value, node: ast.AST) -> Value:
    seq = sequence(ctx, value, node)
    length = seq.length(ctx)
    if not isinstance(length, Const):
        from adcompiler.ir.nodes import Prim

        check = ctx.at(node).prim("gt", length, const(0))
        ctx.builder.effect(Prim("assert", (check, const(f"{word}() of an empty list"))))
    name = f"$t{fresh_id()}"
    ctx.env[name] = seq.at(ctx, const(0))

    def body(index: Var) -> None:
        ctx.env[name] = primitive(ctx, word, [ctx.env[name], seq.at(ctx, index)], node)

    Loop(ctx, node).lower_for(const(1), length, const(1), "k", body)
    return ctx.env.pop(name)


def _sum(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    start = keywords.get("start", args[1] if len(args) > 1 else const(0))
    if not 1 <= len(args) <= 2:
        raise Refused("ADC302", "sum() takes a sequence and a start", node)
    value = args[0]
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ArrayObj) and start == const(0):
        ctx.atom(value, node)
        if isinstance(obj.atom.type, Array) and obj.atom.type.rank == 1:
            return primitive(ctx, "numpy.sum", [value], node)
        return primitive(ctx, "numpy.sum", [value], node, axis=0)
    seq = sequence(ctx, value, node)
    if seq.items is not None:
        total: Value = start
        for item in seq.items:
            total = _plus(ctx, total, item, node)
        return total
    name = f"$total{fresh_id()}"
    ctx.env[name] = start
    first, stop, step = seq.range(ctx)

    def body(index: Var) -> None:
        ctx.env[name] = number(ctx, "add", ctx.env[name], seq.element(ctx, index), node)

    Loop(ctx, node).lower_for(first, stop, step, "k", body)
    return ctx.env.pop(name)


def _pow(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    modulus = keywords.get("mod", args[2] if len(args) == 3 else None)
    if not 2 <= len(args) <= 3:
        raise Refused("ADC302", "pow() takes two or three arguments", node)
    if modulus is None:
        return number(ctx, "pow", args[0], args[1], node)
    numbers = [v.value for v in (*args[:2], modulus) if isinstance(v, Const)]
    if len(numbers) < 3 or not all(isinstance(v, int) for v in numbers):
        raise Refused("ADC301", "pow() with a modulus takes integers that are known when compiling", node,
                      "write `base ** exponent % modulus`")
    try:
        return const(pow(*numbers))
    except ValueError as error:
        raise Refused("ADC301", f"pow(): {error}", node) from None


def _divmod(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    if len(args) != 2:
        raise Refused("ADC302", "divmod() takes two arguments", node)
    return TupleV((number(ctx, "floordiv", args[0], args[1], node), number(ctx, "mod", args[0], args[1], node)))


def _round(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return primitive(ctx, "round", [*args, *keywords.values()], node)


def _convert(name: str) -> Handler:
    python = {"float": float, "int": int, "bool": bool}[name]

    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        value = _one(args, name, node) if args else const(0)
        if isinstance(value, Const) and isinstance(value.value, bool | int | float | str):
            try:
                return const(python(value.value))
            except (ValueError, OverflowError):
                raise Refused("ADC301", f"{name}() cannot take this value", node) from None
        if name == "bool":
            return truth(ctx, value, node)
        if isinstance(value, Var) and name == "float" and value.type == const(0.0).type:
            return value
        return primitive(ctx, name, [value], node)
    return handler


def _len(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    value = _one(args, "len", node)
    match value:
        case Const(value=str()):
            return const(len(value.value))
        case Var() if isinstance(value.type, Unknown):
            return primitive(ctx, "len", [value], node)
        case Ref(id) if isinstance(obj := ctx.state.heap[id], InstanceObj):
            if "__len__" in obj.cls.methods:
                from adcompiler.frontend.calls import call_method

                return call_method(ctx, value, "__len__", [], node)
        case TupleV() | RangeV() | Ref() | IterV("keys" | "values" | "items"):
            return sequence(ctx, value, node).length(ctx)
    raise Refused("ADC301", f"{kind_of(value, ctx.state)} has no length", node)


def _range(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    bounds: list[Atom] = []
    for value in args:
        atom = ctx.atom(value, node)
        if not (isinstance(atom.type, Scalar) and not atom.type.dtype.startswith("float")) and atom.type != ANY \
                and atom != UNDEF:
            raise Refused("ADC301", "range() needs integers", node, "annotate the parameter with `int`, or use int(...)")
        bounds.append(atom)
    match bounds:
        case [stop]:
            return RangeV(const(0), stop, const(1))
        case [start, stop]:
            return RangeV(start, stop, const(1))
        case [start, stop, step]:
            return RangeV(start, stop, step)
    raise Refused("ADC302", "range() takes one to three integers", node)


def _enumerate(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    first = keywords.get("start", args[1] if len(args) > 1 else const(0))
    consumed_at_once(ctx, node, "an iterator")
    return IterV("enumerate", (args[0], first))


def _zip(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    consumed_at_once(ctx, node, "an iterator")
    return IterV("zip", tuple(args))


def _reversed(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    consumed_at_once(ctx, node, "an iterator")
    return IterV("reversed", (_one(args, "reversed", node),))


def _list(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.calls import append

    if not args:
        return ctx.new(ListObj((), None, frozenset([fresh_id()])))
    value = _one(args, "list", node)
    seq = sequence(ctx, value, node)
    ref = ctx.new(ListObj(seq.items if seq.items is not None else (), None, frozenset([fresh_id()])))
    if seq.items is None:
        name = f"$t{fresh_id()}"
        ctx.env[name] = ref
        first, stop, step = seq.range(ctx)

        def body(index: Var) -> None:
            owner = ctx.env[name]
            assert isinstance(owner, Ref)
            append(ctx, owner, seq.element(ctx, index), node)

        Loop(ctx, node).lower_for(first, stop, step, "k", body)
        return ctx.env.pop(name)
    return ref


def _tuple(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    seq = sequence(ctx, _one(args, "tuple", node), node) if args else None
    if args and isinstance(args[0], RangeV) and seq is not None and seq.items is None:
        bounds = [b.value for b in seq.range(ctx) if isinstance(b, Const)]
        if len(bounds) == 3 and len(range(*bounds)) <= _MOST_ITEMS:
            return TupleV(tuple(const(k) for k in range(*bounds)))
    if args and seq is not None and seq.items is None and (count := _rows(ctx, args[0], node)) is not None:
        return TupleV(tuple(seq.at(ctx, const(k)) for k in range(count)))
    if seq is not None and seq.items is None:
        raise Refused("ADC308", "the length of a tuple must be known when compiling", node, "use a list")
    return TupleV(seq.items or () if seq is not None else ())


def _rows(ctx: Context, value: Value, node: ast.AST) -> int | None:
    """How many rows an array has, where that is known to be a small number."""
    if not isinstance(value, Ref) or not isinstance(ctx.state.heap[value.id], ArrayObj):
        return None
    type_ = ctx.atom(value, node).type
    count = literal(type_.dims[0]) if isinstance(type_, Array) else None
    return count if count is not None and count <= _MOST_ITEMS else None


def _dict(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    entries: dict[object, Value] = {}
    if args:
        value = args[0]
        if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], DictObj):
            entries.update(obj.entries)
        else:
            pairs = sequence(ctx, value, node).items
            if pairs is None:
                raise Refused("ADC307", "the keys of a dict must be constants", node)
            for pair in pairs:
                if not isinstance(pair, TupleV) or len(pair.items) != 2 or not isinstance(pair.items[0], Const):
                    raise Refused("ADC307", "the keys of a dict must be constants", node)
                entries[pair.items[0].value] = pair.items[1]
    entries.update(keywords)
    return ctx.new(DictObj(tuple(entries.items())))


def _sorted(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`sorted(values, reverse=False)`: numbers by `np.sort`, constants now."""
    from adcompiler.frontend.library import call_primitive

    value, reverse = _one(args, "sorted", node), keywords.get("reverse", const(False))
    if "key" in keywords or not isinstance(reverse, Const):
        raise Refused("ADC302", "sorted() with a key is not supported", node, "sort arrays with np.argsort")
    items = sequence(ctx, value, node).items
    if items is not None and all(isinstance(v, Const) for v in items):
        constants = sorted((v.value for v in items if isinstance(v, Const)), reverse=bool(reverse.value))
        return ctx.new(ListObj(tuple(map(const, constants)), None, frozenset([fresh_id()])))
    ordered = call_primitive(ctx, "numpy.sort", [call_primitive(ctx, "numpy.array", [value], {}, node)], {}, node)
    if items is None:
        ordered = primitive(ctx, "numpy.flip", [ordered], node, axis=0) if reverse.value else ordered
        return apply_builtin(ctx, "list", [ordered], {}, node)
    positions = range(len(items))[::-1] if reverse.value else range(len(items))
    parts = [primitive(ctx, "load", [ordered, const(k)], node, index=("i",)) for k in positions]
    kind = "float" if any(not is_integer(ctx.atom(v, node).type) for v in items) else "int"
    return ctx.new(ListObj(tuple(primitive(ctx, kind, [v], node) for v in parts), None, frozenset([fresh_id()])))


def _quantifier(word: str) -> Handler:
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        value = _one(args, word, node)
        seq = sequence(ctx, value, node)
        found: Value = const(word == "all")
        logic = "or" if word == "any" else "and"
        if seq.items is not None:
            for item in seq.items:
                found = _logic(ctx, logic, found, truth(ctx, item, node), node)
            return found
        name = f"$t{fresh_id()}"
        ctx.env[name] = found
        first, stop, step = seq.range(ctx)

        def body(index: Var) -> None:
            ctx.env[name] = _logic(ctx, logic, ctx.env[name], truth(ctx, seq.element(ctx, index), node), node)

        Loop(ctx, node).lower_for(first, stop, step, "k", body)
        return ctx.env.pop(name)
    return handler


def _map(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    from adcompiler.frontend.calls import append, call_value

    if len(args) < 2:
        raise Refused("ADC302", "map() takes a function and sequences", node)
    consumed_at_once(ctx, node, "an iterator")
    seq = sequence(ctx, IterV("zip", tuple(args[1:])), node)
    if seq.items is not None:
        results = [call_value(ctx, args[0], list(row.items), {}, node) for row in seq.items if isinstance(row, TupleV)]
        return ctx.new(ListObj(tuple(results), None, frozenset([fresh_id()])))
    name = f"$t{fresh_id()}"
    ctx.env[name] = ctx.new(ListObj((), None, frozenset([fresh_id()])))
    first, stop, step = seq.range(ctx)

    def body(index: Var) -> None:
        row, owner = seq.element(ctx, index), ctx.env[name]
        assert isinstance(row, TupleV) and isinstance(owner, Ref)
        append(ctx, owner, call_value(ctx, args[0], list(row.items), {}, node), node)

    Loop(ctx, node).lower_for(first, stop, step, "k", body)
    return ctx.env.pop(name)


def _isinstance(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    if len(args) != 2:
        raise Refused("ADC302", "isinstance() takes two arguments", node)
    value, classes = args
    options = classes.items if isinstance(classes, TupleV) else (classes,)
    found = [_is_a(ctx, value, c, node) for c in options]
    return const(any(found))


def _is_a(ctx: Context, value: Value, cls: Value, node: ast.AST) -> bool:
    if isinstance(value, Var) and isinstance(value.type, Unknown):
        raise Refused("ADC303", "the type of this value is not known when compiling", node)
    name = cls.name.split(".")[-1] if isinstance(cls, BuiltinV | OpaqueV | ClassV | DtypeV) else getattr(cls, "name", "")
    name = name.split(".")[-1]
    match value:
        case Var() | Const() if isinstance(value.type, Scalar):
            kind = value.type.dtype.rstrip("0123456789")
            family = {"float": {"float", "floating", "Real", "Number", "number"},
                      "int": {"int", "integer", "Integral", "Real", "Number", "number"},
                      "bool": {"bool", "int"}}.get(kind, set())
            own = {value.type.dtype, "generic"} if not value.type.weak else set()
            if not value.type.weak and kind == "int":
                family = family - {"int"}
            return name in family | own
        case Const():
            return type(value.value).__name__ == name
        case TupleV(cls=inner):
            return name == "tuple" or (inner is not None and name == inner.name)
        case Ref(id):
            obj = ctx.state.heap[id]
            match obj:
                case ArrayObj():
                    return name == "ndarray"
                case ListObj():
                    return name == "list"
                case DictObj():
                    return name == "dict"
                case InstanceObj(cls=inner):
                    return name == inner.name
        case FunctionV():
            return name in ("FunctionType", "Callable")
    return False


def _stop_gradient(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return _stopped(ctx, _one(args, "stop_gradient", node), node)


def _stopped(ctx: Context, value: Value, node: ast.AST) -> Value:
    match value:
        case Var() if has_derivative(value.type):
            return ctx.at(node).prim("stop_gradient", value)
        case TupleV(items):
            return TupleV(tuple(_stopped(ctx, v, node) for v in items), value.cls, value.names)
        case Ref(id) if isinstance(obj := ctx.state.heap[id], ArrayObj | ListObj):
            atom = ctx.atom(value, node)
            if not has_derivative(atom.type):
                return value
            result = ctx.at(node).prim("stop_gradient", atom)
            if isinstance(obj, ListObj):
                return ctx.new(ListObj(None, result, obj.tokens, inner=tokens_of(value, ctx.state)))
            return ctx.wrap(result, tokens_of(value, ctx.state))
        case Ref():
            raise Refused("ADC301", f"stop_gradient takes a number, an array, a list or a tuple, not "
                                    f"{kind_of(value, ctx.state)}", node)
        case _:
            return value


def _no_grad(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return BuiltinV("no_grad()")


BUILTIN_FUNCTIONS: dict[str, Handler] = {
    "abs": _abs, "min": _extremum("min"), "max": _extremum("max"), "sum": _sum, "pow": _pow, "divmod": _divmod,
    "round": _round, "float": _convert("float"), "int": _convert("int"), "bool": _convert("bool"), "len": _len,
    "range": _range, "slice": _slice, "enumerate": _enumerate, "zip": _zip, "reversed": _reversed, "isinstance": _isinstance,
    "list": _list, "tuple": _tuple, "dict": _dict, "any": _quantifier("any"), "all": _quantifier("all"), "map": _map,
    "sorted": _sorted,
    "stop_gradient": _stop_gradient, "detach": _stop_gradient, "no_grad": _no_grad,
}

__all__ = ["BOOL", "BUILTIN_FUNCTIONS", "apply_builtin", "call_builtin", "choose", "compare", "expression"]
