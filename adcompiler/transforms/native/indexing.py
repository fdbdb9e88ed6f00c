"""Arrays of positions and masks: masks with several axes as positions, and sums at positions that may occur twice."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Prim, Var
from adcompiler.ir.ops import brackets
from adcompiler.ir.types import Array, List, dims, rank
from adcompiler.transforms.native.elements import Rewrite, element, repeated, require, require_same, spread_place


def _indexed(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`x[mask]` with a mask of several axes as `x[rows, columns]`, and `x[...]` as `x[:]`."""
    first = 1 if op.name == "load" else 2
    base, pattern = op.args[0], op.param("index")
    if not isinstance(base.type, Array):
        return None
    *given, (entries, mine) = brackets(pattern, op.args[first:])
    before = [part for part in given if part[0] != ("e",)]
    operands = [a for _, bounds in before for a in bounds]
    view: Atom = base
    if before:
        flat = " | ".join(" ".join(e) for e, _ in before).split()
        view = out.prim("load", base, *operands, index=tuple(flat))
    plain, indices, changed = _plain(out, view, entries, mine)
    if plain == ("e",):  # which Numba does not compile
        plain, changed = ("s000",), True
    changed = changed or len(before) < len(given)
    full = (*(part for e, _ in before for part in (*e, "|")), *plain)
    args = (*op.args[:first], *operands, *indices)
    if op.name == "accumulate" and "a" in plain and not op.param("unique") and not _is_mask(indices):
        return [_add_each(out, op, targets[0], view, (full, len(full) - len(plain)), (operands, indices))]
    if not changed:
        return None
    made = out.prim(op.name, *args, **{**dict(op.params), "index": full})
    made.type, made.hint = targets[0].type, targets[0].hint
    return [made]


def _is_mask(indices: Sequence[Atom]) -> bool:
    return any(isinstance(a.type, Array) and a.type.dtype == "bool" for a in indices)


def _plain(out: Builder, base: Atom, entries: Sequence[str], mine: Sequence[Atom]) -> tuple[tuple[str, ...], list[Atom], bool]:
    """The index with masks of several axes as positions, and lists as arrays; whether anything changed."""
    rest, found, pattern, changed, axis = iter(mine), [], list[str](), False, 0
    for entry in entries:
        if entry != "a":
            pattern.append(entry)
            found += [next(rest) for _ in range(1 if entry == "i" else entry.count("1") if entry[0] == "s" else 0)]
            axis += entry not in ("n", "e")
            continue
        index = next(rest)
        if isinstance(index.type, List):
            index, changed = out.prim("numpy.array", index), True
        if isinstance(index.type, Array) and index.type.dtype == "bool" and (index.type.rank > 1 or len(entries) > 1):
            if "e" not in pattern:
                for k in range(index.type.rank):
                    require_same(out, base, axis + k, index, k, "the mask has another shape than the array")
            found += out.prims("numpy.nonzero", index) if index.type.rank > 1 else [out.prim("numpy.flatnonzero", index)]
            pattern += ["a"] * index.type.rank
            axis, changed = axis + index.type.rank, True
        else:
            found.append(index)
            pattern.append("a")
            axis += 1
    return tuple(pattern), found, changed


