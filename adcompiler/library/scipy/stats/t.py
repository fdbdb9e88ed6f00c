"""Student's t distribution with df degrees of freedom."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_part, log_scaled, moved, real, scaled, standard


def pdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """gamma((df + 1) / 2) / (sqrt(pi df) gamma(df / 2)) (1 + z**2 / df)**(-(df + 1) / 2)."""
    df = real(df)
    z = standard(x, loc, scale)
    log = special.gammaln(0.5 * (df + 1)) - special.gammaln(0.5 * df) - 0.5 * np.log(np.pi * df)
    log = log - 0.5 * (df + 1) * np.log1p(z * z / df)
    return scaled(np.exp(log), scale)


def logpdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """The logarithm of pdf."""
    df = real(df)
    z = standard(x, loc, scale)
    log = special.gammaln(0.5 * (df + 1)) - special.gammaln(0.5 * df) - 0.5 * np.log(np.pi * df)
    log = log - 0.5 * (df + 1) * np.log1p(z * z / df)
    return log_scaled(log, scale)


def cdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """The incomplete beta function of df / (df + z**2)."""
    df = real(df)
    z = standard(x, loc, scale)
    return special.stdtr(df, z)


def logcdf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    df = real(df)
    z = standard(x, loc, scale)
    return log_part(special.stdtr(df, z), special.stdtr(df, -z))


def sf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    df = real(df)
    z = standard(x, loc, scale)
    return special.stdtr(df, -z)


def logsf(x: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    df = real(df)
    z = standard(x, loc, scale)
    return log_part(special.stdtr(df, -z), special.stdtr(df, z))


def ppf(q: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    df = real(df)
    q = real(q)
    return moved(np.where(q == 0, -np.inf, special.stdtrit(df, q)), loc, scale)


def isf(q: Any, df: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    df = real(df)
    q = real(q)
    return moved(np.where(q == 0, np.inf, -special.stdtrit(df, q)), loc, scale)
