"""The largest element that is subtracted before exponentials are taken: where it cancels, and where it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adcompiler import grad


def log_sum_exp(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def softmax(x):
    e = np.exp(x - np.max(x))
    p = e / np.sum(e)
    return p @ np.arange(len(x))


def rows(x):
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return np.sum(log_p[:, 0])


def columns(x):
    top = np.max(x, axis=0)
    e = np.exp(x - top)
    return np.sum((e / e.sum(axis=0))[1] ** 2)


def new_axis(x):
    top = np.max(x, axis=1)
    return np.sum(top + np.log(np.sum(np.exp(x - top[:, None]), axis=1)))


def scaled(x):
    top = np.max(x)
    return 0.5 * (2.0 * top + 2.0 * np.log(np.sum(np.exp(x - top))))


def root_mean_square(x):
    top = np.max(x)
    return np.log(np.sqrt(np.mean(np.square(np.exp(x - top))))) + top


def in_a_loop(x):
    total = 0.0
    for k in range(x.shape[0]):
        e = np.exp(x[k] - np.max(x[k]))
        total += (e / np.sum(e))[0]
    return total


def smallest(x):
    low = np.min(x)
    return low - np.log(np.sum(np.exp(low - x)))


CANCEL = [log_sum_exp, softmax, rows, columns, new_axis, scaled, root_mean_square, in_a_loop, smallest]


def twice(x):
    top = np.max(x)
    return 2.0 * top + np.log(np.sum(np.exp(x - top)))


def not_at_all(x):
    return np.sum(np.exp(x - np.max(x)))


def wrong_axis(x):
    e = np.exp(x - x.max(axis=0, keepdims=True))
    return np.sum((e / np.sum(e, axis=1, keepdims=True))[0] ** 2)


def returned_too(x):
    e = np.exp(x - np.max(x))
    return np.sum((e / np.sum(e)) ** 2) * np.max(x)


def in_a_branch(x):
    top = np.max(x)
    total = np.log(np.sum(np.exp(x - top)))
    if total > -1e9:
        total = total + 0.5 * top
    return total + 0.5 * top


def transposed(x):
    top = np.max(x, axis=1)
    return np.sum(top[:, None] + np.log(np.sum(np.exp(x - top), axis=1, keepdims=True)))


STAY = [twice, not_at_all, wrong_axis, returned_too, in_a_branch, transposed]


def point(f: Any) -> np.ndarray[Any, Any]:
    vector = f in (log_sum_exp, softmax, scaled, root_mean_square, smallest, twice, not_at_all, returned_too, in_a_branch)
    return np.random.default_rng(0).normal(size=5 if vector else (4, 4))


def differences(f: Any, x: np.ndarray[Any, Any], h: float = 1e-6) -> np.ndarray[Any, Any]:
    out = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[k] = h
        out[k] = (f(x + step) - f(x - step)) / (2 * h)
    return out


@pytest.mark.parametrize("f", CANCEL, ids=lambda f: f.__name__)
def test_what_cancels_is_a_constant(f: Any) -> None:
    x = point(f)
    np.testing.assert_allclose(grad(f)(x), differences(f, x), rtol=1e-5, atol=1e-8)
    assert "==" not in grad(f).source_for(x)


@pytest.mark.parametrize("f", STAY, ids=lambda f: f.__name__)
def test_what_does_not_cancel_has_its_derivative(f: Any) -> None:
    x = point(f)
    np.testing.assert_allclose(grad(f)(x), differences(f, x), rtol=1e-5, atol=1e-8)
    assert "==" in grad(f).source_for(x)


def one_number(x, y):
    e = np.exp(np.array([x, y, 0.5]) - np.max(np.array([x, y, 0.5])))
    return e[0] / np.sum(e)


def test_second_derivatives() -> None:
    first = grad(one_number)
    got = grad(first)(0.3, 0.9)
    assert got == pytest.approx((first(0.3001, 0.9) - first(0.2999, 0.9)) / 2e-4, rel=1e-6)
