"""The Weibull distribution with shape c."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, c: Any, loc: Any = None, scale: Any = None) -> Any:
    """c z**(c - 1) exp(-z**c)."""
    c = real(c)
    z = standard(x, loc, scale)
    outside = z < 0
    z = np.where(outside, 1.0, z)
    return scaled(np.where(outside, 0.0, c * z ** (c - 1) * np.exp(-(z ** c))), scale)


def logpdf(x: Any, c: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(c) + (c - 1) log(z) - z**c."""
    c = real(c)
    z = standard(x, loc, scale)
    outside = z < 0
    z = np.where(outside, 1.0, z)
    return log_scaled(np.where(outside, -np.inf, np.log(c) + special.xlogy(c - 1, z) - z ** c), scale)


def cdf(x: Any, c: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - exp(-z**c)."""
    c = real(c)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return np.where(outside, 0.0, -np.expm1(-(z ** c)))


def sf(x: Any, c: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(-z**c)."""
    c = real(c)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return np.where(outside, 1.0, np.exp(-(z ** c)))


def logsf(x: Any, c: Any, loc: Any = None, scale: Any = None) -> Any:
    """-z**c."""
    c = real(c)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return np.where(outside, 0.0, -(z ** c))


def ppf(q: Any, c: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    c = real(c)
    q = real(q)
    return moved((-np.log1p(-q)) ** (1 / c), loc, scale)
