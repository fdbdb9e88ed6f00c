"""The graph of unions gives the sets that Python's own sets give."""

from itertools import pairwise

import numpy as np
import pytest

from adcompiler.analysis.index_sets import IndexSets


def members(sets, wanted):
    starts, positions = sets.members(np.asarray(wanted, np.int64))
    return [positions[a:b].tolist() for a, b in pairwise(starts)]


@pytest.mark.parametrize("seed", range(40))
def test_random_unions(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 12))
    sets = IndexSets(count)
    nodes, known = [0, *range(1, count + 1)], [set(), *({k} for k in range(count))]
    for _ in range(60):
        match rng.integers(5):
            case 0:
                a, b = rng.integers(len(nodes), size=2)
                nodes.append(sets.either(nodes[a], nodes[b]))
                known.append(known[a] | known[b])
            case 1:
                a, b = rng.integers(len(nodes), size=(2, 5))
                nodes += sets.union(np.array(nodes)[a], np.array(nodes)[b]).tolist()
                known += [known[i] | known[j] for i, j in zip(a, b, strict=True)]
            case 2:
                some, groups = rng.integers(len(nodes), size=7), rng.integers(4, size=7)
                nodes += sets.grouped(groups, 4, np.array(nodes)[some]).tolist()
                known += [set().union(*(known[i] for i, g in zip(some, groups, strict=True) if g == k)) for k in range(4)]
            case 3:
                some = rng.integers(len(nodes), size=(2, 3))
                nodes += sets.along(np.array(nodes)[some], (1,)).ravel().tolist()
                known += [set().union(*(known[i] for i in line)) for line in some]
            case 4:
                some = rng.integers(len(nodes), size=4)
                nodes += sets.running(np.array(nodes)[some], 0).tolist()
                known += [set().union(*(known[i] for i in some[:k + 1])) for k in range(4)]
    wanted = rng.integers(len(nodes), size=30)
    assert members(sets, np.array(nodes)[wanted]) == [sorted(known[k]) for k in wanted]


def test_long_chains():
    n = 3000
    sets = IndexSets(n)
    total, kept = 0, []
    for k in range(1, n + 1):
        total = sets.either(total, k)
        kept.append(sets.either(k, max(1, k - 1)))
    found = members(sets, [total, *kept[-2:]])
    assert found == [list(range(n)), [n - 3, n - 2], [n - 2, n - 1]]


def test_nothing():
    assert members(IndexSets(0), []) == []
    assert members(IndexSets(3), [0, 0]) == [[], []]
