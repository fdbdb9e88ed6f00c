"""Functions and methods that write into an array that they are given."""

from __future__ import annotations

import ast

from adcompiler.frontend.arrays import index_of, mutate, reshaped_like, write
from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import primitive
from adcompiler.frontend.library import as_array_argument, call_primitive, mapping
from adcompiler.frontend.values import ArrayObj, Ref, Refused, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const
from adcompiler.ir.types import Array, dims


def _arguments(name: str, order: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> list[Value | None]:
    """The arguments in the order of the parameters; None for one that is not given."""
    names = order.split()
    given = dict(zip(names, args, strict=False))
    for key, value in keywords.items():
        if key not in names or key in given:
            raise Refused("ADC302", f"{name}() does not take {key!r} here", node)
        given[key] = value
    if len(args) > len(names):
        raise Refused("ADC302", f"{name}() takes at most {len(names)} arguments", node)
    return [given.get(n) for n in names]


def _target(ctx: Context, name: str, value: Value | None, node: ast.AST) -> tuple[Ref, Array]:
    if not isinstance(value, Ref) or not isinstance(ctx.state.heap[value.id], ArrayObj):
        raise Refused("ADC301", f"{name}() writes into an array, and this is none", node)
    type_ = ctx.atom(value, node).type
    assert isinstance(type_, Array)
    return value, type_


def _needed(name: str, parameter: str, value: Value | None, node: ast.AST) -> Value:
    if value is None:
        raise Refused("ADC302", f"{name}() needs an argument for {parameter!r}", node)
    return value


def _array(ctx: Context, value: Value, node: ast.AST) -> Atom:
    return ctx.atom(as_array_argument(ctx, "numpy.array", value, node), node)


def _overwrite(ctx: Context, target: Ref, new: Value, node: ast.AST) -> Value:
    """`target[...] = new`."""
    write(ctx, target, "store", _array(ctx, new, node), (), ("e",), node)
    return const(None)


@mapping("numpy.add.at")
def _add_at(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.add.at(a, i, v)`: a position that occurs twice is added to twice."""
    return _at(ctx, args, keywords, node, subtract=False)


@mapping("numpy.subtract.at")
def _subtract_at(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.subtract.at(a, i, v)`."""
    return _at(ctx, args, keywords, node, subtract=True)


def _at(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST, subtract: bool) -> Value:
    a, indices, b = _arguments("np.add.at", "a indices b", args, keywords, node)
    target, _ = _target(ctx, "np.add.at", a, node)
    atoms, pattern = index_of(ctx, _needed("np.add.at", "indices", indices, node), node)
    amount = _array(ctx, _needed("np.add.at", "b", b, node), node)
    if subtract:
        amount = ctx.at(node).prim("neg", amount)
    write(ctx, target, "accumulate", amount, atoms, pattern, node)
    return const(None)


@mapping("numpy.fill_diagonal")
def _fill_diagonal(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.fill_diagonal(a, val)` of a matrix."""
    a, val, wrap = _arguments("np.fill_diagonal", "a val wrap", args, keywords, node)
    target, type_ = _target(ctx, "np.fill_diagonal", a, node)
    if type_.rank != 2 or (wrap is not None and wrap != const(False)):
        raise Refused("ADC407", "np.fill_diagonal() is supported for matrices, without wrap", node)
    builder = ctx.at(node)
    rows, columns = (builder.prim("shape", ctx.atom(target, node), axis=k) for k in (0, 1))
    size = rows if type_.dims[0] == type_.dims[1] else builder.prim("min", rows, columns)
    positions = builder.prim("numpy.arange", size)
    write(ctx, target, "store", _array(ctx, _needed("np.fill_diagonal", "val", val, node), node), (positions, positions),
          ("a", "a"), node)
    return const(None)


@mapping("numpy.copyto")
def _copyto(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.copyto(dst, src, where=mask)`."""
    dst, src, where = _arguments("np.copyto", "dst src where", args, keywords, node)
    target, _ = _target(ctx, "np.copyto", dst, node)
    new = _needed("np.copyto", "src", src, node)
    if where is not None and where != const(True):
        return _masked(ctx, target, where, new, node)
    return _overwrite(ctx, target, new, node)


def _masked(ctx: Context, target: Ref, mask: Value, new: Value, node: ast.AST) -> Value:
    """`target = where(mask, new, target)`, element by element."""
    old = ctx.atom(target, node)
    chosen = primitive(ctx, "numpy.where", [_array(ctx, mask, node), _array(ctx, new, node), old], node)
    atom = ctx.atom(chosen, node)
    if isinstance(atom.type, Array) and isinstance(old.type, Array) and atom.type.dtype != old.type.dtype:
        chosen = primitive(ctx, "numpy.astype", [chosen], node, dtype=old.type.dtype)
    mutate(ctx, target, ctx.atom(chosen, node), node)
    return const(None)


@mapping("numpy.putmask")
def _putmask(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.putmask(a, mask, values)`, of one value or of an array of the shape of `a`."""
    a, mask, values = _arguments("np.putmask", "a mask values", args, keywords, node)
    target, type_ = _target(ctx, "np.putmask", a, node)
    chosen = _array(ctx, _needed("np.putmask", "mask", mask, node), node)
    new = _array(ctx, _needed("np.putmask", "values", values, node), node)
    if dims(new.type) and dims(new.type) != type_.dims:
        raise Refused("ADC407", "np.putmask() repeats values of another shape, which is not supported", node,
                      "write `a[mask] = values`, or give values of the shape of the array")
    return _masked(ctx, target, chosen, new, node)


@mapping("numpy.place")
def _place(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.place(arr, mask, vals)` of one value."""
    arr, mask, vals = _arguments("np.place", "arr mask vals", args, keywords, node)
    target, _ = _target(ctx, "np.place", arr, node)
    chosen = _array(ctx, _needed("np.place", "mask", mask, node), node)
    new = _array(ctx, _needed("np.place", "vals", vals, node), node)
    if dims(new.type) == (1,):
        new = ctx.at(node).prim("load", new, const(0), index=("i",))
    if dims(new.type):
        raise Refused("ADC407", "np.place() of an array repeats or cuts the values, which is not supported", node,
                      "write `arr[mask] = values`")
    return _masked(ctx, target, chosen, new, node)


@mapping("numpy.put")
def _put(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.put(a, ind, v)`: a.flat[ind] = v, v of one value or of as many as there are positions."""
    a, ind, v, mode = _arguments("np.put", "a ind v mode", args, keywords, node)
    target, type_ = _target(ctx, "np.put", a, node)
    if mode is not None and mode != const("raise"):
        raise Refused("ADC407", "np.put() is supported with mode='raise'", node)
    positions = _array(ctx, _needed("np.put", "ind", ind, node), node)
    values = _array(ctx, _needed("np.put", "v", v, node), node)
    fits = dims(values.type) in ((), dims(positions.type)) or _constant_size(values) == _constant_size(positions)
    if not fits:
        raise Refused("ADC407", "np.put() repeats or cuts values of another size, which is not supported", node,
                      "give one value, or as many as there are positions")
    if type_.rank == 1:
        write(ctx, target, "store", values, (positions,), ("a",) if dims(positions.type) else ("i",), node)
        return const(None)
    old = ctx.atom(target, node)
    builder = ctx.at(node)
    flat = builder.prim("copy", builder.prim("numpy.ravel", old))
    flat = builder.prim("store", flat, values, positions, index=("a",) if dims(positions.type) else ("i",))
    mutate(ctx, target, reshaped_like(builder, flat, old), node)
    return const(None)


def _constant_size(atom: Atom) -> object:
    """The sizes of an array where they are literal numbers, else something that equals nothing."""
    sizes = dims(atom.type)
    return sizes if all(isinstance(d, int) or d.startswith("=") for d in sizes) else object()


@mapping("numpy.put_along_axis")
def _put_along_axis(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.put_along_axis(arr, indices, values, axis)` of a vector, or along the last or first axis of a matrix."""
    arr, indices, values, axis = _arguments("np.put_along_axis", "arr indices values axis", args, keywords, node)
    target, type_ = _target(ctx, "np.put_along_axis", arr, node)
    positions = _array(ctx, _needed("np.put_along_axis", "indices", indices, node), node)
    new = _array(ctx, _needed("np.put_along_axis", "values", values, node), node)
    if not isinstance(axis, Const) or not isinstance(axis.value, int):
        raise Refused("ADC303", "the axis of np.put_along_axis() must be a constant integer", node)
    along = axis.value % type_.rank
    builder = ctx.at(node)
    where: list[Atom] = []
    for k in range(type_.rank):
        if k == along:
            where.append(positions)
            continue
        line = builder.prim("numpy.arange", builder.prim("shape", positions, axis=k))
        pattern = tuple("s000" if j == k else "n" for j in range(type_.rank))
        where.append(builder.prim("load", line, index=pattern) if type_.rank > 1 else line)
    write(ctx, target, "store", new, tuple(where), ("a",) * type_.rank, node)
    return const(None)


def sort_in_place(ctx: Context, owner: Ref, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`a.sort()` and `a.partition(k)`: the array takes the sorted values."""
    new = call_primitive(ctx, f"numpy.{name}", [owner, *args], keywords, node)
    mutate(ctx, owner, ctx.atom(new, node), node)
    return const(None)


