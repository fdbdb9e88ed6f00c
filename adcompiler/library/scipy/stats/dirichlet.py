"""The Dirichlet distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import real


def logpdf(x: Any, alpha: Any) -> Any:
    """sum((alpha - 1) log(x)) - log(beta(alpha)): x is a vector, or has them as columns."""
    x = real(x)
    alpha = real(alpha)
    if np.ndim(x) > 2:
        raise NotImplementedError("dirichlet: points are a vector, or the columns of a matrix")
    assert x.shape[0] == alpha.shape[0], "as many numbers as parameters are needed, the last one included"
    power = alpha - 1 if np.ndim(x) == 1 else (alpha - 1)[:, None]
    beta = np.sum(special.gammaln(alpha)) - special.gammaln(np.sum(alpha))
    return np.sum(special.xlogy(power, x), axis=0) - beta


def pdf(x: Any, alpha: Any) -> Any:
    """exp(logpdf)."""
    return np.exp(logpdf(x, alpha))
