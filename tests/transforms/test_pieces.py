"""Elements of slices get their adjoints one by one, where an array of them would only be added up."""

import numpy as np
import pytest

from adcompiler import grad

X = np.random.default_rng(1).normal(size=(3, 6))


def differences(f, x):
    """The gradient by central differences."""
    g = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        ends = []
        for h in (1e-6, -1e-6):
            moved = x.copy()
            moved[place] += h
            ends.append(f(moved.copy()))
        g[place] = (ends[0] - ends[1]) / 2e-6
    return g


def rows(x):
    s = 0.0
    for i in range(len(x)):
        camera, point = x[i, :4], x[i, 3:]
        s += camera[0] * camera[2] * point[1] + camera[3] ** 2 + point[0]
    return s


def the_same_element_twice(x):
    part = x[1, 2:5]
    return part[0] * part[1] + part[0] * part[-1] * part[0]


def with_a_step(x):
    part = x[0, ::2]
    return part[0] * part[1] * part[2]


def from_the_end(x):
    part = x[2, -3:]
    return part[0] * part[1] * part[2]


def written_in_between(x):
    part = x[1, 1:5].copy()
    part[0] = part[1] * part[2]
    part[1] = part[0] * 2.0
    return part[0] * part[1] + part[3]


def whole_and_in_part(x):
    part = x[0, 1:4]
    return np.sum(part * part) * part[0]


def rows_of_rows(x):
    part = x[1:3]
    return part[0, 1] * part[1, 2] * part[0, 0]


def sliced_again(x):
    part = x[1, 1:5]
    inner = part[1:3]
    return inner[0] * inner[1] * part[0]


def whole_rows(x):
    s = 0.0
    for i in [0, 2, 0]:
        row = x[i]
        s += row[1] * row[4] + row[0]
    return s


def slices_of_slices(x):
    part = x[1, :][:2]
    part[0:1:2] = part[0:1:2] * 3
    return np.sum(part.sum() ** 2) + np.sum(x[0, 1:][:3] ** 2)


def elements_and_the_rest(x):
    s = 0.0
    for i in range(len(x)):
        part = x[i, 1:4]
        s += part[0] * part[2] + np.sum(part[1:] ** 2)
    return s


PROGRAMS = [elements_and_the_rest, rows, whole_rows, slices_of_slices, the_same_element_twice, with_a_step, from_the_end,
            written_in_between, whole_and_in_part, rows_of_rows, sliced_again]


@pytest.mark.parametrize("f", PROGRAMS)
def test_gradient(f):
    np.testing.assert_allclose(grad(f)(X.copy()), differences(f, X), rtol=1e-6, atol=1e-7)


def test_no_array_for_a_few_elements():
    source = grad(rows).source_for(X)
    assert source.count("zeros") == 1
    assert "x_bar[i, 3] +=" in source
