"""The normal distribution of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from adcompiler.library.scipy.stats.standard import real

_LOG = 1.8378770664093453  # log(2 pi)


def logpdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """-(x - mean) cov**-1 (x - mean) / 2 - log(det(2 pi cov)) / 2, by the Cholesky factor of cov."""
    if allow_singular:
        raise NotImplementedError("multivariate_normal: the covariance must be regular (allow_singular=False)")
    x = real(x)
    mean = real(mean)
    cov = real(cov)
    if np.ndim(cov) == 0 and (mean is None or np.ndim(mean) == 0):
        if np.ndim(x) > 1:
            raise NotImplementedError("multivariate_normal: give a vector as mean where the points are vectors")
        deviation = x if mean is None else x - mean
        return -0.5 * (deviation * deviation / cov + np.log(cov) + _LOG)
    if np.ndim(x) == 0 or (np.ndim(cov) == 1 and mean is None) or (mean is not None and np.ndim(mean) != 1):
        raise NotImplementedError("multivariate_normal: points and mean must be vectors of the same size")
    deviation = x
    if mean is not None:
        assert x.shape[-1] == mean.shape[0], "points and mean must have the same size"
        deviation = x - mean
    size = deviation.shape[-1]
    if np.ndim(cov) == 0:
        deviation = deviation / np.sqrt(cov)
        return -0.5 * (np.sum(deviation * deviation, axis=-1) + size * (np.log(cov) + _LOG))
    if np.ndim(cov) == 1:
        return -0.5 * (np.sum(deviation * deviation / cov, axis=-1) + np.sum(np.log(cov)) + size * _LOG)
    factor = np.linalg.cholesky(cov)
    if np.ndim(deviation) == 1:
        scaled = np.linalg.solve(factor, deviation)
        return -0.5 * (np.sum(scaled * scaled) + size * _LOG) - np.sum(np.log(np.diagonal(factor)))
    if np.ndim(deviation) == 2:
        scaled = np.linalg.solve(factor, deviation.T)
        return -0.5 * (np.sum(scaled * scaled, axis=0) + size * _LOG) - np.sum(np.log(np.diagonal(factor)))
    raise NotImplementedError("multivariate_normal: points are a vector, or the rows of a matrix")


def pdf(x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
    """exp(logpdf)."""
    return np.exp(logpdf(x, mean, cov, allow_singular))
