"""Products of vectors, matrices and arrays: the adjoint of a product is a product (Giles 2008)."""

from __future__ import annotations

from adcompiler.ir.build import Builder, const
from adcompiler.ir.catalogue.products import contracted, labels_of
from adcompiler.ir.nodes import Atom, Var
from adcompiler.ir.types import Array, Dim, broadcast_dim, dims, never_one
from adcompiler.rules.table import Pull, pullback, unbroadcast

Axes = tuple[int, ...]


# --- parts ------------------------------------------------------------------------------------------------


def turned(builder: Builder, x: Atom) -> Atom:
    """The transpose of a matrix, or of each matrix of a stack."""
    if len(dims(x.type)) == 2:
        return builder.prim("numpy.transpose", x)
    return builder.prim("numpy.swapaxes", x, axis1=-1, axis2=-2)


def column(builder: Builder, x: Atom) -> Atom:
    """Vectors as matrices of one column."""
    return builder.prim("numpy.expand_dims", x, axis=len(dims(x.type)))


def row(builder: Builder, x: Atom) -> Atom:
    """Vectors as matrices of one row."""
    return builder.prim("numpy.expand_dims", x, axis=len(dims(x.type)) - 1)


def outer(builder: Builder, a: Atom, b: Atom) -> Atom:
    """The outer product of two vectors, or of those of two stacks."""
    if len(dims(a.type)) == len(dims(b.type)) == 1:
        return builder.prim("numpy.outer", a, b)
    return builder.prim("mul", column(builder, a), row(builder, b))


def summed_to(builder: Builder, value: Atom, operand: Atom, core: int) -> Atom:
    """The adjoint of an operand whose last `core` axes never broadcast: the sum over the stack that shared it."""
    assert isinstance(value.type, Array) and isinstance(operand.type, Array) and isinstance(value, Var)
    at = value.type.rank - core
    value.type = Array(value.type.dtype, value.type.dims[:at] + operand.type.dims[operand.type.rank - core:])
    return unbroadcast(builder, value, value, operand)


# --- matrix products ----------------------------------------------------------------------------------------


@pullback("matmul", "numpy.matmul")
def _matmul(pull: Pull) -> None:
    """A_bar = Y_bar B^T, B_bar = A^T Y_bar, with outer products for vectors (Giles 2008); stacks that were shared are summed."""
    a, b = pull.op.args
    assert isinstance(a.type, Array) and isinstance(b.type, Array)
    if a.type.rank <= 2 and b.type.rank <= 2 and max(a.type.rank, b.type.rank) == 2 and _narrow(pull):
        _of_narrow(pull, a, b)
        return
    bar = pull.full_bar
    stacked = a.type.rank > 2 or b.type.rank > 2
    if pull.wants(0):
        pull.adjoints.add(a, _left_of_stack(pull, bar, a, b) if stacked else _left(pull, bar, a.type.rank, b, b.type.rank))
    if pull.wants(1):
        pull.adjoints.add(b, _right_of_stack(pull, bar, a, b) if stacked else _right(pull, bar, a, a.type.rank, b.type.rank))


def _narrow(pull: Pull) -> bool:
    """Whether the adjoint is known to be the same along an axis of the result."""
    its, whole = dims(pull.y_bar.type), dims(pull.y.type)
    return len(its) < len(whole) or any(d == 1 != w for d, w in zip(its, whole, strict=True))