def _add_each(out: Builder, op: Prim, target: Var, view: Atom, path: tuple[tuple[str, ...], int],
              operands: tuple[Sequence[Atom], Sequence[Atom]]) -> Var:
    """`x[at[i]] += value[i]` for all positions, one after the other: those that occur twice add up."""
    base, value = op.args[:2]
    (full, start), (before, indices) = path, operands
    entries = _without_ellipsis(full[start:], rank(view.type))
    positions = [a for a in indices if isinstance(a.type, Array)]
    width = max(rank(a.type) for a in positions)
    first = _first_axis(entries)
    kept = sum(e[0] in "sn" for e in entries)
    sizes = [_common(out, [a for a in positions if rank(a.type) >= width - k], k, width) for k in range(width)]

    def add(inner: Builder, total: Var, at: Sequence[Atom]) -> Atom:
        rest, places, axis = iter(indices), list[Atom](), 0
        for entry in entries:
            if entry == "a":
                index = next(rest)
                k = element(inner, index, spread_place(inner, index, at))
                size = inner.prim("shape", view, axis=axis)
                inside = inner.prim("and", inner.prim("le", inner.prim("neg", size), k), inner.prim("lt", k, size))
                require(inner, inside, "IndexError", "an index is out of bounds")
                places.append(k)
            else:
                places += [next(rest) for _ in range(1 if entry == "i" else entry.count("1"))]
            axis += entry != "n"
        part = _part(inner, value, at, first, kept + width)
        pattern = (*full[:start], *("i" if e == "a" else e for e in entries))
        summed = inner.prim("accumulate", total, part, *before, *places, index=pattern, hint=target.hint)
        summed.type = total.type
        return summed

    assert isinstance(base, Var)
    return repeated(out, base, sizes, add, hint=target.hint)


def _without_ellipsis(entries: Sequence[str], count: int) -> tuple[str, ...]:
    missing = ("s000",) * (count - sum(e not in ("n", "e") for e in entries))
    if "e" not in entries:
        return (*entries, *missing)
    at = list(entries).index("e")
    return (*entries[:at], *missing, *entries[at + 1:])


def _first_axis(entries: Sequence[str]) -> int:
    """The first axis of the result that belongs to the arrays of positions."""
    places = [k for k, e in enumerate(entries) if e in ("a", "i")]
    together = places == list(range(places[0], places[-1] + 1))
    return sum(e[0] in "sn" for e in entries[:places[0]]) if together else 0


def _common(out: Builder, arrays: Sequence[Atom], axis: int, width: int) -> Atom:
    """The size along an axis of arrays that are broadcast against each other."""
    sizes: list[Atom] = []
    seen: set[object] = set()
    for a in arrays:
        own = axis - (width - rank(a.type))
        dim = dims(a.type)[own]
        if dim != 1 and dim not in seen:
            seen.add(dim)
            sizes.append(out.prim("shape", a, axis=own))
    return out.prim("max", *sizes) if len(sizes) > 1 else sizes[0] if sizes else const(1)


def _part(out: Builder, value: Atom, at: Sequence[Atom], first: int, count: int) -> Atom:
    """`value[:, i, :]`: what is added for one position; axes that the value lacks are broadcast."""
    if not isinstance(value.type, Array):
        return value
    missing = count - value.type.rank
    pattern: list[str] = []
    places: list[Atom] = []
    for axis, dim in enumerate(value.type.dims):
        k = axis + missing - first
        if not 0 <= k < len(at):
            pattern.append("s000")
            continue
        pattern.append("i")
        if dim == 1:
            places.append(const(0))
        elif isinstance(dim, str) and dim.startswith("?"):
            places.append(out.prim("min", at[k], out.prim("sub", out.prim("shape", value, axis=axis), const(1))))
        else:
            places.append(at[k])
    return out.prim("load", value, *places, index=tuple(pattern)) if places else value


def _take_along(out: Builder, op: Prim, targets: Sequence[Var]) -> Sequence[Atom] | None:
    """`np.take_along_axis(x, at, axis)`: positions along the other axes are their numbers."""
    x, at = op.args
    axis = op.param("axis", -1) % rank(x.type)
    grid: list[Atom] = []
    for k in range(rank(x.type)):
        if k == axis:
            grid.append(at)
            continue
        count = out.prim("numpy.arange", out.prim("shape", x, axis=k))
        sizes = [const(-1 if j == k else 1) for j in range(rank(x.type))]
        grid.append(out.prim("numpy.reshape", count, *sizes) if rank(x.type) > 1 else count)
    return [out.prim("load", x, *grid, index=("a",) * len(grid))]


INDEXING: dict[str, Rewrite] = {
    "load": _indexed, "store": _indexed, "accumulate": _indexed, "numpy.take_along_axis": _take_along,
}
"""The rewrites of what is indexed."""

__all__ = ["INDEXING"]
