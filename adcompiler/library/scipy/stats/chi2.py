"""The chi-squared distribution with df degrees of freedom."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_part, log_scaled, moved, real, scaled, standard

_HALF_LOG_2 = 0.34657359027997264


def pdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """z**(df / 2 - 1) exp(-z / 2) / (gamma(df / 2) 2**(df / 2))."""
    df = real(df)
    z = standard(x, loc, scale)
    log = special.xlogy(0.5 * df - 1, z) - 0.5 * z - special.gammaln(0.5 * df) - _HALF_LOG_2 * df
    return scaled(np.where((z < 0) | (log == -np.inf), 0.0, np.exp(log)), scale)


def logpdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """The logarithm of pdf."""
    df = real(df)
    z = standard(x, loc, scale)
    log = special.xlogy(0.5 * df - 1, z) - 0.5 * z - special.gammaln(0.5 * df) - _HALF_LOG_2 * df
    return log_scaled(np.where(z < 0, -np.inf, log), scale)


def cdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """The incomplete gamma function."""
    df = real(df)
    z = standard(x, loc, scale)
    return np.where(z <= 0, 0.0, special.gammainc(0.5 * df, 0.5 * z))


def logcdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    df = real(df)
    z = standard(x, loc, scale)
    z = np.where(z <= 0, 0.0, 0.5 * z)
    return log_part(special.gammainc(0.5 * df, z), special.gammaincc(0.5 * df, z))


def sf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    df = real(df)
    z = standard(x, loc, scale)
    return np.where(z <= 0, 1.0, special.gammaincc(0.5 * df, 0.5 * z))


def logsf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    df = real(df)
    z = standard(x, loc, scale)
    z = np.where(z <= 0, 0.0, 0.5 * z)
    return log_part(special.gammaincc(0.5 * df, z), special.gammainc(0.5 * df, z))


def ppf(q: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    df = real(df)
    q = real(q)
    return moved(2 * special.gammaincinv(0.5 * df, q), loc, scale)


def isf(q: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    df = real(df)
    q = real(q)
    return moved(2 * special.gammainccinv(0.5 * df, q), loc, scale)
