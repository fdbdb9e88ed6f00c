"""What the reverse sweep computes on arrays: factors where they cost least, no array that is only summed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adcompiler import grad

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
V, W = RNG.normal(size=4), RNG.normal(size=3)


def text(f: Any, *args: Any, wrt: Any = 0) -> str:
    """The body of the gradient, after checking it."""
    gradients = grad(f, wrt=wrt)(*args)
    for k, gradient in zip(wrt if isinstance(wrt, tuple) else (wrt,), gradients if isinstance(wrt, tuple) else (gradients,),
                           strict=True):
        x = np.asarray(args[k])
        want = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[index] = 1e-6
            up, down = (f(*args[:k], x + s * step if x.shape else float(x + s * step), *args[k + 1:]) for s in (1, -1))
            want[index] = (up - down) / 2e-6
        np.testing.assert_allclose(gradient, want, rtol=1e-5, atol=1e-8)
    return grad(f, wrt=wrt).source_for(*args)


def test_a_square_is_multiplied_once_and_its_factor_goes_to_the_number() -> None:
    assert "x_bar = 2.0 / x.size * x" in text(lambda x: np.mean(x * x), X) or "return 2.0 / x.size * x" in text(
        lambda x: np.mean(x * x), X)


def test_halves_and_twos_cancel() -> None:
    assert "return -x" in text(lambda x: -0.5 * np.sum(x * x), X)


def test_softmax_is_divided_by_its_sum() -> None:
    def f(x):
        return np.log(np.sum(np.exp(x - np.max(x)))) + np.max(x)

    assert "/ np.sum(" in text(f, V) and " 1 /" not in text(f, V)


def test_a_reduced_axis_that_is_put_back_was_kept() -> None:
    def f(x):
        return np.sum(np.log(np.sum(np.exp(x), axis=1)))

    assert "keepdims=True" in text(f, X) and "expand_dims" not in text(f, X)


def test_a_product_is_not_made_to_be_summed() -> None:
    assert "np.vdot(" in text(lambda s, x, y: np.sum(np.sin(s * x) * y), 0.3, X, Y)
    assert " @ " in text(lambda s, x: np.sum(np.sin(s * x)), 0.3, V)


def test_a_sum_of_negatives_is_the_negative_of_the_sum() -> None:
    source = text(lambda m, x: np.sum((x - m) ** 3), W, X)
    assert "np.sum(-" not in source


def test_transposes_go_into_products() -> None:
    def f(x, y):
        return np.sum((x @ y.T) ** 2)

    source = text(f, X, Y, wrt=(0, 1))
    assert ").T" not in source and ".T.T" not in source


def test_the_size_of_what_positions_choose() -> None:
    def f(x, i, j):
        return np.mean(x[i, j] ** 2)

    assert "x[i, j].size" not in text(f, X, np.array([0, 3, 3]), np.array([1, 1, 2]))

    def rows(x, i):
        return np.mean(x[i] ** 2)

    assert ".size" in text(rows, X, np.array([0, 3, 3]))


def test_positions_of_which_one_index_differs_are_written_once() -> None:
    def f(x, labels):
        return -np.mean(x[np.arange(len(labels)), labels])

    assert "np.add.at" not in text(f, X, np.array([1, 1, 0, 2]))
    assert grad(f)(X, np.array([1]))[0, 1] == -1.0


def test_the_primal_is_computed_as_it_is_written() -> None:
    def f(x):
        return np.exp(2.0 * (0.5 * (x * x)) + np.sum(-x)) if x > 0.0 else x

    source = grad(f).source_for(0.3)
    assert "2.0 * (0.5 *" in source.replace("2 *", "2.0 *")


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_factors_that_overflow_stay_apart(scale: float) -> None:
    def f(x, s):
        return 1e300 * (s * np.sum(x * x))

    assert grad(f)(np.array([1e-160]), scale) == pytest.approx([1e300 * (scale * 2e-160)])


def test_a_system_is_solved_once() -> None:
    def f(y, a):
        return -0.5 * (y @ np.linalg.solve(a, y))

    matrix = np.diag([2.0, 3.0, 4.0]) + 0.5
    lines = [line for line in text(f, W, matrix, wrt=(0, 1)).splitlines() if "np.linalg.solve(a" in line and "#" not in line]
    assert len(lines) == 2 and sum("a.T" in line for line in lines) == 1


def test_sums_before_products() -> None:
    assert "np.sum(x - m, axis=0) @ a" in text(lambda m, x, a: np.sum(((x - m) @ a) ** 2), W, X, np.eye(3) + 1.0)


def test_outer_products_are_turned_by_their_order() -> None:
    def f(a, u, v):
        return np.sum((a.T @ u) * v)

    source = text(f, X, V, W)
    assert "return np.outer(u, v)" in source


def test_products_of_outer_products_are_outer_products() -> None:
    def f(a, y):
        factor = np.linalg.cholesky(a @ a.T + np.eye(3))
        z = np.linalg.solve(factor, y)
        return z @ z + np.sum(np.log(np.diag(factor)))

    source = text(f, X[:3], W, wrt=(0, 1))
    assert "np.diag(1" not in source and "np.outer(factor" in source


def test_a_product_with_a_diagonal_matrix() -> None:
    def f(d, a):
        return np.sum((np.diag(d) @ a) ** 3)

    assert "np.diag(d)" in text(f, W, X[:3] + 1.0)


def test_new_axes_are_indexed_away() -> None:
    def f(x):
        d = x[:, None, :] - x[None, :, :]
        return np.sum(np.sin(d) * d)

    source = text(f, X)
    assert "keepdims" not in source and "zeros" not in source


def test_what_is_the_same_along_an_axis_goes_out_of_its_sum() -> None:
    def f(x, s):
        return np.sum((x / s) ** 2)

    source = text(f, X, np.array([[2.0], [3.0], [4.0], [5.0]]), wrt=(0, 1))
    assert "keepdims=True) / s" in source


def test_a_rectified_layer_has_no_branches() -> None:
    def f(w, x):
        return np.sum(np.maximum(x @ w, 0.0) ** 2)

    assert "np.where" not in text(f, W, X)
    assert grad(lambda x: np.sum(np.maximum(x, 0.0)))(np.array([-1.0, 0.0, 2.0, np.nan])).tolist() == [0.0, 0.5, 1.0, 0.0]


def test_a_difference_that_is_written_twice_is_computed_once() -> None:
    def f(x):
        return np.sum(np.exp(x - np.mean(x)) * (x - np.mean(x)))

    assert len([1 for line in text(f, X).splitlines() if "#" not in line and "x - " in line]) == 1
