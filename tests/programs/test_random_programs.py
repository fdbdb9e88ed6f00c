"""The gradients of random programs agree with differences, and everything else that is promised of them.

`pytest tests/programs --budget 5000` checks more programs than the suite does by default.
"""

import hashlib
import importlib.util
import math
import sys
import warnings
from collections import Counter

import numpy as np
import pytest
from differences import slope
from hypothesis import HealthCheck, given, settings
from random_programs import programs

import adcompiler

LARGEST = 1e6
TOLERANCE = 1e-6


def test_random_programs(request, tmp_path):
    budget = request.config.getoption("--budget")
    tally = Counter()

    @settings(max_examples=budget, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))
    @given(programs())
    def check_one(program):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            check(program, tmp_path, tally)

    check_one()
    print(dict(tally))
    assert tally["programs"] >= 0.9 * budget
    assert tally["refused"] <= 0.1 * tally["aliasing"], tally
    assert tally["slopes checked"] >= 0.9 * tally["slopes"], tally
    assert tally["slopes not zero"] >= 0.5 * tally["slopes checked"], tally


def check(program, folder, tally):
    """All promises that the compiler makes about one program, at one point."""
    primal = load(program.source, folder).f
    value = primal(*copies(program.args))
    if not abs(value) < LARGEST:
        return
    tally["programs"] += 1
    tally["aliasing"] += program.aliases
    derivative = adcompiler.value_and_grad(primal, wrt=program.wrt)
    args = copies(program.args)
    try:
        computed, gradients = derivative(*args)
    except adcompiler.CompileError as error:
        if not (program.aliases and error.code.startswith("ADC4")):
            raise
        tally["refused"] += 1
        return
    assert computed == pytest.approx(value, rel=1e-12, abs=1e-12)
    assert same(args, program.args), "the gradient changed the caller's arrays"
    assert isinstance(gradients, tuple)
    assert len(gradients) == len(program.wrt)
    check_standalone(derivative.source, program, computed, gradients)
    compare(primal, program, gradients, tally)


def check_standalone(source, program, value, gradients):
    """The generated text gives the same without us, twice."""
    assert "adcompiler" not in source
    namespace = {"math": math, "np": np, "numpy": np}
    exec(compile(source, "<generated>", "exec"), namespace)
    for _ in range(2):
        args = copies(program.args)
        again, others = namespace["f_value_and_grad"](*args)
        assert again == value
        assert same(others, gradients)
        assert same(args, program.args)


def compare(primal, program, gradients, tally):
    """Every component of every gradient against differences, wherever there is a derivative."""
    names = primal.__code__.co_varnames[: len(program.args)]
    for name, gradient in zip(program.wrt, gradients, strict=True):
        position = names.index(name)
        at = program.args[position]
        assert np.shape(gradient) == np.shape(at)
        for index in np.ndindex(np.shape(at)):
            tally["slopes"] += 1
            expected = slope(lambda h, p=position, i=index: moved(primal, program.args, p, i, h))
            if not expected.trusted:
                continue
            scale = max(1.0, abs(expected.value))
            tally["slopes checked"] += 1
            tally["slopes not zero"] += expected.value != 0
            got = gradient[index] if index else gradient
            assert abs(got - expected.value) <= TOLERANCE * scale + 10 * expected.error, (
                f"d f / d {name}{list(index) or ''}: {got}, but differences give {expected}")


def moved(primal, args, position, index, h):
    """The primal's value with one number moved by `h`."""
    args = copies(args)
    if index:
        args[position][index] += h
    else:
        args[position] += h
    return float(primal(*args))


def load(source, folder):
    """The program as a module, from a file."""
    name = "program_" + hashlib.sha256(source.encode()).hexdigest()[:16]
    path = folder / f"{name}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def copies(args):
    """The arguments, arrays copied."""
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


def same(left, right):
    """Whether two sequences hold the same numbers and arrays (nan equals nan)."""
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(left, right, strict=True))
