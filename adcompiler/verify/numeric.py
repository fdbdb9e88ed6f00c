"""The numeric check: central differences at several steps, extrapolated, with an estimate of their error.

C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4 (1982).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from adcompiler.verify.parts import parts, rebuild
from adcompiler.verify.rows import Row

Vector = npt.NDArray[np.float64]
Line = Callable[[float], float]

_SHRINK = 1.6
_LEVELS = 8
_STEPS = (0.1, 1e-2, 1e-4)
_UNRELIABLE = 1e-2
_TOLERANCE = {2: 3e-2, 4: 1e-3, 8: 1e-6}


class TimeUp(Exception):
    """The time for the check is over."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative along a line, its estimated error, and the step that gave it."""

    value: float
    error: float
    step: float


@dataclass(frozen=True, slots=True)
class Sizes:
    """The absolute value of the function, and the relative error that its precision allows."""

    value: float
    tolerance: float


def check(f: Callable[..., Any], gradient: Callable[..., Sequence[Any]], arguments: Sequence[Any],
          wrt: Sequence[int], names: Sequence[str], deadline: float) -> list[Row]:
    """One row for each differentiated argument: the gradient against differences at the arguments."""
    def row(k: int, verdict: Any, detail: str) -> Row:
        return Row(names[k], "at the arguments", verdict, detail, "numeric")

    try:
        value, again = float(f(*arguments)), float(f(*arguments))
        slopes = [_vector(g) for g in gradient(*arguments)]
    except Exception as error:
        return [row(k, "not checked", f"{type(error).__name__}: {error}") for k in wrt]
    if value != again and not math.isnan(value):
        return [row(k, "not checked", "two calls with the same arguments gave different values") for k in wrt]
    if not math.isfinite(value):
        return [row(k, "not checked", f"the value is {value} here") for k in wrt]
    tolerance = _TOLERANCE.get(min(map(_itemsize, arguments)), 1e-6)
    rows = []
    for k, slope in zip(wrt, slopes, strict=True):
        here = np.array([v for _, v in parts(arguments[k])])
        if here.shape != slope.shape:
            rows.append(row(k, "differs", f"the gradient has {slope.size} entries, the argument {here.size}"))
            continue
        if here.size == 0:
            rows.append(row(k, "agrees", "trivially: there are no entries"))
            continue

        def along(direction: Vector, k: int = k, here: Vector = here) -> Line:
            def line(t: float) -> float:
                if time.monotonic() > deadline:
                    raise TimeUp
                moved = rebuild(arguments[k], iter(here + t * direction))
                return float(f(*arguments[:k], moved, *arguments[k + 1:]))
            return line

        rows.append(row(k, *_compare(along, here, slope, Sizes(abs(value), tolerance))))
    return rows


def _vector(gradient: Any) -> Vector:
    return np.array([v for _, v in parts(gradient)])


def _itemsize(argument: Any) -> int:
    """The size of its floats in bytes; a Python float has 8."""
    dtype = getattr(argument, "dtype", None)
    return int(dtype.itemsize) if dtype is not None and dtype.kind == "f" else 8


def _compare(along: Callable[[Vector], Line], here: Vector, slope: Vector, sizes: Sizes) -> tuple[Any, str]:
    """The verdict on one argument: the worst over some directions."""
    worst, largest = ("agrees", ""), -1.0
    for label, direction in _directions(here, slope):
        expected = float(direction @ slope)
        try:
            verdict, detail, error = _judge(along(direction), expected, _scale(here, direction), sizes)
        except TimeUp:
            return ("not checked", "the time was over") if largest < 0 else worst
        if verdict != "agrees":
            return verdict, f"{label}{detail}"
        if error > largest:
            largest, worst = error, (verdict, detail)
    return worst


def _directions(here: Vector, slope: Vector) -> list[tuple[str, Vector]]:
    if here.size == 1:
        return [("", np.ones(1))]
    random = np.random.default_rng(20240229)
    mixed = [("along a random direction, ", random.uniform(0.5, 1, here.size) * random.choice([-1, 1], here.size))
             for _ in range(2)]
    entries = dict.fromkeys([int(np.argmax(np.abs(slope))), int(random.integers(here.size)), here.size - 1, 0])
    return mixed + [(f"entry {k}: ", np.eye(1, here.size, k)[0]) for k in entries]


def _scale(here: Vector, direction: Vector) -> float:
    """A step that changes the arguments by their own size."""
    return float(np.max(np.abs(here[direction != 0]))) or 1.0


def _judge(line: Line, expected: float, scale: float, sizes: Sizes) -> tuple[str, str, float]:
    """The verdict on one direction, its detail, the relative error."""
    estimates = differentiate(line, scale)
    if not estimates:
        return "not checked", "the function is not defined around the arguments", 0.0
    best = estimates[0]
    magnitude = max(abs(best.value), abs(expected), 1e-6 * sizes.value / scale, 1e-12)
    good = [e for e in estimates if e.error <= _UNRELIABLE * magnitude]
    for e in good:
        off = abs(e.value - expected)
        if off <= max(sizes.tolerance * magnitude, 10 * e.error):
            return "agrees", f"to {max(off / magnitude, 1e-16):.0e}", off / magnitude
    confirmed = [e for e in good[1:] if abs(e.value - best.value) <= _UNRELIABLE * magnitude]
    if math.isfinite(expected) and not confirmed:
        return "not checked", f"differences give only {best.value:.4g} with an error of {best.error:.1g}", 0.0
    kink = _kink(line, best.step, magnitude)
    if kink and min(kink) - 1e-3 * magnitude <= expected <= max(kink) + 1e-3 * magnitude:
        left, right = kink
        return "not checked", f"a kink: {left:.6g} on the left, {right:.6g} on the right, {expected:.6g} given", 0.0
    return "differs", f"the gradient gives {expected:.10g}, differences {best.value:.10g}", math.inf


def differentiate(line: Line, scale: float = 1.0) -> list[Estimate]:
    """The derivative of `line` at 0 by Ridders' method from several first steps; those with small errors first.

    Empty where the function has no finite values around 0.
    """
    found = [_ridders(line, step * scale) for step in _STEPS]
    return sorted((e for e in found if e is not None), key=lambda e: e.error)


def _ridders(line: Line, step: float) -> Estimate | None:
    previous: list[float] = []
    best: Estimate | None = None
    for level in range(_LEVELS):
        h = step / _SHRINK**level
        central = _central(line, h)
        if central is None:
            previous = []
            continue
        row, factor = [central], 1.0
        for left in previous:
            factor *= _SHRINK**2
            row.append(row[-1] + (row[-1] - left) / (factor - 1))
        for k in range(1, len(row)):
            error = max(abs(row[k] - row[k - 1]), abs(row[k] - previous[k - 1]))
            if best is None or error < best.error:
                best = Estimate(row[k], error, h)
        if previous and best and abs(row[-1] - previous[-1]) > 4 * best.error:
            break
        previous = row
    return best


def _central(line: Line, h: float) -> float | None:
    """(f(h) - f(-h)) / 2h, or None where it is not finite."""
    try:
        slope = (line(h) - line(-h)) / (2 * h)
    except TimeUp:
        raise
    except Exception:
        return None
    return slope if math.isfinite(slope) else None


def _kink(line: Line, step: float, magnitude: float) -> tuple[float, float] | None:
    """The slopes on both sides, where they differ."""
    h = step * 1e-2
    try:
        left, right = (line(0.0) - line(-h)) / h, (line(h) - line(0.0)) / h
    except TimeUp:
        raise
    except Exception:
        return None
    return (left, right) if abs(left - right) > 1e-2 * magnitude else None
