"""The Pareto distribution with shape b."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """b / z**(b + 1) from 1 on."""
    b = real(b)
    z = standard(x, loc, scale)
    log = np.log(np.where(z >= 1, z, 1.0))
    return scaled(np.where(z < 1, 0.0, b * np.exp(-(b + 1) * log)), scale)


def logpdf(x: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(b) - (b + 1) log(z) from 1 on."""
    b = real(b)
    z = standard(x, loc, scale)
    log = np.log(np.where(z >= 1, z, 1.0))
    return log_scaled(np.where(z < 1, -np.inf, np.log(b) - (b + 1) * log), scale)


def cdf(x: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - z**-b from 1 on."""
    b = real(b)
    z = standard(x, loc, scale)
    log = np.log(np.where(z >= 1, z, 1.0))
    return np.where(z <= 1, 0.0, -np.expm1(-b * log))


def logcdf(x: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    b = real(b)
    z = standard(x, loc, scale)
    log = np.log(np.where(z >= 1, z, 1.0))
    return np.log(np.where(z <= 1, 0.0, -np.expm1(-b * log)))


def sf(x: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """z**-b from 1 on."""
    b = real(b)
    z = standard(x, loc, scale)
    log = np.log(np.where(z >= 1, z, 1.0))
    return np.where(z <= 1, 1.0, np.exp(-b * log))


def logsf(x: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """-b log(z) from 1 on."""
    b = real(b)
    z = standard(x, loc, scale)
    log = np.log(np.where(z >= 1, z, 1.0))
    return np.where(z <= 1, 0.0, -b * log)


def ppf(q: Any, b: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    b = real(b)
    q = real(q)
    return moved(np.exp(-np.log1p(-q) / b), loc, scale)
