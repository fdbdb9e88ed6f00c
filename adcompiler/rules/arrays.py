"""Array functions: elements and slices, reductions, products, shaping, creation, linear algebra."""

from __future__ import annotations

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.ir.ops import reduced_axes
from adcompiler.ir.types import Array, List, Scalar, dims
from adcompiler.rules.containers import load_from_list, store_in_list
from adcompiler.rules.table import Pull, pullback, spread, unbroadcast, zero_of

# --- elements and slices ----------------------------------------------------------------------------------


@pullback("load")
def _load(pull: Pull) -> None:
    """`y = x[i]`: x_bar[i] += y_bar."""
    x = pull.op.args[0]
    if isinstance(x.type, List):
        load_from_list(pull)
        return
    assert isinstance(x, Var)
    before = pull.adjoints.get(x)
    base = zero_of(pull.builder, x) if before is None else spread(pull.builder, before, x)
    pull.adjoints.set(x, pull.prim("accumulate", base, pull.y_bar, *pull.op.args[1:], index=pull.op.param("index")))


@pullback("store")
def _store(pull: Pull) -> None:
    """`y = x with x[i] = v`: v_bar += y_bar[i]; the old elements get nothing."""
    x, v, *index = pull.op.args
    if isinstance(x.type, List):
        store_in_list(pull)
        return
    pattern, bar = pull.op.param("index"), pull.full_bar
    if pull.wants(1):
        _pull_value(pull, bar, v, index, pattern)
    if pull.wants(0):
        pull.adjoints.add(x, pull.prim("store", bar, const(0.0), *index, index=pattern))


@pullback("accumulate")
def _accumulate(pull: Pull) -> None:
    """`y = x with x[i] += v`: v_bar += y_bar[i]; x_bar = y_bar."""
    x, v, *index = pull.op.args
    bar = pull.full_bar
    if pull.wants(1):
        _pull_value(pull, bar, v, index, pull.op.param("index"))
    if pull.wants(0):
        pull.adjoints.add(x, bar)


def _pull_value(pull: Pull, bar: Atom, v: Atom, index: list[Atom], pattern: tuple[str, ...]) -> None:
    part = pull.prim("load", bar, *index, index=pattern)
    pull.adjoints.add(v, unbroadcast(pull.builder, part, part, v))


# --- reductions -------------------------------------------------------------------------------------------


def reduced(pull: Pull, value: Atom) -> Atom:
    """A result of a reduction with the reduced axes put back as axes of one element, so that it broadcasts."""
    x = pull.op.args[0]
    axis = pull.op.param("axis")
    if axis is None or pull.op.param("keepdims") or not dims(value.type):
        return value
    for k in sorted(reduced_axes(len(dims(x.type)), axis)):
        value = pull.prim("numpy.expand_dims", value, axis=k)
    return value


def _count(pull: Pull) -> Atom:
    """How many elements are reduced to one."""
    x, axis = pull.op.args[0], pull.op.param("axis")
    if axis is None:
        return pull.prim("size", x)
    sizes: list[Atom] = [pull.prim("shape", x, axis=k) for k in reduced_axes(len(dims(x.type)), axis)]
    count = sizes[0]
    for size in sizes[1:]:
        count = pull.prim("mul", count, size)
    return count


@pullback("numpy.sum")
def _sum(pull: Pull) -> None:
    """Every element gets y_bar."""
    pull.adjoints.add(pull.op.args[0], reduced(pull, pull.y_bar))


@pullback("numpy.mean")
def _mean(pull: Pull) -> None:
    """Every element gets y_bar / n."""
    pull.adjoints.add(pull.op.args[0], pull.prim("truediv", reduced(pull, pull.y_bar), _count(pull)))


