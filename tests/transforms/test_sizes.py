"""What a program tells of its sizes, and that nothing is concluded from what may not run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adcompiler import grad


def written(u, v):
    w = u.copy()
    w[1:-1] += w[2:] * v
    return np.sum(w * w)


def written_in_a_loop(u, v):
    w = u.copy()
    for _ in range(3):
        w[1:-1] += 0.1 * v * (w[2:] - 2.0 * w[1:-1] + w[:-2])
    return np.sum(w * w)


def created(u, v):
    n = len(u)
    table = np.zeros((n, 2))
    table[:, 0] = u * v[0]
    table[:, 1] = u + v[1]
    return np.sum(table**2)


def product(u, v):
    return np.sum((np.outer(u, u)[:3, :] @ (u + v[1]))**2)


@pytest.mark.parametrize("f", [written, written_in_a_loop, created, product], ids=lambda f: f.__name__)
def test_nothing_is_summed_that_was_not_broadcast(f: Any) -> None:
    u, v = np.random.default_rng(0).random(5), np.random.default_rng(1).random(3)
    text = grad(f, wrt=(0, 1)).source_for(u, v)
    assert "_unbroadcast" not in text and "broadcast_to" not in text
    agrees(f, u, v)


def in_a_branch(u, v):
    w = u[1:-1]
    total = 0.0
    if len(u) == len(v) + 2:
        x = u.copy()
        x[1:-1] += w * v
        total = np.sum(x)
    return total + np.sum(w * v)


def not_at_all(u, v):
    w = u[1:-1]
    total = np.sum(w * v)
    for _ in range(len(u) - 3):
        x = u.copy()
        x[1:-1] += v
        total += np.sum(x)
    return total


@pytest.mark.parametrize("f", [in_a_branch, not_at_all, written, written_in_a_loop], ids=lambda f: f.__name__)
@pytest.mark.parametrize("n, m", [(3, 4), (6, 4), (5, 3)])
def test_what_is_broadcast_is_summed(f: Any, n: int, m: int) -> None:
    rng = np.random.default_rng(2)
    u, v = rng.random(n), rng.random(m)
    try:
        f(u, v)
    except ValueError:
        return
    agrees(f, u, v)


def slices_in_a_list(x):
    parts = []
    for k in range(len(x)):
        parts.append(x[k:])
    return np.sum(parts[0] * parts[1])


def test_the_elements_of_a_list_have_sizes_of_their_own() -> None:
    assert grad(slices_in_a_list)(np.array([2.0, 3.0])) == pytest.approx([3.0, 8.0])


def agrees(f: Any, *args: Any, h: float = 1e-6) -> None:
    """The gradients against central differences."""
    gradients = grad(f, wrt=tuple(range(len(args))))(*args)
    for k, gradient in enumerate(gradients):
        for index in np.ndindex(args[k].shape):
            step = np.zeros_like(args[k])
            step[index] = h
            up, down = ((*args[:k], args[k] + s * step, *args[k + 1:]) for s in (1, -1))
            assert gradient[index] == pytest.approx((f(*up) - f(*down)) / (2 * h), rel=1e-5, abs=1e-7)
