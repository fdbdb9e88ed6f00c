"""The number of trials up to the first success, with probability p."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import real, whole


def logpmf(k: Any, p: Any, loc: Any = None) -> Any:
    """(k - 1) log(1 - p) + log(p)."""
    p = real(p)
    k, n = whole(k, loc)
    inside = (n >= 1) & (n == k)
    n = np.where(inside, n, 1)
    return np.where(inside, special.xlog1py(n - 1, -p) + np.log(p), -np.inf)


def pmf(k: Any, p: Any, loc: Any = None) -> Any:
    """exp(logpmf)."""
    return np.exp(logpmf(k, p, loc))


def cdf(k: Any, p: Any, loc: Any = None) -> Any:
    """1 - (1 - p)**k."""
    p = real(p)
    k, n = whole(k, loc)
    return np.where(n >= 1, -np.expm1(np.where(n >= 1, n, 1) * np.log1p(-p)), 0.0)


def sf(k: Any, p: Any, loc: Any = None) -> Any:
    """(1 - p)**k."""
    p = real(p)
    k, n = whole(k, loc)
    return np.where(n >= 1, np.exp(np.where(n >= 1, n, 1) * np.log1p(-p)), 1.0)
