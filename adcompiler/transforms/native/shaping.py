"""The same elements in another shape, order or place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, For, Prim, Var
from adcompiler.ir.types import INT, Array, List, dims, rank
from adcompiler.transforms.native.elements import Rewrite, element, filled, known, new, repeated, shape, size

Source = Callable[[Builder, Sequence[Atom]], Sequence[Atom]]


def _reshape(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """Numba gives only memory without gaps another shape."""
    x, *sizes = op.args
    if not isinstance(x.type, Array):
        return [out.prim("numpy.full", *sizes, x)] if sizes else [x]
    whole = out.prim("numpy.ascontiguousarray", x)
    if not sizes:
        return [out.prim("load", out.prim("numpy.reshape", whole, const(1)), const(0), index=("i",))]
    made = out.prim("numpy.reshape", whole, *sizes)
    made.type = targets[0].type
    return [made]


def _squeeze(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    x, axis = op.args[0], op.param("axis")
    count = rank(x.type)
    given = axis if isinstance(axis, tuple) else (axis,)
    axes = {k for k, d in enumerate(dims(x.type)) if d == 1} if axis is None else {k % count for k in given}
    if not axes:
        return [x]
    if all(dims(x.type)[k] == 1 for k in axes):
        pattern = tuple("i" if k in axes else "s000" for k in range(count))
        return [out.prim("load", x, *(const(0) for _ in axes), index=pattern)]
    sizes = [size(out, x, k) for k in range(count) if k not in axes]
    return _reshape(out, Prim("numpy.reshape", (x, *sizes)), targets)  # an error where an axis has more elements


def _expand_dims(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    return None if rank(op.args[0].type) else [out.prim("numpy.full", const(1), op.args[0])]


def _flip(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`x[:, ::-1]`."""
    x, axis = op.args[0], op.param("axis")
    count = rank(x.type)
    axes = range(count) if axis is None else [k % count for k in (axis if isinstance(axis, tuple) else (axis,))]
    pattern = ["s001" if k in axes else "s000" for k in range(count)]
    return [out.prim("load", x, *(const(-1) for _ in axes), index=tuple(pattern))]


def _gather(out: Builder, x: Atom, target: Var, sizes: Sequence[Atom], source: Source) -> Var:
    """`r[i, j] = x[source(i, j)]`."""
    return filled(out, target, sizes, lambda inner, at: element(inner, x, source(inner, at)))


