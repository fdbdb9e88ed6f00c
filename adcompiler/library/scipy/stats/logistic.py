"""The logistic distribution."""

from __future__ import annotations

from typing import Any

from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """expit(z) expit(-z)."""
    z = standard(x, loc, scale)
    return scaled(special.expit(z) * special.expit(-z), scale)


def logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(expit(z)) + log(expit(-z))."""
    z = standard(x, loc, scale)
    return log_scaled(special.log_expit(z) + special.log_expit(-z), scale)


def cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 / (1 + exp(-z))."""
    z = standard(x, loc, scale)
    return special.expit(z)


def logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    z = standard(x, loc, scale)
    return special.log_expit(z)


def sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    z = standard(x, loc, scale)
    return special.expit(-z)


def logsf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    z = standard(x, loc, scale)
    return special.log_expit(-z)


def ppf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    q = real(q)
    return moved(special.logit(q), loc, scale)


def isf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    q = real(q)
    return moved(-special.logit(q), loc, scale)
