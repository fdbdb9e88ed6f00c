"""Functions that join and split arrays, and that choose elements or parts of them by position."""

from __future__ import annotations

import ast

from adcompiler.frontend.arrays import load
from adcompiler.frontend.builtin import apply_builtin
from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.library import call_primitive, mapping, static_argument
from adcompiler.frontend.mappings.products import arguments, array, needed, rank_of
from adcompiler.frontend.mappings.shapes import axes_of, integers, listed, moved
from adcompiler.frontend.state import fresh_id
from adcompiler.frontend.values import ArrayObj, ListObj, Ref, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.catalogue.sizes import literal
from adcompiler.ir.nodes import Atom, Const, Prim, Var
from adcompiler.ir.types import Array, Dim, List, Scalar, dims, rank, unknown_dim

_NONE = const(None)
_MOST_ITEMS = 64
_MOST_CHOICES = 32


# --- joining --------------------------------------------------------------------------------------------------------


def _parts(ctx: Context, name: str, value: Value, node: ast.AST) -> list[Value] | Value:
    """The arrays to join: those that are listed, the rows of an array of known length, or a list as it is at run time."""
    items = listed(ctx, value, node)
    if items is not None:
        return [array(ctx, v, node) for v in items]
    atom = ctx.atom(value, node)
    if isinstance(atom.type, Array):
        count = literal(atom.type.dims[0])
        if count is not None and count <= _MOST_ITEMS:
            return [load(ctx, value, (const(k),), ("i",), node) for k in range(count)]
        raise Refused("ADC303", f"{name}() of the rows of an array needs to know when compiling how many they are", node,
                      "use np.reshape or np.moveaxis")
    if not isinstance(atom.type, List) or not isinstance(atom.type.element, Array | Scalar):
        raise Refused("ADC301", f"{name}() takes a sequence of arrays or of numbers", node)
    return value


def _element_rank(ctx: Context, value: Value, node: ast.AST) -> int:
    """The number of axes of the elements of a list."""
    type_ = ctx.atom(value, node).type
    assert isinstance(type_, List)
    return rank(type_.element)


def _is_array(ctx: Context, value: Value) -> bool:
    return isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ArrayObj)


