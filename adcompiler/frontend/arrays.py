"""Subscripts: reading and writing elements of arrays, lists, tuples and dicts; who else sees a write."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import reduce
from typing import Any

from adcompiler.diagnostics import Span
from adcompiler.frontend.context import Context
from adcompiler.frontend.opaque import opaque, opaque_subscript
from adcompiler.frontend.state import (
    BOXED,
    fresh_id,
    held_tokens,
    inner_tokens,
    kind_of,
    levels,
    own_tokens,
    stale_error,
    together,
    tokens_of,
)
from adcompiler.frontend.values import (
    TWIN,
    ArrayObj,
    DictObj,
    InstanceObj,
    Lens,
    ListObj,
    Poisoned,
    PoisonV,
    PrimV,
    Ref,
    Refused,
    SliceV,
    Step,
    Token,
    TupleV,
    Value,
)
from adcompiler.ir.build import UNDEF, Builder, const
from adcompiler.ir.nodes import Atom, Const, Prim, Var
from adcompiler.ir.ops import IrTypeError, describe
from adcompiler.ir.types import ANY, Array, List, Scalar, Unknown, dims, has_derivative, never_one, rank

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
            _single(ctx, part, atoms, pattern, alone=not isinstance(node, ast.Tuple))
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


def _single(ctx: Context, part: ast.expr, atoms: list[Atom], pattern: list[str], alone: bool) -> None:
    from adcompiler.frontend.expressions import expression

    value = expression(ctx, part)
    for item in value.items if isinstance(value, TupleV) and alone else [value]:
        _entry(ctx, item, part, atoms, pattern)


def _entry(ctx: Context, value: Value, part: ast.AST, atoms: list[Atom], pattern: list[str]) -> None:
    """One index that is not written as a slice."""
    from adcompiler.frontend.library import as_array_argument

    if isinstance(value, Const) and value.value is None:
        pattern.append("n")
        return
    if isinstance(value, Const) and value.value is Ellipsis:
        pattern.append("e")
        return
    if isinstance(value, SliceV):
        bounds = [b for b in (value.start, value.stop, value.step) if b != const(None)]
        pattern.append("s" + "".join("0" if b == const(None) else "1" for b in (value.start, value.stop, value.step)))
        atoms += [_integer(ctx, b, part) for b in bounds]
        return
    if isinstance(value, Ref | TupleV):
        value = as_array_argument(ctx, "numpy.array", value, part)
    atom = ctx.atom(value, part)
    if isinstance(atom.type, Array | List):
        kind = atom.type.dtype if isinstance(atom.type, Array) else getattr(atom.type.element, "dtype", "")
        if kind not in ("bool", "") and not kind.startswith(("int", "uint")):
            raise Refused("ADC310", "an index array must hold integers or truth values", part)
        atoms.append(atom)
        pattern.append("a")
        return
    if isinstance(atom.type, Scalar) and atom.type.dtype == "bool":
        raise Refused("ADC310", "a single truth value is not an index here", part, "use `if`, or a mask of the array's shape")
    atoms.append(_integer(ctx, value, part))
    pattern.append("i")


def index_of(ctx: Context, value: Value, node: ast.AST) -> Index:
    """The index that a value is: of `np.add.at(a, value, ...)`."""
    atoms: list[Atom] = []
    pattern: list[str] = []
    for item in value.items if isinstance(value, TupleV) else (value,):
        _entry(ctx, item, node, atoms, pattern)
    return tuple(atoms), tuple(pattern)


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
        case PrimV("numpy.s_" | "numpy.index_exp"):
            return _index_value(ctx, node.slice)
        case Var() | Const() if isinstance(base.type, Unknown):
            return opaque(ctx, opaque_subscript(ctx, base, node), node, pure=True)
        case Var() | Const() if isinstance(base.type, Scalar) and ast.unparse(node.slice) == "()":
            return base
    raise Refused("ADC311", f"{kind_of(base, ctx.state)} cannot be indexed", node.value)


def _index_value(ctx: Context, node: ast.expr) -> Value:
    """What `np.s_[...]` gives: slices and other indices as a value."""
    from adcompiler.frontend.expressions import expression

    if isinstance(node, ast.Tuple):
        return TupleV(tuple(_index_value(ctx, part) for part in node.elts))
    if isinstance(node, ast.Slice):
        bounds = [expression(ctx, b) if b is not None else const(None) for b in (node.lower, node.upper, node.step)]
        return SliceV(*bounds)
    return expression(ctx, node)


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
        held = reduce(together, (tokens_of(v, ctx.state) for v in base.items), frozenset[Token]())
        return ctx.new(ListObj(None, _listed(ctx, base.items, node), frozenset([fresh_id()]), inner=held))
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
    """Read `base[...]`; a view shares its base's memory. Of a view whose base was written since, the base is read."""
    base, atoms, pattern = _from_the_base(ctx, base, atoms, pattern)
    source = ctx.atom(base, node)
    if node is not None:
        ctx.at(node)
    try:
        result = ctx.builder.prim("load", source, *atoms, index=pattern, **_unique(ctx, atoms, pattern))
    except IrTypeError as error:
        raise Refused("ADC311", str(error), node) from None
    if "a" in pattern:
        return ctx.wrap(result)
    if "e" in pattern and isinstance(result.type, Scalar) and isinstance(base, Ref):
        pin(ctx, base)
        BOXED[result] = True
    if isinstance(source.type, List):
        held = held_tokens(base, ctx.state)
        if pattern == ("i",):
            return _element(ctx, base, ctx.wrap(result, held), atoms[0], source)
        return ctx.new(ListObj(None, result, frozenset([fresh_id()]), inner=held))
    return view(ctx, base, result, Step("load", atoms, (("index", pattern),)))


