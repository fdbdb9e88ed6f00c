"""The absolute value of a normal variable."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, moved, real, scaled, standard


def pdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """sqrt(2 / pi) exp(-z**2 / 2)."""
    z = standard(x, loc, scale)
    return scaled(np.where(z < 0, 0.0, 0.7978845608028654 * np.exp(-0.5 * z * z)), scale)


def logpdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """log(sqrt(2 / pi)) - z**2 / 2."""
    z = standard(x, loc, scale)
    return log_scaled(np.where(z < 0, -np.inf, -0.5 * z * z - 0.22579135264472744), scale)


def cdf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """erf(z / sqrt(2))."""
    z = standard(x, loc, scale)
    return np.where(z <= 0, 0.0, special.erf(0.7071067811865476 * z))


def sf(x: Any, loc: Any = None, scale: Any = None) -> Any:
    """erfc(z / sqrt(2))."""
    z = standard(x, loc, scale)
    return np.where(z <= 0, 1.0, special.erfc(0.7071067811865476 * z))


def ppf(q: Any, loc: Any = None, scale: Any = None) -> Any:
    """The inverse of cdf."""
    q = real(q)
    return moved(special.ndtri(0.5 * (1 + q)), loc, scale)
