"""Functions of `scipy.linalg` that are compositions of others."""

from __future__ import annotations

from typing import Any

import numpy as np


def toeplitz(c: Any, r: Any = None) -> Any:
    """The matrix with the first column c and the first row r, constant along diagonals."""
    c = np.ravel(np.asarray(c))
    r = c if r is None else np.ravel(np.asarray(r))
    values = np.concatenate((c[::-1], r[1:]))
    return values[np.arange(c.shape[0] - 1, -1, -1)[:, None] + np.arange(r.shape[0])]


def circulant(c: Any) -> Any:
    """The matrix whose columns are c, each one place further down."""
    c = np.asarray(c)
    if c.ndim != 1:
        raise NotImplementedError("scipy.linalg.circulant() is supported for one vector")
    n = c.shape[0]
    return c[(np.arange(n)[:, None] - np.arange(n)) % n]


def hankel(c: Any, r: Any = None) -> Any:
    """The matrix with the first column c and the last row r, constant along the other diagonals."""
    c = np.ravel(np.asarray(c))
    r = np.zeros_like(c) if r is None else np.ravel(np.asarray(r))
    values = np.concatenate((c, r[1:]))
    return values[np.arange(c.shape[0])[:, None] + np.arange(r.shape[0])]


def khatri_rao(a: Any, b: Any) -> Any:
    """The Kronecker products of corresponding columns."""
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 2 or b.ndim != 2:
        raise NotImplementedError("scipy.linalg.khatri_rao() is supported for two matrices")
    return (a[:, None, :] * b[None, :, :]).reshape(a.shape[0] * b.shape[0], a.shape[1])
