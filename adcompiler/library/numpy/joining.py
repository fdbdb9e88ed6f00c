"""Joining and splitting arrays, and repeating their elements by position."""

from __future__ import annotations

from typing import Any

import numpy as np


def atleast_1d(*arys: Any) -> Any:
    """The arrays with at least one axis."""
    if len(arys) > 1:
        return tuple([np.atleast_1d(a) for a in arys])
    if np.ndim(arys[0]) == 0:
        return np.array([arys[0]])
    return np.asarray(arys[0])


def atleast_2d(*arys: Any) -> Any:
    """The arrays with at least two axes, new ones in front."""
    if len(arys) > 1:
        return tuple([np.atleast_2d(a) for a in arys])
    if np.ndim(arys[0]) == 0:
        return np.array([[arys[0]]])
    a = np.asarray(arys[0])
    return a[None, :] if a.ndim == 1 else a


def atleast_3d(*arys: Any) -> Any:
    """The arrays with at least three axes: (n,) becomes (1, n, 1), and (m, n) becomes (m, n, 1)."""
    if len(arys) > 1:
        return tuple([np.atleast_3d(a) for a in arys])
    if np.ndim(arys[0]) == 0:
        return np.array([[[arys[0]]]])
    a = np.asarray(arys[0])
    if a.ndim == 1:
        return a[None, :, None]
    return a[:, :, None] if a.ndim == 2 else a


def hstack(tup: Any) -> Any:
    """Joined along the second axis, vectors along the first."""
    parts = [np.atleast_1d(a) for a in tup]
    if parts[0].ndim == 1:
        return np.concatenate(parts, axis=0)
    return np.concatenate(parts, axis=1)


def vstack(tup: Any) -> Any:
    """Joined along the first axis, vectors as rows."""
    return np.concatenate([np.atleast_2d(a) for a in tup], axis=0)


def dstack(tup: Any) -> Any:
    """Joined along the third axis."""
    return np.concatenate([np.atleast_3d(a) for a in tup], axis=2)


def column_stack(tup: Any) -> Any:
    """Vectors as columns, joined with the columns of matrices."""
    return np.concatenate([np.asarray(a)[:, None] if np.ndim(a) == 1 else np.asarray(a) for a in tup], axis=1)


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """The values behind those of the array; flat where no axis is given."""
    if axis is None:
        return np.concatenate([np.ravel(arr), np.ravel(values)])
    return np.concatenate([np.asarray(arr), np.asarray(values)], axis=axis)


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts of equal size, or between positions."""
    if isinstance(indices_or_sections, int) and ary.shape[axis] % indices_or_sections != 0:
        raise ValueError("array split does not result in an equal division")
    return np.array_split(ary, indices_or_sections, axis)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """Parts whose sizes differ by one at most, the larger ones first, or between positions."""
    lead = (slice(None),) * (axis % ary.ndim)
    if isinstance(indices_or_sections, int):
        size = ary.shape[axis] // indices_or_sections
        more = ary.shape[axis] % indices_or_sections
        return [ary[(*lead, slice(k * size + min(k, more), (k + 1) * size + min(k + 1, more)))]
                for k in range(indices_or_sections)]
    bounds = [0, *indices_or_sections]
    parts = [ary[(*lead, slice(bounds[k], bounds[k + 1]))] for k in range(len(bounds) - 1)]
    parts.append(ary[(*lead, slice(bounds[len(bounds) - 1], None))])
    return parts


def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the second axis, a vector along its only one."""
    return np.split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the first axis."""
    return np.split(ary, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """Split along the third axis."""
    return np.split(ary, indices_or_sections, 2)


def take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    """Elements, or parts along an axis, by position."""
    if mode != "raise":
        raise NotImplementedError("np.take() is supported with mode='raise'")
    if axis is None:
        return np.ravel(a)[indices]
    return np.asarray(a)[(*((slice(None),) * (axis % np.ndim(a))), indices)]


def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """The parts along an axis for which the condition holds."""
    return np.take(a, np.flatnonzero(condition), axis)


def extract(condition: Any, arr: Any) -> Any:
    """The elements for which the condition holds, in order."""
    return np.ravel(arr)[np.flatnonzero(condition)]


def resize(a: Any, new_shape: Any) -> Any:
    """As many elements as the new shape has, in order and again from the first."""
    sizes = (new_shape,) if isinstance(new_shape, int) else new_shape
    total = 1
    for size in sizes:
        total = total * size
    flat = np.ravel(a)
    return np.reshape(flat[np.arange(total) % flat.size], sizes)


def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with the elements on a diagonal."""
    return np.diag(np.ravel(v), k)


def flipud(m: Any) -> Any:
    """The rows in opposite order."""
    return m[::-1]


def fliplr(m: Any) -> Any:
    """The columns in opposite order."""
    return m[:, ::-1]


def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """Turned by k right angles, from the first axis towards the second."""
    if k % 4 == 0:
        return m[:]
    if k % 4 == 2:
        return np.flip(np.flip(m, axis=axes[0]), axis=axes[1])
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, axis=axes[1]), axes[0], axes[1])
    return np.flip(np.swapaxes(m, axes[0], axes[1]), axis=axes[1])


