"""The gradients of random loops agree with differences along a random direction. `--budget N` checks N programs."""

import importlib.util
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from random_loops import random_program

import adcompiler

sys.path.append(str(Path(__file__).parents[1] / "programs"))

from differences import slope

BUDGET = 40
LARGEST = 1e4


def test_random_loops(request, tmp_path):
    budget, tally = request.config.getoption("--budget") or BUDGET, Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for seed in range(budget):
            check(seed, load(random_program(seed), tmp_path / f"loops_{seed}.py"), tally)
    assert tally["programs"] >= 0.9 * budget, tally
    assert tally["slopes checked"] >= 0.8 * tally["programs"], tally


def check(seed, f, tally):
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=6), rng.normal(size=4), rng.normal(size=(3, 6))]
    sizes = [int(rng.integers(0, 5)), int(rng.integers(0, 4))]
    directions = [rng.normal(size=a.shape) for a in arrays]
    value, gradients = adcompiler.value_and_grad(f, wrt=("x", "y", "m"))(*(a.copy() for a in arrays), *sizes)
    assert value == f(*(a.copy() for a in arrays), *sizes), f"program {seed}"
    if not max(abs(value), *(np.max(np.abs(g)) for g in gradients)) < LARGEST:
        return
    tally["programs"] += 1
    alone = adcompiler.grad(f, wrt=("x", "y", "m"))(*(a.copy() for a in arrays), *sizes)
    for a, b in zip(alone, gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-9, err_msg=f"program {seed}")
    got = sum(np.sum(g * d) for g, d in zip(gradients, directions, strict=True))
    expected = slope(lambda h: f(*(a + h * d for a, d in zip(arrays, directions, strict=True)), *sizes))
    if expected.trusted:
        tally["slopes checked"] += 1
        limit = 1e-6 * max(1.0, abs(expected.value)) + 10 * expected.error
        assert abs(got - expected.value) <= limit, f"program {seed}: {got}, but differences give {expected}"


def load(source, path):
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.f
