"""Products of stacks of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The inner products of the vectors of two stacks."""
    return np.sum(np.asarray(x1) * np.asarray(x2), axis=axis)


def matvec(x1: Any, x2: Any, /) -> Any:
    """A x, of each matrix with each vector."""
    return np.matmul(x1, np.asarray(x2)[..., None])[..., 0]


def vecmat(x1: Any, x2: Any, /) -> Any:
    """x^T A, of each vector with each matrix."""
    return np.matmul(np.asarray(x1)[..., None, :], x2)[..., 0, :]


def matrix_transpose(x: Any, /) -> Any:
    """The transpose of each matrix of a stack."""
    return np.swapaxes(np.asarray(x), -1, -2)
