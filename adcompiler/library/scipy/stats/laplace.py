"""The Laplace distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(-abs(z)) / 2."""
    z = standard(x, loc, scale)
    return scaled(0.5 * np.exp(-np.abs(z)), scale)


def logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """-abs(z) - log(2)."""
    z = standard(x, loc, scale)
    return log_scaled(-np.abs(z) - 0.6931471805599453, scale)


def cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(z) / 2 below 0, 1 - exp(-z) / 2 above."""
    z = standard(x, loc, scale)
    h = 0.5 * np.exp(np.where(z > 0, -z, z))
    return np.where(z > 0, 1.0 - h, h)


def logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf), also far in the tail."""
    z = standard(x, loc, scale)
    h = 0.5 * np.exp(np.where(z > 0, -z, z))
    return np.where(z > 0, np.log1p(-h), z - 0.6931471805599453)


def sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    z = standard(x, loc, scale)
    h = 0.5 * np.exp(np.where(z > 0, -z, z))
    return np.where(z > 0, h, 1.0 - h)


def logsf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf), also far in the tail."""
    z = standard(x, loc, scale)
    h = 0.5 * np.exp(np.where(z > 0, -z, z))
    return np.where(z > 0, -z - 0.6931471805599453, np.log1p(-h))


def ppf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    q = real(q)
    return moved(np.where(q > 0.5, -np.log(2 * (1 - q)), np.log(2 * q)), loc, scale)
