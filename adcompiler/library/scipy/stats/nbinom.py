"""The number of failures before n successes with probability p."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import real, whole


def logpmf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    """log(n + k - 1 over k) + n log(p) + k log(1 - p)."""
    n = real(n)
    p = real(p)
    k, m = whole(k, loc)
    inside = (m >= 0) & (m == k)
    m = np.where(inside, m, 0)
    return np.where(inside, special.gammaln(n + m) - special.gammaln(m + 1) - special.gammaln(n)
                    + n * np.log(p) + special.xlog1py(m, -p), -np.inf)


def pmf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    """exp(logpmf)."""
    return np.exp(logpmf(k, n, p, loc))
