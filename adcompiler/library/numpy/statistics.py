"""Averages and spreads, and reductions that pass over what is not a number."""

from __future__ import annotations

from typing import Any

import numpy as np


def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """The mean with weights: sum(w a) / sum(w). Weights for some axes have those alone."""
    a = np.asarray(a)
    if weights is None:
        if returned:
            raise NotImplementedError("np.average(): the sum of the weights is returned only where there are weights")
        return np.mean(a, axis=axis, keepdims=keepdims)
    w = np.asarray(weights)
    if w.ndim == a.ndim:
        total = np.sum(w, axis=axis, keepdims=keepdims)
    else:
        axes = (axis,) if isinstance(axis, int) else axis
        if axes is None or w.ndim != len(axes):
            raise NotImplementedError("np.average(): the weights must have the shape of the array, or of its axes in `axis`")
        chosen = tuple(k % a.ndim for k in axes)
        if any(chosen[k] >= chosen[k + 1] for k in range(len(chosen) - 1)):
            raise NotImplementedError("np.average(): the axes of the weights must be in order")
        w = w.reshape(tuple(a.shape[k] if k in chosen else 1 for k in range(a.ndim)))
        total = np.sum(w)
    result = np.sum(w * a, axis=axis, keepdims=keepdims) / total
    return (result, np.broadcast_to(total, result.shape)) if returned else result


def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The range of values, largest minus smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def nanprod(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product of the numbers."""
    a = np.asarray(a)
    return np.prod(np.where(np.isnan(a), 1, a), axis=axis, dtype=dtype, keepdims=keepdims)


def nancumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running sums of the numbers."""
    a = np.asarray(a)
    return np.cumsum(np.where(np.isnan(a), 0, a), axis=axis, dtype=dtype)


def nancumprod(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running products of the numbers."""
    a = np.asarray(a)
    return np.cumprod(np.where(np.isnan(a), 1, a), axis=axis, dtype=dtype)


def cumulative_sum(x: Any, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The running sums along an axis, after a zero if `include_initial`."""
    x = np.asarray(x)
    if axis is None and x.ndim > 1:
        raise ValueError("np.cumulative_sum(): an axis is needed")
    along = -1 if axis is None else axis
    sums = np.cumsum(x, axis=along, dtype=dtype)
    if not include_initial:
        return sums
    return np.concatenate([_first(np.zeros_like(sums), along), sums], axis=along)


def cumulative_prod(x: Any, *, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The running products along an axis, after a one if `include_initial`."""
    x = np.asarray(x)
    if axis is None and x.ndim > 1:
        raise ValueError("np.cumulative_prod(): an axis is needed")
    along = -1 if axis is None else axis
    products = np.cumprod(x, axis=along, dtype=dtype)
    if not include_initial:
        return products
    return np.concatenate([_first(np.ones_like(products), along), products], axis=along)


def _first(a: Any, axis: int) -> Any:
    """The first element along an axis, which stays."""
    return np.swapaxes(np.swapaxes(a, axis, -1)[..., :1], axis, -1)


def nanmedian(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The median of the numbers: in order, what is not a number comes last."""
    a = np.asarray(a)
    if isinstance(axis, tuple):
        raise NotImplementedError("np.nanmedian(): one axis or none is supported")
    if axis is None:
        ordered = np.sort(a.ravel())
        count = np.sum(~np.isnan(a))
        middle = 0.5 * (ordered[(count - 1) // 2] + ordered[count // 2])
        return np.reshape(middle, (1,) * a.ndim) if keepdims else middle
    ordered = np.sort(a, axis=axis)
    counts = np.sum(~np.isnan(a), axis=axis, keepdims=True)
    low = np.take_along_axis(ordered, (counts - 1) // 2, axis=axis)
    middle = 0.5 * (low + np.take_along_axis(ordered, counts // 2, axis=axis))
    return middle if keepdims else np.squeeze(middle, axis=axis)


def nanquantile(a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """A quantile of the numbers, between two of them in proportion."""
    a = np.asarray(a)
    if method != "linear" or isinstance(axis, tuple) or np.asarray(q).ndim != 0:
        raise NotImplementedError("np.nanquantile(): one q, one axis or none, and the linear method are supported")
    if axis is None:
        ordered = np.sort(a.ravel())
        place = (np.sum(~np.isnan(a)) - 1) * q
        low = np.floor(place)
        below = ordered[int(low)]
        result = below + (place - low) * (ordered[int(np.ceil(place))] - below)
        return np.reshape(result, (1,) * a.ndim) if keepdims else result
    ordered = np.sort(a, axis=axis)
    places = (np.sum(~np.isnan(a), axis=axis, keepdims=True) - 1) * q
    lows = np.floor(places)
    under = np.take_along_axis(ordered, lows.astype(int), axis=axis)
    over = np.take_along_axis(ordered, np.ceil(places).astype(int), axis=axis)
    results = under + (places - lows) * (over - under)
    return results if keepdims else np.squeeze(results, axis=axis)


def nanpercentile(a: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
    """As `nanquantile`, of percents."""
    return nanquantile(a, np.asarray(q) / 100, axis, method, keepdims)


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    """The covariances of variables that are the rows of a matrix, or its columns: D D.T / (n - ddof), D the deviations."""
    x = np.asarray(m)
    if x.ndim == 2 and not rowvar:
        x = x.T
    if y is not None:
        other = np.asarray(y)
        if other.ndim == 2 and not rowvar:
            other = other.T
        first = x if x.ndim == 2 else x[None, :]
        x = np.concatenate([first, other if other.ndim == 2 else other[None, :]])
    less = ddof if ddof is not None else 0 if bias else 1
    deviations = x - np.mean(x, axis=-1, keepdims=True)
    return deviations @ deviations.T / (x.shape[-1] - less)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The coefficients of correlation: the covariances divided by both standard deviations."""
    c = cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.diagonal(c))
    return c / deviation[:, None] / deviation
