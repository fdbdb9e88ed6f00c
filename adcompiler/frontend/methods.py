"""Methods of arrays, lists, dicts, tuples and strings."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import numpy as np

from adcompiler.frontend.arrays import check_ours, dynamic_list, forget_places, load, mutate, spread_staleness, view
from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.library import call_primitive
from adcompiler.frontend.mappings.mutation import sort_in_place
from adcompiler.frontend.state import fresh_id, held_tokens, kind_of, stale_error
from adcompiler.frontend.values import (
    ArrayObj,
    DictObj,
    IterV,
    ListObj,
    Ref,
    Refused,
    Step,
    TupleV,
    Value,
)
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Const, Foreign, Var
from adcompiler.ir.types import ANY, Array, Scalar, type_of_dtype

ARRAY_METHODS = frozenset(
    "round reshape sum mean prod max min var std cumsum reshape ravel transpose swapaxes squeeze clip trace diagonal "
    "argmax argmin any all argsort argpartition nonzero searchsorted repeat take astype cumprod compress choose".split()
)


def builtin_method(ctx: Context, owner: Value, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """Call a method of a builtin type."""
    match owner:
        case Ref(id):
            obj = ctx.state.heap[id]
            if isinstance(obj, ArrayObj):
                return _array_method(ctx, owner, name, args, keywords, node)
            if isinstance(obj, ListObj):
                return _list_method(ctx, owner, obj, name, args, node)
            if isinstance(obj, DictObj):
                return _dict_method(ctx, owner, obj, name, args, keywords, node)
        case Const(value=str()) if all(isinstance(a, Const) for a in args):
            return const(getattr(owner.value, name)(*(a.value for a in args if isinstance(a, Const))))
        case Const(value=str()):
            return _string_method(ctx, owner, name, args, node)
        case TupleV():
            return _tuple_method(ctx, owner, name, args, keywords, node)
        case Var() | Const() if isinstance(owner.type, Scalar):
            return _scalar_method(ctx, owner, name, args, node)
    raise Refused("ADC309", f"{kind_of(owner, ctx.state)} has no method {name!r} that is known here", node)


def _string_method(ctx: Context, owner: Const, name: str, args: list[Value], node: ast.AST) -> Value:
    atoms = [ctx.atom(a, node) for a in args]
    fields = ", ".join(f"{{{k}}}" for k in range(len(atoms)))
    text = repr(owner.value).replace("{", "{{").replace("}", "}}")
    return ctx.at(node).emit(Foreign(f"{text}.{name}({fields})", tuple(atoms), pure=True), [ANY])[0]


def _scalar_method(ctx: Context, owner: Var | Const, name: str, args: list[Value], node: ast.AST) -> Value:
    match name:
        case "item" if not args:
            return primitive(ctx, "float", [owner], node) if str(owner.type).startswith("f") else owner
        case "copy" | "conjugate" | "sum" | "mean" | "max" | "min" if not args:
            return owner
        case "is_integer":
            return ctx.at(node).prim("eq", primitive(ctx, "mod", [owner, const(1)], node), const(0))  # type: ignore[arg-type]
    raise Refused("ADC309", f"{kind_of(owner, ctx.state)} has no method {name!r} that is known here", node)


def _tuple_method(ctx: Context, owner: TupleV, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    if name == "_replace" and not args and all(k in owner.names for k in keywords):
        return replace(owner, items=tuple(keywords.get(n, v) for n, v in zip(owner.names, owner.items, strict=True)))
    if name == "_asdict":
        return ctx.new(DictObj(tuple(zip(owner.names, owner.items, strict=True))))
    raise Refused("ADC309", f"the method {name!r} of tuples is not supported", node)


# --- arrays -----------------------------------------------------------------------------------------------


def _array_method(ctx: Context, owner: Ref, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    atom = ctx.atom(owner, node)
    assert isinstance(atom.type, Array)
    match name:
        case "copy":
            made = call_primitive(ctx, "numpy.copy", [owner, *args], keywords, node)
            if not args and not keywords and isinstance(made, Ref) and isinstance(obj := ctx.state.heap[made.id], ArrayObj):
                ctx.state.heap[made.id] = replace(obj, ordered=True)  # the method gives C order, np.copy() keeps the order
            return made
        case "flatten":
            return primitive(ctx, "copy", [call_primitive(ctx, "numpy.ravel", [owner, *args], keywords, node)], node)
        case "dot":
            return call_primitive(ctx, "numpy.dot", [owner, *args], keywords, node)
        case "item":
            return _item(ctx, owner, atom.type, args, node)
        case "fill" if len(args) == 1:
            value = ctx.atom(args[0], node)
            mutate(ctx, owner, ctx.at(node).prim("store", atom, value, index=("e",), hint=getattr(atom, "hint", "")), node)
            return const(None)
        case "transpose":
            one = args[0] if len(args) == 1 else None
            alone = isinstance(one, TupleV | Ref) or one == const(None)
            axes = [one if alone and one is not None else TupleV(tuple(args))] if args else []
            return call_primitive(ctx, "numpy.transpose", [owner, *axes], keywords, node)
        case "tolist":
            return _tolist(ctx, owner, atom.type, node)
        case "conj" | "conjugate":
            return owner
        case "sort" | "partition" | "put" | "compress":
            return _in_place(ctx, owner, name, args, keywords, node)
        case "view" if not args and not keywords:
            return load(ctx, owner, (), ("e",), node)
        case "resize" | "setfield" | "itemset":
            raise Refused("ADC407", f"the method {name!r} changes the array in place, which is not supported", node,
                          "use a function that returns a new array")
        case _ if name in ARRAY_METHODS:
            return call_primitive(ctx, f"numpy.{name}", [owner, *args], keywords, node)
    raise Refused("ADC309", f"arrays have no method {name!r} that is known here", node)


def _in_place(ctx: Context, owner: Ref, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    if name == "put":
        return call_primitive(ctx, "numpy.put", [owner, *args], keywords, node)
    if name == "compress":
        return call_primitive(ctx, "numpy.compress", [*args[:1], owner, *args[1:]], keywords, node)
    return sort_in_place(ctx, owner, name, args, keywords, node)


def array_property(ctx: Context, owner: Ref, name: str, node: ast.AST) -> Value:
    """`a.mT`, `a.imag` and others that are no methods."""
    atom = ctx.atom(owner, node)
    assert isinstance(atom.type, Array)
    match name:
        case "mT":
            return call_primitive(ctx, "numpy.matrix_transpose", [owner], {}, node)
        case "imag":
            return primitive(ctx, "numpy.zeros_like", [owner], node)
        case "flat":  # always a view of the elements in order
            return view(ctx, owner, ctx.at(node).prim("numpy.ravel", atom), Step("numpy.ravel", (), ()))
    width = const(np.dtype(atom.type.dtype).itemsize)
    return width if name == "itemsize" else number(ctx, "mul", ctx.at(node).prim("size", atom), width, node)


def _item(ctx: Context, owner: Ref, type_: Array, args: list[Value], node: ast.AST) -> Value:
    if len(args) == 1 and isinstance(args[0], TupleV):
        args = list(args[0].items)
    if len(args) == 1 and type_.rank > 1:
        owner, type_ = _flat(ctx, owner, node)
    position = [ctx.atom(a, node) for a in args]
    if not position:
        position = [const(0)] * type_.rank
        if any(d != 1 for d in type_.dims):
            raise Refused("ADC301", "item() without a position needs an array of one element", node, "index the element")
    if len(position) != type_.rank:
        raise Refused("ADC301", "item() needs an index for each axis here", node, "index the element")
    element = primitive(ctx, "load", [owner, *position], node, index=("i",) * type_.rank)
    return primitive(ctx, "float", [element], node) if type_of_dtype(type_.dtype).dtype.startswith("float") else element


def _flat(ctx: Context, owner: Ref, node: ast.AST) -> tuple[Ref, Array]:
    """The elements in order as a vector, and its type."""
    flat = primitive(ctx, "numpy.ravel", [owner], node)
    type_ = ctx.atom(flat, node).type
    assert isinstance(flat, Ref) and isinstance(type_, Array)
    return flat, type_


def _tolist(ctx: Context, owner: Ref, type_: Array, node: ast.AST) -> Value:
    """A list of the elements; of several axes a list of the lists of the parts."""
    from adcompiler.frontend.builtin import apply_builtin
    from adcompiler.frontend.calls import append
    from adcompiler.frontend.control import Loop

    if type_.rank == 1 and type_.dtype in ("float64", "int64", "bool"):
        return apply_builtin(ctx, "list", [owner], {}, node)
    name = f"$t{fresh_id()}"
    ctx.env[name] = ctx.new(ListObj((), None, frozenset([fresh_id()])))

    def body(index: Var) -> None:
        made = ctx.env[name]
        row = load(ctx, owner, (index,), ("i",), node)
        row_type = ctx.atom(row, node).type
        assert isinstance(made, Ref)
        if isinstance(row, Ref) and isinstance(row_type, Array):
            append(ctx, made, _tolist(ctx, row, row_type, node), node)
        else:
            append(ctx, made, primitive(ctx, "float" if type_.dtype.startswith("float") else "int", [row], node), node)

    count = ctx.at(node).prim("shape", ctx.atom(owner, node), axis=0)
    Loop(ctx, node).lower_for(const(0), count, const(1), "k", body)
    return ctx.env.pop(name)


# --- lists and dicts --------------------------------------------------------------------------------------


def _list_method(ctx: Context, owner: Ref, obj: ListObj, name: str, args: list[Value], node: ast.AST) -> Value:
    from adcompiler.frontend.calls import append, extend, int_of

    if obj.stale is not None:
        raise stale_error(obj, node)
    match name, args:
        case "append", [value]:
            append(ctx, owner, value, node)
            return const(None)
        case "extend", [values]:
            extend(ctx, owner, values, node)
            return const(None)
        case "copy", []:
            if obj.items is not None:
                return ctx.new(replace(obj, tokens=frozenset([fresh_id()]), outside=None))
            return ctx.new(ListObj(None, ctx.builder.prim("copy", ctx.atom(owner, node)), frozenset([fresh_id()]),
                                         inner=obj.inner))
        case "pop", []:
            return _pop(ctx, owner, obj, node)
        case "pop", [position] if obj.items is not None and int_of(position) is not None:
            check_ours(ctx, obj, node)
            items = list(obj.items)
            value = items.pop(int_of(position) or 0)
            ctx.state.heap[owner.id] = replace(obj, items=tuple(items))
            spread_staleness(ctx, owner, ctx.span(node))
            return value
        case "insert", [position, value] if obj.items is not None and int_of(position) is not None:
            check_ours(ctx, obj, node)
            items = list(obj.items)
            items.insert(int_of(position) or 0, value)
            ctx.state.heap[owner.id] = replace(obj, items=tuple(items))
            spread_staleness(ctx, owner, ctx.span(node))
            return const(None)
        case "reverse", [] if obj.items is not None:
            check_ours(ctx, obj, node)
            ctx.state.heap[owner.id] = replace(obj, items=obj.items[::-1])
            spread_staleness(ctx, owner, ctx.span(node))
            return const(None)
        case "clear", []:
            check_ours(ctx, obj, node)
            forget_places(ctx, owner, ctx.span(node))
            ctx.state.heap[owner.id] = replace(obj, items=(), atom=None, inner=frozenset(), place=None)
            spread_staleness(ctx, owner, ctx.span(node))
            return const(None)
    raise Refused("ADC309", f"the list method {name!r} is not supported here", node,
                  "use append, extend, pop(), copy, indexing and slices")


def _pop(ctx: Context, owner: Ref, obj: ListObj, node: ast.AST) -> Value:
    check_ours(ctx, obj, node)
    if obj.items is not None:
        if not obj.items:
            raise Refused("ADC312", "pop from an empty list", node)
        ctx.state.heap[owner.id] = replace(obj, items=obj.items[:-1])
        spread_staleness(ctx, owner, ctx.span(node))
        return obj.items[-1]
    dynamic_list(ctx, owner, node)
    old = ctx.atom(owner, node)
    held = held_tokens(owner, ctx.state)
    shorter, last = ctx.at(node).pop(old, [getattr(old, "hint", ""), ""])
    mutate(ctx, owner, shorter, node)
    return ctx.wrap(last, held or None)


def _dict_method(ctx: Context, owner: Ref, obj: DictObj, name: str, args: list[Value], keywords: dict[str, Value],
                 node: ast.AST) -> Value:
    entries: dict[Any, Value] = dict(obj.entries)
    match name, args:
        case "get", [Const() as key, *default]:
            return entries.get(key.value, default[0] if default else const(None))
        case "keys", []:
            return IterV("keys", (owner,))
        case "values", []:
            return IterV("values", (owner,))
        case "items", []:
            return IterV("items", (owner,))
        case "copy", []:
            return ctx.new(DictObj(obj.entries))
        case "update", _:
            ctx.check_ours(obj, node, "build a new dict")
            for value in args:
                if not isinstance(value, Ref) or not isinstance(other := ctx.state.heap[value.id], DictObj):
                    raise Refused("ADC307", "a dict is updated by a dict with constant keys", node)
                entries.update(other.entries)
            entries.update(keywords)
            ctx.state.heap[owner.id] = replace(obj, entries=tuple(entries.items()))
            spread_staleness(ctx, owner, ctx.span(node))
            return const(None)
    ctx.check_ours(obj, node, "build a new dict")
    raise Refused("ADC309", f"the dict method {name!r} is not supported here", node)
