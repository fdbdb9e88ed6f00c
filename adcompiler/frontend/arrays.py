"""Subscripts: reading and writing elements of arrays, lists, tuples and dicts; who else sees a write."""

from __future__ import annotations

import ast
from dataclasses import replace

from adcompiler.diagnostics import Span
from adcompiler.frontend.context import Context
from adcompiler.frontend.opaque import opaque, opaque_subscript
from adcompiler.frontend.state import fresh_id, held_tokens, inner_tokens, kind_of, own_tokens, stale_error
from adcompiler.frontend.values import (
    ArrayObj,
    DictObj,
    InstanceObj,
    ListObj,
    Poisoned,
    PoisonV,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.build import UNDEF, const
from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.ir.ops import IrTypeError, describe
from adcompiler.ir.types import ANY, Array, List, Scalar, Unknown, has_derivative

Index = tuple[tuple[Atom, ...], tuple[str, ...]]


def parse_index(ctx: Context, node: ast.expr) -> Index:
    """The operands and the pattern (see `adcompiler.ir.ops`) of what stands between brackets."""
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    atoms: list[Atom] = []
    pattern: list[str] = []
    for part in parts:
        if isinstance(part, ast.Slice):
            _slice(ctx, part, atoms, pattern)
        else:
            _single(ctx, part, atoms, pattern)
    return tuple(atoms), tuple(pattern)


def _slice(ctx: Context, part: ast.Slice, atoms: list[Atom], pattern: list[str]) -> None:
    from adcompiler.frontend.expressions import expression

    flags = ""
    for bound in (part.lower, part.upper, part.step):
        value = expression(ctx, bound) if bound is not None else const(None)
        if isinstance(value, Const) and value.value is None:
            flags += "0"
            continue
        atoms.append(_integer(ctx, value, bound or part))
        flags += "1"
    pattern.append("s" + flags)


def _integer(ctx: Context, value: Value, node: ast.AST) -> Atom:
    atom = ctx.atom(value, node)
    if (isinstance(atom.type, Scalar) and atom.type.dtype.startswith(("int", "uint", "bool"))) or atom.type == ANY:
        return atom
    raise Refused("ADC310", f"an index must be an integer, not {describe(atom.type)}", node)


def _single(ctx: Context, part: ast.expr, atoms: list[Atom], pattern: list[str]) -> None:
    from adcompiler.frontend.expressions import expression

    value = expression(ctx, part)
    if isinstance(value, Const) and value.value is None:
        pattern.append("n")
        return
    if isinstance(value, Const) and value.value is Ellipsis:
        pattern.append("e")
        return
    if isinstance(value, TupleV):
        for item, node in zip(value.items, [part] * len(value.items), strict=True):
            atoms.append(_integer(ctx, item, node))
            pattern.append("i")
        return
    atom = ctx.atom(value, part)
    if isinstance(atom.type, Array | List):
        if isinstance(atom.type, Array) and has_derivative(atom.type):
            raise Refused("ADC310", "an index array must hold integers or truth values", part)
        atoms.append(atom)
        pattern.append("a")
        return
    atoms.append(_integer(ctx, value, part))
    pattern.append("i")


# --- reading ----------------------------------------------------------------------------------------------


def subscript(ctx: Context, node: ast.Subscript) -> Value:
    """The value of `base[...]`."""
    from adcompiler.frontend.expressions import expression

    base = expression(ctx, node.value)
    if base == UNDEF:
        return UNDEF
    match base:
        case TupleV(items):
            return _of_items(ctx, base, items, node)
        case Ref(id):
            obj = ctx.state.heap[id]
            if isinstance(obj, DictObj):
                return _of_dict(ctx, obj, node)
            if isinstance(obj, ListObj) and obj.items is not None:
                if obj.stale is not None:
                    raise stale_error(obj, node)
                return _of_items(ctx, base, obj.items, node)
            if isinstance(obj, ArrayObj | ListObj):
                return _of_stored(ctx, base, node)
            if isinstance(obj, InstanceObj) and "__getitem__" in obj.cls.methods:
                from adcompiler.frontend.calls import call_method

                return call_method(ctx, base, "__getitem__", [expression(ctx, node.slice)], node)
        case Var() | Const() if isinstance(base.type, Unknown):
            return opaque(ctx, opaque_subscript(ctx, base, node), node, pure=True)
    raise Refused("ADC311", f"{kind_of(base, ctx.state)} cannot be indexed", node.value)


def _of_items(ctx: Context, base: Value, items: tuple[Value, ...], node: ast.Subscript) -> Value:
    from adcompiler.frontend.expressions import expression

    if isinstance(node.slice, ast.Slice):
        bounds = [expression(ctx, b) if b is not None else const(None)
                  for b in (node.slice.lower, node.slice.upper, node.slice.step)]
        if all(isinstance(b, Const) for b in bounds):
            part = items[slice(*(b.value for b in bounds if isinstance(b, Const)))]
            if isinstance(base, Ref):
                obj = ctx.state.heap[base.id]
                assert isinstance(obj, ListObj)
                return ctx.new(ListObj(part, None, frozenset([fresh_id()])))
            return TupleV(part)
        return _of_stored(ctx, dynamic_list(ctx, base, node), node)
    position = expression(ctx, node.slice)
    if isinstance(position, Const) and isinstance(position.value, int):
        if not -len(items) <= position.value < len(items):
            raise Refused("ADC312", f"index {position.value} is out of range for {len(items)} items", node)
        return items[int(position.value)]
    return load_at(ctx, dynamic_list(ctx, base, node), _integer(ctx, position, node.slice))


def dynamic_list(ctx: Context, base: Value, node: ast.AST) -> Value:
    """The same list as one IR value, so that it can be indexed at run time."""
    if isinstance(base, TupleV):
        return ctx.wrap(_listed(ctx, base.items, node))
    assert isinstance(base, Ref)
    obj = ctx.state.heap[base.id]
    if isinstance(obj, ListObj) and obj.items is not None:
        inner = inner_tokens(obj, ctx.state)
        ctx.state.heap[base.id] = replace(obj, items=None, atom=_listed(ctx, obj.items, node), inner=inner)
    return base


def _listed(ctx: Context, items: tuple[Value, ...], node: ast.AST) -> Atom:
    try:
        return ctx.builder.prim("list", *(ctx.atom(v, node) for v in items))
    except IrTypeError:
        raise Refused("ADC301", "the elements are of different kinds, so the index must be known when compiling", node,
                      "use a constant index, or elements of one kind") from None


def _of_dict(ctx: Context, obj: DictObj, node: ast.Subscript) -> Value:
    key = dict_key(ctx, node)
    entries: dict[object, Value] = dict(obj.entries)
    if key not in entries:
        raise Refused("ADC312", f"the dict has no key {key!r}", node.slice, f"its keys are {', '.join(map(repr, entries))}")
    return entries[key]


def dict_key(ctx: Context, node: ast.Subscript) -> object:
    """The constant key between brackets."""
    from adcompiler.frontend.expressions import expression

    key = expression(ctx, node.slice)
    if not isinstance(key, Const):
        raise Refused("ADC307", "the key of a dict must be a constant", node.slice,
                      "use constant keys, or a list or an array with computed positions")
    return key.value


def _of_stored(ctx: Context, base: Value, node: ast.Subscript) -> Value:
    atoms, pattern = parse_index(ctx, node.slice)
    return load(ctx, base, atoms, pattern, node)


def load_at(ctx: Context, base: Value, position: Atom) -> Value:
    """The element at a position."""
    return load(ctx, base, (position,), ("i",), None)


def load(ctx: Context, base: Value, atoms: tuple[Atom, ...], pattern: tuple[str, ...], node: ast.AST | None) -> Value:
    """Read `base[...]`; a view shares its base's memory."""
    source = ctx.atom(base, node)
    if node is not None:
        ctx.at(node)
    try:
        result = ctx.builder.prim("load", source, *atoms, index=pattern)
    except IrTypeError as error:
        raise Refused("ADC311", str(error), node) from None
    if "a" in pattern:
        return ctx.wrap(result)
    if isinstance(source.type, List):
        held = held_tokens(base, ctx.state)
        if pattern == ("i",):
            return ctx.wrap(result, held)
        return ctx.new(ListObj(None, result, frozenset([fresh_id()]), inner=held))
    return ctx.wrap(result, own_tokens(base, ctx.state))


# --- writing ----------------------------------------------------------------------------------------------


def store(ctx: Context, target: ast.Subscript, value: Value | None, augmented: ast.AugAssign | None = None) -> None:
    """`target = value`, or the augmented assignment."""
    from adcompiler.frontend.expressions import expression

    path = _path_base(ctx, target.value)
    base = expression(ctx, target.value)
    if isinstance(base, PoisonV):
        raise Poisoned
    if isinstance(base, Ref) and isinstance(obj := ctx.state.heap[base.id], DictObj):
        _store_in_dict(ctx, base, obj, target, value, augmented)
        return
    if not isinstance(base, Ref) or isinstance(ctx.state.heap[base.id], InstanceObj):
        raise Refused("ADC311", f"elements of {kind_of(base, ctx.state)} cannot be assigned", target.value)
    if _store_in_items(ctx, base, target, value, augmented):
        return
    base = dynamic_list(ctx, base, target)
    assert isinstance(base, Ref)
    atoms, pattern = parse_index(ctx, target.slice)
    new = _written(ctx, base, atoms, pattern, target, value, augmented)
    if path is not None:
        store(ctx, path, ctx.wrap(new))
    else:
        mutate(ctx, base, new, target)


def _path_base(ctx: Context, node: ast.expr) -> ast.Subscript | None:
    """In `a[i][j] = v` the target `a[i]`, which must take the changed row, when it is a part of an array or list."""
    from adcompiler.frontend.expressions import expression

    if not isinstance(node, ast.Subscript):
        return None
    outer = expression(ctx, node.value)
    if isinstance(outer, Ref) and isinstance(obj := ctx.state.heap[outer.id], ArrayObj | ListObj):
        if isinstance(obj, ListObj) and obj.items is not None:
            position = None if isinstance(node.slice, ast.Slice) else expression(ctx, node.slice)
            if isinstance(position, Const):
                return None
        if isinstance(node.slice, ast.Slice) and isinstance(obj, ListObj):
            raise Refused("ADC404", "this writes into a slice of a list, which is a copy", node)
        return node
    return None


def _written(ctx: Context, base: Ref, atoms: tuple[Atom, ...], pattern: tuple[str, ...], target: ast.Subscript,
             value: Value | None, augmented: ast.AugAssign | None) -> Atom:
    from adcompiler.frontend.expressions import BINARY, expression, number

    old = ctx.atom(base, target)
    if "a" in pattern and not _masks_only(atoms, pattern):
        raise Refused("ADC405", "writing to an array of positions is not supported (a position may occur twice)", target,
                      "write in a loop over the positions, or use a mask")
    if augmented is not None:
        operand = expression(ctx, augmented.value)
        if isinstance(augmented.op, ast.Add | ast.Sub) and isinstance(old.type, Array) and _is_numeric(operand, ctx):
            amount = ctx.atom(operand, augmented.value)
            if has_derivative(old.type) or not has_derivative(amount.type):
                if isinstance(augmented.op, ast.Sub):
                    amount = ctx.at(augmented).prim("neg", amount)
                return _typed(ctx, "accumulate", old, amount, atoms, pattern, target)
        current = load(ctx, base, atoms, pattern, target)
        value = number(ctx, BINARY[type(augmented.op)], current, operand, augmented)
    assert value is not None
    return _typed(ctx, "store", old, ctx.atom(value, target), atoms, pattern, target)


def _is_numeric(value: Value, ctx: Context) -> bool:
    atom = value if isinstance(value, Var | Const) else None
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ArrayObj):
        atom = obj.atom
    return atom is not None and isinstance(atom.type, Scalar | Array)


