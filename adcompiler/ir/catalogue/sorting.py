"""Type rules of sorting, order statistics and searching."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand, normal_axis, operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, Params, define, is_unknown, make, numbers, reduced_axes, reduction
from adcompiler.ir.types import ANY, Array, Tuple, Type, broadcast_dims, dims, unknown_dim


def _sorted(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t = array_operand(args)
    normal_axis(params.get("axis", -1), t.rank)
    return t


def _order(args: Sequence[Atom], params: Params) -> Type:
    t = _sorted(args, params)
    return Array("int64", t.dims) if isinstance(t, Array) else t


def _lexsort(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    *_, t = numbers(args)
    if not isinstance(t, Array):
        raise IrTypeError("the keys of lexsort() are arrays")
    normal_axis(params.get("axis", -1), t.rank)
    return Array("int64", t.dims)


def _take_along(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, i = numbers(args)
    if not (isinstance(a, Array) and isinstance(i, Array) and a.rank == i.rank):
        raise IrTypeError("take_along_axis() needs indices with as many axes as the array")
    if not i.dtype.startswith(("int", "uint")):
        raise IrTypeError("the indices of take_along_axis() are integers")
    axis = normal_axis(params.get("axis", -1), a.rank)
    others = broadcast_dims(tuple(1 if k == axis else d for k, d in enumerate(a.dims)), i.dims)
    return Array(a.dtype, tuple(i.dims[k] if k == axis else d for k, d in enumerate(others)))


CONTINUOUS = {"hazen": (0.5, 0.5), "weibull": (0.0, 0.0), "median_unbiased": (1 / 3.0, 1 / 3.0),
              "normal_unbiased": (3 / 8.0, 3 / 8.0), "interpolated_inverted_cdf": (0.0, 1.0)}
"""The methods of quantiles with two constants, alpha and beta, in the notation of Hyndman and Fan (1996)."""
METHODS = frozenset(["linear", "lower", "higher", "nearest", "midpoint", *CONTINUOUS])
"""The methods of quantiles that have a derivative here."""


def _median(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t = operand(args)
    reduced_axes(len(dims(t)), params.get("axis"))
    return reduction(args, params, dtype=t.dtype if t.dtype.startswith("float") else "float64")


def _quantile(args: Sequence[Atom], params: Params) -> Type:
    """`quantile(a, q)`: the axis of q comes first. A Python number q takes the precision of the array."""
    if is_unknown(args):
        return ANY
    a, q = numbers(args)
    method = params.get("method", "linear")
    if method not in METHODS:
        raise IrTypeError(f"the method {method!r} of quantiles is not supported, but these are: {', '.join(sorted(METHODS))}")
    if len(dims(q)) > 1:
        raise IrTypeError("the q of quantiles must be a number or lie along one axis")
    precise = isinstance(q, Array) or not q.weak
    chosen = method in ("lower", "higher", "nearest")
    kind = a.dtype
    if not chosen:
        kind = "float64" if not kind.startswith("float") or (precise and q.dtype == "float64") else kind
    kept = dims(reduction(args[:1], params, dtype=kind))
    return make(kind, dims(q) + kept)


def _positions(args: Sequence[Atom], params: Params) -> Type:
    """`searchsorted(a, v)`: a position for every element of v."""
    return ANY if is_unknown(args) else make("int64", dims(numbers(args)[1]))


def _bins(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else make("int64", dims(operand(args)))


def _nonzero(args: Sequence[Atom], params: Params) -> Type:
    t = array_operand(args)
    count = unknown_dim()
    return Tuple(tuple(Array("int64", (count,)) for _ in t.dims))


def _flatnonzero(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else Array("int64", (unknown_dim(),))


def _argwhere(args: Sequence[Atom], params: Params) -> Type:
    rank = array_operand(args).rank
    return Array("int64", (unknown_dim(), 1 if rank == 1 else f"={rank}"))


def _is_in(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else make("bool", dims(operand(args)))


def _unique(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t, count = array_operand(args), unknown_dim()
    positions = Array("int64", (count,))
    found: list[Type] = [Array(t.dtype, (count,))]
    found += [positions] if params.get("return_index") else []
    found += [Array("int64", t.dims)] if params.get("return_inverse") else []
    found += [positions] if params.get("return_counts") else []
    return Tuple(tuple(found))


def _histogram(args: Sequence[Atom], params: Params) -> Type:
    """`histogram(a, bins=n, range=r)` or `histogram(a, edges)`: the counts and the edges."""
    if is_unknown(args):
        return Tuple((ANY, ANY))
    t = operand(args)
    if len(args) > 1:
        edges = numbers(args)[1]
        if not (isinstance(edges, Array) and edges.rank == 1):
            raise IrTypeError("the edges of the bins of histogram() are a vector")
        return Tuple((Array("int64", (unknown_dim(),)), edges))
    n = params.get("bins", 10)
    kind = t.dtype if t.dtype.startswith("float") else "float64"
    return Tuple((Array("int64", (1 if n == 1 else f"={n}",)), Array(kind, (f"={n + 1}",))))


def _bincount(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else Array("float64" if len(args) > 1 else "int64", (unknown_dim(),))


define("numpy.sort", _sorted, 60, signature="a; axis kind stable", memory="new")
define("numpy.partition", _sorted, 40, signature="a; kth axis kind", memory="new")
define("numpy.argsort", _order, 60, signature="a; axis kind stable", memory="new")
define("numpy.argpartition", _order, 40, signature="a; kth axis kind", memory="new")
define("numpy.lexsort", _lexsort, 60, signature="*keys; axis", memory="new")
define("numpy.take_along_axis", _take_along, 30, signature="arr indices; axis", memory="new")
define("numpy.median", _median, 60, signature="a; axis out keepdims", memory="new")
define("numpy.quantile numpy.percentile", _quantile, 80, signature="a q; axis out method keepdims", memory="new")
define("numpy.searchsorted", _positions, 40, signature="a v; side", memory="new")
define("numpy.digitize", _bins, 40, signature="x bins; right", memory="new")
define("numpy.nonzero", _nonzero, 30, signature="a;", memory="new", several=True)
define("numpy.flatnonzero", _flatnonzero, 30, signature="a;", memory="new")
define("numpy.argwhere", _argwhere, 30, signature="a;", memory="new")
define("numpy.isin", _is_in, 40, signature="element test_elements; assume_unique invert kind", memory="new")
define("numpy.unique", _unique, 60, signature="ar;", memory="new", several=True)
define("numpy.histogram", _histogram, 80, signature="a edges?;", memory="new", several=True)
define("numpy.bincount", _bincount, 40, signature="x weights?; minlength", memory="new")

__all__ = ["CONTINUOUS", "METHODS"]