def _roll(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`r[i] = x[(i - shift) % n]`."""
    (x, *shifts), axis = op.args, op.param("axis")
    if axis is None:
        return [out.prim("numpy.roll", x, *shifts)] if len(shifts) == 1 and rank(x.type) == 1 else None
    axes = [k % rank(x.type) for k in (axis if isinstance(axis, tuple) else (axis,))]
    if len(shifts) == 1:
        shifts *= len(axes)
    if len(shifts) != len(axes):
        return None

    def source(inner: Builder, at: Sequence[Atom]) -> list[Atom]:
        places = list(at)
        for k, shift in zip(axes, shifts, strict=True):
            places[k] = inner.prim("mod", inner.prim("sub", places[k], shift), inner.prim("shape", x, axis=k))
        return places

    return [_gather(out, x, targets[0], shape(out, x), source)]


def _tile(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`r[i] = x[i % n]`."""
    x, *copies = op.args
    missing = len(copies) - rank(x.type)
    sizes = [*copies[:missing], *(out.prim("mul", size(out, x, k), c) for k, c in enumerate(copies[missing:]))]

    def source(inner: Builder, at: Sequence[Atom]) -> list[Atom]:
        return [i if known(c) == 1 else inner.prim("mod", i, inner.prim("shape", x, axis=k))
                for k, (i, c) in enumerate(zip(at[missing:], copies[missing:], strict=True))]

    return [_gather(out, x, targets[0], sizes, source)]


def _repeat(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`r[i] = x[i // count]`; with a count for each element by the positions of the elements."""
    (x, count), axis = op.args, op.param("axis", 0) % rank(op.args[0].type)
    if rank(x.type) == 1:
        return [out.prim("numpy.repeat", x, count)]
    pattern = ("s000",) * axis + ("a",)
    if rank(count.type):
        at = out.prim("numpy.repeat", out.prim("numpy.arange", out.prim("shape", x, axis=axis)), count)
        return [out.prim("load", x, at, index=pattern)]
    sizes = [out.prim("mul", size(out, x, k), count) if k == axis else size(out, x, k) for k in range(rank(x.type))]
    return [_gather(out, x, targets[0], sizes,
                    lambda inner, at: [inner.prim("floordiv", i, count) if k == axis else i for k, i in enumerate(at)])]


def _diagonal(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`r[..., i] = x[i, ..., i + offset]`."""
    x, offset = op.args[0], op.param("offset") or 0
    i, j = (op.param(f"axis{k + 1}", k) % rank(x.type) for k in (0, 1))
    if rank(x.type) == 2 and (i, j) == (0, 1):
        return [out.prim("numpy.diag", x, k=offset) if offset else out.prim("numpy.diag", x)]
    down, right = max(0, -offset), max(0, offset)
    m, n = size(out, x, i), size(out, x, j)
    m, n = (out.prim("sub", m, const(down)) if down else m), (out.prim("sub", n, const(right)) if right else n)
    count = out.prim("max", out.prim("min", m, n), const(0)) if offset else out.prim("min", m, n)
    others = [k for k in range(rank(x.type)) if k not in (i, j)]

    def source(inner: Builder, at: Sequence[Atom]) -> list[Atom]:
        places = dict(zip(others, at, strict=False))
        last = at[-1]
        places[i] = inner.prim("add", last, const(down)) if down else last
        places[j] = inner.prim("add", last, const(right)) if right else last
        return [places[k] for k in range(rank(x.type))]

    return [_gather(out, x, targets[0], [*(size(out, x, k) for k in others), count], source)]


def _pad(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """Constant: the array stored within a full one; other modes read their elements at other positions."""
    x, mode = op.args[0], op.param("mode", "constant")
    count = rank(x.type)
    widths = op.args[1:1 + 2 * count]
    if any(k not in ("mode",) for k, v in op.params if v is not None) or mode not in ("constant", *_INNER):
        return None
    lows, highs = widths[::2], widths[1::2]
    sizes = [out.prim("add", out.prim("add", size(out, x, k), lows[k]), highs[k]) for k in range(count)]
    if mode == "constant":
        value = op.args[1 + 2 * count] if len(op.args) > 1 + 2 * count else const(0.0)
        start = new(out, "numpy.zeros", targets[0], sizes) if known(value) == 0 or value == const(0.0) \
            else out.prim("numpy.full", *sizes, value, dtype=x.type.dtype if isinstance(x.type, Array) else "float64")
        ends = [out.prim("add", low, size(out, x, k)) for k, low in enumerate(lows)]
        bounds = [b for pair in zip(lows, ends, strict=True) for b in pair]
        stored = out.prim("store", start, x, *bounds, index=("s110",) * count, hint=targets[0].hint)
        stored.type = targets[0].type
        return [stored]
    inner_place = _INNER[mode]

    def source(inner: Builder, at: Sequence[Atom]) -> list[Atom]:
        return [inner_place(inner, inner.prim("sub", i, lows[k]) if known(lows[k]) != 0 else i,
                            inner.prim("shape", x, axis=k)) for k, i in enumerate(at)]

    return [_gather(out, x, targets[0], sizes, source)]


def _edge(out: Builder, i: Atom, n: Atom) -> Atom:
    return out.prim("min", out.prim("max", i, const(0)), out.prim("sub", n, const(1)))


def _wrap(out: Builder, i: Atom, n: Atom) -> Atom:
    return out.prim("mod", i, n)


def _reflect(out: Builder, i: Atom, n: Atom) -> Atom:
    """Back and forth without the ends: n - 1 steps each way."""
    period = out.prim("max", out.prim("mul", const(2), out.prim("sub", n, const(1))), const(1))
    k = out.prim("mod", i, period)
    return out.prim("min", k, out.prim("sub", period, k))


def _symmetric(out: Builder, i: Atom, n: Atom) -> Atom:
    """Back and forth, each end twice."""
    period = out.prim("mul", const(2), n)
    k = out.prim("mod", i, period)
    return out.prim("min", k, out.prim("sub", out.prim("sub", period, const(1)), k))


_INNER = {"edge": _edge, "wrap": _wrap, "reflect": _reflect, "symmetric": _symmetric}


def _concatenate(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """Numba joins arrays of one type, and takes them in a tuple."""
    if len(op.args) == 1 and isinstance(op.args[0].type, List):
        return [_joined(out, op.args[0], op.param("axis", 0) or 0, targets[0])]
    assert isinstance(targets[0].type, Array)
    dtype = targets[0].type.dtype
    parts: list[Atom] = []
    for a in op.args:
        if not isinstance(a.type, Array):
            a = out.prim("numpy.array", a, shape=(1,)) if op.name == "numpy.stack" else a
        assert isinstance(a.type, Array)
        parts.append(a if a.type.dtype == dtype else out.prim("numpy.astype", a, dtype=dtype))
    if op.name == "numpy.stack" and not rank(op.args[0].type):
        return [out.prim("numpy.concatenate", *parts)]
    return [out.prim(op.name, *parts, **{k: v for k, v in op.params if v is not None})]


def _joined(out: Builder, items: Atom, axis: int, target: Var) -> Var:
    """`r[start:end] = item` for each item of a list."""
    first = out.prim("load", items, const(0), index=("i",))
    count, along = out.prim("len", items), axis % rank(first.type)

    def longer(inner: Builder, total: Var, at: Sequence[Atom]) -> Atom:
        item = inner.prim("load", items, *at, index=("i",))
        return inner.prim("add", total, inner.prim("shape", item, axis=along), hint="total")

    total = repeated(out, const(0), [count], longer, hint="total")
    made = new(out, "numpy.empty", target, [total if k == along else n for k, n in enumerate(shape(out, first))])
    index, base, start, inner = Var("i", INT), Var(made.hint, made.type), Var("start", INT), out.child()
    item = inner.prim("load", items, index, index=("i",))
    end = inner.prim("add", start, inner.prim("shape", item, axis=along), hint="end")
    stored = inner.prim("store", base, item, start, end, index=("s000",) * along + ("s110",), hint=made.hint)
    stored.type = made.type
    ends, result = Var("start", INT), Var(made.hint, made.type)
    body = inner.block([index, start, base], [end, stored])
    out.binds.append(Bind((ends, result), For(const(0), count, const(1), (const(0), made), body), out.span, out.note))
    return result


def _triangle(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """Of stacks of matrices element by element."""
    x, k = op.args[0], op.param("k") or 0
    if rank(x.type) == 2:
        return None

    def value(inner: Builder, at: Sequence[Atom]) -> Atom:
        away = inner.prim("sub", at[-1], at[-2])
        inside = inner.prim("le" if op.name.endswith("tril") else "ge", away, const(k))
        return inner.prim("select", inside, element(inner, x, at), const(0.0))

    return [filled(out, targets[0], [size(out, x, j) for j in range(rank(x.type))], value)]


SHAPING: dict[str, Rewrite] = {
    "numpy.reshape": _reshape, "numpy.squeeze": _squeeze, "numpy.expand_dims": _expand_dims, "numpy.flip": _flip,
    "numpy.roll": _roll, "numpy.tile": _tile, "numpy.repeat": _repeat, "numpy.diagonal": _diagonal, "numpy.pad": _pad,
    "numpy.concatenate": _concatenate, "numpy.stack": _concatenate, "numpy.tril": _triangle, "numpy.triu": _triangle,
}
"""The rewrites of functions that move elements."""

__all__ = ["SHAPING"]