def _masks_only(atoms: tuple[Atom, ...], pattern: tuple[str, ...]) -> bool:
    position = 0
    for entry in pattern:
        count = 1 if entry in "ia" else entry.count("1") if entry[0] == "s" else 0
        if entry == "a":
            type_ = atoms[position].type
            if not (isinstance(type_, Array) and type_.dtype == "bool"):
                return False
        position += count
    return True


def _typed(ctx: Context, name: str, old: Atom, value: Atom, atoms: tuple[Atom, ...], pattern: tuple[str, ...],
           node: ast.AST) -> Atom:
    if isinstance(old.type, List) and pattern != ("i",):
        raise Refused("ADC404", "slices of a list cannot be assigned", node, "assign the elements, or use an array")
    try:
        hint = old.hint if isinstance(old, Var) else ""
        return ctx.at(node).prim(name, old, value, *atoms, hint=hint, index=pattern)
    except IrTypeError as error:
        raise Refused("ADC301", str(error), node) from None


def _store_in_dict(ctx: Context, base: Ref, obj: DictObj, target: ast.Subscript, value: Value | None,
                   augmented: ast.AugAssign | None) -> None:
    from adcompiler.frontend.expressions import BINARY, expression, number

    key = dict_key(ctx, target)
    if obj.outside is not None:
        raise Refused("ADC401", f"this modifies {obj.outside!r}, which lives outside the function", target,
                      "build a new dict")
    if augmented is not None:
        value = number(ctx, BINARY[type(augmented.op)], _of_dict(ctx, obj, target), expression(ctx, augmented.value), augmented)
    assert value is not None
    ctx.state.heap[base.id] = DictObj(tuple({**dict(obj.entries), key: value}.items()))