def _of_narrow(pull: Pull, a: Atom, b: Atom) -> None:
    """An adjoint that is the same along the rows or columns of the result: sums take the place of products."""
    bar = pull.y_bar
    its = (0,) * (len(dims(pull.y.type)) - len(dims(bar.type))) + dims(bar.type)
    whole = dims(pull.y.type)
    rows = len(dims(a.type)) == 2 and (its[0] == 0 or its[0] == 1 != whole[0])
    columns = len(dims(b.type)) == 2 and (its[-1] == 0 or its[-1] == 1 != whole[-1])
    if pull.wants(0):
        other = pull.prim("numpy.sum", b, axis=1) if columns else b
        if columns or not dims(bar.type) or len(dims(b.type)) == 1:
            value = pull.prim("mul", bar, other)
        else:
            value = pull.prim("matmul", b, bar) if len(dims(bar.type)) == 1 else pull.prim("matmul", bar, turned(pull.builder, b))
        pull.adjoints.add(a, value)
    if pull.wants(1):
        other = pull.prim("numpy.sum", a, axis=0) if rows else a
        if rows or not dims(bar.type) or len(dims(a.type)) == 1:
            value = pull.prim("mul", column(pull.builder, other) if len(dims(b.type)) == 2 else other, bar)
        else:
            value = pull.prim("matmul", turned(pull.builder, a), bar)
        pull.adjoints.add(b, value)


def _left(pull: Pull, bar: Atom, rank_a: int, b: Atom, rank_b: int) -> Atom:
    if rank_a == 1:
        return pull.prim("mul", bar, b) if rank_b == 1 else pull.prim("matmul", b, bar)
    return pull.prim("numpy.outer", bar, b) if rank_b == 1 else pull.prim("matmul", bar, pull.prim("numpy.transpose", b))


def _right(pull: Pull, bar: Atom, a: Atom, rank_a: int, rank_b: int) -> Atom:
    if rank_a == 1:
        return pull.prim("mul", bar, a) if rank_b == 1 else pull.prim("numpy.outer", a, bar)
    return pull.prim("matmul", pull.prim("numpy.transpose", a), bar)


def _left_of_stack(pull: Pull, bar: Atom, a: Atom, b: Atom) -> Atom:
    rank, builder = len(dims(a.type)), pull.builder
    stack = tuple(range(len(dims(b.type)) - 2))
    last = len(stack)
    match rank, len(dims(b.type)):
        case 1, _:
            return pull.prim("numpy.tensordot", bar, b, axes=((*stack, last), (*stack, last + 1)))
        case _, 1:
            return pull.prim("mul", column(builder, bar), b)
        case 2, _:
            return pull.prim("numpy.tensordot", bar, b, axes=((*stack, last + 1), (*stack, last + 1)))
        case _:
            return summed_to(builder, pull.prim("matmul", bar, turned(builder, b)), a, 2)


def _right_of_stack(pull: Pull, bar: Atom, a: Atom, b: Atom) -> Atom:
    rank, builder = len(dims(b.type)), pull.builder
    before = tuple(range(len(dims(a.type)) - 1))
    match len(dims(a.type)), rank:
        case 1, _:
            return pull.prim("mul", column(builder, a), row(builder, bar))
        case _, 1 | 2:
            return pull.prim("numpy.tensordot", a, bar, axes=(before, before))
        case _:
            return summed_to(builder, pull.prim("matmul", turned(builder, a), bar), b, 2)


@pullback("numpy.linalg.multi_dot")
def _multi_dot(pull: Pull) -> None:
    """A_bar = L^T Y_bar R^T for the product L of what stands on the left of A, and R on the right."""
    parts = list(pull.op.args)
    bar = pull.full_bar
    for k, part in enumerate(parts):
        if not pull.wants(k):
            continue
        before, after = parts[:k], parts[k + 1:]
        if len(dims(part.type)) == 1:
            value = _chain(pull, [*after, bar] if k == 0 else [bar, *before])
        elif after and len(dims(after[-1].type)) == 1:
            value = outer(pull.builder, _chain(pull, [*_flipped(pull, before), bar]), _chain(pull, after))
        elif before and len(dims(before[0].type)) == 1:
            value = outer(pull.builder, _chain(pull, _flipped(pull, before)), _chain(pull, [bar, *_flipped(pull, after)]))
        else:
            value = _chain(pull, [*_flipped(pull, before), bar, *_flipped(pull, after)])
        pull.adjoints.add(part, value)


