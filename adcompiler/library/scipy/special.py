"""Functions of `scipy.special` that are compositions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """log(sum(b exp(a))), with the exponents moved by a whole number near the largest one, which has no derivative."""
    if return_sign:
        raise NotImplementedError("logsumexp(return_sign=True) is not supported")
    b = np.asarray(b) if isinstance(b, (list, tuple)) else b
    a = np.where(b == 0, -np.inf, a)
    top = np.rint(np.max(a, axis=axis, keepdims=True))
    top = np.where(np.isfinite(top), top, 0.0)
    total = np.log(np.sum(b * np.exp(a - top), axis=axis, keepdims=True)) + top
    if keepdims:
        return total
    if axis is None:
        return np.sum(total)
    return np.squeeze(total, axis=axis)


def softplus(x: Any) -> Any:
    """log(1 + exp(x))."""
    return np.logaddexp(0.0, x)


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the gamma function of d dimensions: d (d - 1) log(pi) / 4 + sum_j log(gamma(a - j / 2))."""
    a = np.asarray(a, dtype=float)
    if d != int(d):
        raise NotImplementedError("multigammaln(): the dimension must be a whole number")
    total = special.gammaln(a) + 0.28618247146235004 * d * (d - 1)
    for j in range(1, d):
        total = total + special.gammaln(a - 0.5 * j)
    return total


def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """N over k, 0 outside of 0 <= k <= N."""
    if exact:
        raise NotImplementedError("scipy.special.comb(exact=True) is not supported: use math.comb")
    if repetition:
        N = N + k - 1
    N = np.asarray(N)
    k = np.asarray(k)
    inside = (k <= N) & (N >= 0) & (k >= 0)
    return np.where(inside, special.binom(np.where(inside, N, 1), np.where(inside, k, 1)), 0.0)


def perm(N: Any, k: Any, exact: bool = False) -> Any:
    """N! / (N - k)!, 0 outside of 0 <= k <= N."""
    if exact:
        raise NotImplementedError("scipy.special.perm(exact=True) is not supported: use math.perm")
    N = np.asarray(N)
    k = np.asarray(k)
    inside = (k <= N) & (N >= 0) & (k >= 0)
    return np.where(inside, special.poch(np.where(inside, N - k + 1, 1), np.where(inside, k, 0)), 0.0)


def factorial(n: Any, exact: bool = False) -> Any:
    """gamma(n + 1), and 0 for negative n."""
    if exact:
        raise NotImplementedError("scipy.special.factorial(exact=True) is not supported: use math.factorial")
    n = np.asarray(n)
    return np.where(n >= 0, special.gamma(np.where(n >= 0, n, 0) + 1), 0.0)
