"""Positions in arrays with several axes."""

from __future__ import annotations

from typing import Any

import numpy as np


def unravel_index(indices: Any, shape: Any, order: str = "C") -> Any:
    """The positions along the axes of elements that are counted through, the last axis first."""
    if order != "C":
        raise NotImplementedError("np.unravel_index(): the order must be 'C'")
    rest = np.asarray(indices) if isinstance(indices, (list, tuple)) else indices
    found: tuple[Any, ...] = ()
    for size in ((shape,) if isinstance(shape, int) else tuple(shape))[:0:-1]:
        found = (rest % size, *found)
        rest = rest // size
    return (rest, *found)


def ravel_multi_index(multi_index: Any, dims: Any, mode: str = "raise", order: str = "C") -> Any:
    """The place of elements that are counted through, the last axis first."""
    if mode != "raise" or order != "C":
        raise NotImplementedError("np.ravel_multi_index(): the mode must be 'raise' and the order 'C'")
    total: Any = 0
    for position, size in zip(multi_index, dims, strict=True):
        total = total * size + (np.asarray(position) if isinstance(position, (list, tuple)) else position)
    return total
