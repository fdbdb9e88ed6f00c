"""Differences, sums and slopes of sampled functions."""

from __future__ import annotations

from typing import Any

import numpy as np


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of consecutive elements, with other elements at the ends."""
    result = np.diff(np.ravel(np.asarray(ary)))
    if to_begin is not None:
        result = np.concatenate([_flat(to_begin), result])
    if to_end is not None:
        result = np.concatenate([result, _flat(to_end)])
    return result


def _flat(a: Any) -> Any:
    """The elements as a vector, also of a number."""
    a = np.asarray(a)
    return np.reshape(a, (a.size,))


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule: the sum of d (y[1:] + y[:-1]) / 2."""
    y = np.asarray(y)
    if axis == 0 and x is None:
        return np.sum(dx * (y[1:] + y[:-1]) / 2.0, axis=0)
    last = _with_last(y, axis)
    means = (last[..., 1:] + last[..., :-1]) / 2.0
    if x is None:
        return np.sum(dx * means, axis=-1)
    x = np.asarray(x)
    if x.ndim == 1:
        return np.sum(np.diff(x) * means, axis=-1)
    if x.ndim != y.ndim:
        raise NotImplementedError("np.trapezoid(): the points must be a vector, or have as many axes as the values")
    return np.sum(np.diff(_with_last(x, axis)) * means, axis=-1)


def _with_last(a: Any, axis: int) -> Any:
    """The array with an axis moved to the end."""
    along = axis % a.ndim
    if along == a.ndim - 1:
        return a
    if a.ndim == 2:
        return a.T
    return np.transpose(a, tuple(range(along)) + tuple(range(along + 1, a.ndim)) + (along,))


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """The slopes along the axes: central differences inside, one-sided ones of first or second order at the ends."""
    f = np.asarray(f)
    if edge_order not in (1, 2):
        raise NotImplementedError("np.gradient(): the edge order must be 1 or 2")
    axes = tuple(range(f.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
    spacings = varargs if len(varargs) == len(axes) else (varargs or (1.0,)) * len(axes)
    if len(spacings) != len(axes):
        raise TypeError("np.gradient() needs no spacing, one, or one for each axis")
    slopes = [_slope(f, s, k, edge_order) for s, k in zip(spacings, axes, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """The slope along one axis."""
    if (axis + 1) % f.ndim == 0:
        return _slope_along_last(f, spacing, edge_order)
    return np.swapaxes(_slope_along_last(np.swapaxes(f, axis, -1), spacing, edge_order), axis, -1)


def _slope_along_last(f: Any, spacing: Any, edge_order: int) -> Any:
    """The slope along the last axis, for a step or for coordinates (Fornberg 1988)."""
    f = f * 1.0
    h = np.asarray(spacing)
    slope = np.empty_like(f)
    if h.ndim == 0:
        slope[..., 1:-1] = (f[..., 2:] - f[..., :-2]) / (2.0 * spacing)
        if edge_order == 1:
            slope[..., 0] = (f[..., 1] - f[..., 0]) / spacing
            slope[..., -1] = (f[..., -1] - f[..., -2]) / spacing
        else:
            slope[..., 0] = (-1.5 * f[..., 0] + 2.0 * f[..., 1] - 0.5 * f[..., 2]) / spacing
            slope[..., -1] = (0.5 * f[..., -3] - 2.0 * f[..., -2] + 1.5 * f[..., -1]) / spacing
        return slope
    d = np.diff(h)
    before, after = d[:-1], d[1:]
    whole = before + after
    slope[..., 1:-1] = (-after / (before * whole) * f[..., :-2] + (after - before) / (before * after) * f[..., 1:-1]
                        + before / (after * whole) * f[..., 2:])
    if edge_order == 1:
        slope[..., 0] = (f[..., 1] - f[..., 0]) / d[0]
        slope[..., -1] = (f[..., -1] - f[..., -2]) / d[-1]
    else:
        p, q = d[0], d[1]
        slope[..., 0] = (-(2.0 * p + q) / (p * (p + q)) * f[..., 0] + (p + q) / (p * q) * f[..., 1]
                         - p / (q * (p + q)) * f[..., 2])
        p, q = d[-2], d[-1]
        slope[..., -1] = (q / (p * (p + q)) * f[..., -3] - (q + p) / (p * q) * f[..., -2]
                          + (2.0 * q + p) / (q * (p + q)) * f[..., -1])
    return slope
