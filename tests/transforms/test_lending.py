"""Which value lends its shape to an adjoint."""

from __future__ import annotations

import numpy as np
import pytest

from adcompiler import grad


def test_one_that_is_computed_anyway() -> None:
    def f(w, x, rows):
        logits = x @ w + 1.0
        shifted = logits * 2.0
        return np.sum(np.exp(shifted)) + np.sum(shifted[rows, 0])

    text = grad(f).source_for(np.ones((3, 2)), np.ones((4, 3)), np.array([0, 2]))
    assert "x @ w + 1" in text


def test_no_tape_for_a_shape() -> None:
    def f(u, n):
        for _ in range(n):
            u = u + 0.0
            new = u.copy()
            new[1:] += u[:-1]
            u = new
        return np.sum(u * u)

    u = np.array([1.0, 2.0, 4.0])
    assert "saved" not in grad(f).source_for(u, 2)
    step = np.array([1e-6, 0.0, 0.0])
    assert grad(f)(u, 2)[0] == pytest.approx((f(u + step, 2) - f(u - step, 2)) / 2e-6)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_sizes_that_change_with_every_iteration(n: int) -> None:
    def f(u, n):
        for _ in range(n):
            u = 2.0 * u[1:]
        return np.sum(u * u)

    def g(u, n):
        for _ in range(n):
            u = u[1:] * u[:-1]
        return np.sum(u)

    u = np.array([1.0, 2.0, 3.0, 4.0])
    for function in (f, g):
        for k in range(4):
            step = np.where(np.arange(4) == k, 1e-6, 0.0)
            assert grad(function)(u, n)[k] == pytest.approx((function(u + step, n) - function(u - step, n)) / 2e-6,
                                                            rel=1e-5, abs=1e-6)


def test_an_array_that_is_updated_does_not_lend() -> None:
    def f(x, n):
        y = np.zeros_like(x)
        for i in range(1, n):
            y[i] = y[i - 1] * x[i] + 1.0
        return np.sum(y)

    assert ".copy()" not in grad(f).source_for(np.ones(4), 4)
