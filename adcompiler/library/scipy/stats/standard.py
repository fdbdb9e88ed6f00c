"""Location and scale: what the densities and distribution functions of all families share."""

from __future__ import annotations

from typing import Any

import numpy as np


def real(x: Any) -> Any:
    """Arrays and lists as arrays of float64, with which SciPy's distributions compute; numbers as they are."""
    return np.asarray(x, dtype=float) if isinstance(x, (np.ndarray, list, tuple)) else x


def standard(x: Any, loc: Any, scale: Any) -> Any:
    """(x - loc) / scale."""
    z = real(x)
    if loc is not None:
        z = z - real(loc)
    if scale is not None:
        z = z / real(scale)
    return z


def scaled(density: Any, scale: Any) -> Any:
    """A density in the units of x."""
    return density if scale is None else density / real(scale)


def log_scaled(density: Any, scale: Any) -> Any:
    """The logarithm of a density in the units of x."""
    return density if scale is None else density - np.log(real(scale))


def moved(z: Any, loc: Any, scale: Any) -> Any:
    """loc + scale z: a quantile in the units of x."""
    if scale is not None:
        z = z * real(scale)
    if loc is not None:
        z = z + real(loc)
    return z


def whole(k: Any, loc: Any) -> Any:
    """The count k - loc, and the whole number below it: it moves in steps, so that it has no derivative."""
    k = standard(k, loc, None)
    return k, np.floor(k)


def log_part(part: Any, rest: Any) -> Any:
    """log(part), given rest = 1 - part to more digits where it is the smaller."""
    return np.where(part > 0.5, np.log1p(-rest), np.log(part))
