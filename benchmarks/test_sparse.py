"""Sparse Jacobians and Hessians beside the dense ones, and beside the primal."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest
from timing import interleaved, ratio

from adcompiler import hessian, jacobian

sys.path.append(str(Path(__file__).parents[1] / "examples"))


def residual(u, h):
    bend = -2.0 * u
    bend[1:] += u[:-1]
    bend[:-1] += u[1:]
    return bend / h**2 + np.exp(u)


def arrow(x):
    return x[0] ** 2 * np.sum(x[1:] ** 2) + np.sum(np.sin(x))


CASES = [("tridiagonal Jacobian", jacobian, residual), ("arrow-head Hessian", hessian, arrow)]


@pytest.mark.parametrize("name, make, primal", CASES)
def test_against_dense(name, make, primal, table):
    n = 2000
    args = (np.linspace(0.1, 1.0, n), 0.01)[: primal.__code__.co_argcount]
    dense, sparse = make(primal), make(primal, sparse=True)
    assert np.allclose(dense(*args), sparse(*args).toarray())
    times = interleaved({"dense": lambda: dense(*args), "sparse": lambda: sparse(*args), "primal": lambda: primal(*args)},
                        rounds=3)
    table.add(f"dense / sparse, {name} of {n} unknowns", ratio(times["dense"], times["sparse"]), None, "x")
    table.add(f"sparse / primal, {name} of {n} unknowns", ratio(times["sparse"], times["primal"]), None, "x")


def test_ten_thousand_unknowns(table):
    u, sparse = np.linspace(0.1, 1.0, 10_000), jacobian(residual, sparse=True)
    start = time.perf_counter()
    assert sparse(u, 0.01).nnz == 29_998 and sparse.colours == 3
    table.add("first tridiagonal Jacobian of 10,000 unknowns", time.perf_counter() - start, 2.0, "s")
    times = interleaved({"sparse": lambda: sparse(u, 0.01), "primal": lambda: residual(u, 0.01)})
    table.add("sparse / primal, tridiagonal Jacobian of 10,000", ratio(times["sparse"], times["primal"]), None, "x")


def test_bundle_adjustment(table):
    import bundle_adjustment as example

    args = example.problem(50, 5_000, 30_000)
    sparse = jacobian(example.residuals, wrt=("cameras", "points", "weights"), sparse=True)
    start = time.perf_counter()
    sparse(*args)
    table.add("first Jacobian of bundle adjustment, 30,000 seen", time.perf_counter() - start, None, "s")
    times = interleaved({"sparse": lambda: sparse(*args), "primal": lambda: example.residuals(*args)}, rounds=3)
    table.add(f"sparse / primal, bundle adjustment, {sparse.colours} colours", ratio(times["sparse"], times["primal"]), None, "x")
