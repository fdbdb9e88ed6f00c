"""Turns, diagonals, grids, and the positions that pick parts of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with the elements on a diagonal."""
    return np.diag(np.ravel(v), k)


def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Turned by k right angles, from the first axis towards the second."""
    m = np.asarray(m)
    first, second = axes
    if (first - second) % m.ndim == 0:
        raise ValueError("np.rot90(): the two axes must be different")
    if k % 4 == 0:
        return m[...]
    if k % 4 == 2:
        return np.flip(m, axis=(first, second))
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, axis=second), first, second)
    return np.flip(np.swapaxes(m, first, second), axis=second)


def broadcast_arrays(*args: Any) -> Any:
    """The arrays in the shape that they have together."""
    total = np.asarray(args[0])
    for k in range(1, len(args)):
        total = total + np.asarray(args[k])
    return tuple([np.broadcast_to(a, total.shape) for a in args])


def broadcast_shapes(*args: Any) -> Any:
    """The shape that arrays of these shapes have together."""
    shapes = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in args]
    rank = 0
    for shape in shapes:
        rank = max(rank, len(shape))
    sizes = []
    for k in range(rank):
        size = 1
        for shape in shapes:
            if k >= rank - len(shape):
                here = shape[k - rank + len(shape)]
                size = size if here == 1 else here
        sizes.append(size)
    return tuple(sizes)


def diag_indices(n: int, ndim: int = 2) -> Any:
    """The positions of the main diagonal."""
    return (np.arange(n),) * ndim


def diag_indices_from(arr: Any) -> Any:
    """The positions of the main diagonal of an array."""
    return (np.arange(arr.shape[0]),) * arr.ndim


def tril_indices_from(arr: Any, k: int = 0) -> Any:
    """The positions on and below a diagonal of the matrix."""
    return np.tril_indices(arr.shape[0], k, arr.shape[1])


def triu_indices_from(arr: Any, k: int = 0) -> Any:
    """The positions on and above a diagonal of the matrix."""
    return np.triu_indices(arr.shape[0], k, arr.shape[1])


def mask_indices(n: int, mask_func: Any, k: int = 0) -> Any:
    """The positions of a matrix of this size that a function of a matrix keeps."""
    return np.nonzero(mask_func(np.ones((n, n), dtype=int), k) != 0)


def ix_(*args: Any) -> Any:
    """An open mesh of vectors of positions."""
    n = len(args)
    lines = [np.flatnonzero(a) if np.asarray(a).dtype == np.bool_ else np.asarray(a) for a in args]
    return tuple([lines[k][((None,) * k) + (slice(None),) + ((None,) * (n - 1 - k))] for k in range(n)])


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """The coordinates of the points of a grid, as views."""
    n = len(xi)
    axes = [1 - k if indexing == "xy" and n > 1 and k < 2 else k for k in range(n)]
    lines = [np.asarray(xi[k])[((None,) * axes[k]) + (slice(None),) + ((None,) * (n - 1 - axes[k]))] for k in range(n)]
    if sparse:
        return tuple(lines)
    shape = tuple([np.size(xi[axes[k]]) for k in range(n)])
    return tuple([np.broadcast_to(line, shape) for line in lines])


def fromfunction(function: Any, shape: Any, dtype: Any = float) -> Any:
    """The function of the positions."""
    grid = np.indices(shape, dtype)
    return function(*[grid[k] for k in range(len(shape))])