def pad(array: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    """The array with a margin: constant, or of its own elements ("edge", "reflect", "symmetric", "wrap")."""
    a = np.asarray(array)
    if isinstance(pad_width, int):
        widths = ((pad_width, pad_width),) * a.ndim
    elif isinstance(pad_width[0], int):
        widths = ((pad_width[0], pad_width[len(pad_width) - 1]),) * a.ndim
    elif len(pad_width) == 1:
        widths = ((pad_width[0][0], pad_width[0][1]),) * a.ndim
    else:
        widths = pad_width
    if mode == "constant":
        if isinstance(constant_values, (tuple, list)):
            raise NotImplementedError("np.pad() is supported with one constant value")
        shape = tuple([a.shape[k] + widths[k][0] + widths[k][1] for k in range(a.ndim)])
        padded = np.full(shape, constant_values, dtype=a.dtype)
        padded[tuple([slice(widths[k][0], widths[k][0] + a.shape[k]) for k in range(a.ndim)])] = a
        return padded
    for k in range(a.ndim):
        n = a.shape[k]
        at = np.arange(n + widths[k][0] + widths[k][1]) - widths[k][0]
        if mode == "edge":
            at = np.minimum(np.maximum(at, 0), n - 1)
        elif mode == "wrap":
            at = at % n
        elif mode == "symmetric":
            at = np.minimum(at % (2 * n), 2 * n - 1 - at % (2 * n))
        elif mode == "reflect":
            at = np.minimum(at % (2 * n - 2), 2 * n - 2 - at % (2 * n - 2))
        else:
            raise NotImplementedError("np.pad() is supported with the modes constant, edge, reflect, symmetric and wrap")
        a = np.take(a, at, axis=k)
    return a


def tri(N: int, M: Any = None, k: int = 0, dtype: Any = float) -> Any:
    """Ones on and below a diagonal."""
    columns = N if M is None else M
    return (np.arange(N)[:, None] >= np.arange(columns)[None, :] - k).astype(dtype)


def tril_indices(n: int, k: int = 0, m: Any = None) -> Any:
    """The positions on and below a diagonal of a matrix of this size."""
    return np.nonzero(np.arange(n)[:, None] >= np.arange(n if m is None else m)[None, :] - k)


def triu_indices(n: int, k: int = 0, m: Any = None) -> Any:
    """The positions on and above a diagonal of a matrix of this size."""
    return np.nonzero(np.arange(n)[:, None] <= np.arange(n if m is None else m)[None, :] - k)


def tril_indices_from(arr: Any, k: int = 0) -> Any:
    """The positions on and below a diagonal of the matrix."""
    return np.tril_indices(arr.shape[0], k, arr.shape[1])


def triu_indices_from(arr: Any, k: int = 0) -> Any:
    """The positions on and above a diagonal of the matrix."""
    return np.triu_indices(arr.shape[0], k, arr.shape[1])


def diag_indices(n: int, ndim: int = 2) -> Any:
    """The positions of the main diagonal."""
    return (np.arange(n),) * ndim


def diag_indices_from(arr: Any) -> Any:
    """The positions of the main diagonal of an array."""
    return (np.arange(arr.shape[0]),) * arr.ndim


def ix_(*args: Any) -> Any:
    """An open mesh of vectors of positions."""
    n = len(args)
    return tuple([np.asarray(args[k])[((None,) * k) + (slice(None),) + ((None,) * (n - 1 - k))] for k in range(n)])


def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """The coordinates of the points of a grid."""
    n = len(xi)
    axes = [1 - k if indexing == "xy" and n > 1 and k < 2 else k for k in range(n)]
    lines = [np.asarray(xi[k])[((None,) * axes[k]) + (slice(None),) + ((None,) * (n - 1 - axes[k]))] for k in range(n)]
    if sparse:
        return lines
    shape = tuple([np.size(xi[axes[k]]) for k in range(n)])
    return [np.copy(np.broadcast_to(line, shape)) for line in lines]


def indices(dimensions: Any, dtype: Any = int) -> Any:
    """The positions along each axis of an array of this shape."""
    n = len(dimensions)
    return np.stack([np.broadcast_to(np.arange(dimensions[k])[((None,) * k) + (slice(None),) + ((None,) * (n - 1 - k))],
                                     dimensions) for k in range(n)])


def fromfunction(function: Any, shape: Any, dtype: Any = float) -> Any:
    """The function of the positions."""
    grid = np.indices(shape).astype(dtype)
    return function(*[grid[k] for k in range(len(shape))])


def choose(a: Any, choices: Any) -> Any:
    """Element by element the value of the array that `a` numbers."""
    numbers = np.asarray(a)
    chosen = np.asarray(choices[0])
    for k in range(1, len(choices)):
        chosen = np.where(numbers == k, choices[k], chosen)
    return chosen


def broadcast_shapes(*args: Any) -> Any:
    """The shape that arrays of these shapes have together."""
    rank = 0
    for shape in args:
        if len(shape) > rank:
            rank = len(shape)
    sizes = []
    for k in range(rank):
        size = 1
        for shape in args:
            if k >= rank - len(shape):
                size = max(size, shape[k - rank + len(shape)])
        sizes.append(size)
    return tuple(sizes)


def broadcast_arrays(*args: Any) -> Any:
    """The arrays in the shape that they have together."""
    total = np.asarray(args[0])
    for k in range(1, len(args)):
        total = total + np.asarray(args[k])
    return tuple([np.broadcast_to(a, total.shape) for a in args])