@pullback("numpy.max", "numpy.min", "numpy.amax", "numpy.amin")
def _extremum(pull: Pull) -> None:
    """The largest (smallest) elements share y_bar evenly."""
    x = pull.op.args[0]
    hits = pull.prim("eq", x, reduced(pull, pull.y))
    count = pull.prim("numpy.sum", hits, **{k: v for k, v in pull.op.params if k == "axis"}, keepdims=True) \
        if pull.op.param("axis") is not None else pull.prim("numpy.sum", hits)
    share = pull.prim("truediv", reduced(pull, pull.y_bar), count)
    pull.adjoints.add(x, pull.prim("mul", hits, share))


@pullback("numpy.var")
def _variance(pull: Pull) -> None:
    """2 (x - mean) y_bar / (n - ddof)."""
    pull.adjoints.add(pull.op.args[0], _spread_about_mean(pull, const(2.0), None))


@pullback("numpy.std")
def _deviation(pull: Pull) -> None:
    """(x - mean) y_bar / ((n - ddof) std), and 0 where the standard deviation is 0."""
    from adcompiler.rules.table import select

    y = reduced(pull, pull.y)
    safe = select(pull.builder, pull.prim("ne", y, const(0)), y, const(1.0))
    pull.adjoints.add(pull.op.args[0], _spread_about_mean(pull, const(1.0), safe))


def _spread_about_mean(pull: Pull, factor: Atom, divisor: Atom | None) -> Atom:
    x, axis = pull.op.args[0], pull.op.param("axis")
    mean = pull.prim("numpy.mean", x, axis=axis, keepdims=True) if axis is not None else pull.prim("numpy.mean", x)
    n = _count(pull)
    if pull.op.param("ddof"):
        n = pull.prim("sub", n, const(pull.op.param("ddof")))
    if divisor is not None:
        n = pull.prim("mul", n, divisor)
    share = pull.prim("truediv", pull.prim("mul", factor, reduced(pull, pull.y_bar)), n)
    return pull.prim("mul", share, pull.prim("sub", x, mean))


@pullback("numpy.cumsum")
def _cumsum(pull: Pull) -> None:
    """Element k gets the sum of y_bar from k on."""
    x = pull.op.args[0]
    assert isinstance(x.type, Array)
    axis = pull.op.param("axis")
    if x.type.rank != 1 and axis is None:
        raise NotImplementedError
    axis = 0 if axis is None else axis
    turned = pull.prim("numpy.flip", pull.full_bar, axis=axis)
    pull.adjoints.add(x, pull.prim("numpy.flip", pull.prim("numpy.cumsum", turned, axis=axis), axis=axis))


@pullback("numpy.trace")
def _trace(pull: Pull) -> None:
    """The diagonal gets y_bar."""
    x = pull.op.args[0]
    assert isinstance(x.type, Array)
    if x.type.rank != 2:
        raise NotImplementedError
    eye = pull.prim("numpy.eye", pull.prim("shape", x, axis=0), pull.prim("shape", x, axis=1))
    pull.adjoints.add(x, pull.prim("mul", pull.y_bar, eye))


# --- products ---------------------------------------------------------------------------------------------


@pullback("matmul", "numpy.matmul")
def _matmul(pull: Pull) -> None:
    """A_bar = Y_bar B^T, B_bar = A^T Y_bar, with outer products for vectors (Giles 2008)."""
    a, b = pull.op.args
    assert isinstance(a.type, Array) and isinstance(b.type, Array)
    if a.type.rank > 2 or b.type.rank > 2:
        raise NotImplementedError
    bar = pull.full_bar
    if pull.wants(0):
        pull.adjoints.add(a, _left(pull, bar, a.type.rank, b, b.type.rank))
    if pull.wants(1):
        pull.adjoints.add(b, _right(pull, bar, a, a.type.rank, b.type.rank))


def _left(pull: Pull, bar: Atom, rank_a: int, b: Atom, rank_b: int) -> Atom:
    if rank_a == 1:
        return pull.prim("mul", bar, b) if rank_b == 1 else pull.prim("matmul", b, bar)
    return pull.prim("numpy.outer", bar, b) if rank_b == 1 else pull.prim("matmul", bar, pull.prim("numpy.transpose", b))


