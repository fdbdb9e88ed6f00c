"""The same elements in another shape, order or place."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.build import const
from adcompiler.ir.catalogue.sizes import literal
from adcompiler.ir.nodes import Atom, Bind, Const, For, Var
from adcompiler.ir.types import INT, Array, List, dims
from adcompiler.rules.table import Pull, pullback, select, spread, zero

zero("numpy.delete")


@pullback("numpy.transpose")
def _transpose(pull: Pull) -> None:
    """The inverse permutation."""
    axes = pull.op.param("axes")
    if axes is None:
        bar = pull.prim("numpy.transpose", pull.full_bar)
    else:
        rank = len(axes)
        back = tuple(sorted(range(rank), key=lambda k: axes[k] % rank))
        bar = pull.prim("numpy.transpose", pull.full_bar, axes=back)
    pull.adjoints.add(pull.op.args[0], bar)


@pullback("numpy.expand_dims")
def _expand_dims(pull: Pull) -> None:
    """Without the new axis."""
    x = pull.op.args[0]
    axis = pull.op.param("axis") % len(dims(pull.y.type))
    pull.adjoints.add(x, pull.prim("load", pull.full_bar, const(0), index=("s000",) * axis + ("i",)))


@pullback("numpy.reshape", "numpy.ravel", "numpy.squeeze")
def _reshape(pull: Pull) -> None:
    """Back to the old shape."""
    x = pull.op.args[0]
    if not dims(x.type):
        pull.adjoints.add(x, pull.prim("numpy.sum", pull.full_bar))
        return
    shape: list[Atom] = [const(1) if d == 1 else pull.prim("shape", x, axis=k) for k, d in enumerate(dims(x.type))]
    pull.adjoints.add(x, pull.prim("copy", pull.prim("numpy.reshape", pull.full_bar, *shape)))


@pullback("numpy.swapaxes")
def _swapaxes(pull: Pull) -> None:
    pull.adjoints.add(pull.op.args[0], pull.prim("numpy.swapaxes", pull.full_bar, **dict(pull.op.params)))


@pullback("numpy.flip")
def _flip(pull: Pull) -> None:
    pull.adjoints.add(pull.op.args[0], pull.prim("numpy.flip", pull.full_bar, **dict(pull.op.params)))


@pullback("numpy.tril", "numpy.triu")
def _triangle(pull: Pull) -> None:
    pull.adjoints.add(pull.op.args[0], pull.prim(pull.op.name, pull.full_bar, **dict(pull.op.params)))


@pullback("numpy.roll")
def _roll(pull: Pull) -> None:
    """Rolled back."""
    x, *shifts = pull.op.args
    back = [const(-shift.value) if isinstance(shift, Const) else pull.prim("neg", shift) for shift in shifts]
    pull.adjoints.add(x, pull.prim("numpy.roll", pull.full_bar, *back, **dict(pull.op.params)))


@pullback("numpy.broadcast_to", "spread")
def _broadcast_to(pull: Pull) -> None:
    pull.add(0, pull.full_bar)


@pullback("unbroadcast")
def _unbroadcast(pull: Pull) -> None:
    """Its derivative is the broadcast back."""
    g = pull.op.args[0]
    pull.adjoints.add(g, spread(pull.builder, pull.full_bar, g))


@pullback("numpy.diag")
def _diag(pull: Pull) -> None:
    """Of a vector: the diagonal of Y_bar; of a matrix: a matrix with y_bar on the diagonal."""
    x, k = pull.op.args[0], pull.op.param("k") or 0
    if len(dims(x.type)) == 1:
        pull.adjoints.add(x, pull.prim("copy", pull.prim("numpy.diag", pull.full_bar, **({"k": k} if k else {}))))
        return
    if not k and dims(x.type)[0] == dims(x.type)[1]:
        pull.adjoints.add(x, pull.prim("numpy.diag", pull.full_bar))
        return
    _on_diagonal(pull, pull.full_bar, k, (0, 1))


@pullback("numpy.diagonal")
def _diagonal(pull: Pull) -> None:
    """The elements of the diagonal get those of y_bar."""
    rank = len(dims(pull.op.args[0].type))
    i, j = (pull.op.param(f"axis{k + 1}", k) % rank for k in (0, 1))
    bar = pull.full_bar
    if rank > 2:  # the positions of the diagonal are the last axis of the result
        first = min(i, j) if abs(i - j) == 1 else 0
        order = list(range(rank - 2))
        order.insert(first, rank - 2)
        bar = pull.prim("numpy.transpose", bar, axes=tuple(order))
    _on_diagonal(pull, bar, pull.op.param("offset") or 0, (i, j))


def _on_diagonal(pull: Pull, bar: Atom, offset: int, axes: tuple[int, int]) -> None:
    x = pull.op.args[0]
    count = pull.prim("numpy.arange", pull.prim("shape", pull.y, axis=len(dims(pull.y.type)) - 1))
    rows = pull.prim("add", count, const(-offset)) if offset < 0 else count
    columns = pull.prim("add", count, const(offset)) if offset > 0 else count
    at = {axes[0]: rows, axes[1]: columns}
    pattern = tuple("a" if k in at else "s000" for k in range(len(dims(x.type))))
    zeros = pull.prim("numpy.zeros_like", x)
    pull.adjoints.add(x, pull.prim("accumulate", zeros, bar, *(at[k] for k in sorted(at)), index=pattern, unique=True))


@pullback("numpy.repeat")
def _repeat(pull: Pull) -> None:
    """Every element gets the sum of what its repetitions get."""
    x, repeats = pull.op.args
    axis = pull.op.param("axis") or 0
    sizes = [pull.prim("shape", x, axis=k) for k in range(len(dims(x.type)))]
    if not dims(repeats.type):
        shape: list[Atom] = [*sizes[:axis + 1], repeats, *sizes[axis + 1:]]
        pull.adjoints.add(x, pull.prim("numpy.sum", pull.prim("numpy.reshape", pull.full_bar, *shape), axis=axis + 1))
        return
    at = pull.prim("numpy.repeat", pull.prim("numpy.arange", sizes[axis]), repeats, axis=0)
    zeros = pull.prim("numpy.zeros_like", x)
    pull.adjoints.add(x, pull.prim("accumulate", zeros, pull.full_bar, at, index=("s000",) * axis + ("a",)))


@pullback("numpy.tile")
def _tile(pull: Pull) -> None:
    """Every element gets the sum of what its copies get."""
    x, *copies = pull.op.args
    new = len(copies) - len(dims(x.type))
    shape, summed, bar = copies[:new], list(range(new)), pull.full_bar
    for k, count in enumerate(copies[new:]):
        if count != const(1):
            summed.append(len(shape))
            shape.append(count)
        shape.append(_length(pull, x, k))
    if len(shape) > len(copies):
        bar = pull.prim("numpy.reshape", bar, *shape)
    if summed:
        bar = pull.prim("numpy.sum", bar, axis=summed[0] if len(summed) == 1 else tuple(summed))
    pull.adjoints.add(x, bar)


def _length(pull: Pull, x: Atom, axis: int) -> Atom:
    """The size of an axis, a number where that is known."""
    known = literal(dims(x.type)[axis])
    return pull.prim("shape", x, axis=axis) if known is None else const(known)


def _part(pull: Pull, bar: Atom, x: Atom, bounds: Sequence[tuple[Atom | None, Atom | None]]) -> Var:
    """`bar[a:b, c:d]`, the part of an adjoint that has the shape of x."""
    pattern, operands = _slices(bounds)
    part = pull.prim("load", bar, *operands, index=pattern)
    if isinstance(part.type, Array):
        part.type = Array(part.type.dtype, dims(x.type))
    return part


def _slices(bounds: Sequence[tuple[Atom | None, Atom | None]]) -> tuple[tuple[str, ...], list[Atom]]:
    """Pattern and operands of an index of slices."""
    pattern = [f"s{int(start is not None)}{int(stop is not None)}0" for start, stop in bounds]
    while len(pattern) > 1 and pattern[-1] == "s000":
        pattern.pop()
    return tuple(pattern), [bound for pair in bounds for bound in pair if bound is not None]


@pullback("numpy.concatenate")
def _concatenate(pull: Pull) -> None:
    """Each part gets its part, between places that are counted from the end where that needs no sizes."""
    rank = len(dims(pull.y.type))
    axis = pull.op.param("axis", 0) % rank
    parts = pull.op.args
    if isinstance(parts[0].type, List):
        _concatenated_list(pull, axis)
        return
    sizes = [literal(dims(part.type)[axis]) for part in parts]
    cuts: list[Atom | None] = [None]
    for k in range(1, len(parts)):
        before, after = sizes[:k], sizes[k:]
        if None not in before:
            cuts.append(const(sum(n or 0 for n in before)))
        elif None not in after and any(after):
            cuts.append(const(-sum(n or 0 for n in after)))
        else:
            cuts.append(_sum_of(pull, [_length(pull, part, axis) for part in parts[:k]]))
    cuts.append(None)
    for k, part in enumerate(parts):
        if not pull.wants(k):
            continue
        bounds: list[tuple[Atom | None, Atom | None]] = [(None, None)] * rank
        bounds[axis] = (cuts[k], cuts[k + 1])
        pull.adjoints.add(part, _part(pull, pull.full_bar, part, bounds))


def _concatenated_list(pull: Pull, axis: int) -> None:
    """The list of the parts, of the sizes of the arrays in the list."""
    (parts,), bar, builder = pull.op.args, pull.full_bar, pull.builder
    assert isinstance(parts.type, List) and isinstance(parts.type.element, Array) and isinstance(bar.type, Array)
    inner = builder.child()
    k, start = Var("k", INT), Var("start", INT)
    bars = Var("", List(Array(bar.type.dtype, parts.type.element.dims)))
    size = inner.prim("shape", inner.prim("load", parts, k, index=("i",)), axis=axis)
    stop = inner.prim("add", start, size)
    part = inner.prim("load", bar, start, stop, index=("s000",) * axis + ("s110",))
    part.type = Array(bar.type.dtype, parts.type.element.dims)
    grown = inner.prim("append", bars, part)
    loop = For(const(0), builder.prim("len", parts), const(1), (builder.prim("list"), const(0)),
               inner.block([k, bars, start], [grown, stop]))
    targets = Var("", bars.type), Var("", INT)
    builder.binds.append(Bind(targets, loop, builder.span, builder.note))
    pull.adjoints.add(parts, targets[0])


def _sum_of(pull: Pull, numbers: Sequence[Atom]) -> Atom:
    total, *rest = numbers
    for number in rest:
        total = const(total.value + number.value) if isinstance(total, Const) and isinstance(number, Const) \
            else pull.prim("add", total, number)
    return total


@pullback("numpy.stack")
def _stack(pull: Pull) -> None:
    """Each part gets its part."""
    axis = pull.op.param("axis", 0) % len(dims(pull.y.type))
    for k, part in enumerate(pull.op.args):
        if pull.wants(k):
            pull.adjoints.add(part, pull.prim("load", pull.full_bar, const(k), index=("s000",) * axis + ("i",)))


@pullback("numpy.pad")
def _pad(pull: Pull) -> None:
    """The elements get theirs, and where the margins repeat elements those of the margins, too; a value gets the sum of them."""
    x, rank = pull.op.args[0], len(dims(pull.y.type))
    widths, value = pull.op.args[1:1 + 2 * rank], pull.op.args[1 + 2 * rank:]
    if pull.op.param("mode", "constant") != "constant":
        _repeated_margins(pull, widths)
        return
    bounds = [(_before(widths[2 * k]), _after(pull, x, k, *widths[2 * k:2 * k + 2])) for k in range(rank)]
    if pull.wants(0):
        pull.adjoints.add(x, _part(pull, pull.full_bar, x, bounds))
    if value and pull.wants(len(pull.op.args) - 1):
        pattern, operands = _slices(bounds)
        margins = pull.prim("store", pull.full_bar, const(0.0), *operands, index=pattern)
        pull.adjoints.add(value[0], pull.prim("numpy.sum", margins))


def _before(width: Atom) -> Atom | None:
    return None if width == const(0) else width


def _after(pull: Pull, x: Atom, axis: int, before: Atom, after: Atom) -> Atom | None:
    """Where the margin behind the elements begins."""
    if isinstance(after, Const):
        return const(-after.value) if after.value else None
    size = _length(pull, x, axis)
    return size if before == const(0) else pull.prim("add", before, size)


def _repeated_margins(pull: Pull, widths: Sequence[Atom]) -> None:
    """Along one axis after the other: the adjoint of x[positions] with the padded positions."""
    x, bar = pull.op.args[0], pull.full_bar
    for axis in range(len(dims(x.type))):
        pair = widths[2 * axis:2 * axis + 2]
        if all(width == const(0) for width in pair):
            continue
        positions = pull.prim("numpy.pad", pull.prim("numpy.arange", _length(pull, x, axis)), *pair, mode=pull.op.param("mode"))
        shape = [_length(pull, x if k <= axis else bar, k) for k in range(len(dims(x.type)))]
        zeros = pull.prim("numpy.zeros", *shape, **_precision(bar))
        bar = pull.prim("accumulate", zeros, bar, positions, index=("s000",) * axis + ("a",))
    pull.adjoints.add(x, bar)


def _precision(bar: Atom) -> dict[str, str]:
    """The dtype of an adjoint where it is not the usual one."""
    dtype = bar.type.dtype if isinstance(bar.type, Array) else "float64"
    return {} if dtype == "float64" else {"dtype": dtype}


@pullback("numpy.choose")
def _choose(pull: Pull) -> None:
    """Each choice gets y_bar where it was chosen."""
    a, *choices = pull.op.args
    mode, last = pull.op.param("mode", "raise"), len(choices) - 1
    if mode == "wrap":
        a = pull.prim("mod", a, const(last + 1))
    for k in range(len(choices)):
        if not pull.wants(k + 1):
            continue
        ends = {0: "le", last: "ge"} if mode == "clip" and last else {}
        chosen = pull.prim(ends.get(k, "eq"), a, const(k))
        whole = mode == "clip" and not last
        pull.add(k + 1, pull.full_bar if whole else select(pull.builder, chosen, pull.full_bar, const(0.0)))


@pullback("numpy.ascontiguousarray", "numpy.asfortranarray")
def _contiguous(pull: Pull) -> None:
    """The same elements in another order in memory."""
    x = pull.op.args[0]
    pull.adjoints.add(x, pull.y_bar if dims(x.type) else pull.prim("load", pull.full_bar, const(0), index=("i",)))
