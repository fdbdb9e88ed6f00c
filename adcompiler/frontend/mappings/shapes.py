"""Functions that reshape arrays, move axes, and repeat, tile, pad and roll: their arguments are read when compiling."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.library import call_definition, call_primitive, mapping, static_argument
from adcompiler.frontend.mappings.products import arguments, array, needed, rank_of
from adcompiler.frontend.values import ListObj, Ref, Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import Dim, Scalar, broadcast_dims, dims, never_one

_NONE = const(None)


def axes_of(ctx: Context, name: str, value: Value, rank: int, node: ast.AST) -> tuple[int, ...]:
    """Axes counted from the front, each once, of a constant integer or sequence."""
    axis = static_argument(ctx, name, "axis", value, node)
    if not all(isinstance(k, int) for k in (axis if isinstance(axis, tuple) else (axis,))):
        raise Refused("ADC301", f"the axes of {name}() are integers", node)
    try:
        found = reduced_axes(rank, axis)
    except TypeError as error:
        raise Refused("ADC301", str(error), node) from None
    if len(set(found)) < len(found):
        raise Refused("ADC301", f"{name}() is given an axis twice", node)
    return found


def listed(ctx: Context, value: Value, node: ast.AST) -> tuple[Value, ...] | None:
    """The items of a tuple or list of known length; None for anything else."""
    if isinstance(value, TupleV) or (isinstance(value, Ref) and isinstance(ctx.state.heap[value.id], ListObj)):
        return sequence(ctx, value, node).items
    return None


def integers(ctx: Context, name: str, value: Value, node: ast.AST) -> list[Atom]:
    """One integer or a sequence of them, known or not."""
    items = listed(ctx, value, node)
    atoms = [ctx.atom(v, node) for v in ((value,) if items is None else items)]
    if not all(isinstance(a.type, Scalar) and a.type.dtype.startswith(("int", "uint")) for a in atoms):
        raise Refused("ADC301", f"{name}() needs an integer or a tuple of integers here", node)
    return atoms


# --- shapes ---------------------------------------------------------------------------------------------------------


@mapping("numpy.reshape")
def _reshape(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.reshape(a, shape)` and `a.reshape(2, 3)`; by order "F" the transpose of the transpose in the reverse shape."""
    given = dict(keywords)
    a = array(ctx, args[0] if args else needed("np.reshape", given, "a", node), node)
    given.pop("a", None)
    rest = args[1:]
    if len(rest) > 1 and isinstance(rest[-1], Const) and isinstance(rest[-1].value, str):
        given["order"] = rest.pop()
    shape = TupleV(tuple(rest)) if len(rest) > 1 else rest[0] if rest else needed("np.reshape", given, "shape", node)
    order, copied = given.pop("order", const("C")), given.pop("copy", _NONE)
    given.pop("shape", None)
    if given or order not in (const("C"), const("F")) or copied not in (_NONE, const(True)):
        raise Refused("ADC407", "np.reshape() is supported with the orders 'C' and 'F', and without copy=False", node)
    sizes: list[Value] = list(integers(ctx, "np.reshape", shape, node))
    if order == const("F") and rank_of(ctx, a, node) + len(sizes) > 2:
        turned = _reversed(ctx, a, node)
        result = _reversed(ctx, primitive(ctx, "numpy.reshape", [turned, *sizes[::-1]], node), node)
    else:
        result = primitive(ctx, "numpy.reshape", [a, *sizes], node)
    return primitive(ctx, "copy", [result], node) if copied == const(True) else result


def _reversed(ctx: Context, a: Value, node: ast.AST) -> Value:
    """The transpose."""
    return primitive(ctx, "numpy.transpose", [a], node) if rank_of(ctx, a, node) > 1 else a


