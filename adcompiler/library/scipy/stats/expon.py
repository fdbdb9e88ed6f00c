"""The exponential distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.library.scipy.stats.standard import log_part, log_scaled, moved, real, scaled, standard


def pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(-z)."""
    z = standard(x, loc, scale)
    return scaled(np.where(z < 0, 0.0, np.exp(-z)), scale)


def logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """-z."""
    z = standard(x, loc, scale)
    return log_scaled(np.where(z < 0, -np.inf, -z), scale)


def cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - exp(-z)."""
    z = standard(x, loc, scale)
    return np.where(z <= 0, 0.0, -np.expm1(-z))


def logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    z = standard(x, loc, scale)
    z = np.where(z <= 0, 0.0, z)
    return log_part(-np.expm1(-z), np.exp(-z))


def sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(-z)."""
    z = standard(x, loc, scale)
    return np.where(z <= 0, 1.0, np.exp(-z))


def logsf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """-z."""
    z = standard(x, loc, scale)
    return np.where(z <= 0, 0.0, -z)


def ppf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    q = real(q)
    return moved(-np.log1p(-q), loc, scale)


def isf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    q = real(q)
    return moved(-np.log(q), loc, scale)