def _flipped(pull: Pull, factors: list[Atom]) -> list[Atom]:
    """The factors of the transpose of a product."""
    return [x if len(dims(x.type)) == 1 else pull.prim("numpy.transpose", x) for x in factors[::-1]]


def _chain(pull: Pull, factors: list[Atom]) -> Atom:
    """A product of matrices and vectors, the cheapest way; of a number and a vector, too."""
    if len(factors) == 1:
        return factors[0]
    numbers = [f for f in factors if not dims(f.type)]
    if numbers:
        return pull.prim("mul", numbers[0], _chain(pull, [f for f in factors if dims(f.type)]))
    return pull.prim("matmul", *factors) if len(factors) == 2 else pull.prim("numpy.linalg.multi_dot", *factors)


# --- tensor products ----------------------------------------------------------------------------------------


def contract(builder: Builder, a: Atom, b: Atom, axes: tuple[Axes, Axes]) -> Atom:
    """tensordot, written as `@` where the operands are vectors and matrices."""
    rank_a, rank_b = len(dims(a.type)), len(dims(b.type))
    if not rank_a or not rank_b:
        return builder.prim("mul", a, b)
    if rank_a <= 2 and rank_b <= 2 and len(axes[0]) == 1:
        left = a if axes[0][0] == rank_a - 1 else builder.prim("numpy.transpose", a)
        right = b if axes[1][0] == 0 else builder.prim("numpy.transpose", b)
        return builder.prim("matmul", left, right)
    if rank_a == rank_b == 1:
        return builder.prim("numpy.outer", a, b)
    if rank_a == len(axes[0]) == rank_b and axes[0] == axes[1] == tuple(range(rank_a)):
        return builder.prim("numpy.vdot", a, b)
    return builder.prim("numpy.tensordot", a, b, axes=axes)


def reordered(builder: Builder, x: Atom, order: Axes) -> Atom:
    """x, whose k-th axis is to be axis `order[k]`."""
    if order == tuple(range(len(order))):
        return x
    axes = tuple(order.index(k) for k in range(len(order)))
    return builder.prim("numpy.transpose", x) if axes == tuple(range(len(order)))[::-1] \
        else builder.prim("numpy.transpose", x, axes=axes)


def _tensordot_of(pull: Pull, a: Atom, b: Atom, axes: tuple[Axes, Axes]) -> None:
    """Each operand gets the product of the adjoint and the other one, over the axes that only these two have."""
    builder, bar = pull.builder, pull.full_bar
    free_a = tuple(k for k in range(len(dims(a.type))) if k not in axes[0])
    free_b = tuple(k for k in range(len(dims(b.type))) if k not in axes[1])
    if pull.wants(0):
        value = contract(builder, bar, b, (tuple(range(len(free_a), len(free_a) + len(free_b))), free_b))
        kept = tuple(sorted(axes[1]))
        order = (*free_a, *(axes[0][axes[1].index(k)] for k in kept))
        pull.adjoints.add(a, reordered(builder, value, order))
    if pull.wants(1):
        value = contract(builder, a, bar, (free_a, tuple(range(len(free_a)))))
        kept = tuple(sorted(axes[0]))
        order = (*(axes[1][axes[0].index(k)] for k in kept), *free_b)
        pull.adjoints.add(b, reordered(builder, value, order))


@pullback("numpy.tensordot")
def _tensordot(pull: Pull) -> None:
    """A_bar = tensordot(Y_bar, B) over the axes that are B's alone, B_bar = tensordot(A, Y_bar) over those of A."""
    a, b = pull.op.args
    _tensordot_of(pull, a, b, contracted(pull.op.param("axes", 2), len(dims(a.type)), len(dims(b.type))))