@mapping("numpy.concatenate numpy.concat")
def _concatenate(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.concatenate(arrays, axis=0)`; with axis=None of the flat arrays."""
    given = arguments("np.concatenate", "arrays axis", args, keywords, node)
    value = needed("np.concatenate", given, "arrays", node)
    axis = given.get("axis", const(0))
    if _is_array(ctx, value) and rank_of(ctx, value, node) > 1:
        return _merged(ctx, value, axis, node)
    parts = _parts(ctx, "np.concatenate", value, node)
    if axis == _NONE and isinstance(parts, list):
        parts, axis = [call_primitive(ctx, "numpy.ravel", [p], {}, node) for p in parts], const(0)
    elif not isinstance(parts, list) and axis == _NONE:
        if _element_rank(ctx, parts, node) != 1:
            raise Refused("ADC407", "np.concatenate() with axis=None is not supported for a list that a loop makes", node)
        axis = const(0)
    if isinstance(parts, list):
        inner = rank_of(ctx, parts[0], node) if parts else 0
    else:
        inner = _element_rank(ctx, parts, node)
    if not inner:
        raise Refused("ADC301", "there must be arrays to concatenate, not numbers", node, "use np.array or np.stack")
    (along,) = axes_of(ctx, "np.concatenate", axis, inner, node)
    return _joined(ctx, parts, along, node)


def _joined(ctx: Context, parts: list[Value] | Value, axis: int, node: ast.AST) -> Value:
    return primitive(ctx, "numpy.concatenate", parts if isinstance(parts, list) else [parts], node,
                     **({"axis": axis} if axis else {}))


def _merged(ctx: Context, a: Value, axis: Value, node: ast.AST) -> Value:
    """The parts of an array joined: its first axis is merged with another."""
    inner = rank_of(ctx, a, node)
    if axis == _NONE:
        return primitive(ctx, "copy", [primitive(ctx, "numpy.ravel", [a], node)], node)
    (along,) = axes_of(ctx, "np.concatenate", axis, inner - 1, node)
    turned = moved(ctx, a, (0,), (along,), node) if along else a
    merged: list[Value] = [primitive(ctx, "shape", [a], node, axis=k) for k in (0, along + 1)]
    sizes: list[Value] = [primitive(ctx, "shape", [a], node, axis=k) for k in range(1, inner)]
    sizes[along] = number(ctx, "mul", merged[0], merged[1], node)
    return primitive(ctx, "copy", [primitive(ctx, "numpy.reshape", [turned, *sizes], node)], node)


@mapping("numpy.stack")
def _stack(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.stack(arrays, axis=0)`; of the parts of an array it moves the first axis."""
    given = arguments("np.stack", "arrays axis", args, keywords, node)
    value, axis = needed("np.stack", given, "arrays", node), given.get("axis", const(0))
    if _is_array(ctx, value):
        return primitive(ctx, "copy", [_first_to(ctx, value, axis, node)], node)
    parts = _parts(ctx, "np.stack", value, node)
    if not isinstance(parts, list):
        return _first_to(ctx, primitive(ctx, "numpy.array", [parts], node), axis, node)
    if not parts:
        raise Refused("ADC301", "there must be something to stack", node)
    (along,) = axes_of(ctx, "np.stack", axis, rank_of(ctx, parts[0], node) + 1, node)
    return primitive(ctx, "numpy.stack", parts, node, **({"axis": along} if along else {}))


def _first_to(ctx: Context, a: Value, axis: Value, node: ast.AST) -> Value:
    (along,) = axes_of(ctx, "np.stack", axis, rank_of(ctx, a, node), node)
    return moved(ctx, a, (0,), (along,), node) if along else a


def _widened(ctx: Context, a: Value, axes: tuple[int, ...], node: ast.AST) -> Value:
    """An array with new axes in these places."""
    if rank_of(ctx, a, node) == 0 and axes:
        return primitive(ctx, "numpy.array", [a], node, shape=(1,) * len(axes))
    for k in axes:
        a = primitive(ctx, "numpy.expand_dims", [a], node, axis=k)
    return a


_NEW_AXES: dict[int, tuple[tuple[int, ...], ...]] = {1: ((0,),), 2: ((0, 1), (0,)), 3: ((0, 1, 2), (0, 2), (2,))}
"""For so many axes at least: where arrays of no, one or two axes get new ones."""


def _at_least(ctx: Context, a: Value, axes: int, node: ast.AST) -> Value:
    """An array of at least so many axes, as `np.atleast_1d` and its kin make it."""
    have = rank_of(ctx, a, node)
    return _widened(ctx, a, _NEW_AXES[axes][have] if have < axes else (), node)


def _at_least_as(axes: int) -> None:
    @mapping(f"numpy.atleast_{axes}d")
    def atleast(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.atleast_2d(*arys)`: of several arrays a tuple."""
        if keywords or not args:
            raise Refused("ADC302", f"np.atleast_{axes}d() takes arrays", node)
        made = [_at_least(ctx, array(ctx, v, node), axes, node) for v in args]
        return made[0] if len(made) == 1 else TupleV(tuple(made))


for _axes in (1, 2, 3):
    _at_least_as(_axes)


@mapping("numpy.hstack")
def _hstack(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """Joined along the second axis, vectors along the first."""
    given = arguments("np.hstack", "tup", args, keywords, node)
    parts = _parts(ctx, "np.hstack", needed("np.hstack", given, "tup", node), node)
    if not isinstance(parts, list):
        inner = _element_rank(ctx, parts, node)
        return _joined(ctx, parts, min(1, inner - 1), node) if inner else primitive(ctx, "numpy.array", [parts], node)
    if parts and all(rank_of(ctx, p, node) == 0 for p in parts):
        return primitive(ctx, "numpy.stack", parts, node)
    parts = [_at_least(ctx, p, 1, node) for p in parts]
    return _joined(ctx, parts, 0 if not parts or rank_of(ctx, parts[0], node) == 1 else 1, node)


@mapping("numpy.vstack")
def _vstack(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """Joined along the first axis, vectors as rows."""
    return _stacked(ctx, "np.vstack", 0, args, keywords, node)


@mapping("numpy.dstack")
def _dstack(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """Joined along the third axis."""
    return _stacked(ctx, "np.dstack", 2, args, keywords, node)


@mapping("numpy.column_stack")
def _column_stack(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """Vectors as columns, joined with the columns of matrices."""
    return _stacked(ctx, "np.column_stack", 1, args, keywords, node)


def _stacked(ctx: Context, name: str, axis: int, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """Arrays of one rank below that which is needed are stacked, larger ones joined."""
    given = arguments(name, "tup", args, keywords, node)
    parts = _parts(ctx, name, needed(name, given, "tup", node), node)
    least = 3 if axis == 2 else 2
    if isinstance(parts, list):
        if {rank_of(ctx, p, node) for p in parts} == {least - 1}:
            return primitive(ctx, "numpy.stack", parts, node, **({"axis": axis} if axis else {}))
        return _joined(ctx, [_as_part(ctx, p, axis, least, node) for p in parts], axis, node)
    have = _element_rank(ctx, parts, node)
    if have >= least:
        return _joined(ctx, parts, axis, node)
    whole = primitive(ctx, "numpy.array", [parts], node)  # one axis more than the elements have
    if not have:
        return _widened(ctx, whole, {0: (1,), 1: (0,), 2: (0, 0)}[axis], node)
    whole = moved(ctx, whole, (0,), (have,), node) if axis else whole
    return _widened(ctx, whole, (0,) if have < least - 1 else (), node)


def _as_part(ctx: Context, a: Value, axis: int, least: int, node: ast.AST) -> Value:
    if axis == 1 and rank_of(ctx, a, node) == 1:
        return primitive(ctx, "numpy.expand_dims", [a], node, axis=1)
    return _at_least(ctx, a, least, node)


@mapping("numpy.block")
def _block(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.block(arrays)`: the innermost lists are joined along the last axis, those around them along the one before."""
    value = needed("np.block", arguments("np.block", "arrays", args, keywords, node), "arrays", node)
    depth, inner = _depth(ctx, value, node)
    if depth == 0:
        return primitive(ctx, "copy", [value], node)
    return _assembled(ctx, value, depth, max(depth, inner), node)


def _depth(ctx: Context, value: Value, node: ast.AST) -> tuple[int, int]:
    """How deep the lists are nested, and the most axes of an array in them."""
    if isinstance(value, TupleV):
        raise Refused("ADC301", "np.block() takes lists, not tuples", node)
    items = listed(ctx, value, node)
    if items is None:
        if isinstance(ctx.atom(value, node).type, List):
            raise Refused("ADC303", "np.block() needs lists whose lengths are known when compiling", node)
        return 0, rank_of(ctx, value, node)
    found = [_depth(ctx, v, node) for v in items]
    if not found or len({depth for depth, _ in found}) > 1:
        raise Refused("ADC301", "the lists of np.block() must all be nested to the same depth, and hold something", node)
    return found[0][0] + 1, max(inner for _, inner in found)


def _assembled(ctx: Context, value: Value, depth: int, axes: int, node: ast.AST) -> Value:
    items = listed(ctx, value, node)
    if items is None:
        return _widened(ctx, value, (0,) * (axes - rank_of(ctx, value, node)), node)
    return _joined(ctx, [_assembled(ctx, v, depth - 1, axes, node) for v in items], axes - depth, node)


# --- splitting ------------------------------------------------------------------------------------------------------


def _split_as(name: str) -> None:
    @mapping(f"numpy.{name}")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.split(ary, 3)`, `np.split(ary, [2, 5])`: views of the parts."""
        given = arguments(f"np.{name}", "ary indices_or_sections axis", args, keywords, node)
        a = array(ctx, needed(f"np.{name}", given, "ary", node), node)
        return _split(ctx, name, a, given, given.get("axis", const(0)), node)


for _name in ("split", "array_split"):
    _split_as(_name)


def _split_along(name: str, axis: int) -> None:
    @mapping(f"numpy.{name}")
    def handler(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.hsplit(ary, 3)`: along an axis that the function is named for; of a vector along its only one."""
        given = arguments(f"np.{name}", "ary indices_or_sections", args, keywords, node)
        a = array(ctx, needed(f"np.{name}", given, "ary", node), node)
        if rank_of(ctx, a, node) < {"hsplit": 1, "vsplit": 2, "dsplit": 3}[name]:
            raise Refused("ADC301", f"np.{name}() needs an array with more axes", node)
        return _split(ctx, "split", a, given, const(axis if rank_of(ctx, a, node) > axis else 0), node)


for _name, _axis in (("hsplit", 1), ("vsplit", 0), ("dsplit", 2)):
    _split_along(_name, _axis)


def _split(ctx: Context, name: str, a: Value, given: dict[str, Value], axis: Value, node: ast.AST) -> Value:
    sections = needed(f"np.{name}", given, "indices_or_sections", node)
    (along,) = axes_of(ctx, f"np.{name}", axis, rank_of(ctx, a, node), node)
    if isinstance(sections, Const) and isinstance(sections.value, int):
        cuts = _even_cuts(ctx, name, a, along, sections.value, node)
    elif listed(ctx, sections, node) is None:
        raise Refused("ADC303", f"np.{name}() needs to know when compiling how many parts there are", node,
                      "give a constant number, or a list of positions")
    else:
        cuts = integers(ctx, f"np.{name}", sections, node)
    parts: list[Value] = []
    for k in range(len(cuts) + 1):
        bounds = [cuts[k - 1]] if k else []
        bounds += [cuts[k]] if k < len(cuts) else []
        entry = f"s{int(k > 0)}{int(k < len(cuts))}0"
        parts.append(load(ctx, a, tuple(bounds), ("s000",) * along + (entry,), node))
    if name == "split" and isinstance(sections, Const):
        _same_size(ctx, parts, along, node)
    return ctx.new(ListObj(tuple(parts), None, frozenset([fresh_id()])))


def _same_size(ctx: Context, parts: list[Value], axis: int, node: ast.AST) -> None:
    """Note that all parts have the same size."""
    size: Dim = unknown_dim()
    for part in parts:
        atom = ctx.atom(part, node)
        if isinstance(atom, Var) and isinstance(atom.type, Array) and literal(atom.type.dims[axis]) is None:
            atom.type = Array(atom.type.dtype, (*atom.type.dims[:axis], size, *atom.type.dims[axis + 1:]))


def _even_cuts(ctx: Context, name: str, a: Value, axis: int, count: int, node: ast.AST) -> list[Atom]:
    """The places between parts of the same size, or (array_split) of sizes that differ by one at most, the larger first."""
    if not 0 < count <= _MOST_ITEMS:
        raise Refused("ADC301", f"np.{name}() is supported for 1 to {_MOST_ITEMS} parts", node)
    size = literal(dims(ctx.atom(a, node).type)[axis])
    if size is not None:
        if name == "split" and size % count:
            raise Refused("ADC301", f"{size} elements cannot be split into {count} parts of the same size", node,
                          "use np.array_split")
        return [const(k * (size // count) + min(k, size % count)) for k in range(1, count)]
    if count == 1:
        return []
    n = primitive(ctx, "shape", [a], node, axis=axis)
    rest = number(ctx, "mod", n, const(count), node)
    each = number(ctx, "floordiv", n, const(count), node)
    if name == "split":
        even = ctx.at(node).prim("eq", ctx.atom(rest), const(0))
        ctx.builder.effect(Prim("assert", (even, const("array split does not result in an equal division"))))
        return [ctx.atom(number(ctx, "mul", const(k), each, node) if k > 1 else each) for k in range(1, count)]
    cuts = [ctx.atom(number(ctx, "floordiv", number(ctx, "add", n, const(count - 1), node), const(count), node))]
    for k in range(2, count):
        larger = primitive(ctx, "min", [const(k), rest], node)
        cuts.append(ctx.atom(number(ctx, "add", number(ctx, "mul", const(k), each, node), larger, node)))
    return cuts


@mapping("numpy.unstack")
def _unstack(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.unstack(x, axis=0)`: views of the parts; a list where their number is not known when compiling."""
    given = arguments("np.unstack", "x axis", args, keywords, node)
    x = array(ctx, needed("np.unstack", given, "x", node), node)
    (along,) = axes_of(ctx, "np.unstack", given.get("axis", const(0)), rank_of(ctx, x, node), node)
    count = literal(dims(ctx.atom(x, node).type)[along])
    if count is not None and count <= _MOST_ITEMS:
        return TupleV(tuple(load(ctx, x, (const(k),), ("s000",) * along + ("i",), node) for k in range(count)))
    return apply_builtin(ctx, "list", [moved(ctx, x, (along,), (0,), node) if along else x], {}, node)


# --- choosing -------------------------------------------------------------------------------------------------------


@mapping("numpy.take")
def _take(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.take(a, indices, axis=None, mode="raise")`: a copy of `a[..., indices]`."""
    given = arguments("np.take", "a indices axis out mode", args, keywords, node)
    if given.get("out", _NONE) != _NONE:
        raise Refused("ADC407", "the argument 'out' of np.take() is not supported", node)
    a = array(ctx, needed("np.take", given, "a", node), node)
    positions = array(ctx, needed("np.take", given, "indices", node), node)
    if not getattr(ctx.atom(positions, node).type, "dtype", "").startswith(("int", "uint")):
        raise Refused("ADC310", "the positions of np.take() must be integers", node)
    a, along = _flat_or_along(ctx, "np.take", a, given.get("axis", _NONE), node)
    mode = static_argument(ctx, "np.take", "mode", given.get("mode", const("raise")), node)
    if mode not in ("raise", "wrap", "clip"):
        raise Refused("ADC301", "the mode of np.take() is 'raise', 'wrap' or 'clip'", node)
    if mode != "raise":
        positions = _inside(ctx, positions, a, along, mode, node)
    return _chosen(ctx, a, positions, along, node)


def _flat_or_along(ctx: Context, name: str, a: Value, axis: Value, node: ast.AST) -> tuple[Value, int]:
    """The array and an axis of it; all elements as a vector where the axis is None."""
    if axis == _NONE:
        return (a if rank_of(ctx, a, node) == 1 else call_primitive(ctx, "numpy.ravel", [a], {}, node)), 0
    (along,) = axes_of(ctx, name, axis, rank_of(ctx, a, node), node)
    return a, along


def _inside(ctx: Context, positions: Value, a: Value, axis: int, mode: str, node: ast.AST) -> Value:
    """The positions, those outside counted on or moved to the ends."""
    size = primitive(ctx, "shape", [a], node, axis=axis)
    if mode == "wrap":
        return number(ctx, "mod", positions, size, node)
    last = number(ctx, "sub", size, const(1), node)
    if rank_of(ctx, positions, node):
        return primitive(ctx, "numpy.clip", [positions, const(0), last], node)
    return primitive(ctx, "max", [const(0), primitive(ctx, "min", [positions, last], node)], node)


def _chosen(ctx: Context, a: Value, positions: Value, axis: int, node: ast.AST) -> Value:
    """A copy of the parts of an array at these positions along an axis."""
    several = rank_of(ctx, positions, node) > 0
    index = ("s000",) * axis + ("a" if several else "i",)
    part = load(ctx, a, (ctx.atom(positions, node),), index, node)
    return part if several or rank_of(ctx, a, node) == 1 else primitive(ctx, "copy", [part], node)


def _holding(ctx: Context, name: str, condition: Value, like: Value, axis: int, node: ast.AST) -> Value:
    """The positions where a vector is true; the vector itself where it is a mask of the size of the axis."""
    items = listed(ctx, condition, node)
    if items is not None and all(isinstance(v, Const) for v in items):
        places = tuple(const(k) for k, v in enumerate(items) if isinstance(v, Const) and v.value)
        return primitive(ctx, "numpy.array", list(places), node, shape=(len(places),), **({} if places else {"dtype": "int64"}))
    mask = array(ctx, condition, node)
    type_ = ctx.atom(mask, node).type
    if not isinstance(type_, Array) or type_.rank != 1:
        raise Refused("ADC301", f"the condition of {name}() must be a vector here", node)
    if type_.dtype == "bool" and type_.dims[0] == dims(ctx.atom(like, node).type)[axis]:
        return mask
    return primitive(ctx, "numpy.flatnonzero", [mask], node)


@mapping("numpy.compress")
def _compress(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.compress(condition, a, axis=None)`: the parts for which the condition holds."""
    given = arguments("np.compress", "condition a axis", args, keywords, node)
    a = array(ctx, needed("np.compress", given, "a", node), node)
    a, along = _flat_or_along(ctx, "np.compress", a, given.get("axis", _NONE), node)
    condition = needed("np.compress", given, "condition", node)
    return _chosen(ctx, a, _holding(ctx, "np.compress", condition, a, along, node), along, node)


@mapping("numpy.extract")
def _extract(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.extract(condition, arr)`: the elements for which the condition holds, in order."""
    given = arguments("np.extract", "condition arr", args, keywords, node)
    condition = array(ctx, needed("np.extract", given, "condition", node), node)
    arr = array(ctx, needed("np.extract", given, "arr", node), node)
    types = [ctx.atom(v, node).type for v in (condition, arr)]
    if isinstance(types[0], Array) and types[0].dtype == "bool" and dims(types[0]) == dims(types[1]):
        return load(ctx, arr, (ctx.atom(condition, node),), ("a",), node)
    flat, _ = _flat_or_along(ctx, "np.extract", arr, _NONE, node)
    return _chosen(ctx, flat, primitive(ctx, "numpy.flatnonzero", [condition], node), 0, node)


@mapping("numpy.choose")
def _choose(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.choose(a, choices, mode="raise")`."""
    given = arguments("np.choose", "a choices out mode", args, keywords, node)
    if given.get("out", _NONE) != _NONE:
        raise Refused("ADC407", "the argument 'out' of np.choose() is not supported", node)
    a = array(ctx, needed("np.choose", given, "a", node), node)
    if not getattr(ctx.atom(a, node).type, "dtype", "").startswith(("int", "uint", "bool")):
        raise Refused("ADC310", "np.choose() chooses by integers", node)
    choices = _parts(ctx, "np.choose", needed("np.choose", given, "choices", node), node)
    if not isinstance(choices, list) or not 0 < len(choices) <= _MOST_CHOICES:
        raise Refused("ADC303", f"np.choose() needs 1 to {_MOST_CHOICES} choices that are listed where it is called", node)
    mode = static_argument(ctx, "np.choose", "mode", given.get("mode", const("raise")), node)
    if mode not in ("raise", "wrap", "clip"):
        raise Refused("ADC301", "the mode of np.choose() is 'raise', 'wrap' or 'clip'", node)
    return primitive(ctx, "numpy.choose", [a, *choices], node, **({} if mode == "raise" else {"mode": mode}))


@mapping("numpy.delete")
def _delete(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.delete(arr, obj, axis=None)`: the positions that are left are chosen."""
    given = arguments("np.delete", "arr obj axis", args, keywords, node)
    arr = array(ctx, needed("np.delete", given, "arr", node), node)
    arr, along = _flat_or_along(ctx, "np.delete", arr, given.get("axis", _NONE), node)
    gone = array(ctx, needed("np.delete", given, "obj", node), node)
    every = primitive(ctx, "numpy.arange", [primitive(ctx, "shape", [arr], node, axis=along)], node)
    return _chosen(ctx, arr, primitive(ctx, "numpy.delete", [every, gone], node), along, node)
