"""Derivatives of scalar functions by finite differences, with error estimates and a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

STEP = 2.0**-7
ROWS = 9


@dataclass(frozen=True)
class Slope:
    """A derivative, an estimate of its error, and how far the left and the right one are from each other."""

    value: float
    error: float
    gap: float

    @property
    def trusted(self) -> bool:
        """Whether there is a derivative here (no kink, no jump) and its value is accurate."""
        scale = max(1.0, abs(self.value))
        return math.isfinite(self.value) and self.error <= 1e-5 * scale and self.gap <= 1e-5 * scale


def slope(f: Callable[[float], float]) -> Slope:
    """The derivative of `f` at 0 by Richardson extrapolation of central differences (Ridders 1982).

    The one-sided derivatives, extrapolated likewise, tell a kink: there they differ by more than
    their errors.
    """
    f0 = f(0.0)
    steps = [STEP * 2.0**-k for k in range(ROWS)]
    ahead, behind = [f(h) for h in steps], [f(-h) for h in steps]
    noise = 4e-16 * max(1.0, abs(f0), *map(abs, ahead), *map(abs, behind))
    central, error = _extrapolate([(p - m) / (2 * h) for p, m, h in zip(ahead, behind, steps, strict=True)],
                                  4.0, 4.0)
    right, right_error = _extrapolate([(p - f0) / h for p, h in zip(ahead, steps, strict=True)], 2.0, 2.0)
    left, left_error = _extrapolate([(f0 - m) / h for m, h in zip(behind, steps, strict=True)], 2.0, 2.0)
    error += noise / steps[-1]
    doubt = right_error + left_error + 4 * noise / steps[-1]
    return Slope(central, error, max(0.0, abs(right - left) - 10 * doubt))


def _extrapolate(column: list[float], factor: float, growth: float) -> tuple[float, float]:
    """The entry of the Richardson tableau with the least estimated error, and that error."""
    best, least = column[-1], math.inf
    weight = factor
    while len(column) > 1:
        refined = [fine + (fine - coarse) / (weight - 1) for coarse,
                   fine in pairwise(column)]
        for value, fine, coarse in zip(refined, column[1:], column, strict=False):
            estimate = max(abs(value - fine), abs(value - coarse))
            if estimate < least:
                best, least = value, estimate
        column, weight = refined, weight * growth
    return best, least
