"""Averages and spreads."""

from __future__ import annotations

from typing import Any

import numpy as np


def average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """The mean with weights: sum(w a) / sum(w)."""
    a = np.asarray(a)
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    w = np.asarray(weights)
    if w.ndim != a.ndim and isinstance(axis, int):
        w = np.moveaxis(np.broadcast_to(w, a.shape[:axis] + a.shape[axis:][1:] + w.shape), -1, axis)
    return np.sum(w * a, axis=axis, keepdims=keepdims) / np.sum(w, axis=axis, keepdims=keepdims)


def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The range of values, largest minus smallest."""
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)