def _element(ctx: Context, base: Value, value: Value, position: Atom, source: Atom) -> Value:
    """An element that was just read of a list: one that is a list is read again after the outer list was written."""
    obj = ctx.state.heap[value.id] if isinstance(value, Ref) else None
    if isinstance(obj, ListObj) and isinstance(base, Ref) and isinstance(value, Ref):
        ctx.state.heap[value.id] = replace(obj, place=(base.id, position, source))
    return value


def _from_the_base(ctx: Context, base: Value, atoms: tuple[Atom, ...], pattern: tuple[str, ...],
                   ) -> tuple[Value, tuple[Atom, ...], tuple[str, ...]]:
    """`base[...]` as a path from the array that `base` is an outdated view of."""
    obj = ctx.state.heap[base.id] if isinstance(base, Ref) else None
    if not isinstance(obj, ArrayObj) or obj.lens is None or obj.stale is not None:
        return base, atoms, pattern
    root = ctx.state.heap[obj.lens.base]
    if not isinstance(root, ArrayObj) or root.atom == obj.seen or any(s.name != "load" for s in obj.lens.steps):
        return base, atoms, pattern
    for step in reversed(obj.lens.steps):
        atoms, pattern = _path(step, atoms, pattern)
    return Ref(obj.lens.base), atoms, pattern


def pin(ctx: Context, base: Ref) -> None:
    """Note that there is a view of no axes, which we take for a number: the array must not be written any more."""
    obj = ctx.state.heap[base.id]
    if isinstance(obj, ArrayObj):
        root = obj.lens.base if obj.lens is not None else base.id
        owner = ctx.state.heap[root]
        assert isinstance(owner, ArrayObj)
        ctx.state.heap[root] = replace(owner, pinned=True)


def view(ctx: Context, base: Value, result: Atom, step: Step) -> Value:
    """The value of a view that was just taken of `base` by `step`."""
    value = ctx.wrap(result, own_tokens(base, ctx.state))
    if isinstance(base, Ref) and isinstance(value, Ref):
        owner, made = ctx.state.heap[base.id], ctx.state.heap[value.id]
        assert isinstance(owner, ArrayObj) and isinstance(made, ArrayObj)
        lens = Lens(base.id, (step,)) if owner.lens is None else replace(owner.lens, steps=(*owner.lens.steps, step))
        root = ctx.state.heap[lens.base]
        assert isinstance(root, ArrayObj)
        ctx.state.heap[value.id] = replace(made, lens=lens, seen=root.atom, ordered=owner.ordered and _keeps_order(step))
    return value


def _keeps_order(step: Step) -> bool:
    """Whether a view of elements in C order without gaps has them so, too: leading integers and one plain slice."""
    if step.name != "load":
        return step.name in ("numpy.reshape", "numpy.ravel", "numpy.expand_dims", "numpy.squeeze")
    pattern = list(dict(step.params)["index"])
    while pattern and pattern[0] == "i":
        pattern.pop(0)
    return not pattern or (len(pattern) == 1 and pattern[0][0] == "s" and pattern[0][3] == "0")


