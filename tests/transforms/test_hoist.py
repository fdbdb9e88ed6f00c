"""Arrays that a loop would compute alike in every iteration: computed before it, unless the loop may not run."""

from __future__ import annotations

import numpy as np
import pytest

from adcompiler import grad


def smoothed(a, u, dt, n):
    w = u.copy()
    for _ in range(n):
        w[1:-1] += dt * a * (w[2:] + w[:-2])
    return np.sum(w)


def test_a_product_of_what_does_not_change() -> None:
    a, u = np.arange(1.0, 4.0), np.ones(5)
    text = "\n".join(line for line in grad(smoothed).source_for(a, u, 0.1, 3).splitlines() if "#" not in line)
    assert text.count("dt * a") == 1 and text.index("dt * a") < text.index("for ")
    for n in (0, 1, 3):
        steps = [np.where(np.arange(3) == k, 1e-6, 0.0) for k in range(3)]
        want = [(smoothed(a + s, u, 0.1, n) - smoothed(a - s, u, 0.1, n)) / 2e-6 for s in steps]
        assert grad(smoothed)(a, u, 0.1, n) == pytest.approx(want)


def test_what_may_fail_stays() -> None:
    def f(a, b, n):
        total = np.sum(a)
        for _ in range(n):
            total += np.sum(np.log(a * 2.0) * (a + b))
        return total

    with np.errstate(all="raise"):
        assert grad(f)(np.array([0.0, 1.0]), np.ones(3), 0).tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match=r"shape|broadcast"):
        grad(f)(np.array([1.0, 1.0]), np.ones(3), 1)


def test_what_each_iteration_changes_is_made_by_each() -> None:
    def f(a, n):
        total = 0.0
        for k in range(n):
            b = 2.0 * a
            b[k] = 1.0
            total += b[0] * b[1]
        return total

    def rows(a, n):
        kept = []
        for _ in range(n):
            kept.append(3.0 * a)
        kept[0][0] = 1.0
        return np.sum(kept[0] * kept[1])

    assert grad(f)(np.array([1.0, 2.0]), 2) == pytest.approx([2.0, 2.0])
    assert grad(rows)(np.array([1.0, 2.0]), 2) == pytest.approx([3.0, 36.0])