def _right(pull: Pull, bar: Atom, a: Atom, rank_a: int, rank_b: int) -> Atom:
    if rank_a == 1:
        return pull.prim("mul", bar, a) if rank_b == 1 else pull.prim("numpy.outer", a, bar)
    return pull.prim("matmul", pull.prim("numpy.transpose", a), bar)


@pullback("numpy.vdot", "numpy.inner")
def _inner(pull: Pull) -> None:
    """Of two vectors: each gets y_bar times the other."""
    a, b = pull.op.args
    if len(dims(a.type)) != 1 or len(dims(b.type)) != 1:
        raise NotImplementedError
    for k, other in ((0, b), (1, a)):
        if pull.wants(k):
            pull.adjoints.add(pull.op.args[k], pull.prim("mul", pull.y_bar, other))


@pullback("numpy.outer")
def _outer(pull: Pull) -> None:
    """a_bar = Y_bar b, b_bar = a Y_bar."""
    a, b = pull.op.args
    if len(dims(a.type)) != 1 or len(dims(b.type)) != 1:
        raise NotImplementedError
    bar = pull.full_bar
    if pull.wants(0):
        pull.adjoints.add(a, pull.prim("matmul", bar, b))
    if pull.wants(1):
        pull.adjoints.add(b, pull.prim("matmul", a, bar))


# --- shaping ----------------------------------------------------------------------------------------------


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


@pullback("numpy.reshape", "numpy.ravel", "numpy.expand_dims", "numpy.squeeze")
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
    x, shift = pull.op.args
    back = const(-shift.value) if isinstance(shift, Const) else pull.prim("neg", shift)
    pull.adjoints.add(x, pull.prim("numpy.roll", pull.full_bar, back, **dict(pull.op.params)))


@pullback("numpy.broadcast_to", "spread")
def _broadcast_to(pull: Pull) -> None:
    pull.add(0, pull.full_bar)


@pullback("unbroadcast")
def _unbroadcast(pull: Pull) -> None:
    """Its derivative is the broadcast back."""
    g = pull.op.args[0]
    pull.adjoints.add(g, spread(pull.builder, pull.full_bar, g))


@pullback("numpy.diag", "numpy.diagonal")
def _diag(pull: Pull) -> None:
    x = pull.op.args[0]
    if pull.op.param("k") or (pull.op.name == "numpy.diagonal" and len(dims(x.type)) != 2):
        raise NotImplementedError
    if len(dims(x.type)) == 2 and dims(x.type)[0] != dims(x.type)[1]:
        raise NotImplementedError
    pull.adjoints.add(x, pull.prim("numpy.diag", pull.full_bar))


@pullback("numpy.concatenate")
def _concatenate(pull: Pull) -> None:
    """Each part gets its part."""
    axis = pull.op.param("axis", 0) % len(dims(pull.y.type))
    bar, start = pull.full_bar, const(0)
    at: Atom = start
    for part in pull.op.args:
        end = pull.prim("add", at, pull.prim("shape", part, axis=axis)) if at is not start \
            else pull.prim("shape", part, axis=axis)
        pattern = ("s000",) * axis + ("s110",)
        pull.adjoints.add(part, pull.prim("load", bar, at, end, index=pattern))
        at = end


@pullback("numpy.stack")
def _stack(pull: Pull) -> None:
    axis = pull.op.param("axis", 0) % len(dims(pull.y.type))
    for k, part in enumerate(pull.op.args):
        pull.adjoints.add(part, pull.prim("load", pull.full_bar, const(k), index=("s000",) * axis + ("i",)))


# --- creation ---------------------------------------------------------------------------------------------