# --- writing ----------------------------------------------------------------------------------------------


def store(ctx: Context, target: ast.Subscript, value: Value | None, augmented: ast.AugAssign | None = None,
          inside: bool = False) -> Ref | None:
    """`target = value`, or the augmented assignment. In `a[i][j] = v` it is a list `a` that is written, which is returned.

    `inside`: the element itself stays and is changed inside.
    """
    from adcompiler.frontend.expressions import expression

    path = _path_base(ctx, target.value)  # a row of a list
    base = expression(ctx, target.value)
    if isinstance(base, PoisonV):
        raise Poisoned
    if isinstance(base, Ref) and isinstance(obj := ctx.state.heap[base.id], DictObj):
        _store_in_dict(ctx, base, obj, target, value, augmented)
        return None
    if not isinstance(base, Ref) or isinstance(ctx.state.heap[base.id], InstanceObj):
        raise Refused("ADC311", f"elements of {kind_of(base, ctx.state)} cannot be assigned", target.value)
    if _store_in_items(ctx, base, target, value, augmented):
        return None
    base = dynamic_list(ctx, base, target)
    assert isinstance(base, Ref)
    atoms, pattern = parse_index(ctx, target.slice)
    name, written = _written(ctx, base, atoms, pattern, target, value, augmented)
    if path is not None:
        _check_element(ctx, own_tokens(base, ctx.state), target)
        new = ctx.wrap(_typed(ctx, name, ctx.atom(base, target), written, atoms, pattern, target))
        root = store(ctx, path, new, inside=True)
        _spread_to_elements(ctx, own_tokens(base, ctx.state), root, ctx.span(target))
    else:
        root = base
        if augmented is not None:
            _check_element(ctx, held_tokens(base, ctx.state), target)
        write(ctx, base, name, written, atoms, pattern, target, inside or augmented is not None)
        if augmented is not None:
            _spread_to_elements(ctx, held_tokens(base, ctx.state), root, ctx.span(target))
    changed = ctx.state.heap[root.id] if root is not None else None
    put = augmented is None and isinstance(ctx.state.heap[base.id], ListObj)
    if root is not None and value is not None and put and isinstance(changed, ListObj):
        held = tokens_of(value, ctx.state)
        ctx.state.heap[root.id] = replace(changed, inner=together(changed.inner, held))
    return root


def lists_with_twins(ctx: Context) -> set[int]:
    """The lists of which two elements may be the same object."""
    return {id_ for id_, obj in ctx.state.heap.items() if isinstance(obj, ListObj) and TWIN in obj.inner}


def forget_twins(ctx: Context, but: set[int]) -> None:
    """Elements of lists changed places: no two of them are the same object, but in lists where that was so before."""
    for id_ in lists_with_twins(ctx) - but:
        obj = ctx.state.heap[id_]
        assert isinstance(obj, ListObj)
        ctx.state.heap[id_] = replace(obj, inner=obj.inner - {TWIN})


def _check_element(ctx: Context, tokens: frozenset[Token], node: ast.AST) -> None:
    """Refuse to write into an element of a list when another element may be the same object, or it lives outside."""
    ctx.check_tokens(tokens, node)
    if TWIN in tokens:
        raise Refused("ADC402", "this modifies an element of a list, and other elements may be the same object", node,
                      "make every element anew: `[[0.0] * 3 for _ in range(n)]`, `rows.append(row.copy())`")


def _spread_to_elements(ctx: Context, tokens: frozenset[Token], root: Ref | None, span: Span) -> None:
    """An element of a list was written through the list: mark the other names that it may have, and lists that may hold it."""
    tokens -= {TWIN}
    for id_, other in list(ctx.state.heap.items()):
        shared = other.tokens | other.inner if isinstance(other, ListObj) else other.tokens
        if isinstance(other, ListObj) and other.place is not None and root is not None and other.place[0] == root.id:
            continue  # it will be read again
        if other.stale is None and shared & tokens and (root is None or id_ != root.id):
            ctx.state.heap[id_] = replace(other, stale=span)


