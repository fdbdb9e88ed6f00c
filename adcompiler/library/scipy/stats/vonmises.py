"""The von Mises distribution with concentration kappa."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from adcompiler.library.scipy.stats.standard import log_scaled, real, scaled, standard


def pdf(x: Any, kappa: Any, loc: Any = None, scale: Any = None) -> Any:
    """exp(kappa cos(z)) / (2 pi i0(kappa))."""
    kappa = real(kappa)
    z = standard(x, loc, scale)
    return scaled(np.exp(kappa * special.cosm1(z)) / (2 * np.pi * special.i0e(kappa)), scale)


def logpdf(x: Any, kappa: Any, loc: Any = None, scale: Any = None) -> Any:
    """kappa cos(z) - log(2 pi i0(kappa))."""
    kappa = real(kappa)
    z = standard(x, loc, scale)
    return log_scaled(kappa * special.cosm1(z) - np.log(2 * np.pi * special.i0e(kappa)), scale)