@pullback("numpy.inner")
def _inner(pull: Pull) -> None:
    """Over the last axes: A_bar = Y_bar B, B_bar = Y_bar^T A; of two vectors, each gets y_bar times the other."""
    a, b = pull.op.args
    _of_axes(pull, a, b, -1)


@pullback("numpy.dot")
def _dot(pull: Pull) -> None:
    """Over the last axis of the first and the last but one of the second operand."""
    a, b = pull.op.args
    _of_axes(pull, a, b, -2 if len(dims(b.type)) > 1 else -1)


def _of_axes(pull: Pull, a: Atom, b: Atom, axis: int) -> None:
    rank_a, rank_b = len(dims(a.type)), len(dims(b.type))
    if not rank_a or not rank_b:
        for k, other in ((0, b), (1, a)):
            if pull.wants(k):
                pull.add(k, pull.prim("mul", pull.y_bar, other))
        return
    _tensordot_of(pull, a, b, ((rank_a - 1,), (rank_b + axis,)))


@pullback("numpy.vdot")
def _vdot(pull: Pull) -> None:
    """The elements one after the other: each operand gets y_bar times the other, in its own shape."""
    a, b = pull.op.args
    for k, mine, other in ((0, a, b), (1, b, a)):
        if pull.wants(k):
            pull.adjoints.add(mine, pull.prim("mul", pull.y_bar, _shaped(pull, other, mine)))


def _shaped(pull: Pull, x: Atom, like: Atom) -> Atom:
    """The elements of x in the shape of another array of as many elements."""
    if dims(x.type) == dims(like.type) or len(dims(x.type)) == len(dims(like.type)) == 1:
        return x
    if not dims(like.type):
        return pull.prim("numpy.sum", x)
    sizes: list[Atom] = [const(1) if d == 1 else pull.prim("shape", like, axis=k) for k, d in enumerate(dims(like.type))]
    return pull.prim("numpy.reshape", x, *sizes)


@pullback("numpy.outer")
def _outer(pull: Pull) -> None:
    """a_bar = Y_bar b, b_bar = a Y_bar, of the elements one after the other."""
    a, b = pull.op.args
    bar = pull.full_bar
    if pull.wants(0):
        pull.adjoints.add(a, _shaped(pull, pull.prim("matmul", bar, _flat(pull, b)), a))
    if pull.wants(1):
        pull.adjoints.add(b, _shaped(pull, pull.prim("matmul", _flat(pull, a), bar), b))


def _flat(pull: Pull, x: Atom) -> Atom:
    rank = len(dims(x.type))
    if rank == 0:
        return pull.prim("numpy.reshape", x, const(1))
    return x if rank == 1 else pull.prim("numpy.ravel", x)


@pullback("numpy.kron")
def _kron(pull: Pull) -> None:
    """With the axes of the result split in those of A and those of B: A_bar = sum Y_bar B over B's axes, and so on."""
    a, b = pull.op.args
    if not dims(a.type) or not dims(b.type):
        for k, other in ((0, b), (1, a)):
            if pull.wants(k):
                pull.add(k, pull.prim("mul", pull.y_bar, other))
        return
    rank = len(dims(pull.y.type))
    skips = [rank - len(dims(t.type)) for t in (a, b)]
    sizes: list[Atom] = []
    letters: list[list[str]] = [[], []]
    for k in range(rank):
        for j, t in enumerate((a, b)):
            if k >= skips[j]:
                axis = k - skips[j]
                sizes.append(const(1) if dims(t.type)[axis] == 1 else pull.prim("shape", t, axis=axis))
                letters[j].append("ijklmnop"[k] if j == 0 else "abcdefgh"[k])
    whole = "".join(letters[j][k - skips[j]] for k in range(rank) for j in (0, 1) if k >= skips[j])
    bar = pull.prim("numpy.reshape", pull.full_bar, *sizes)
    mine, theirs = ("".join(parts) for parts in letters)
    vectors = rank == 1
    if pull.wants(0):
        pull.adjoints.add(a, pull.prim("matmul", bar, b) if vectors
                          else pull.prim("numpy.einsum", bar, b, subscripts=f"{whole},{theirs}->{mine}"))
    if pull.wants(1):
        pull.adjoints.add(b, pull.prim("matmul", a, bar) if vectors
                          else pull.prim("numpy.einsum", a, bar, subscripts=f"{mine},{whole}->{theirs}"))


