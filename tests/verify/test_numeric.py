"""Extrapolated differences: their accuracy, their error estimate, and what they say at kinks and in noise."""

import math
import time
from collections.abc import Callable

import numpy as np
import pytest

from adcompiler.verify.numeric import check, differentiate
from adcompiler.verify.rows import Row


def run(f: Callable[..., float], df: Callable[..., tuple[object, ...]], *args: object) -> list[Row]:
    return check(f, df, args, range(len(args)), "abc", time.monotonic() + 5)


@pytest.mark.parametrize(("f", "x", "expected"), [
    (math.exp, 0.0, 1.0), (math.exp, 20.0, math.exp(20.0)), (math.log, 1e-3, 1e3), (math.sqrt, 1e6, 5e-4),
    (lambda x: math.sin(1 / x), 0.05, -math.cos(20.0) * 400), (abs, 1e-3, 1.0), (lambda x: 3.0, 1.0, 0.0),
    (lambda x: x**9, 1.5, 9 * 1.5**8),
])
def test_accuracy(f: Callable[[float], float], x: float, expected: float) -> None:
    estimate, *_ = differentiate(lambda t: f(x + t), abs(x) or 1.0)
    assert estimate.value == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert abs(estimate.value - expected) <= 10 * estimate.error + 1e-11 * abs(expected)


def test_scalars_and_arrays() -> None:
    a = np.array([0.5, -1.5, 2.0])
    rows = run(lambda x, v: float(x * np.sum(v**3)), lambda x, v: (np.sum(v**3), 3 * x * v**2), 1.5, a)
    assert [r.verdict for r in rows] == ["agrees", "agrees"]
    rows = run(lambda x, v: float(x * np.sum(v**3)), lambda x, v: (np.sum(v**3), 3 * x * v**2 * [1, 1, 1.001]), 1.5, a)
    assert [r.verdict for r in rows] == ["agrees", "differs"]


def test_small_arguments_are_not_stepped_over() -> None:
    (row,) = run(lambda x: math.sin(1e6 * x), lambda x: (1e6 * math.cos(1e6 * x),), 1e-6)
    assert row.verdict in ("agrees", "not checked")


@pytest.mark.parametrize(("given", "verdict"), [(0.0, "not checked"), (1.0, "not checked"), (0.5, "not checked"),
                                                (1.5, "differs"), (-0.2, "differs")])
def test_at_a_kink_any_slope_between_is_left_open(given: float, verdict: str) -> None:
    (row,) = run(lambda x: max(x, 0.0), lambda x: (given,), 0.0)
    assert row.verdict == (verdict if given != 0.5 else "agrees")


def test_float32_noise_does_not_count() -> None:
    a = np.array([0.5, 1.5], dtype=np.float32)
    rows = run(lambda v: float(np.sum(np.sin(v))), lambda v: (np.cos(v),), a)
    assert rows[0].verdict == "agrees", rows


def test_a_wrong_sign_is_found_in_float32() -> None:
    a = np.array([0.5, 1.5], dtype=np.float32)
    rows = run(lambda v: float(np.sum(np.sin(v))), lambda v: (-np.cos(v),), a)
    assert rows[0].verdict == "differs", rows


def test_undefined_surroundings() -> None:
    def f(x: float) -> float:
        if x != 1.0:
            raise ValueError("only one")
        return x

    (row,) = run(f, lambda x: (1.0,), 1.0)
    assert (row.verdict, row.detail) == ("not checked", "the function is not defined around the arguments")


def test_errors_and_infinities() -> None:
    assert run(lambda x: 1 / x, lambda x: (0.0,), 0.0)[0].detail == "ZeroDivisionError: float division by zero"
    assert run(lambda x: math.inf, lambda x: (0.0,), 0.0)[0].detail == "the value is inf here"
    (row,) = run(lambda x: x, lambda x: (math.nan,), 1.0)
    assert row.verdict == "differs"


def test_it_stops_in_time() -> None:
    def slow(x: float) -> float:
        time.sleep(0.02)
        return x

    start = time.monotonic()
    (row,) = check(slow, lambda x: (1.0,), [1.0], [0], "a", start + 0.1)
    assert time.monotonic() - start < 1.0
    assert (row.verdict, row.detail) == ("not checked", "the time was over")


def test_empty_arrays() -> None:
    rows = run(lambda v: 1.0, lambda v: (np.zeros(0),), np.zeros(0))
    assert rows[0].verdict == "agrees"
