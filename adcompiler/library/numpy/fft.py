"""Functions of `numpy.fft` that stay real."""

from __future__ import annotations

from typing import Any

import numpy as np


def fftfreq(n: int, d: float = 1.0, device: Any = None) -> Any:
    """The frequencies of a transform of n points, in the order of the transform."""
    return np.concatenate((np.arange((n - 1) // 2 + 1), np.arange(-(n // 2), 0))) * (1.0 / (n * d))


def rfftfreq(n: int, d: float = 1.0, device: Any = None) -> Any:
    """The frequencies that are not negative."""
    return np.arange(n // 2 + 1) * (1.0 / (n * d))


def fftshift(x: Any, axes: Any = None) -> Any:
    """The zero frequency in the middle."""
    x = np.asarray(x)
    if axes is None:
        for k in range(x.ndim):
            x = np.roll(x, x.shape[k] // 2, axis=k)
        return x
    if not isinstance(axes, int):
        raise NotImplementedError("np.fft.fftshift() is supported for all axes or one")
    return np.roll(x, x.shape[axes] // 2, axis=axes)


def ifftshift(x: Any, axes: Any = None) -> Any:
    """The inverse of fftshift."""
    x = np.asarray(x)
    if axes is None:
        for k in range(x.ndim):
            x = np.roll(x, -(x.shape[k] // 2), axis=k)
        return x
    if not isinstance(axes, int):
        raise NotImplementedError("np.fft.ifftshift() is supported for all axes or one")
    return np.roll(x, -(x.shape[axes] // 2), axis=axes)
