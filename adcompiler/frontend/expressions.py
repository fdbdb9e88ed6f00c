"""Expressions: one function a kind, in the table `EXPRESSIONS`."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from adcompiler.frontend.arrays import check_ours, forget_places, mutate, pin, spread_staleness, subscript, view, write
from adcompiler.frontend.context import Context, function_value
from adcompiler.frontend.control import Loop, lower_if
from adcompiler.frontend.iteration import Sequenced, consumed_at_once, is_lazy, item_now, sequence, sources
from adcompiler.frontend.opaque import opaque, opaque_source
from adcompiler.frontend.resolve import OUTSIDE, OWN_FUNCTIONS, known_attribute, not_inside
from adcompiler.frontend.state import BOXED, DEAD, fresh_id, held_tokens, kind_of, own_tokens, stale_error, together
from adcompiler.frontend.values import (
    TWIN,
    ArrayObj,
    BuiltinV,
    ClassV,
    ConflictV,
    DictObj,
    DtypeV,
    FunctionV,
    InstanceObj,
    ListObj,
    MethodV,
    ModuleV,
    OpaqueV,
    Poisoned,
    PoisonV,
    PrimV,
    Ref,
    Refused,
    Step,
    TupleV,
    Value,
)
from adcompiler.ir.build import UNDEF, const
from adcompiler.ir.nodes import Atom, Const, Foreign, Var
from adcompiler.ir.ops import OPS, IrTypeError, describe
from adcompiler.ir.types import ANY, BOOL, Array, Dim, List, Scalar, Unknown, is_float, rank
from adcompiler.source import parameters_of

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.MatMult: "matmul", ast.BitAnd: "bitand", ast.BitOr: "bitor", ast.BitXor: "bitxor",
    ast.LShift: "lshift", ast.RShift: "rshift",
}
_DUNDER = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "truediv": "__truediv__", "pow": "__pow__",
           "matmul": "__matmul__", "floordiv": "__floordiv__", "mod": "__mod__"}
_FOLD: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "neg": operator.neg, "pos": operator.pos,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
    "bitand": operator.and_, "bitor": operator.or_, "bitxor": operator.xor, "lshift": operator.lshift,
    "rshift": operator.rshift, "invert": operator.invert,
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}


def expression(ctx: Context, node: ast.expr) -> Value:
    """The value of an expression."""
    handler = EXPRESSIONS.get(type(node))
    if handler is None:
        raise Refused("ADC119", f"`{type(node).__name__}` expressions are not supported", node)
    value = handler(ctx, node)
    if isinstance(value, PoisonV):
        raise Poisoned
    obj = ctx.state.heap.get(value.id) if isinstance(value, Ref) else None
    if obj is not None and obj.stale and (isinstance(obj, DictObj | InstanceObj) or getattr(obj, "items", None) is not None):
        raise stale_error(obj, node)  # others are checked where their IR value is needed
    return value


def primitive(ctx: Context, name: str, args: list[Value], node: ast.AST, **params: Any) -> Value:
    """Bind a primitive, refused with the place when the operands do not fit; several results are a tuple."""
    atoms = [ctx.atom(a, node) for a in args]
    try:
        if OPS[name].several:
            return TupleV(tuple(map(ctx.wrap, ctx.at(node).prims(name, *atoms, **params))))
        result = ctx.at(node).prim(name, *atoms, **params)
    except IrTypeError as error:
        raise Refused("ADC301", str(error), node) from None
    if not OPS[name].makes_memory_of(atoms) and isinstance(result.type, Array | List):
        if name in LENSES and isinstance(args[0], Ref) and isinstance(obj := ctx.state.heap[args[0].id], ArrayObj) and (
                name not in ("numpy.reshape", "numpy.ravel") or obj.ordered):
            return view(ctx, args[0], result, Step(name, tuple(atoms[1:]), tuple(params.items())))
        tokens = frozenset[int]().union(*(own_tokens(a, ctx.state) for a in args if isinstance(a, Ref)))
        return ctx.wrap(result, tokens or None)
    if isinstance(result.type, Scalar) and OPS[name].boxes:
        BOXED[result] = name in LENSES and isinstance(args[0], Ref)
    if name in LENSES and isinstance(result.type, Scalar) and isinstance(args[0], Ref):
        pin(ctx, args[0])
    value = ctx.wrap(result)
    if isinstance(value, Ref) and (name in _ORDERED or (OPS[name].elementwise and all(map(partial(_is_ordered, ctx), args)))):
        made = ctx.state.heap[value.id]
        if isinstance(made, ArrayObj):
            ctx.state.heap[value.id] = replace(made, ordered=True)
    return value


LENSES = frozenset(["numpy.transpose", "numpy.swapaxes", "numpy.expand_dims", "numpy.squeeze", "numpy.reshape", "numpy.ravel"])
"""Primitives that give a view through which we know how to write; reshaping only of elements that lie in order."""
_ORDERED = frozenset(f"numpy.{name}" for name in "zeros ones empty full eye identity arange linspace array".split())
"""Primitives that give elements in C order."""


def _is_ordered(ctx: Context, value: Value) -> bool:
    """Whether a value is a number, or an array whose elements lie in C order."""
    if not isinstance(value, Ref):
        return True
    obj = ctx.state.heap[value.id]
    return isinstance(obj, ArrayObj) and obj.ordered


# --- arithmetic -------------------------------------------------------------------------------------------


def _is_number(value: Value) -> bool:
    return isinstance(value, Const) and isinstance(value.value, bool | int | float) and isinstance(value.type, Scalar)


def number(ctx: Context, name: str, a: Value, b: Value, node: ast.AST) -> Value:
    """A binary operation."""
    if _is_number(a) and _is_number(b):
        return _folded(ctx, name, [a, b], node)
    if any(isinstance(v, Const) and isinstance(v.value, str) for v in (a, b)):
        return _text_operation(ctx, name, a, b, node)
    combined = _combine(ctx, name, a, b, node)
    if combined is not None:
        return combined
    for value in (a, b):
        if isinstance(value, Const) and isinstance(value.value, type(None) | complex):
            raise Refused("ADC301", f"{kind_of(value, ctx.state)} does not take part in arithmetic", node)
    a, b = as_numbers(ctx, [a, b], node)
    if name in ("truediv", "floordiv", "mod") and isinstance(b, Var) and _is_python_number(a) and _is_python_number(b):
        return primitive(ctx, name, [a, b], node, keep=True)  # it may raise ZeroDivisionError
    return primitive(ctx, name, [a, b], node)


def _is_python_number(value: Value) -> bool:
    return isinstance(value, Var | Const) and isinstance(value.type, Scalar) and value.type.weak


_SYMBOL = {"add": "+", "mod": "%", "mul": "*"}


def _text_operation(ctx: Context, name: str, a: Value, b: Value, node: ast.AST) -> Value:
    """`+`, `%` and `*` of strings, which are constants."""
    if isinstance(a, Const) and isinstance(b, Const) and name in _FOLD:
        try:
            return const(_FOLD[name](a.value, b.value))
        except TypeError:
            pass
    other = b if isinstance(a, Const) and isinstance(a.value, str) else a
    number_like = isinstance(other, Var | Const) and isinstance(other.type, Scalar)
    if name not in _SYMBOL or (number_like and (name == "add" or (name == "mod" and other is a))):
        raise Refused("ADC301", "a string does not take part in arithmetic", node)
    left, args = opaque_source(ctx, a, node)
    right, more = opaque_source(ctx, b, node, len(args))
    return opaque(ctx, (f"{left} {_SYMBOL[name]} {right}", args + more), node, pure=True)


def as_numbers(ctx: Context, values: list[Value], node: ast.AST) -> list[Value]:
    """Objects of unknown type that meet a number in arithmetic are taken as numbers; float() checks it at run time."""
    known = [v for v in values if isinstance(v, Var | Const) and isinstance(v.type, Scalar)]
    unknown = [v for v in values if isinstance(v, Var) and isinstance(v.type, Unknown)]
    if len(known) + len(unknown) != len(values) or not known:
        return values
    return [primitive(ctx, "float", [v], node) if v in unknown else v for v in values]


def _combine(ctx: Context, name: str, a: Value, b: Value, node: ast.AST) -> Value | None:
    """Tuples and lists added and repeated; instances with operators of their own."""
    if isinstance(a, TupleV) and isinstance(b, TupleV) and name == "add" and a.cls is None:
        return TupleV(a.items + b.items)
    if isinstance(a, TupleV) and _is_number(b) and name == "mul":
        assert isinstance(b, Const)
        return TupleV(a.items * b.value)
    x, y = (ctx.state.heap[v.id] if isinstance(v, Ref) else None for v in (a, b))
    if isinstance(x, InstanceObj) or isinstance(y, InstanceObj):
        return _operator_method(ctx, name, a, b, node)
    if isinstance(x, ListObj) and isinstance(y, ListObj) and name == "add":
        if x.items is not None and y.items is not None:
            return ctx.new(ListObj(x.items + y.items, None, frozenset([fresh_id()])))
        return ctx.new(ListObj(None, ctx.builder.prim("add", ctx.atom(a, node), ctx.atom(b, node)),
                               frozenset([fresh_id()]), inner=together(held_tokens(a, ctx.state), held_tokens(b, ctx.state))))
    if isinstance(y, ListObj) and name == "mul" and isinstance(a, Var | Const):
        a, b, x, y = b, a, y, x
    if isinstance(x, ListObj) and name == "mul" and isinstance(b, Var | Const):
        if x.items is not None and isinstance(b, Const) and b.value * len(x.items) <= 16:
            return ctx.new(ListObj(x.items * b.value, None, frozenset([fresh_id()])))
        held = held_tokens(a, ctx.state)
        return ctx.new(ListObj(None, ctx.at(node).prim("repeat", ctx.atom(a, node), b), frozenset([fresh_id()]),
                               inner=together(held, held)))
    return None


def _operator_method(ctx: Context, name: str, a: Value, b: Value, node: ast.AST) -> Value:
    from adcompiler.frontend.calls import call_method

    dunder = _DUNDER.get(name, "")
    for owner, method, other in ((a, dunder, b), (b, "__r" + dunder[2:], a)):
        if isinstance(owner, Ref) and isinstance(obj := ctx.state.heap[owner.id], InstanceObj) and method in obj.cls.methods:
            return call_method(ctx, owner, method, [other], node)
    raise Refused("ADC301", f"{kind_of(a, ctx.state)} and {kind_of(b, ctx.state)} do not support this operator", node)


def _folded(ctx: Context, name: str, args: list[Value], node: ast.AST) -> Value:
    """An operation on constants; left to run time when it raises."""
    values = [a.value for a in args if isinstance(a, Const)]
    try:
        if name not in _FOLD or (name == "pow" and abs(values[1]) > 64) or (name == "lshift" and values[1] > 64):
            return primitive(ctx, name, args, node)
        result = _FOLD[name](*values)
    except (ArithmeticError, TypeError, ValueError):
        return primitive(ctx, name, args, node)
    weak = all(isinstance(a.type, Scalar) and a.type.weak for a in args if isinstance(a, Const))
    if not isinstance(result, bool | int | float) or not weak:
        return primitive(ctx, name, args, node)
    return const(result)


def _binary(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.BinOp)
    return number(ctx, BINARY[type(node.op)], expression(ctx, node.left), expression(ctx, node.right), node)


def _unary(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.UnaryOp)
    value = expression(ctx, node.operand)
    if isinstance(node.op, ast.Not):
        cond = truth(ctx, value, node.operand)
        return const(not cond.value) if isinstance(cond, Const) else ctx.at(node).prim("not", cond)
    name = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}[type(node.op)]
    if _is_number(value):
        return _folded(ctx, name, [value], node)
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], InstanceObj) and name == "neg":
        from adcompiler.frontend.calls import call_method

        if "__neg__" in obj.cls.methods:
            return call_method(ctx, value, "__neg__", [], node)
    return primitive(ctx, name, [value], node)


# --- conditions -------------------------------------------------------------------------------------------


def truth(ctx: Context, value: Value, node: ast.AST) -> Atom:
    """The truth of a value, as a condition."""
    match value:
        case Const() if not isinstance(value.type, Unknown) or value.value is None or isinstance(value.value, str):
            return const(bool(value.value))
        case Var():
            if value.type == BOOL or (isinstance(value.type, Scalar) and value.type.dtype == "bool"):
                return value
            if isinstance(value.type, Scalar):
                return ctx.at(node).prim("ne", value, const(0))
            return ctx.at(node).prim("bool", value)
        case TupleV(items):
            return const(bool(items))
        case Ref(id):
            obj = ctx.state.heap[id]
            match obj:
                case ListObj(items=listed) if listed is not None:
                    return const(bool(listed))
                case ListObj():
                    return ctx.at(node).prim("ne", ctx.at(node).prim("len", ctx.atom(value)), const(0))
                case ArrayObj():
                    return ctx.at(node).prim("bool", ctx.atom(value))
                case DictObj(pairs):
                    return const(bool(pairs))
                case InstanceObj(cls):
                    for method in ("__bool__", "__len__"):
                        if method in cls.methods:
                            from adcompiler.frontend.calls import call_method

                            return truth(ctx, call_method(ctx, value, method, [], node), node)
                    return const(True)
        case FunctionV() | ClassV() | PrimV() | ModuleV() | BuiltinV():
            return const(True)
    return ctx.at(node).prim("bool", ctx.atom(value, node))


def condition(ctx: Context, node: ast.expr) -> Atom:
    """The truth of an expression."""
    return truth(ctx, expression(ctx, node), node)


def choose(ctx: Context, cond: Atom, then: Callable[[], Value], orelse: Callable[[], Value]) -> Value:
    """The value of `then() if cond else orelse()`, lazily."""
    name = f"$choice{fresh_id()}"

    def keep(value: Callable[[], Value]) -> None:
        try:
            ctx.env[name] = value()
        except Refused as refused:
            if refused.code != "ADC204" or not ctx.frame.loops:
                raise
            ctx.report(refused)
            ctx.state.flow = DEAD  # in the first iteration this is an error; a later one may find the name bound

    lower_if(ctx, cond, lambda: keep(then), lambda: keep(orelse))
    result = ctx.env.pop(name, UNDEF)
    if isinstance(result, ConflictV):
        raise Refused("ADC202", f"the value is not of one kind: {result.reason}", None,
                      "give it one kind of value on both sides")
    return result


def _boolean(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.BoolOp)
    return _logical(ctx, isinstance(node.op, ast.And), node.values, node)


def _logical(ctx: Context, conjunction: bool, parts: list[ast.expr], node: ast.AST) -> Value:
    first = expression(ctx, parts[0])
    if len(parts) == 1:
        return first
    cond = truth(ctx, first, parts[0])

    def rest() -> Value:
        return _logical(ctx, conjunction, parts[1:], node)

    def mine() -> Value:
        if isinstance(first, Var) and first is cond:
            return const(not conjunction)  # a truth value that decided the matter
        return first

    return choose(ctx, cond, rest, mine) if conjunction else choose(ctx, cond, mine, rest)


def _compare(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.Compare)
    return _chain(ctx, expression(ctx, node.left), list(node.ops), list(node.comparators), node)


def _chain(ctx: Context, left: Value, ops: list[ast.cmpop], rights: list[ast.expr], node: ast.Compare) -> Value:
    right = expression(ctx, rights[0])
    first = compare(ctx, ops[0], left, right, node)
    if len(ops) == 1:
        return first
    cond = truth(ctx, first, node)
    return choose(ctx, cond, lambda: _chain(ctx, right, ops[1:], rights[1:], node), lambda: const(False))


def compare(ctx: Context, op: ast.cmpop, a: Value, b: Value, node: ast.AST) -> Value:
    """One comparison."""
    if isinstance(op, ast.Is | ast.IsNot):
        return _identity(ctx, a, b, isinstance(op, ast.Is), node)
    if isinstance(op, ast.In | ast.NotIn):
        return _membership(ctx, a, b, isinstance(op, ast.In), node)
    name = _COMPARE[type(op)]
    if _is_number(a) and _is_number(b):
        return _folded(ctx, name, [a, b], node)
    if isinstance(a, Const) and isinstance(b, Const):
        try:
            return const(bool(_FOLD[name](a.value, b.value)))
        except TypeError:
            raise Refused("ADC301", "these values cannot be compared", node) from None
    if isinstance(a, TupleV) and isinstance(b, TupleV) and name in ("eq", "ne"):
        return _tuples_equal(ctx, a, b, name == "eq", node)
    if isinstance(a, DtypeV) and isinstance(b, DtypeV) and name in ("eq", "ne"):
        return const((a == b) == (name == "eq"))
    none = [v for v in (a, b) if isinstance(v, Const) and (v.value is None or isinstance(v.value, str))]
    if none and name in ("eq", "ne") and not any(isinstance(v, Var) and v.type == ANY for v in (a, b)):
        return const(name == "ne")
    return primitive(ctx, name, [a, b], node)


def _tuples_equal(ctx: Context, a: TupleV, b: TupleV, equal: bool, node: ast.AST) -> Value:
    if len(a.items) != len(b.items):
        return const(not equal)
    result: Value = const(True)
    for x, y in zip(a.items, b.items, strict=True):
        same = truth(ctx, compare(ctx, ast.Eq(), x, y, node), node)
        so_far = ctx.atom(result)
        if isinstance(so_far, Const):
            result = same if so_far.value else so_far
        else:
            result = ctx.at(node).prim("and", so_far, same)
    if equal:
        return result
    return const(not result.value) if isinstance(result, Const) else ctx.at(node).prim("not", ctx.atom(result))


def _identity(ctx: Context, a: Value, b: Value, same: bool, node: ast.AST) -> Value:
    if (isinstance(a, Var) and a.type == ANY) or (isinstance(b, Var) and b.type == ANY):
        left, args = opaque_source(ctx, a, node)
        right, more = opaque_source(ctx, b, node, len(args))
        word = "is" if same else "is not"
        return ctx.at(node).emit(Foreign(f"{left} {word} {right}", args + more, pure=True), [BOOL])[0]
    constants = [v for v in (a, b) if isinstance(v, Const) and (v.value is None or isinstance(v.value, bool))]
    if not constants and not (isinstance(a, Ref) and isinstance(b, Ref)):
        if isinstance(a, DtypeV | FunctionV | ClassV | PrimV | BuiltinV | OpaqueV):
            return const((a == b) == same)
        raise Refused("ADC119", "`is` compares identities; only `is None` and the like are supported", node, "use `==`")
    if isinstance(a, Var | Const) and isinstance(b, Var | Const) and any(v.value is not None for v in constants):
        if a.type != BOOL or b.type != BOOL:  # 1 == True, but it is another object
            return const(not same)
        return primitive(ctx, "eq" if same else "ne", [a, b], node)
    if a != b and (own_tokens(a, ctx.state) & own_tokens(b, ctx.state)) - {TWIN}:
        raise Refused("ADC402", "`is` compares objects here that are the same on some paths only", node,
                      "test what decides it: the condition of the assignment")
    return const((a == b) == same)


def _membership(ctx: Context, a: Value, b: Value, inside: bool, node: ast.AST) -> Value:
    if isinstance(b, Ref) and isinstance(obj := ctx.state.heap[b.id], DictObj):
        if not isinstance(a, Const):
            raise Refused("ADC307", "the key of a dict must be a constant", node)
        return const((a.value in dict(obj.entries)) == inside)
    if isinstance(b, Const) and isinstance(b.value, str) and isinstance(a, Const):
        return const((a.value in b.value) == inside)
    if isinstance(b, Var) and b.type == ANY:
        left, args = opaque_source(ctx, a, node)
        right, more = opaque_source(ctx, b, node, len(args))
        word = "in" if inside else "not in"
        return ctx.at(node).emit(Foreign(f"{left} {word} {right}", args + more, pure=True), [BOOL])[0]
    seq = sequence(ctx, b, node)
    if seq.items is None:
        raise Refused("ADC119", "`in` needs a tuple, list or dict whose elements are known", node)
    found: Value = const(False)
    for item in seq.items:
        same = truth(ctx, compare(ctx, ast.Eq(), a, item, node), node)
        so_far = ctx.atom(found)
        if isinstance(so_far, Const):
            found = so_far if so_far.value else same
        elif not (isinstance(same, Const) and not same.value):
            found = ctx.at(node).prim("or", so_far, same)
    if inside:
        return found
    return const(not found.value) if isinstance(found, Const) else ctx.at(node).prim("not", ctx.atom(found))


def _ternary(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.IfExp)
    cond = condition(ctx, node.test)
    return choose(ctx, cond, lambda: expression(ctx, node.body), lambda: expression(ctx, node.orelse))


# --- names and attributes ---------------------------------------------------------------------------------


def _name(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.Name)
    value = ctx.read(node.id, node)
    if isinstance(value, PrimV):
        ctx.bare.add(value.name)
    if isinstance(value, OpaqueV):
        return _opaque_name(ctx, value, node)
    return ctx.checked(value, node.id, node)


def _opaque_name(ctx: Context, value: OpaqueV, node: ast.AST) -> Value:
    return ctx.at(node).emit(Foreign(value.name, (), pure=True), [ANY])[0] if value.name in ctx.constants else value


def _attribute(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.Attribute)
    owner = expression(ctx, node.value)
    return UNDEF if owner == UNDEF else attribute(ctx, owner, node.attr, node)


def attribute(ctx: Context, owner: Value, name: str, node: ast.expr) -> Value:
    """`owner.name`."""
    match owner:
        case ModuleV(module, None):
            return _own_attribute(name) if module == "adcompiler" else known_attribute(module, name)
        case ModuleV(_, scope) if scope is not None:
            return ctx.lift(scope.lookup(name), name, node)
        case PrimV(dotted):
            return PrimV(f"{dotted}.{name}")
        case TupleV(items, cls, names):
            if name in names:
                return items[names.index(name)]
            if cls is not None and name in cls.methods:
                return _bound(owner, cls, name)
            if name in ("_replace", "_asdict", "index", "count"):
                return MethodV(owner, name)
        case ClassV():
            if name in owner.defaults:
                return owner.defaults[name]
            if name in owner.methods:
                return owner.methods[name]
        case Ref(id):
            return _object_attribute(ctx, owner, id, name, node)
        case Const(value=str()):
            return MethodV(owner, name)
        case Var(type=Unknown()) | OpaqueV():
            template, args = opaque_source(ctx, owner, node)
            return opaque(ctx, (f"{template}.{name}", args), node, pure=True)
        case Var(type=Scalar()) | Const(type=Scalar()):
            return _scalar_attribute(ctx, owner, name, node)
        case DtypeV():
            known = name in ("kind", "itemsize", "char", "name")
            return const(getattr(np.dtype(owner.name), name)) if known else MethodV(owner, name)
    raise Refused("ADC309", f"{kind_of(owner, ctx.state)} has no attribute {name!r} that is known here", node)


def _own_attribute(name: str) -> Value:
    if name in OWN_FUNCTIONS:
        return BuiltinV(name)
    return not_inside(name) if name in OUTSIDE else OpaqueV(f"adcompiler.{name}")


def _bound(owner: Value, cls: ClassV, name: str) -> Value:
    method = cls.methods[name]
    return MethodV(owner, method) if isinstance(method, FunctionV) else method


def _scalar_attribute(ctx: Context, owner: Value, name: str, node: ast.AST) -> Value:
    match name:
        case "real" | "T":
            return owner
        case "imag":
            return const(0.0)
        case "shape":
            return TupleV(())
        case "ndim":
            return const(0)
        case "size":
            return const(1)
        case "dtype":
            atom = ctx.atom(owner)
            return DtypeV(atom.type.dtype) if isinstance(atom.type, Scalar) else DtypeV("float64")
        case _:
            return MethodV(owner, name)


def _object_attribute(ctx: Context, owner: Ref, id_: int, name: str, node: ast.AST) -> Value:
    obj = ctx.state.heap[id_]
    match obj:
        case InstanceObj(cls, fields):
            found = dict(fields).get(name)
            if found is not None:
                return ctx.checked(found, name, node)
            if name in cls.methods:
                return _method(ctx, owner, cls, name, node)
            if name in cls.defaults:
                return cls.defaults[name]
            raise Refused("ADC309", f"{cls.name} has no attribute {name!r} here", node,
                          f"it has {', '.join(n for n, _ in fields) or 'none'}")
        case ArrayObj():
            return _array_attribute(ctx, owner, name, node)
        case _:
            return MethodV(owner, name)


def _method(ctx: Context, owner: Value, cls: ClassV, name: str, node: ast.AST) -> Value:
    method = cls.methods[name]
    if not isinstance(method, FunctionV):
        return method
    decorators = [ast.unparse(d) for d in getattr(method.node, "decorator_list", [])]
    if "property" in decorators:
        from adcompiler.frontend.calls import call_function

        return call_function(ctx, method, [owner], {}, node)
    if "staticmethod" in decorators:
        return method
    if decorators:
        raise Refused("ADC121", f"the method {name!r} is decorated", node, "call an undecorated method")
    return MethodV(owner, method)


def _size(ctx: Context, atom: Atom, dim: Dim, axis: int, node: ast.AST) -> Atom:
    if dim == 1 or (isinstance(dim, str) and dim.startswith("=")):
        return const(int(str(dim).lstrip("=")))
    return ctx.at(node).prim("shape", atom, axis=axis)


def _array_attribute(ctx: Context, owner: Ref, name: str, node: ast.AST) -> Value:
    atom = ctx.atom(owner, node)
    assert isinstance(atom.type, Array)
    match name:
        case "T":
            return primitive(ctx, "numpy.transpose", [owner], node) if atom.type.rank > 1 else owner
        case "shape":
            return TupleV(tuple(_size(ctx, atom, d, k, node) for k, d in enumerate(atom.type.dims)))
        case "ndim":
            return const(atom.type.rank)
        case "size":
            return ctx.at(node).prim("size", atom)
        case "dtype":
            return DtypeV(atom.type.dtype)
        case "real":
            return owner
        case "mT" | "imag" | "flat" | "itemsize" | "nbytes":
            from adcompiler.frontend.methods import array_property

            return array_property(ctx, owner, name, node)
        case _:
            return MethodV(owner, name)


# --- displays ---------------------------------------------------------------------------------------------


def _constant(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.Constant)
    if isinstance(node.value, complex):
        raise Refused("ADC118", "complex numbers are not supported", node, "compute with real and imaginary parts")
    return const(node.value)


def _elements(ctx: Context, parts: list[ast.expr]) -> tuple[Value, ...]:
    items: list[Value] = []
    for part in parts:
        if isinstance(part, ast.Starred):
            seq = sequence(ctx, expression(ctx, part.value), part)
            if seq.items is None:
                raise Refused("ADC308", "only a sequence of known length can be unpacked here", part)
            items += seq.items
        else:
            items.append(expression(ctx, part))
    return tuple(items)


def _tuple(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.Tuple)
    return TupleV(_elements(ctx, node.elts))


def _list(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.List)
    return ctx.new(ListObj(_elements(ctx, node.elts), None, frozenset([fresh_id()])))


def _dict(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.Dict)
    entries: dict[Any, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = expression(ctx, value)
            if not isinstance(inner, Ref) or not isinstance(obj := ctx.state.heap[inner.id], DictObj):
                raise Refused("ADC307", "only a dict with constant keys can be unpacked here", value)
            entries.update(obj.entries)
            continue
        known = expression(ctx, key)
        if not isinstance(known, Const):
            raise Refused("ADC307", "the key of a dict must be a constant", key,
                          "use constant keys, or a list or an array with computed positions")
        entries[known.value] = expression(ctx, value)
    return ctx.new(DictObj(tuple(entries.items())))


def _subscript(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.Subscript)
    return subscript(ctx, node)


def _walrus(ctx: Context, node: ast.expr) -> Value:
    from adcompiler.frontend.statements import assign

    assert isinstance(node, ast.NamedExpr)
    value = expression(ctx, node.value)
    assign(ctx, node.target, value)
    return value


def _lambda(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.Lambda)
    defaults = tuple((p.name, lift_default(ctx, p.default)) for p in parameters_of(node) if p.default is not None)
    return function_value("<lambda>", node, ctx, defaults)


def lift_default(ctx: Context, node: ast.expr) -> Value:
    """The value of a default, computed where the function is defined."""
    return expression(ctx, node)


def _fstring(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.JoinedStr)
    args: list[Atom] = []
    template = "".join(_fstring_part(ctx, p, args) for p in node.values)
    if not args and all(isinstance(p, ast.Constant) for p in node.values):
        return const("".join(str(p.value) for p in node.values if isinstance(p, ast.Constant)))
    quoted = repr(template.replace("{{", "\0").replace("}}", "\1")).replace("\\x00", "{{{{").replace("\\x01", "}}}}")
    call = ", ".join(f"{{{k}}}" for k in range(len(args)))
    fields = quoted.replace("\x02", "{{").replace("\x03", "}}").replace("\\x02", "{{").replace("\\x03", "}}")
    return ctx.at(node).emit(Foreign(f"{fields}.format({call})", tuple(args), pure=True), [ANY])[0]


def _fstring_part(ctx: Context, part: ast.expr, args: list[Atom]) -> str:
    """A piece of a `str.format` text: \\2 and \\3 stand for its braces."""
    if isinstance(part, ast.Constant):
        return str(part.value).replace("{", "{{").replace("}", "}}")
    assert isinstance(part, ast.FormattedValue)
    value = expression(ctx, part.value)
    if isinstance(value, Var | Const):
        args.append(value)
    else:
        template, more = opaque_source(ctx, value, part)
        args.append(ctx.at(part).emit(Foreign(template, more, pure=True), [ANY])[0])
    text = "" if part.conversion < 0 else "!" + chr(part.conversion)
    if part.format_spec is not None:
        spec = part.format_spec
        if not isinstance(spec, ast.JoinedStr) or not all(isinstance(p, ast.Constant) for p in spec.values):
            raise Refused("ADC119", "a computed format is not supported", part, "write the format out")
        text += ":" + "".join(str(p.value) for p in spec.values if isinstance(p, ast.Constant))
    return f"\2{text}\3"


# --- comprehensions ---------------------------------------------------------------------------------------


def generate(ctx: Context, generators: list[ast.comprehension], body: Callable[[], None], node: ast.AST) -> None:
    """Run `body` for every element of the generators of a comprehension, whose names are local to it."""
    names = [n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name)]
    for name in names:
        if name in ctx.frame.captured:
            raise Refused("ADC205", f"{name!r} is a name of this comprehension alone, and a lambda or inner function reads "
                          f"a name {name!r}, too", node, "give the two different names")
    saved = {n: ctx.env[n] for n in names if n in ctx.env}
    _generate(ctx, generators, body, node)
    for name in names:
        ctx.env.pop(name, None)
    ctx.env.update(saved)


def _generate(ctx: Context, generators: list[ast.comprehension], body: Callable[[], None], node: ast.AST) -> None:
    from adcompiler.frontend.statements import assign

    if not generators:
        body()
        return
    first = generators[0]
    if first.is_async:
        raise Refused("ADC112", "asynchronous code is not supported", first.iter)
    iterated = expression(ctx, first.iter)
    before = ctx.state.copy() if is_lazy(first.iter) else None
    seq = sequence(ctx, iterated, first.iter)

    def one(value: Value) -> None:
        assign(ctx, first.target, value)
        _filtered(ctx, first.ifs, lambda: _generate(ctx, generators[1:], body, node))

    if seq.items is not None and (len(seq.items) <= 16 or not seq.materialise(ctx)):
        for k in range(len(seq.items)):
            one(item_now(ctx, iterated, k, len(seq.items), first.iter))
    else:
        watched = [(ref.id, ctx.state.heap[ref.id]) for ref in sources(ctx, iterated)]
        _generate_loop(ctx, seq, first, one, node)
        if any(ctx.state.heap.get(k) is not old and ctx.state.heap.get(k) != old for k, old in watched):
            raise Refused("ADC403", "what a comprehension runs over changes meanwhile", first.iter,
                          "run over a copy: `list(...)`")
    if before is not None and ctx.state.differs(before):
        raise Refused("ADC403", "a generator or map() computes its elements one by one, and what is made of them changes "
                      "names, lists or objects", first.iter, "make a list of it: `list(...)`")


def _generate_loop(ctx: Context, seq: Sequenced, first: ast.comprehension, one: Callable[[Value], None],
                   node: ast.AST) -> None:
    start, stop, step = seq.range(ctx)
    hint = first.target.id if isinstance(first.target, ast.Name) and seq.is_range else "k"
    Loop(ctx, node).lower_for(start, stop, step, hint, lambda index: one(seq.element(ctx, index)))


def _filtered(ctx: Context, tests: list[ast.expr], body: Callable[[], None]) -> None:
    if not tests:
        body()
        return
    lower_if(ctx, condition(ctx, tests[0]), lambda: _filtered(ctx, tests[1:], body), lambda: None)


def _list_comprehension(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.ListComp | ast.GeneratorExp)
    if isinstance(node, ast.GeneratorExp):
        consumed_at_once(ctx, node, "a generator")
    from adcompiler.frontend.calls import append

    name = f"$list{fresh_id()}"
    ctx.env[name] = ctx.new(ListObj((), None, frozenset([fresh_id()])))

    def body() -> None:
        owner = ctx.env[name]
        assert isinstance(owner, Ref)
        append(ctx, owner, expression(ctx, node.elt), node)

    generate(ctx, node.generators, body, node)
    return ctx.env.pop(name)


def accumulate(ctx: Context, node: ast.GeneratorExp, start: Value, step: Callable[[Value, Value], Value], hint: str) -> Value:
    """Fold the elements of a generator into one value."""
    name = f"{hint}"
    key = f"${name}{fresh_id()}"
    ctx.env[key] = start

    def body() -> None:
        ctx.env[key] = step(ctx.env[key], expression(ctx, node.elt))

    generate(ctx, node.generators, body, node)
    return ctx.env.pop(key)


def _dict_comprehension(ctx: Context, node: ast.expr) -> Value:
    assert isinstance(node, ast.DictComp)
    entries: dict[Any, Value] = {}
    builder = ctx.builder

    def body() -> None:
        if ctx.builder is not builder:  # in a branch or a loop: some entries only, nobody knows which
            raise Refused("ADC307", "the keys of a dict must be known when compiling", node.generators[-1].iter,
                          "use constant keys, or a list or an array with computed positions")
        key = expression(ctx, node.key)
        if not isinstance(key, Const):
            raise Refused("ADC307", "the key of a dict must be a constant", node.key)
        entries[key.value] = expression(ctx, node.value)

    generate(ctx, node.generators, body, node)
    return ctx.new(DictObj(tuple(entries.items())))


def _call(ctx: Context, node: ast.expr) -> Value:
    from adcompiler.frontend.calls import call

    assert isinstance(node, ast.Call)
    return call(ctx, node)


def in_place_method(ctx: Context, old: Ref, op: type[ast.operator], new: Value, stmt: ast.AugAssign) -> None:
    """`a += v` where `a` is mutable: the object changes, for all its names."""
    from adcompiler.frontend.calls import extend
    from adcompiler.frontend.statements import assign

    obj = ctx.state.heap[old.id]
    if isinstance(obj, ListObj) and op is ast.Add:
        extend(ctx, old, new, stmt)
        return
    if isinstance(obj, ListObj):
        made = number(ctx, BINARY[op], old, new, stmt)
        if isinstance(made, Ref) and isinstance(changed := ctx.state.heap[made.id], ListObj):
            _replace_items(ctx, old, changed, stmt)
        else:
            assign(ctx, stmt.target, made)  # an array times a list
        return
    if isinstance(obj, ArrayObj):
        if obj.lens is not None and op in (ast.Add, ast.Sub) and _adds_floats(ctx, obj, new):
            amount = ctx.atom(new, stmt)
            write(ctx, old, "accumulate", ctx.at(stmt).prim("neg", amount) if op is ast.Sub else amount, (), ("e",), stmt)
            return
        result = ctx.atom(number(ctx, BINARY[op], old, new, stmt), stmt)
        assert isinstance(obj.atom.type, Array)
        if not isinstance(result.type, Array) or result.type.rank != obj.atom.type.rank:
            raise Refused("ADC301", f"the result is {describe(result.type)} and does not fit into the array", stmt)
        if result.type.dtype != obj.atom.type.dtype:
            if obj.atom.type.dtype.startswith("int") and result.type.dtype.startswith("float"):
                raise Refused("ADC301", "a float result does not fit into an integer array", stmt, "make the array of floats")
            result = ctx.at(stmt).prim("numpy.astype", result, dtype=obj.atom.type.dtype)
        if isinstance(result, Var) and not result.hint and isinstance(obj.atom, Var):
            result.hint = obj.atom.hint
        mutate(ctx, old, result, stmt)
        return
    method = "__i" + _DUNDER.get(BINARY[op], "__")[2:]
    if isinstance(obj, InstanceObj) and method in obj.cls.methods:
        from adcompiler.frontend.calls import call_method

        assign(ctx, stmt.target, call_method(ctx, old, method, [new], stmt))
        return
    assign(ctx, stmt.target, number(ctx, BINARY[op], old, new, stmt))


def _replace_items(ctx: Context, owner: Ref, new: ListObj, node: ast.AST) -> None:
    """`owner *= n` of a list, which becomes the list `new`."""
    old = ctx.state.heap[owner.id]
    assert isinstance(old, ListObj)
    check_ours(ctx, old, node)
    forget_places(ctx, owner, ctx.span(node))
    ctx.state.heap[owner.id] = replace(old, place=None, items=new.items, atom=new.atom, inner=old.inner | new.inner)
    spread_staleness(ctx, owner, ctx.span(node))


def _adds_floats(ctx: Context, obj: ArrayObj, value: Value) -> bool:
    """Whether a number or an array of no higher dtype and rank is added to an array of floats."""
    held = ctx.state.heap[value.id] if isinstance(value, Ref) else value
    type_ = held.atom.type if isinstance(held, ArrayObj) else held.type if isinstance(held, Var | Const) else None
    mine = obj.atom.type
    return isinstance(type_, Scalar | Array) and is_float(mine) and rank(type_) <= rank(mine) \
        and not type_.dtype.startswith("complex")


EXPRESSIONS: dict[type[ast.expr], Callable[[Context, ast.expr], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _ternary,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.NamedExpr: _walrus,
    ast.Lambda: _lambda,
    ast.JoinedStr: _fstring,
    ast.ListComp: _list_comprehension,
    ast.GeneratorExp: _list_comprehension,
    ast.DictComp: _dict_comprehension,
    ast.Call: _call,
}