def _path_base(ctx: Context, node: ast.expr) -> ast.Subscript | None:
    """In `a[i][j] = v` the target `a[i]`, which must take the changed row, when it is a part of a list."""
    from adcompiler.frontend.expressions import expression

    if not isinstance(node, ast.Subscript):
        return None
    outer = expression(ctx, node.value)
    if isinstance(outer, Ref) and isinstance(obj := ctx.state.heap[outer.id], ListObj):
        if obj.items is not None:
            position = None if isinstance(node.slice, ast.Slice) else expression(ctx, node.slice)
            if isinstance(position, Const):
                return None
        if isinstance(node.slice, ast.Slice):
            raise Refused("ADC404", "this writes into a slice of a list, which is a copy", node)
        return node
    return None


def _written(ctx: Context, base: Ref, atoms: tuple[Atom, ...], pattern: tuple[str, ...], target: ast.Subscript,
             value: Value | None, augmented: ast.AugAssign | None) -> tuple[str, Atom]:
    """The primitive that writes, and the value that it writes."""
    from adcompiler.frontend.expressions import BINARY, expression, number

    old = ctx.atom(base, target)
    if augmented is not None:
        before = old
        operand = expression(ctx, augmented.value)
        old = ctx.atom(base, target)
        adds = isinstance(augmented.op, ast.Add | ast.Sub) and old == before and not _has_positions(atoms, pattern)
        if adds and isinstance(old.type, Array) and _is_numeric(operand, ctx):
            amount = ctx.atom(operand, augmented.value)
            if has_derivative(old.type) or not has_derivative(amount.type):
                if isinstance(augmented.op, ast.Sub):
                    amount = ctx.at(augmented).prim("neg", amount)
                return "accumulate", amount
        current = load(ctx, base, atoms, pattern, target)
        if old != before and (isinstance(current, Var) or "a" in pattern):
            # the right side changed the array after the elements were read
            current = ctx.wrap(ctx.at(augmented).prim("load", before, *atoms, index=pattern))
        value = number(ctx, BINARY[type(augmented.op)], current, operand, augmented)
    assert value is not None
    if isinstance(old.type, Array):
        from adcompiler.frontend.library import as_array_argument

        value = as_array_argument(ctx, "numpy.array", value, target)
    return "store", ctx.atom(value, target)


def _is_numeric(value: Value, ctx: Context) -> bool:
    atom = value if isinstance(value, Var | Const) else None
    if isinstance(value, Ref) and isinstance(obj := ctx.state.heap[value.id], ArrayObj):
        atom = obj.atom
    return atom is not None and isinstance(atom.type, Scalar | Array)


def _unique(ctx: Context, atoms: tuple[Atom, ...], pattern: tuple[str, ...]) -> dict[str, Any]:
    """{"unique": True} when there are arrays of positions among the indices and no element is named twice.

    That is so where no array has a position twice, and where one of several vectors of the same size has none twice.
    """
    arrays = [a for a in atoms if _has_positions((a,), pattern)]
    if not arrays:
        return {}
    if _of_one_function(ctx, arrays):
        return {"unique": True}
    found = [_distinct(ctx, a) for a in arrays]
    sizes = [dims(a.type) for a in arrays]
    alike = all(len(s) == 1 and (s == sizes[0] or (never_one(s[0]) and never_one(sizes[0][0]))) for s in sizes)
    return {"unique": True} if all(found) or (alike and any(found)) else {}


def _of_one_function(ctx: Context, arrays: list[Atom]) -> bool:
    """Whether these are all the arrays of positions that a function gave, together naming no element twice."""
    for bind in ctx.builder.binds:
        known = isinstance(bind.op, Prim) and bind.op.name in ("numpy.nonzero", "numpy.tril_indices", "numpy.triu_indices")
        if known and list(bind.targets) == arrays:
            return True
    return False


def _distinct(ctx: Context, atom: Atom) -> bool:
    """Whether the elements of an array of positions differ: a permutation, a range, or constants of one sign."""
    makers = {t: b.op for b in ctx.builder.binds for t in b.targets}
    while isinstance(op := makers.get(atom) if isinstance(atom, Var) else None, Prim):
        if op.name in ("numpy.array", "list"):
            values = [a.value for a in op.args if isinstance(a, Const) and isinstance(a.value, int)]
            return len(set(values)) == len(op.args) == len(values) and len({v < 0 for v in values}) == 1
        if op.name in ("numpy.argsort", "numpy.argpartition"):
            return rank(op.args[0].type) == 1
        if op.name == "numpy.flatnonzero" or (op.name == "numpy.arange" and len(op.args) == 1):
            return True
        if op.name not in ("numpy.reshape", "numpy.expand_dims", "numpy.flip", "numpy.ravel", "copy"):
            return False
        atom = op.args[0]
    return False


