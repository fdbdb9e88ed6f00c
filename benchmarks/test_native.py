"""`python -m pytest benchmarks/test_native.py`: gradients under Numba, against the same written by hand for Numba, the
primal under Numba, JAX, PyTorch and HIPS autograd.

All gradients must agree; then they are timed in turns in the same run, on one thread. The table comes at the end; nothing
is asserted about time. What is not installed (extras `numba` and `bench`) is skipped. `python benchmarks/native_table.py`
writes the same table and a chart into `docs/`.
"""

import importlib.util

import native_by_hand
import native_peers
import native_run
import numpy as np
import pytest
from native_workloads import WORKLOADS

from adcompiler import grad

CASES = [(workload, size) for workload in WORKLOADS for size in workload.sizes]
NUMBERS = [pytest.param(workload, id=workload.name) for workload in WORKLOADS]


def differences(workload, args, step=1e-5):
    """The gradient by central differences."""
    found = []
    for k in workload.wrt:
        given = np.array(args[k], dtype=float)
        slope = np.zeros_like(given)
        for place in np.ndindex(given.shape):
            values = []
            for h in (step, -step):
                moved = given.copy()
                moved[place] += h
                values.append(workload.primal(*args[:k], moved if moved.ndim else float(moved), *args[k + 1:]))
            slope[place] = (values[0] - values[1]) / (2 * step)
        found.append(slope)
    return found


@pytest.mark.parametrize("workload", NUMBERS)
def test_by_hand_is_right(workload):
    """Without Numba, at a tiny size."""
    args = workload.of(workload.tiny)
    with np.errstate(over="ignore"):  # in the bits of the exponential
        by_hand = getattr(native_by_hand, workload.name)(*args)
    for mine, right in zip(by_hand, differences(workload, args), strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-4, atol=1e-6 * np.max(np.abs(right)))
    native_run.check(grad(workload.primal, wrt=workload.wrt)(*args), by_hand, "the default target")


@pytest.mark.parametrize("peer", native_run.PEERS)
@pytest.mark.parametrize("workload", NUMBERS)
def test_peers_are_right(workload, peer):
    pytest.importorskip(peer)
    args = workload.of(workload.tiny)
    expected = grad(workload.primal, wrt=workload.wrt)(*args)
    native_run.check(native_peers.READY[peer](workload, args)(), expected, peer)


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="Numba is not installed: extra `numba`")
@pytest.mark.parametrize("workload, size", CASES, ids=[f"{w.name}-{'x'.join(map(str, size))}" for w, size in CASES])
def test_gradient_under_numba(workload, size, native_table):
    native_table.append(native_run.measured(workload, size))
