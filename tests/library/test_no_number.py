"""What cannot be right is not a number rather than a wrong one; gradients of saved gradients."""

import importlib.util
import warnings

import numpy as np
import pytest

from adcompiler import grad

SCALES = np.arange(9.0).reshape(3, 3)


def of_eigenvectors(a):
    w, V = np.linalg.eigh(a)
    return np.sum((V * np.sin(w)) @ V.T * SCALES)


def of_singular_vectors(a):
    U, s, Vt = np.linalg.svd(a)
    return np.sum((U * np.sin(s)) @ Vt * SCALES)


def of_one_eigenvector(a):
    return np.linalg.eigh(a)[1][:, 0] @ np.diag([1.0, 2.0, 3.0]) @ np.linalg.eigh(a)[1][:, 0]


def of_eigenvalues(a):
    return np.sum(np.linalg.eigh(a)[0] ** 3)


@pytest.mark.parametrize("function", [of_eigenvectors, of_singular_vectors])
def test_equal_values_whose_vectors_matter_give_no_number(function):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert np.isnan(grad(function)(np.eye(3))).any()


@pytest.mark.parametrize("function, a", [
    (of_eigenvalues, np.eye(3)), (of_one_eigenvector, np.diag([1.0, 2.0, 2.0])),
    (of_eigenvectors, np.diag([1.0, 2.0, 4.0])), (of_singular_vectors, np.diag([4.0, 2.0, 1.0]))])
def test_the_slope_is_right_where_it_can_be_had(function, a):
    turn = np.array([[0.1, 0.4, 0.2], [0.4, -0.3, 0.5], [0.2, 0.5, 0.7]])
    slope = (function(a + 1e-5 * turn) - function(a - 1e-5 * turn)) / 2e-5
    assert np.sum(grad(function)(a) * turn) == pytest.approx(slope, rel=1e-7, abs=1e-8)


def module_of(text, path):
    """The module with this text."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MASKED = """import numpy as np


def f(x, y):
    r = np.where(x > 0, np.log(x), 0.0) * y
    return np.sum(1.5 * r + 0.5 * r * r)
"""


def test_the_side_that_is_not_taken_gives_nothing_at_second_order(tmp_path):
    x, y = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        first = grad(module_of(MASKED, tmp_path / "masked.py").f, wrt=("x", "y"))
        first(x, y)
        again = "\n\ndef h(x, y):\n    a, b = f_grad(x, y)\n    return np.sum(a * a) + np.sum(b)\n"
        saved = module_of(first.source + again, tmp_path / "saved.py").h
        second = grad(saved, wrt=("x", "y"))(x, y)
    taken = x > 0
    for k, gradient in enumerate(second):
        slopes = np.zeros(3)
        for i in np.flatnonzero(taken):
            step = 1e-5 * np.eye(3)[i]
            high, low = ((x + step, y), (x - step, y)) if k == 0 else ((x, y + step), (x, y - step))
            slopes[i] = (saved(*high) - saved(*low)) / 2e-5
        np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-8)