def _has_positions(atoms: tuple[Atom, ...], pattern: tuple[str, ...]) -> bool:
    """Whether there are arrays of positions among the indices, of which one may occur twice: `x[i] += v` adds once."""
    return "a" in pattern and any(isinstance(a.type, List) or (isinstance(a.type, Array) and a.type.dtype != "bool")
                                  for a in atoms)


def _typed(ctx: Context, name: str, old: Atom, value: Atom, atoms: tuple[Atom, ...], pattern: tuple[str, ...],
           node: ast.AST) -> Atom:
    if isinstance(old.type, List) and pattern != ("i",):
        raise Refused("ADC404", "slices of a list cannot be assigned", node, "assign the elements, or use an array")
    try:
        hint = old.hint if isinstance(old, Var) else ""
        return ctx.at(node).prim(name, old, value, *atoms, hint=hint, index=pattern, **_unique(ctx, atoms, pattern))
    except IrTypeError as error:
        raise Refused("ADC301", str(error), node) from None


def _store_in_dict(ctx: Context, base: Ref, obj: DictObj, target: ast.Subscript, value: Value | None,
                   augmented: ast.AugAssign | None) -> None:
    from adcompiler.frontend.expressions import BINARY, expression, in_place_method, number

    key = dict_key(ctx, target)
    ctx.check_ours(obj, target, "build a new dict")
    if augmented is not None:
        old, operand = _of_dict(ctx, obj, target), expression(ctx, augmented.value)
        if isinstance(old, Ref):
            in_place_method(ctx, old, type(augmented.op), operand, augmented)
            return
        value = number(ctx, BINARY[type(augmented.op)], old, operand, augmented)
    assert value is not None
    now = ctx.state.heap[base.id]
    assert isinstance(now, DictObj)
    ctx.state.heap[base.id] = replace(now, entries=tuple({**dict(now.entries), key: value}.items()))
    spread_staleness(ctx, base, ctx.span(target))


def _store_in_items(ctx: Context, base: Ref, target: ast.Subscript, value: Value | None,
                    augmented: ast.AugAssign | None) -> bool:
    """A write to a constant position of a list of known length."""
    from adcompiler.frontend.expressions import BINARY, expression, in_place_method, number

    obj = ctx.state.heap[base.id]
    if not isinstance(obj, ListObj) or obj.items is None or isinstance(target.slice, ast.Slice):
        return False
    position = expression(ctx, target.slice)
    if not isinstance(position, Const) or not isinstance(position.value, int):
        return False
    if not -len(obj.items) <= position.value < len(obj.items):
        raise Refused("ADC312", f"index {position.value} is out of range for {len(obj.items)} items", target)
    items = list(obj.items)
    old = items[position.value]
    if augmented is not None and isinstance(old, Ref):
        in_place_method(ctx, old, type(augmented.op), expression(ctx, augmented.value), augmented)
        return True
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
    if isinstance(obj, ArrayObj) and obj.pinned:
        raise Refused("ADC402", "this array is written while there is a view of no axes of it", node,
                      "index the element: `a[i]` instead of `a[i, ...]` or `np.squeeze(a)`")
    ctx.check_ours(obj, node)


def write(ctx: Context, ref: Ref, name: str, value: Atom, atoms: tuple[Atom, ...], pattern: tuple[str, ...],
          node: ast.AST, inside: bool = False) -> None:
    """`ref[...] = value` (`name` is "store") or `ref[...] += value` ("accumulate"); through a view it is a write to its base."""
    obj = ctx.state.heap[ref.id]
    if not isinstance(obj, ArrayObj) or obj.lens is None:
        mutate(ctx, ref, _typed(ctx, name, ctx.atom(ref, node), value, atoms, pattern, node), node, inside)
        return
    ctx.atom(ref, node)
    base = Ref(obj.lens.base)
    if all(step.name == "load" for step in obj.lens.steps):
        for step in reversed(obj.lens.steps):
            atoms, pattern = _path(step, atoms, pattern)
        mutate(ctx, base, _typed(ctx, name, ctx.atom(base, node), value, atoms, pattern, node), node)
        return
    values = levels(obj.lens, ctx.state, ctx.at(node))
    new = _typed(ctx, name, values[-1], value, atoms, pattern, node)
    for step, parent in zip(reversed(obj.lens.steps), reversed(values[:-1]), strict=True):
        new = _put_back(ctx, step, parent, new, node)
    mutate(ctx, base, new, node)


