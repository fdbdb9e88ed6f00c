"""The gamma distribution with shape a."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_part, log_scaled, moved, real, scaled, standard


def pdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """z**(a - 1) exp(-z) / gamma(a)."""
    a = real(a)
    z = standard(x, loc, scale)
    log = special.xlogy(a - 1, z) - z - special.gammaln(a)
    return scaled(np.where((z < 0) | (log == -np.inf), 0.0, np.exp(log)), scale)


def logpdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """(a - 1) log(z) - z - log(gamma(a))."""
    a = real(a)
    z = standard(x, loc, scale)
    return log_scaled(np.where(z < 0, -np.inf, special.xlogy(a - 1, z) - z - special.gammaln(a)), scale)


def cdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """The incomplete gamma function."""
    a = real(a)
    z = standard(x, loc, scale)
    return np.where(z <= 0, 0.0, special.gammainc(a, z))


def logcdf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    a = real(a)
    z = standard(x, loc, scale)
    z = np.where(z <= 0, 0.0, z)
    return log_part(special.gammainc(a, z), special.gammaincc(a, z))


def sf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    a = real(a)
    z = standard(x, loc, scale)
    return np.where(z <= 0, 1.0, special.gammaincc(a, z))


def logsf(x: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    a = real(a)
    z = standard(x, loc, scale)
    z = np.where(z <= 0, 0.0, z)
    return log_part(special.gammaincc(a, z), special.gammainc(a, z))


def ppf(q: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    a = real(a)
    q = real(q)
    return moved(special.gammaincinv(a, q), loc, scale)


def isf(q: Any, a: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    a = real(a)
    q = real(q)
    return moved(special.gammainccinv(a, q), loc, scale)
