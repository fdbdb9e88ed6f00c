"""Gradients where an axis is empty."""

import numpy as np
import pytest

from adcompiler import grad


@pytest.mark.parametrize("shape", [(0, 3), (5, 1, 0), (0, 0)])
def test_median_of_nothing(shape):
    """A result without elements asks for no element in the middle."""
    assert grad(lambda x: np.sum(np.median(x, axis=-1)))(np.zeros(shape)).shape == shape


def test_squeeze_says_which_axes():
    """Without an axis the size of every axis must be known; the code that comes out names the axes."""
    derivative = grad(lambda x: np.sum(np.squeeze(x) ** 2))
    assert np.array_equal(derivative(np.ones((1, 3, 1))), 2 * np.ones((1, 3, 1)))
    assert "axis=(0, 2)" in derivative.source