@pullback("numpy.array")
def _array(pull: Pull) -> None:
    """`np.array([[a, b], [c, d]])`: each element gets its element."""
    shape = pull.op.param("shape")
    bar = pull.full_bar
    if shape is None:
        from adcompiler.rules.containers import list_of_array

        pull.adjoints.add(pull.op.args[0], list_of_array(pull, bar))
        return
    for k, part in enumerate(pull.op.args):
        if pull.wants(k):
            position: list[Atom] = []
            rest = k
            for n in reversed(shape):
                position.insert(0, const(rest % n))
                rest //= n
            pull.adjoints.add(part, pull.prim("load", bar, *position, index=("i",) * len(shape)))


@pullback("numpy.full", "numpy.full_like")
def _full(pull: Pull) -> None:
    """The value gets the sum."""
    last = len(pull.op.args) - 1
    if pull.wants(last):
        bar = pull.full_bar
        if dims(pull.op.args[last].type):
            raise NotImplementedError
        pull.adjoints.add(pull.op.args[last], pull.prim("numpy.sum", bar) if dims(bar.type) else bar)


@pullback("numpy.linspace")
def _linspace(pull: Pull) -> None:
    """Point k is a + (b - a) k / (n - 1)."""
    start, stop, *_ = pull.op.args
    n = pull.prim("len", pull.y)
    weight = pull.prim("numpy.linspace", const(0.0), const(1.0), n)
    bar = pull.full_bar
    if pull.wants(1):
        pull.adjoints.add(stop, pull.prim("matmul", bar, weight))
    if pull.wants(0):
        pull.adjoints.add(start, pull.prim("matmul", bar, pull.prim("sub", const(1.0), weight)))


@pullback("numpy.asarray", "numpy.astype", "float", "copy")
def _same(pull: Pull) -> None:
    """The same value in another type or in other memory."""
    x = pull.op.args[0]
    if isinstance(x.type, List) and pull.op.name != "copy":
        from adcompiler.rules.containers import list_of_array

        pull.adjoints.add(x, list_of_array(pull, pull.full_bar))
    elif isinstance(x.type, Array) and pull.op.name == "float":
        pull.adjoints.add(x, spread(pull.builder, pull.y_bar, x))
    elif isinstance(x.type, Scalar) and isinstance(pull.y.type, Array):
        pull.adjoints.add(x, pull.prim("numpy.sum", pull.full_bar))
    else:
        pull.adjoints.add(x, pull.y_bar)


# --- linear algebra ---------------------------------------------------------------------------------------


@pullback("numpy.linalg.solve")
def _solve(pull: Pull) -> None:
    """b_bar = A^-T y_bar, A_bar = -b_bar y^T (Giles 2008)."""
    a, b = pull.op.args
    t = pull.prim("numpy.linalg.solve", pull.prim("numpy.transpose", a), pull.full_bar)
    if pull.wants(1):
        pull.adjoints.add(b, t)
    if pull.wants(0):
        product = pull.prim("numpy.outer", t, pull.y) if len(dims(b.type)) == 1 \
            else pull.prim("matmul", t, pull.prim("numpy.transpose", pull.y))
        pull.adjoints.add(a, pull.prim("neg", product))


@pullback("numpy.linalg.inv")
def _inverse(pull: Pull) -> None:
    """A_bar = -Y^T Y_bar Y^T."""
    yt = pull.prim("numpy.transpose", pull.y)
    pull.adjoints.add(pull.op.args[0], pull.prim("neg", pull.prim("matmul", pull.prim("matmul", yt, pull.full_bar), yt)))


@pullback("numpy.linalg.det")
def _determinant(pull: Pull) -> None:
    """A_bar = y_bar det(A) A^-T; the matrix must not be singular."""
    a = pull.op.args[0]
    inverse = pull.prim("numpy.transpose", pull.prim("numpy.linalg.inv", a))
    pull.adjoints.add(a, pull.prim("mul", pull.prim("mul", pull.y_bar, pull.y), inverse))