def _path(step: Step, atoms: tuple[Atom, ...], pattern: tuple[str, ...]) -> Index:
    """The index of `base[step][pattern]`: one pair of brackets after a row, two after a slice."""
    first: tuple[str, ...] = dict(step.params)["index"]
    if pattern == ("e",):
        return step.operands, first
    if set(first) == {"i"} and ("a" not in pattern or pattern == ("a",)):
        return (*step.operands, *atoms), first + pattern
    return (*step.operands, *atoms), (*first, "|", *pattern)


def _put_back(ctx: Context, step: Step, parent: Atom, new: Atom, node: ast.AST) -> Atom:
    """The value of `parent` when its view by `step` becomes `new`."""
    builder, params = ctx.at(node), dict(step.params)
    hint = parent.hint if isinstance(parent, Var) else ""
    assert isinstance(parent.type, Array)
    match step.name:
        case "load":
            return builder.prim("store", parent, new, *step.operands, hint=hint, index=params["index"])
        case "numpy.transpose" if params.get("axes") is not None:
            axes = [k % parent.type.rank for k in params["axes"]]
            return builder.prim("copy", builder.prim(step.name, new, axes=tuple(axes.index(k) for k in range(len(axes)))))
        case "numpy.transpose" | "numpy.swapaxes":
            return builder.prim("copy", builder.prim(step.name, new, **params), hint=hint)
    return builder.prim("copy", reshaped_like(builder, new, parent), hint=hint)


def reshaped_like(builder: Builder, value: Atom, like: Atom) -> Var:
    """The elements of `value` in the shape of `like`."""
    assert isinstance(like.type, Array)
    shape = [const(1) if d == 1 else builder.prim("shape", like, axis=k) for k, d in enumerate(like.type.dims)]
    made = builder.prim("numpy.reshape", value, *shape)
    made.type = like.type
    return made


def mutate(ctx: Context, ref: Ref, new: Atom, node: ast.AST, inside: bool = False) -> None:
    """The object has a new value; whatever may share its memory must not be read any more, but for views that we know.

    `inside`: it is a list that has the elements that it had, but one changed inside.
    """
    obj = ctx.state.heap[ref.id]
    assert isinstance(obj, ArrayObj | ListObj)
    if isinstance(obj, ArrayObj) and obj.lens is not None:
        write(ctx, ref, "store", new, (), ("e",), node)
        return
    check_ours(ctx, obj, node)
    if isinstance(obj, ListObj):
        if not inside:
            forget_places(ctx, ref, ctx.span(node))
        ctx.state.heap[ref.id] = replace(obj, atom=new, items=None, place=None)
    else:
        ctx.state.heap[ref.id] = replace(obj, atom=new)
    spread_staleness(ctx, ref, ctx.span(node))


def forget_places(ctx: Context, ref: Ref, span: Span) -> None:
    """The list will hold other elements: those that were read of it have no known place any more."""
    obj = ctx.state.heap[ref.id]
    now = ctx.atom(ref) if isinstance(obj, ListObj) and obj.stale is None else None
    for id_, other in list(ctx.state.heap.items()):
        if isinstance(other, ListObj) and other.place is not None and other.place[0] == ref.id:
            stale = other.stale if other.place[2] == now else other.stale or span
            ctx.state.heap[id_] = replace(other, place=None, stale=stale)


def spread_staleness(ctx: Context, ref: Ref, span: Span) -> None:
    """Mark all other objects that may share memory with this one, and the lists that may hold it."""
    tokens = own_tokens(ref, ctx.state) - {TWIN}
    for id_, other in list(ctx.state.heap.items()):
        if id_ == ref.id or other.stale is not None:
            continue
        if isinstance(other, ArrayObj) and other.lens is not None and other.lens.base == ref.id:
            continue
        if (other.tokens | other.inner if isinstance(other, ListObj) else other.tokens) & tokens:
            ctx.state.heap[id_] = replace(other, stale=span)
