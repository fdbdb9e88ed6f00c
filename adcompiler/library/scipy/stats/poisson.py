"""The Poisson distribution with mean mu."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import real, whole


def logpmf(k: Any, mu: Any, loc: Any = None) -> Any:
    """k log(mu) - mu - log(k!)."""
    mu = real(mu)
    k, n = whole(k, loc)
    inside = (n >= 0) & (n == k)
    n = np.where(inside, n, 0)
    return np.where(inside, special.xlogy(n, mu) - special.gammaln(n + 1) - mu, -np.inf)


def pmf(k: Any, mu: Any, loc: Any = None) -> Any:
    """exp(logpmf)."""
    return np.exp(logpmf(k, mu, loc))


def cdf(k: Any, mu: Any, loc: Any = None) -> Any:
    """The probability of at most k events."""
    mu = real(mu)
    k, n = whole(k, loc)
    return np.where(n >= 0, special.gammaincc(np.where(n >= 0, n, 0) + 1, mu), 0.0)


def sf(k: Any, mu: Any, loc: Any = None) -> Any:
    """The probability of more than k events."""
    mu = real(mu)
    k, n = whole(k, loc)
    return np.where(n >= 0, special.gammainc(np.where(n >= 0, n, 0) + 1, mu), 1.0)
