"""Gradients that loops carry: copied only where they may be memory of something else."""

from __future__ import annotations

import numpy as np
import pytest

from adcompiler import grad


def rows(x, y, n):
    total = 0.0
    for k in range(n):
        total += np.sum(x[k] * y[k] ** 2)
    return total


def test_what_a_loop_adds_up_is_its_own() -> None:
    x, y = np.ones((3, 2)), np.full((3, 2), 2.0)
    assert ".copy()" not in grad(rows, wrt=(0, 1)).source_for(x, y, 3)


def turns(x, y, z, n):
    for _ in range(n):
        x, y = y, x
    return np.sum(x * z)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_what_takes_turns_is_copied(n: int) -> None:
    x, y, z = np.ones(3), np.ones(3), np.arange(3.0)
    gx, gy = grad(turns, wrt=(0, 1))(x, y, z, n)
    for g in (gx, gy):
        g += 5.0
    assert z.tolist() == [0.0, 1.0, 2.0] and not np.shares_memory(gx, gy)
    assert (gx if n % 2 == 0 else gy).tolist() == [5.0, 6.0, 7.0]
    assert (gy if n % 2 == 0 else gx).tolist() == [5.0, 5.0, 5.0]
