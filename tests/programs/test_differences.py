"""The differences that judge gradients are themselves right, and know where there is no derivative."""

import math

import pytest
from differences import slope


@pytest.mark.parametrize("f, expected", [
    (math.sin, 1.0),
    (lambda h: (1.5 + h) ** 3, 6.75),
    (lambda h: math.exp(math.sin(0.3 + 2 * h)), 2 * math.cos(0.3) * math.exp(math.sin(0.3))),
    (lambda h: 4.0, 0.0),
    (lambda h: abs(h - 1e-3), -1.0),
    (lambda h: 3.0 * h if h < 1e-3 else 7.0, 3.0),
])
def test_smooth(f, expected):
    found = slope(f)
    assert found.trusted
    assert found.value == pytest.approx(expected, abs=1e-8)
    assert abs(found.value - expected) <= max(1e-9, 10 * found.error)


@pytest.mark.parametrize("f", [
    abs,
    lambda h: max(h, 0.0),
    lambda h: 1.0 if h > 0 else 0.0,
    lambda h: math.floor(1.0 + h),
    lambda h: h if h >= 0 else 1.001 * h,
])
def test_kink(f):
    assert not slope(f).trusted
