"""The number of successes in n trials with probability p."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import real, whole


def logpmf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    """log(n over k) + k log(p) + (n - k) log(1 - p)."""
    n = real(n)
    p = real(p)
    k, m = whole(k, loc)
    inside = (m >= 0) & (m <= n) & (m == k)
    m = np.where(inside, m, 0)
    return np.where(inside, special.gammaln(n + 1) - special.gammaln(m + 1) - special.gammaln(n - m + 1)
                    + special.xlogy(m, p) + special.xlog1py(n - m, -p), -np.inf)


def pmf(k: Any, n: Any, p: Any, loc: Any = None) -> Any:
    """exp(logpmf)."""
    return np.exp(logpmf(k, n, p, loc))
