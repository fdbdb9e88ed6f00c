"""Running minima and maxima, whose adjoint goes to the iteration in which they were found."""

import math

import numpy as np
import pytest

from adcompiler import grad, value_and_grad
from tests.transforms.test_fusion import check

X = np.random.default_rng(4).normal(size=7)
C = np.random.default_rng(5).normal(size=(4, 7))


def largest(x):
    m = x[0]
    for i in range(1, len(x)):
        if x[i] > m:
            m = x[i]
    return m * m


def smallest_of_functions(x):
    best = math.inf
    for i in range(len(x)):
        v = math.exp(x[i]) - 2.0 * x[i]
        if not v >= best:
            best = v
    return best * x[0]


def nearest(x, centers):
    best = math.inf
    for j in range(len(centers)):
        dist = 0.0
        for p in range(len(x)):
            d = x[p] - centers[j, p]
            dist += d * d
        if dist < best:
            best = dist
    return math.sqrt(best)


def with_its_number(x):
    m, where = x[0], 0
    for i in range(1, len(x)):
        if x[i] > m:
            m, where = x[i], i
    return m * x[where - 1] + where * m


def the_other_side(x):
    m = x[0]
    for i in range(1, len(x)):
        if x[i] <= m:
            pass
        else:
            m = x[i]
    return m ** 3


def the_last_one_above(x):
    last = 0.5
    for i in range(len(x)):
        if x[i] > 0.0:
            last = x[i] * x[i]
    return last * x[1]


def both_at_once(x):
    low, high = x[0], x[0]
    for i in range(1, len(x)):
        if x[i] < low:
            low = x[i]
        if x[i] > high:
            high = x[i]
    return (high - low) ** 2


def that_depends_on_itself(x):
    m = x[0]
    for i in range(1, len(x)):
        v = x[i] + 0.5 * m
        if v > m:
            m = v
    return m * m


def that_depends_on_another(x):
    m, s = x[0], 0.0
    for i in range(len(x)):
        s += x[i]
        if s > m:
            m = s
    return m * m * s


def read_in_between(x):
    m, s = x[0], 0.0
    for i in range(1, len(x)):
        if x[i] > m:
            m = x[i]
        s += m * x[i]
    return s


def in_an_array_that_changes(x):
    a = x.copy()
    m = a[0]
    for i in range(1, len(x)):
        a[i] = a[i] * a[i - 1]
        if a[i] > m:
            m = a[i]
    return m * m


def until_it_is_large(x):
    m = x[0]
    for i in range(1, len(x)):
        if x[i] > m:
            m = x[i]
        if m > 0.8:
            break
    return m * m


def from_a_negative_number(x):
    m = -10.0
    for i in range(-3, 3):
        if x[i] > m:
            m = x[i]
    return m * m


def never(x):
    m = x[0]
    for i in range(len(x)):
        if x[i] > 1e9:
            m = x[i] * 2.0
    return m * m


ONE = [largest, smallest_of_functions, with_its_number, the_other_side, the_last_one_above, both_at_once, that_depends_on_itself,
       that_depends_on_another, read_in_between, in_an_array_that_changes, until_it_is_large, from_a_negative_number, never]


@pytest.mark.parametrize("f", ONE)
def test_gradient(f):
    for x in (X, -X, X[::-1].copy(), np.sort(X), np.sort(X)[::-1].copy()):
        check(f, x)


def test_nearest():
    source, _ = check(nearest, X, C, wrt=(0, 1))
    assert "saved" not in source.split("dist < best")[0]
    check(nearest, X, C[::-1].copy(), wrt=(0, 1))


def test_nothing_found_and_nothing_to_look_at():
    np.testing.assert_array_equal(grad(nearest)(X, C[:0]), np.zeros(7))
    assert value_and_grad(the_last_one_above)(-np.abs(X))[0] == 0.5 * -abs(X[1])


def test_ties_go_where_the_program_looks_first():
    np.testing.assert_array_equal(grad(largest)(np.array([1.0, 2.0, 2.0])), [0.0, 4.0, 0.0])


def test_not_a_number():
    x = np.array([1.0, np.nan, 3.0])
    np.testing.assert_array_equal(grad(largest)(x), [0.0, 0.0, 6.0])
    x = np.array([np.nan, 1.0, 3.0])
    assert np.isnan(grad(largest)(x)[0])
    np.testing.assert_array_equal(grad(largest)(x)[1:], [0.0, 0.0])


def test_second_order():
    def twice(x):
        return np.sum(grad(largest)(x) * x)
    check(twice, X)
