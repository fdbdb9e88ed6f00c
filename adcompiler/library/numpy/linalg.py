"""Functions of `numpy.linalg` that are compositions of others."""

from __future__ import annotations

from typing import Any

import numpy as np


def svdvals(x: Any, /) -> Any:
    """The singular values."""
    return np.linalg.svd(x, full_matrices=False)[1]


def cond(x: Any, p: Any = None) -> Any:
    """The condition number: the quotient of the extreme singular values, or the product of the norms of x and its inverse."""
    x = np.asarray(x)
    if p is None or p == 2:
        s = np.linalg.svd(x, full_matrices=False)[1]
        return s[..., 0] / s[..., -1]
    if p == -2:
        s = np.linalg.svd(x, full_matrices=False)[1]
        return s[..., -1] / s[..., 0]
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of each matrix of a stack."""
    return np.linalg.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """The norm of the elements, or of the vectors along an axis."""
    x = np.asarray(x)
    if axis is None:
        if keepdims and x.ndim != 1:
            raise NotImplementedError("np.linalg.vector_norm() with keepdims needs an axis")
        return np.linalg.norm(np.ravel(x), ord, axis=0, keepdims=keepdims)
    if not isinstance(axis, int):
        raise NotImplementedError("np.linalg.vector_norm() is supported along one axis")
    return np.linalg.norm(x, ord, axis=axis, keepdims=keepdims)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The inner products of the vectors of two stacks."""
    return np.sum(np.asarray(x1) * np.asarray(x2), axis=axis)


def matrix_transpose(x: Any, /) -> Any:
    """The transpose of each matrix of a stack."""
    return np.swapaxes(np.asarray(x), -1, -2)


def trace(x: Any, /, *, offset: int = 0) -> Any:
    """The sum of the diagonal of each matrix of a stack."""
    return np.trace(x, offset=offset, axis1=-2, axis2=-1)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonal of each matrix of a stack."""
    return np.diagonal(x, offset=offset, axis1=-2, axis2=-1)


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """The x with tensordot(a, x, x.ndim) = b."""
    if axes is not None:
        raise NotImplementedError("np.linalg.tensorsolve() with axes is not supported")
    a, b = np.asarray(a), np.asarray(b)
    return np.linalg.solve(a.reshape(b.size, b.size), b.ravel()).reshape(a.shape[b.ndim:])


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of a as the map of tensordot over its last axes."""
    a = np.asarray(a)
    size = 1
    for n in a.shape[ind:]:
        size = size * n
    return np.linalg.inv(a.reshape(size, size)).reshape(a.shape[ind:] + a.shape[:ind])
