"""The beta distribution with shapes a and b."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """z**(a - 1) (1 - z)**(b - 1) / beta(a, b)."""
    a = real(a)
    b = real(b)
    z = standard(x, loc, scale)
    log = special.xlog1py(b - 1, -z) + special.xlogy(a - 1, z) - special.betaln(a, b)
    return scaled(np.where((z < 0) | (z > 1) | (log == -np.inf), 0.0, np.exp(log)), scale)


def logpdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """The logarithm of pdf."""
    a = real(a)
    b = real(b)
    z = standard(x, loc, scale)
    log = special.xlog1py(b - 1, -z) + special.xlogy(a - 1, z) - special.betaln(a, b)
    return log_scaled(np.where((z < 0) | (z > 1), -np.inf, log), scale)


def cdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """The incomplete beta function."""
    a = real(a)
    b = real(b)
    z = standard(x, loc, scale)
    return special.betainc(a, b, np.clip(z, 0.0, 1.0))


def logcdf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    a = real(a)
    b = real(b)
    z = standard(x, loc, scale)
    return np.log(special.betainc(a, b, np.clip(z, 0.0, 1.0)))


def sf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    a = real(a)
    b = real(b)
    z = standard(x, loc, scale)
    return special.betaincc(a, b, np.clip(z, 0.0, 1.0))


def logsf(x: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    a = real(a)
    b = real(b)
    z = standard(x, loc, scale)
    return np.log(special.betaincc(a, b, np.clip(z, 0.0, 1.0)))


def ppf(q: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    a = real(a)
    b = real(b)
    q = real(q)
    return moved(special.betaincinv(a, b, q), loc, scale)


def isf(q: Any, a: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    a = real(a)
    b = real(b)
    q = real(q)
    return moved(special.betainccinv(a, b, q), loc, scale)
