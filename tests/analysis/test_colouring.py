"""Colourings of random patterns have the properties that they are for."""

import numpy as np
import pytest
import scipy.sparse as sp

from adcompiler.analysis.colouring import column_colours, star_colours, star_entries, transposed


def rows_of(matrix):
    """A pattern by rows."""
    found = sp.csr_array(matrix)
    found.sort_indices()
    return found.indptr.astype(np.int64), found.indices.astype(np.int64)


def random_pattern(seed, symmetric=False):
    rng = np.random.default_rng(seed)
    height = int(rng.integers(1, 40))
    width = height if symmetric else int(rng.integers(1, 40))
    dense = rng.random((height, width)) < rng.uniform(0.01, 0.3)
    return dense | dense.T if symmetric else dense


@pytest.mark.parametrize("seed", range(60))
def test_columns_of_one_colour_share_no_row(seed):
    dense = random_pattern(seed)
    colours = column_colours(*rows_of(dense), dense.shape[1])
    assert colours.shape == (dense.shape[1],) and colours.min() >= 0
    for k in range(colours.max() + 1):
        assert np.all(dense[:, colours == k].sum(axis=1) <= 1)


@pytest.mark.parametrize("seed", range(60))
def test_star_colouring(seed):
    dense = random_pattern(seed, symmetric=True)
    colours = star_colours(*rows_of(dense))
    graph = [np.flatnonzero(dense[v] & (np.arange(len(dense)) != v)) for v in range(len(dense))]
    for a in range(len(dense)):
        for b in graph[a]:
            assert colours[a] != colours[b]
            for c in graph[b]:
                for d in graph[c]:
                    if len({a, b, c, d}) == 4:
                        assert len({colours[v] for v in (a, b, c, d)}) > 2


@pytest.mark.parametrize("seed", range(60))
def test_symmetric_matrices_come_back(seed):
    dense = random_pattern(seed, symmetric=True)
    values = np.random.default_rng(seed + 100).normal(size=dense.shape)
    values = np.where(dense, values + values.T, 0.0)
    starts, columns = rows_of(dense)
    colours = star_colours(starts, columns)
    seeds = (colours == np.arange(colours.max() + 1)[:, None]).astype(float)
    at, row = star_entries(starts, columns, colours)
    rows = np.repeat(np.arange(len(dense)), np.diff(starts))
    assert np.array_equal((seeds @ values)[at, row], values[rows, columns])


@pytest.mark.parametrize("width", [1, 2, 3])
def test_bands_need_as_many_colours_as_they_are_wide(width):
    n = 500
    dense = sp.diags_array([np.ones(n - abs(k)) for k in range(-width, width + 1)], offsets=range(-width, width + 1))
    starts, columns = rows_of(dense)
    assert column_colours(starts, columns, n).max() + 1 == 2 * width + 1
    assert star_colours(starts, columns).max() + 1 <= 2 * width + 1


@pytest.mark.parametrize("hub", [0, 300, 599])
def test_arrow_head_needs_two_colours(hub):
    dense = np.eye(600, dtype=bool)
    dense[hub] = dense[:, hub] = True
    assert star_colours(*rows_of(dense)).max() + 1 == 2


def test_columns_with_the_longest_rows_first_may_need_fewer():
    """Greedy colours in the natural order of a crown graph are many, and two are enough."""
    n = 12
    pairs = [(2 * i, 2 * j + 1) for i in range(n) for j in range(n) if i != j]
    dense = np.zeros((len(pairs), 2 * n), bool)
    for k, pair in enumerate(pairs):
        dense[k, list(pair)] = True
    order = np.argsort([*range(0, 2 * n, 2), *range(1, 2 * n, 2)])
    assert column_colours(*rows_of(dense[:, order]), 2 * n).max() + 1 <= n


def test_nothing_to_colour():
    starts = np.zeros(1, np.int64)
    assert column_colours(starts, starts[:0], 0).size == 0
    assert star_colours(starts, starts[:0]).size == 0
    assert column_colours(np.zeros(4, np.int64), starts[:0], 3).tolist() == [0, 0, 0]


def test_transposed():
    dense = random_pattern(5)
    starts, rows = transposed(*rows_of(dense), dense.shape[1])
    expected = rows_of(dense.T)
    assert np.array_equal(starts, expected[0]) and np.array_equal(rows, expected[1])