def _store_in_items(ctx: Context, base: Ref, target: ast.Subscript, value: Value | None,
                    augmented: ast.AugAssign | None) -> bool:
    """A write to a constant position of a list of known length."""
    from adcompiler.frontend.expressions import BINARY, expression, number

    obj = ctx.state.heap[base.id]
    if not isinstance(obj, ListObj) or obj.items is None or isinstance(target.slice, ast.Slice):
        return False
    position = expression(ctx, target.slice)
    if not isinstance(position, Const) or not isinstance(position.value, int):
        return False
    if not -len(obj.items) <= position.value < len(obj.items):
        raise Refused("ADC312", f"index {position.value} is out of range for {len(obj.items)} items", target)
    items = list(obj.items)
    if augmented is not None:
        value = number(ctx, BINARY[type(augmented.op)], items[position.value], expression(ctx, augmented.value), augmented)
    assert value is not None
    items[position.value] = value
    check_ours(ctx, obj, target)
    ctx.state.heap[base.id] = replace(obj, items=tuple(items))
    spread_staleness(ctx, base, ctx.span(target))
    return True


def check_ours(ctx: Context, obj: ArrayObj | ListObj, node: ast.AST) -> None:
    """Refuse to modify what lives outside; remember which array arguments the function modifies."""
    if obj.outside is None:
        return
    if obj.outside.startswith("argument "):
        ctx.mutated.add(obj.outside.removeprefix("argument "))
        return
    raise Refused("ADC401", f"this modifies {obj.outside!r}, which lives outside the function", node,
                  "work on a copy (`.copy()`) and return it")


def mutate(ctx: Context, ref: Ref, new: Atom, node: ast.AST) -> None:
    """The object has a new value; whatever may share its memory must not be read any more."""
    obj = ctx.state.heap[ref.id]
    assert isinstance(obj, ArrayObj | ListObj)
    check_ours(ctx, obj, node)
    if isinstance(obj, ListObj):
        ctx.state.heap[ref.id] = replace(obj, atom=new, items=None)
    else:
        ctx.state.heap[ref.id] = replace(obj, atom=new)
    spread_staleness(ctx, ref, ctx.span(node))


def spread_staleness(ctx: Context, ref: Ref, span: Span) -> None:
    """Mark all other objects that may share memory with this one, and the lists that may hold it."""
    tokens = own_tokens(ref, ctx.state)
    for id_, other in list(ctx.state.heap.items()):
        if id_ == ref.id or not isinstance(other, ArrayObj | ListObj) or other.stale is not None:
            continue
        if (other.tokens | other.inner if isinstance(other, ListObj) else other.tokens) & tokens:
            ctx.state.heap[id_] = replace(other, stale=span)