@mapping("numpy.ravel")
def _ravel(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.ravel(a, order="C")`: by order "F" of the transpose."""
    given = arguments("np.ravel", "a order", args, keywords, node)
    a = array(ctx, needed("np.ravel", given, "a", node), node)
    order = given.get("order", const("C"))
    if order not in (const("C"), const("F")):
        raise Refused("ADC407", "np.ravel() is supported with the orders 'C' and 'F'", node)
    if rank_of(ctx, a, node) == 0:
        return primitive(ctx, "numpy.array", [a], node, shape=(1,))
    return primitive(ctx, "numpy.ravel", [_reversed(ctx, a, node) if order == const("F") else a], node)


@mapping("numpy.expand_dims")
def _expand_dims(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.expand_dims(a, axis)`: a new axis, or several."""
    given = arguments("np.expand_dims", "a axis", args, keywords, node)
    a = array(ctx, needed("np.expand_dims", given, "a", node), node)
    axis = needed("np.expand_dims", given, "axis", node)
    constant = static_argument(ctx, "np.expand_dims", "axis", axis, node)
    count = len(constant) if isinstance(constant, tuple) else 1
    for k in sorted(axes_of(ctx, "np.expand_dims", axis, rank_of(ctx, a, node) + count, node)):
        a = primitive(ctx, "numpy.expand_dims", [a], node, axis=k)
    return a


@mapping("numpy.squeeze")
def _squeeze(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.squeeze(a, axis=None)`."""
    given = arguments("np.squeeze", "a axis", args, keywords, node)
    a = array(ctx, needed("np.squeeze", given, "a", node), node)
    axis = given.get("axis", _NONE)
    rank = rank_of(ctx, a, node)
    if not rank:
        return a
    if axis == _NONE:
        atom = ctx.atom(a, node)
        if any(str(d).startswith("?") for d in dims(atom.type)):
            raise Refused("ADC301", "squeeze() needs an axis where a size is not known when compiling", node,
                          "say which axes have the size one: `np.squeeze(a, axis=0)`")
        axes = tuple(k for k in range(rank) if dims(atom.type)[k] == 1)
    else:
        axes = axes_of(ctx, "np.squeeze", axis, rank, node)
    return primitive(ctx, "numpy.squeeze", [a], node, axis=axes[0] if len(axes) == 1 else axes) if axes else a


@mapping("numpy.broadcast_to")
def _broadcast_to(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.broadcast_to(array, shape)`."""
    given = arguments("np.broadcast_to", "array shape", args, keywords, node)
    a = array(ctx, needed("np.broadcast_to", given, "array", node), node)
    sizes = integers(ctx, "np.broadcast_to", needed("np.broadcast_to", given, "shape", node), node)
    return primitive(ctx, "numpy.broadcast_to", [a, *sizes], node)


@mapping("numpy.broadcast_arrays")
def _broadcast_arrays(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.broadcast_arrays(*args)`: every size is that of an array that is not stretched."""
    arrays = [array(ctx, v, node) for v in args]
    types = [dims(ctx.atom(v, node).type) for v in arrays]
    whole: tuple[Dim, ...] = ()
    for mine in types:
        whole = broadcast_dims(whole, mine)
    sizes = [_size_from(ctx, arrays, axis, node) for axis in range(-len(whole), 0)]
    if keywords or any(size is None for size in sizes):
        return call_definition(ctx, "numpy.broadcast_arrays", args, keywords, node)
    shape = [size for size in sizes if size is not None]
    return TupleV(tuple(primitive(ctx, "numpy.broadcast_to", [a, *shape], node) for a in arrays))


def _size_from(ctx: Context, arrays: list[Value], axis: int, node: ast.AST) -> Value | None:
    """The size that an axis gets by broadcasting, if it can be read from one array."""
    stretching: list[tuple[Value, Dim]] = []
    for a in arrays:
        mine = dims(ctx.atom(a, node).type)
        if len(mine) >= -axis and mine[axis] != 1:
            stretching.append((a, mine[axis]))
    certain = [a for a, dim in stretching if never_one(dim)]
    if not certain and len({dim for _, dim in stretching}) == 1:
        certain = [stretching[0][0]]
    if certain:
        return primitive(ctx, "shape", [certain[0]], node, axis=axis + rank_of(ctx, certain[0], node))
    return None if stretching else const(1)


# --- axes -----------------------------------------------------------------------------------------------------------


@mapping("numpy.transpose numpy.permute_dims")
def _transpose(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.transpose(a, axes=None)`."""
    given = arguments("np.transpose", "a axes", args, keywords, node)
    a = array(ctx, needed("np.transpose", given, "a", node), node)
    axes = given.get("axes", _NONE)
    if axes == _NONE or not rank_of(ctx, a, node):
        return _reversed(ctx, a, node)
    order = axes_of(ctx, "np.transpose", axes, rank_of(ctx, a, node), node)
    if len(order) != rank_of(ctx, a, node):
        raise Refused("ADC301", f"the axes {order} are not those of an array with {rank_of(ctx, a, node)} axes", node)
    return transposed(ctx, a, list(order), node)


@mapping("numpy.moveaxis")
def _moveaxis(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.moveaxis(a, source, destination)`: a transpose."""
    given = arguments("np.moveaxis", "a source destination", args, keywords, node)
    a = array(ctx, needed("np.moveaxis", given, "a", node), node)
    rank = rank_of(ctx, a, node)
    source, destination = (axes_of(ctx, "np.moveaxis", needed("np.moveaxis", given, k, node), rank, node)
                           for k in ("source", "destination"))
    if len(source) != len(destination):
        raise Refused("ADC301", "np.moveaxis() needs as many destinations as axes", node)
    return moved(ctx, a, source, destination, node)


def moved(ctx: Context, a: Value, source: tuple[int, ...], destination: tuple[int, ...], node: ast.AST) -> Value:
    """The array with axes in other places."""
    order = [k for k in range(rank_of(ctx, a, node)) if k not in source]
    for to, axis in sorted(zip(destination, source, strict=True)):
        order.insert(to, axis)
    return transposed(ctx, a, order, node)


@mapping("numpy.rollaxis")
def _rollaxis(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.rollaxis(a, axis, start=0)`: a transpose."""
    given = arguments("np.rollaxis", "a axis start", args, keywords, node)
    a = array(ctx, needed("np.rollaxis", given, "a", node), node)
    rank = rank_of(ctx, a, node)
    (axis,) = axes_of(ctx, "np.rollaxis", needed("np.rollaxis", given, "axis", node), rank, node)
    start = static_argument(ctx, "np.rollaxis", "start", given.get("start", const(0)), node)
    if not isinstance(start, int) or not -rank <= start <= rank:
        raise Refused("ADC301", f"np.rollaxis() needs a start from {-rank} to {rank} here", node)
    start = start + rank if start < 0 else start
    order = [k for k in range(rank) if k != axis]
    order.insert(start - 1 if axis < start else start, axis)
    return transposed(ctx, a, order, node)


@mapping("numpy.matrix_transpose numpy.linalg.matrix_transpose")
def matrix_transpose(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.matrix_transpose(x)`: the last two axes swapped."""
    x = array(ctx, needed("np.matrix_transpose", arguments("np.matrix_transpose", "x", args, keywords, node), "x", node), node)
    if rank_of(ctx, x, node) < 2:
        raise Refused("ADC301", "the transpose of a matrix needs two axes", node)
    if rank_of(ctx, x, node) == 2:
        return primitive(ctx, "numpy.transpose", [x], node)
    return primitive(ctx, "numpy.swapaxes", [x], node, axis1=-1, axis2=-2)


def transposed(ctx: Context, a: Value, order: list[int], node: ast.AST) -> Value:
    """The array with its axes in this order."""
    rank = len(order)
    if order == list(range(rank)):
        return primitive(ctx, "load", [a], node, index=("e",)) if rank < 2 else \
            primitive(ctx, "numpy.transpose", [a], node, axes=tuple(order))
    plain = order == list(range(rank))[::-1]
    return primitive(ctx, "numpy.transpose", [a], node, **({} if plain else {"axes": tuple(order)}))


@mapping("numpy.flipud")
def _flipud(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return _flipped(ctx, "np.flipud", 0, args, keywords, node)


@mapping("numpy.fliplr")
def _fliplr(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    return _flipped(ctx, "np.fliplr", 1, args, keywords, node)


def _flipped(ctx: Context, name: str, axis: int, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    m = array(ctx, needed(name, arguments(name, "m", args, keywords, node), "m", node), node)
    return primitive(ctx, "numpy.flip", [m], node, axis=axis)


@mapping("numpy.roll")
def _roll(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.roll(a, shift, axis=None)`; several shifts and axes belong together, one is for all."""
    given = arguments("np.roll", "a shift axis", args, keywords, node)
    a = array(ctx, needed("np.roll", given, "a", node), node)
    shifts = integers(ctx, "np.roll", needed("np.roll", given, "shift", node), node)
    axis = static_argument(ctx, "np.roll", "axis", given.get("axis", _NONE), node)
    count = len(axis) if isinstance(axis, tuple) else 1
    if not shifts or (1 < count != len(shifts) > 1):
        raise Refused("ADC301", "np.roll() needs as many shifts as axes, or one for all", node)
    return primitive(ctx, "numpy.roll", [a, *shifts], node, **({} if axis is None else {"axis": axis}))


# --- diagonals and triangles ----------------------------------------------------------------------------------------


@mapping("numpy.trace")
def _trace(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.trace(a, offset=0, axis1=0, axis2=1)`: the sum of a diagonal."""
    given = arguments("np.trace", "a offset axis1 axis2", args, keywords, node)
    a = array(ctx, needed("np.trace", given, "a", node), node)
    if list(given) == ["a"] and rank_of(ctx, a, node) == 2:
        return primitive(ctx, "numpy.trace", [a], node)
    diagonal = call_primitive(ctx, "numpy.diagonal", [a], {k: v for k, v in given.items() if k != "a"}, node)
    return primitive(ctx, "numpy.sum", [diagonal], node, axis=-1)


def _triangle_as(name: str) -> None:
    @mapping(f"numpy.{name}")
    def triangle(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
        """`np.tril(m, k=0)`; of a vector the triangle of a matrix with that row."""
        given = arguments(f"np.{name}", "m k", args, keywords, node)
        m = array(ctx, needed(f"np.{name}", given, "m", node), node)
        k = static_argument(ctx, f"np.{name}", "k", given.get("k", const(0)), node)
        if rank_of(ctx, m, node) == 1:
            size = primitive(ctx, "shape", [m], node, axis=0)
            m = primitive(ctx, "numpy.broadcast_to", [m, size, size], node)
        return primitive(ctx, f"numpy.{name}", [m], node, **({"k": k} if k else {}))


for _name in ("tril", "triu"):
    _triangle_as(_name)


# --- repetitions and margins ----------------------------------------------------------------------------------------


@mapping("numpy.repeat")
def _repeat(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.repeat(a, repeats, axis=None)`."""
    given = arguments("np.repeat", "a repeats axis", args, keywords, node)
    a = array(ctx, needed("np.repeat", given, "a", node), node)
    repeats = array(ctx, needed("np.repeat", given, "repeats", node), node)
    axis = given.get("axis", _NONE)
    if axis == _NONE:
        flat = a if rank_of(ctx, a, node) == 1 else call_primitive(ctx, "numpy.ravel", [a], {}, node)
        return primitive(ctx, "numpy.repeat", [flat, repeats], node)
    (along,) = axes_of(ctx, "np.repeat", axis, rank_of(ctx, a, node), node)
    return primitive(ctx, "numpy.repeat", [a, repeats], node, axis=along)


@mapping("numpy.tile")
def _tile(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.tile(A, reps)`."""
    given = arguments("np.tile", "A reps", args, keywords, node)
    a = array(ctx, needed("np.tile", given, "A", node), node)
    reps: list[Value] = list(integers(ctx, "np.tile", needed("np.tile", given, "reps", node), node))
    if rank_of(ctx, a, node) == 0:
        a = call_primitive(ctx, "numpy.ravel", [a], {}, node)
    reps = [const(1)] * (rank_of(ctx, a, node) - len(reps)) + reps
    return primitive(ctx, "numpy.tile", [a, *reps], node)


_REPEATING = ("edge", "reflect", "symmetric", "wrap")


@mapping("numpy.pad")
def _pad(ctx: Context, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`np.pad(array, pad_width, mode)`; what is not a primitive is a definition."""
    names = "array pad_width mode constant_values end_values stat_length reflect_type"
    given = arguments("np.pad", names, args, keywords, node)
    a = array(ctx, needed("np.pad", given, "array", node), node)
    rank = rank_of(ctx, a, node)
    pairs = _pairs(ctx, needed("np.pad", given, "pad_width", node), rank, node)
    mode = static_argument(ctx, "np.pad", "mode", given.get("mode", const("constant")), node)
    others = {k: v for k, v in given.items() if k not in ("array", "pad_width", "mode")}
    if rank and mode == "constant" and set(others) <= {"constant_values"}:
        value = others.get("constant_values", const(0))
        if isinstance(value, Var | Const) and isinstance(value.type, Scalar):
            filling = [] if value in (const(0), const(0.0)) else [value]
            return primitive(ctx, "numpy.pad", [a, *pairs, *filling], node)
    if rank and mode in _REPEATING and (not others or others == {"reflect_type": const("even")}):
        return primitive(ctx, "numpy.pad", [a, *pairs], node, mode=mode)
    widths = TupleV(tuple(TupleV(tuple(pairs[k:k + 2])) for k in range(0, len(pairs), 2)))
    values = {k: _in_pairs(ctx, v, rank, node) if k in ("constant_values", "end_values") else v for k, v in others.items()}
    return call_definition(ctx, "numpy.pad", [a, widths, const(mode)], values, node)


def _pairs(ctx: Context, value: Value, rank: int, node: ast.AST) -> list[Value]:
    """Two widths an axis: of one number, of one pair, of one pair an axis."""
    found = _in_pairs(ctx, value, rank, node)
    widths = [v for pair in found.items if isinstance(pair, TupleV) for v in pair.items]
    return list(integers(ctx, "np.pad", TupleV(tuple(widths)), node))


def _in_pairs(ctx: Context, value: Value, rank: int, node: ast.AST) -> TupleV:
    """A number, a pair or pairs, broadcast to a pair for each axis."""
    rows = listed(ctx, value, node)
    if rows is None:
        return TupleV((TupleV((value, value)),) * rank)
    inner = [listed(ctx, row, node) for row in rows]
    if all(row is None for row in inner) and len(rows) in (1, 2):
        return TupleV((TupleV((rows[0], rows[-1])),) * rank)
    if len(inner) not in (1, rank) or any(row is None or len(row) not in (1, 2) for row in inner):
        raise Refused("ADC301", "np.pad() takes a number, a pair of numbers, or a pair for each axis", node)
    pairs = [TupleV((row[0], row[-1])) for row in inner if row is not None]
    return TupleV(tuple(pairs if len(pairs) == rank else pairs * rank))
