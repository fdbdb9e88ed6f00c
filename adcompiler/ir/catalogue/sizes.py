"""Arithmetic with the sizes of axes: sums and products of dimensions, as exact as their names allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adcompiler.ir.types import Dim, never_one, unknown_dim


def literal(dim: Dim | None) -> int | None:
    """The number that a dimension is known to be."""
    if isinstance(dim, int):
        return dim
    return int(dim[1:]) if dim is not None and dim.startswith("=") else None


def sized(count: int) -> Dim:
    """The dimension of a known number."""
    return 1 if count == 1 else f"={count}"


def likeliest(dims: Sequence[Dim]) -> Dim:
    """Of names of the same size the one that says most."""
    return max(dims, key=lambda d: 3 if literal(d) is not None else 2 if never_one(d) else 1)


def sum_of(dims: Iterable[Dim | None]) -> Dim:
    """The size of parts of these sizes, one behind the other."""
    return _combined(list(dims), "+", 0)


def product_of(dims: Iterable[Dim | None]) -> Dim:
    """The number of elements of an array of these sizes."""
    return _combined(list(dims), "*", 1)


def _combined(dims: list[Dim | None], sign: str, neutral: int) -> Dim:
    known = neutral
    names: list[Dim | None] = []
    for dim in dims:
        count = literal(dim)
        if count is None:
            names.append(dim)
        else:
            known = known + count if sign == "+" else known * count
    if not names or (sign == "*" and known == 0):
        return sized(known)
    first, *others = names
    if first is not None and not others and known == neutral:
        return first
    if any(name is None or not never_one(name) for name in names):
        return unknown_dim()
    text = sign.join([*sorted(map(str, names)), *([str(known)] if known != neutral else [])])
    return f"?({text})" if sign == "+" and known == 1 else f"({text})"  # of sums only 0 + 1 is one


def quotient_of(dims: Iterable[Dim], others: Iterable[Dim | None]) -> Dim:
    """The size of the axis that is left to an array of sizes `dims` in the shape (*others, -1)."""
    top, bottom = 1, 1
    names: list[Dim] = []
    for dim in dims:
        count = literal(dim)
        if count is None:
            names.append(dim)
        else:
            top *= count
    for other in others:
        count = literal(other)
        if count is not None:
            bottom *= count
        elif other is not None and other in names:
            names.remove(other)
        else:
            return unknown_dim()
    if bottom == 0 or top % bottom:
        return unknown_dim()
    return product_of([*names, sized(top // bottom)])


def diagonal_of(rows: Dim, columns: Dim, offset: int) -> Dim:
    """The length of a diagonal of a matrix."""
    m, n = literal(rows), literal(columns)
    if m is not None and n is not None:
        return sized(max(0, min(m + min(offset, 0), n - max(offset, 0))))
    if rows == columns and not offset:
        return rows
    if not (never_one(rows) and never_one(columns)):
        return unknown_dim()
    return f"?{rows}-{abs(offset)}" if rows == columns else f"?diagonal({rows},{columns},{offset})"
