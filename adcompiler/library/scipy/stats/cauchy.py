"""The Cauchy distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 / (pi (1 + z**2))."""
    z = standard(x, loc, scale)
    return scaled(1.0 / (np.pi * (1 + z * z)), scale)


def logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """-log(pi) - log(1 + z**2)."""
    z = standard(x, loc, scale)
    return log_scaled(-np.log1p(z * z) - 1.1447298858494002, scale)


def cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """arctan2(1, -z) / pi, also far in the tail."""
    z = standard(x, loc, scale)
    return np.arctan2(1.0, -z) / np.pi


def logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    z = standard(x, loc, scale)
    return np.log(np.arctan2(1.0, -z) / np.pi)


def sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    z = standard(x, loc, scale)
    return np.arctan2(1.0, z) / np.pi


def logsf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    z = standard(x, loc, scale)
    return np.log(np.arctan2(1.0, z) / np.pi)


def ppf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    q = real(q)
    return moved(np.where(q > 0.5, 1.0 / np.tan(np.pi * (1 - q)), -1.0 / np.tan(np.pi * q)), loc, scale)


def isf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of sf."""
    q = real(q)
    return moved(np.where(q > 0.5, -1.0 / np.tan(np.pi * (1 - q)), 1.0 / np.tan(np.pi * q)), loc, scale)
