"""One trial with probability p."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import real, whole


def logpmf(k: Any, p: Any, loc: Any = None) -> Any:
    """log(p) for 1, log(1 - p) for 0."""
    p = real(p)
    k, n = whole(k, loc)
    inside = (n >= 0) & (n <= 1) & (n == k)
    n = np.where(inside, n, 0)
    return np.where(inside, special.xlogy(n, p) + special.xlog1py(1 - n, -p), -np.inf)


def pmf(k: Any, p: Any, loc: Any = None) -> Any:
    """exp(logpmf)."""
    return np.exp(logpmf(k, p, loc))
