"""Solvers of equations, in the language that the compiler accepts: generated code has them in place.

`slope` and `curvature` are derivatives of the functions, as functions. Newton's method ends with a step below 1e-10 of x,
which leaves an error of the square of that: x is as exact as rounding allows. The limit of 1e300 keeps infinities out.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def newton(residual: Any, slope: Any, x: Any) -> Any:
    """The number x with residual(x) = 0, by Newton's method."""
    for _ in range(100):
        step = residual(x) / slope(x)
        x = x - step
        if abs(step) <= 1e-10 * min(abs(x), 1e300):
            return x
    raise ArithmeticError("Newton's method finds no root")


def newton_system(residual: Any, slope: Any, x: Any) -> Any:
    """The vector x with residual(x) = 0, by Newton's method."""
    for _ in range(100):
        step = np.linalg.solve(slope(x), residual(x))
        x = x - step
        if np.max(np.abs(step)) <= 1e-10 * min(np.max(np.abs(x)), 1e300):
            return x
    raise ArithmeticError("Newton's method finds no root")


def iteration(g: Any, x: Any) -> Any:
    """The x with g(x) = x, by x = g(x) again and again."""
    for _ in range(10000):
        before = x
        x = g(x)
        if np.max(np.abs(x - before)) <= 1e-14 * min(np.max(np.abs(x)), 1e300):
            return x
    raise ArithmeticError("the iteration finds no fixed point")


def defect(x: Any, g: Any) -> Any:
    """What is zero at a fixed point."""
    return x - g(x)


def descent(f: Any, slope: Any, curvature: Any, x: Any) -> Any:
    """The number x where f is least nearby: Newton's method for the slope, downhill and with steps that are halved."""
    for _ in range(200):
        down = slope(x)
        bend = curvature(x)
        if bend > 0.0:
            step = down / bend
            if abs(step) <= 1e-10 * min(abs(x), 1e300):
                return x - step
        else:
            step = down
        before = f(x)
        for _ in range(60):
            if f(x - step) <= before + 1e-9 * abs(before):
                break
            step = step / 2.0
        x = x - step
    raise ArithmeticError("Newton's method finds no minimum")


def descent_system(f: Any, slope: Any, curvature: Any, x: Any) -> Any:
    """The vector x where f is least nearby: Newton's method for the slope, downhill and with steps that are halved."""
    for _ in range(200):
        down = slope(x)
        bend = curvature(x)
        if np.min(np.linalg.eigvalsh(bend)) > 0.0:
            step = np.linalg.solve(bend, down)
            if np.max(np.abs(step)) <= 1e-10 * min(np.max(np.abs(x)), 1e300):
                return x - step
        else:
            step = down
        before = f(x)
        for _ in range(60):
            if f(x - step) <= before + 1e-9 * abs(before):
                break
            step = step / 2.0
        x = x - step
    raise ArithmeticError("Newton's method finds no minimum")
