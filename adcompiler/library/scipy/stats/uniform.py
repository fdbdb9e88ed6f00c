"""The uniform distribution between loc and loc + scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 / scale inside."""
    z = standard(x, loc, scale)
    return scaled(np.where((z < 0) | (z > 1), 0.0, 1.0), scale)


def logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """-log(scale) inside."""
    z = standard(x, loc, scale)
    return log_scaled(np.where((z < 0) | (z > 1), -np.inf, 0.0), scale)


def cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """z between 0 and 1."""
    z = standard(x, loc, scale)
    return np.clip(z, 0.0, 1.0)


def logcdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(cdf)."""
    z = standard(x, loc, scale)
    return np.log(np.clip(z, 0.0, 1.0))


def sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """1 - cdf."""
    z = standard(x, loc, scale)
    return 1.0 - np.clip(z, 0.0, 1.0)


def logsf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(1 - cdf)."""
    z = standard(x, loc, scale)
    return np.log(1.0 - np.clip(z, 0.0, 1.0))


def ppf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    q = real(q)
    return moved(np.where((q >= 0) & (q <= 1), q, np.nan), loc, scale)
