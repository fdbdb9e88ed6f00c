"""The log-normal distribution: the logarithm has the standard deviation s."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(-log(z)**2 / (2 s**2)) / (s z sqrt(2 pi))."""
    s = real(s)
    z = standard(x, loc, scale)
    log = np.log(np.where(z <= 0, 1.0, z))
    return scaled(np.where(z <= 0, 0.0, np.exp(-0.5 * (log / s) ** 2 - log - np.log(s) - 0.9189385332046727)), scale)


def logpdf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    """The logarithm of pdf."""
    s = real(s)
    z = standard(x, loc, scale)
    log = np.log(np.where(z <= 0, 1.0, z))
    return log_scaled(np.where(z <= 0, -np.inf, -0.5 * (log / s) ** 2 - log - np.log(s) - 0.9189385332046727), scale)


def cdf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    """The normal distribution function of log(z) / s."""
    s = real(s)
    z = standard(x, loc, scale)
    log = np.log(np.where(z <= 0, 1.0, z))
    return np.where(z <= 0, 0.0, special.ndtr(log / s))


def logcdf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    s = real(s)
    z = standard(x, loc, scale)
    log = np.log(np.where(z <= 0, 1.0, z))
    return np.where(z <= 0, -np.inf, special.log_ndtr(log / s))


def sf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    s = real(s)
    z = standard(x, loc, scale)
    log = np.log(np.where(z <= 0, 1.0, z))
    return np.where(z <= 0, 1.0, special.ndtr(-log / s))


def logsf(x: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    s = real(s)
    z = standard(x, loc, scale)
    log = np.log(np.where(z <= 0, 1.0, z))
    return np.where(z <= 0, 0.0, special.log_ndtr(-log / s))


def ppf(q: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    s = real(s)
    q = real(q)
    return moved(np.exp(s * special.ndtri(q)), loc, scale)


def isf(q: Any, s: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    s = real(s)
    q = real(q)
    return moved(np.exp(-s * special.ndtri(q)), loc, scale)