@pullback("numpy.cross")
def _cross(pull: Pull) -> None:
    """a_bar = b x y_bar, b_bar = y_bar x a."""
    a, b = pull.op.args
    bar, params = pull.full_bar, dict(pull.op.params)
    if pull.wants(0):
        pull.add(0, pull.prim("numpy.cross", b, bar, **params))
    if pull.wants(1):
        pull.add(1, pull.prim("numpy.cross", bar, a, **params))


# --- einsum -------------------------------------------------------------------------------------------------


@pullback("numpy.einsum", "einsum_view")
def _einsum(pull: Pull) -> None:
    """For each operand one einsum of the adjoint and the other operands; diagonals are written back, and what was
    summed alone or broadcast is spread or summed."""
    types = [a.type for a in pull.op.args]
    labels, result = labels_of(pull.op.param("subscripts"), [len(dims(t)) for t in types])
    for k, operand in enumerate(pull.op.args):
        if pull.wants(k):
            others = [(x, mine) for j, (x, mine) in enumerate(zip(pull.op.args, labels, strict=True)) if j != k]
            pull.adjoints.add(operand, _operand_of_einsum(pull, operand, labels[k], others, result))


def _operand_of_einsum(pull: Pull, operand: Atom, mine: str, others: list[tuple[Atom, str]], result: str) -> Atom:
    """The adjoint of one operand, whose axes have the labels `mine`."""
    unique = "".join(dict.fromkeys(mine))
    sizes: dict[str, Dim] = {}
    for label, size in zip(mine, dims(operand.type), strict=True):
        sizes[label] = size if sizes.get(label, 1) == 1 else sizes[label]
    width = len(dims(pull.y_bar.type))
    factors = [(pull.y_bar, result[len(result) - width:]), *others] if width else others
    there = {label: _joint(label, factors) for label in unique if any(label in labels for _, labels in factors)}
    wanted = "".join(label for label in unique if label in there and not (sizes[label] == 1 and there[label] != 1))
    value = _product(pull, factors, wanted) if factors else pull.y_bar
    if factors and not width:
        value = pull.prim("mul", pull.y_bar, value)
    if not mine:
        return value
    if wanted != unique and wanted:
        value = _with_axes(pull, value, [label in wanted for label in unique])
    if len(unique) < len(mine):
        return _on_diagonal(pull, operand, mine, unique, value, sizes)
    return _fitted(pull, operand, value)


def _joint(label: str, factors: list[tuple[Atom, str]]) -> Dim:
    size: Dim = 1
    for x, labels in factors:
        for other, d in zip(labels, dims(x.type), strict=True):
            size = broadcast_dim(size, d) if other == label else size
    return size


def _product(pull: Pull, factors: list[tuple[Atom, str]], wanted: str) -> Atom:
    """The einsum of the factors, written shorter where it is a sum, a transpose or a product of matrices."""
    if all(len(set(labels)) == len(labels) for _, labels in factors):
        value = _sum_of_axes(pull, *factors[0], wanted) if len(factors) == 1 else _matrix_product(pull, factors, wanted)
        if value is not None:
            return value
    optimize = {"optimize": pull.op.param("optimize")} if pull.op.param("optimize") is not None else {}
    subscripts = f"{','.join(labels for _, labels in factors)}->{wanted}"
    name = "einsum_view" if len(factors) == 1 and set(factors[0][1]) == set(wanted) else "numpy.einsum"
    return pull.prim(name, *(x for x, _ in factors), subscripts=subscripts, **optimize)


