"""The right-skewed Gumbel distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(-z - exp(-z))."""
    z = standard(x, loc, scale)
    return scaled(np.exp(-z - np.exp(-z)), scale)


def logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """-z - exp(-z)."""
    z = standard(x, loc, scale)
    return log_scaled(-z - np.exp(-z), scale)


def cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(-exp(-z))."""
    z = standard(x, loc, scale)
    return np.exp(-np.exp(-z))


def logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """-exp(-z)."""
    z = standard(x, loc, scale)
    return -np.exp(-z)


def sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    z = standard(x, loc, scale)
    return -np.expm1(-np.exp(-z))


def logsf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    z = standard(x, loc, scale)
    t = np.exp(-z)
    return np.where(t > 0.7, np.log1p(-np.exp(-t)), np.log(-np.expm1(-t)))


def ppf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    q = real(q)
    return moved(-np.log(-np.log(q)), loc, scale)
