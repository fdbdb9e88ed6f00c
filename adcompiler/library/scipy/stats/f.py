"""Fisher's F distribution with dfn and dfd degrees of freedom."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, real, scaled, standard


def pdf(x: Any, dfn: Any, dfd: Any, loc: Any = None, scale: Any = None) -> Any:
    """The density of the ratio of two chi-squared variables, each divided by its degrees of freedom."""
    dfn = real(dfn)
    dfd = real(dfd)
    z = standard(x, loc, scale)
    outside = z < 0
    z = np.where(outside, 1.0, z)
    log = 0.5 * dfn * np.log(dfn / dfd) + special.xlogy(0.5 * dfn - 1, z)
    log = log - 0.5 * (dfn + dfd) * np.log1p(dfn * z / dfd) - special.betaln(0.5 * dfn, 0.5 * dfd)
    return scaled(np.where(outside | (log == -np.inf), 0.0, np.exp(log)), scale)


def logpdf(x: Any, dfn: Any, dfd: Any, loc: Any = None, scale: Any = None) -> Any:
    """The logarithm of pdf."""
    dfn = real(dfn)
    dfd = real(dfd)
    z = standard(x, loc, scale)
    outside = z < 0
    z = np.where(outside, 1.0, z)
    log = 0.5 * dfn * np.log(dfn / dfd) + special.xlogy(0.5 * dfn - 1, z)
    log = log - 0.5 * (dfn + dfd) * np.log1p(dfn * z / dfd) - special.betaln(0.5 * dfn, 0.5 * dfd)
    return log_scaled(np.where(outside, -np.inf, log), scale)


def cdf(x: Any, dfn: Any, dfd: Any, loc: Any = None, scale: Any = None) -> Any:
    """The incomplete beta function of dfn z / (dfn z + dfd)."""
    dfn = real(dfn)
    dfd = real(dfd)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return np.where(outside, 0.0, special.betainc(0.5 * dfn, 0.5 * dfd, dfn * z / (dfn * z + dfd)))


def sf(x: Any, dfn: Any, dfd: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    dfn = real(dfn)
    dfd = real(dfd)
    z = standard(x, loc, scale)
    outside = z <= 0
    z = np.where(outside, 1.0, z)
    return np.where(outside, 1.0, special.betainc(0.5 * dfd, 0.5 * dfn, dfd / (dfn * z + dfd)))
