"""The distribution of the inverse of a gamma variable with shape a."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """z**(-a - 1) exp(-1 / z) / gamma(a)."""
    a = real(a)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return scaled(np.where(outside, 0.0, np.exp(-(a + 1) * np.log(z) - 1 / z - special.gammaln(a))), scale)


def logpdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """The logarithm of pdf."""
    a = real(a)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return log_scaled(np.where(outside, -np.inf, -(a + 1) * np.log(z) - 1 / z - special.gammaln(a)), scale)


def cdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """The incomplete gamma function of 1 / z."""
    a = real(a)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return np.where(outside, 0.0, special.gammaincc(a, 1 / z))


def sf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    a = real(a)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return np.where(outside, 1.0, special.gammainc(a, 1 / z))


def ppf(q: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    a = real(a)
    q = real(q)
    return moved(1 / special.gammainccinv(a, q), loc, scale)
