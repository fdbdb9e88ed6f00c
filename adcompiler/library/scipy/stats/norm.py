"""The normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard

_FACTOR = 0.3989422804014327  # 1 / sqrt(2 pi)
_LOG = 0.9189385332046727  # log(sqrt(2 pi))


def pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(-z**2 / 2) / sqrt(2 pi), with z = (x - loc) / scale."""
    z = standard(x, loc, scale)
    return scaled(_FACTOR * np.exp(-0.5 * z * z), scale)


def logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """-z**2 / 2 - log(sqrt(2 pi))."""
    z = standard(x, loc, scale)
    return log_scaled(-0.5 * z * z - _LOG, scale)


def cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """The error function, scaled."""
    z = standard(x, loc, scale)
    return special.ndtr(z)


def logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf), also far in the tail."""
    z = standard(x, loc, scale)
    return special.log_ndtr(z)


def sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    z = standard(x, loc, scale)
    return special.ndtr(-z)


def logsf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    z = standard(x, loc, scale)
    return special.log_ndtr(-z)


def ppf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    q = real(q)
    return moved(special.ndtri(q), loc, scale)


def isf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    q = real(q)
    return moved(-special.ndtri(q), loc, scale)
