"""Joining arrays, and margins around them that are computed."""

from __future__ import annotations

from typing import Any

import numpy as np


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """The values behind those of the array; flat where no axis is given."""
    if axis is None:
        return np.concatenate([_flat(arr), _flat(values)])
    return np.concatenate([np.asarray(arr), np.asarray(values)], axis=axis)


def _flat(a: Any) -> Any:
    """The elements as a vector."""
    return np.asarray(a) if np.ndim(a) == 1 else np.ravel(a)


def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """The array with values put before one position."""
    a = np.ravel(arr) if axis is None else np.asarray(arr)
    if not isinstance(obj, int):
        raise NotImplementedError("np.insert() is supported at one position; use np.concatenate")
    along = 0 if axis is None else axis % a.ndim
    v = np.asarray(values)
    if v.dtype != a.dtype:
        v = np.astype(v, a.dtype)
    if v.ndim > a.ndim:
        raise ValueError("np.insert(): the values have more axes than the array")
    if v.ndim == 0:
        v = np.reshape(v, (1,) * a.ndim)
    else:
        for _ in range(a.ndim - v.ndim):
            v = v[None]
        v = np.moveaxis(v, 0, along)
    shape = tuple([v.shape[k] if k == along else a.shape[k] for k in range(a.ndim)])
    lead = (slice(None),) * along
    before, after = a[lead + (slice(None, obj),)], a[lead + (slice(obj, None),)]
    return np.concatenate([before, np.broadcast_to(v, shape), after], axis=along)


def resize(a: Any, new_shape: Any) -> Any:
    """As many elements as the new shape has, in order and again from the first."""
    sizes = (new_shape,) if isinstance(new_shape, int) else new_shape
    total = 1
    for size in sizes:
        total = total * size
    flat = np.ravel(a)
    return np.reshape(flat[np.arange(total) % flat.size], sizes)


def pad(array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0, end_values: Any = 0,
        stat_length: Any = None) -> Any:
    """Margins of values for each side, of a straight line to values at the ends, or of a statistic of the elements."""
    a = np.asarray(array)
    if mode not in ("constant", "linear_ramp", "mean", "maximum", "minimum"):
        raise NotImplementedError("np.pad() is supported with the modes constant, edge, reflect (even), symmetric (even), wrap, "
                                  "linear_ramp, mean, maximum and minimum")
    if mode not in ("constant", "maximum", "minimum") and not np.issubdtype(a.dtype, np.floating):
        raise NotImplementedError("np.pad() of integers is not supported with this mode")
    if stat_length is not None:
        raise NotImplementedError("np.pad() with stat_length is not supported")
    for k in range(a.ndim):
        before, after = pad_width[k]
        line = np.swapaxes(a, 0, k)
        first, last = line[:1], line[-1:]
        if mode == "constant":
            low = np.full_like(first, constant_values[k][0])
            high = np.full_like(last, constant_values[k][1])
        elif mode == "linear_ramp":
            low = _ramp(first, end_values[k][0], before)
            high = np.flip(_ramp(last, end_values[k][1], after), axis=0)
        else:
            low = _statistic(line, mode)
            high = low
        parts = [_repeated(low, before, mode), line, _repeated(high, after, mode)]
        a = np.swapaxes(np.concatenate(parts, axis=0), 0, k)
    return a


def _repeated(margin: Any, width: int, mode: str) -> Any:
    return margin if mode == "linear_ramp" else np.repeat(margin, width, axis=0)


def _statistic(line: Any, mode: str) -> Any:
    """One value for all elements along the first axis."""
    if mode == "mean":
        return np.mean(line, axis=0, keepdims=True)
    return np.max(line, axis=0, keepdims=True) if mode == "maximum" else np.min(line, axis=0, keepdims=True)


def _ramp(edge: Any, end: Any, width: int) -> Any:
    """The points of a line from the end to the edge, which is left out."""
    share = np.reshape((np.arange(width) / max(width, 1)).astype(edge.dtype), (width,) + (1,) * (edge.ndim - 1))
    return end + (edge - end) * share