def _sum_of_axes(pull: Pull, x: Atom, labels: str, wanted: str) -> Atom:
    axes = tuple(k for k, label in enumerate(labels) if label not in wanted)
    left = [label for label in labels if label in wanted]
    if len(axes) == len(labels) > 0:
        x = pull.prim("numpy.sum", x)
    elif axes:
        x = pull.prim("numpy.sum", x, axis=axes[0] if len(axes) == 1 else axes)
    return reordered(pull.builder, x, tuple(wanted.index(label) for label in left))


def _matrix_product(pull: Pull, factors: list[tuple[Atom, str]], wanted: str) -> Atom | None:
    """Two vectors or matrices multiplied over one label, or two vectors over none."""
    if len(factors) != 2 or any(len(labels) > 2 for _, labels in factors):
        return None
    (a, p), (b, q) = factors
    shared = [label for label in p if label in q]
    if sorted(label for label in p + q if label not in shared) != sorted(wanted) or len(shared) > 1 or not p or not q:
        return None
    if shared and not (never_one(dims(a.type)[p.index(shared[0])]) and never_one(dims(b.type)[q.index(shared[0])])):
        return None
    if not shared:
        if len(p) != 1 or len(q) != 1:
            return None
        return pull.prim("numpy.outer", *(a, b) if wanted == p + q else (b, a))
    if wanted and wanted[0] not in p:
        a, p, b, q = b, q, a, p
    return contract(pull.builder, a, b, ((p.index(shared[0]),), (q.index(shared[0]),)))


def _with_axes(pull: Pull, value: Atom, present: list[bool]) -> Atom:
    """The value with axes of one element where it has none."""
    for k in range(present.index(True), len(present)):
        if not present[k]:
            value = pull.prim("numpy.expand_dims", value, axis=k)
    return value


def _fitted(pull: Pull, operand: Atom, value: Atom) -> Atom:
    """The value, summed over axes of which it is known only at run time whether the operand was broadcast along them."""
    mine, its = dims(operand.type), dims(value.type)
    pairs = list(zip(mine, (1,) * (len(mine) - len(its)) + its, strict=True))
    if all(m == v or v == 1 or never_one(m) for m, v in pairs):
        return value
    if any(m != v and not never_one(v) for m, v in pairs):
        value = pull.prim("mul", value, pull.prim("numpy.ones_like", operand))
    return unbroadcast(pull.builder, value, value, operand)


def _on_diagonal(pull: Pull, operand: Atom, mine: str, unique: str, value: Atom, sizes: dict[str, Dim]) -> Atom:
    """Zeros, with the value where the indices of equal labels are equal."""
    builder = pull.builder
    repeated = [label for label in unique if mine.count(label) > 1]
    ranges: dict[str, Atom] = {}
    for at, label in enumerate(repeated):
        line: Atom = pull.prim("numpy.arange", pull.prim("shape", operand, axis=mine.index(label)))
        for _ in range(len(repeated) - 1 - at):
            line = column(builder, line)
        ranges[label] = line
    places = [k for k, label in enumerate(mine) if label in repeated]
    together = places == list(range(places[0], places[-1] + 1))
    singles = [label for label in unique if label not in repeated]
    before = [label for label in singles if mine.index(label) < places[0]] if together else []
    order = [*before, *repeated, *(label for label in singles if label not in before)]
    if dims(value.type):
        missing = len(unique) - len(dims(value.type))
        for _ in range(missing):
            value = pull.prim("numpy.expand_dims", value, axis=0)
        value = reordered(builder, value, tuple(order.index(label) for label in unique))
    pattern = tuple("a" if label in repeated else "s000" for label in mine)
    zeros = pull.prim("numpy.zeros_like", operand)
    index = [ranges[label] for label in mine if label in repeated]
    return pull.prim("store", zeros, value, *index, index=pattern, unique=True)

