"""The gradients of random programs agree with differences, and everything else that is promised of them.

`pytest tests/programs --budget 5000` checks more programs than the suite does by default.
"""

import hashlib
import importlib.util
import math
import sys
import warnings
from collections import Counter
from copy import deepcopy
from functools import reduce
from operator import getitem

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
    assert tally["refused"] <= 0.05 * tally["programs"], tally
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
        assert type(gradient) is type(at)
        assert list(leaves(gradient)) == list(leaves(at))
        for path in leaves(at):
            tally["slopes"] += 1
            expected = slope(lambda h, p=position, path=path: moved(primal, program.args, p, path, h))
            if not expected.trusted:
                continue
            scale = max(1.0, abs(expected.value))
            tally["slopes checked"] += 1
            tally["slopes not zero"] += expected.value != 0
            got = reduce(getitem, path, gradient)
            assert abs(got - expected.value) <= TOLERANCE * scale + 10 * expected.error, (
                f"d f / d {name}{list(path) or ''}: {got}, but differences give {expected}")


def leaves(value):
    """The paths to the numbers inside a value."""
    match value:
        case np.ndarray():
            yield from ((index,) for index in np.ndindex(value.shape))
        case dict():
            yield from ((key, *path) for key, item in value.items() for path in leaves(item))
        case tuple() | list():
            yield from ((key, *path) for key, item in enumerate(value) for path in leaves(item))
        case _:
            yield ()


def shifted(value, path, h):
    """The value with the number at `path` moved by `h`."""
    match value:
        case np.ndarray():
            value = value.copy()
            value[path[0]] += h
            return value
        case dict():
            return {**value, path[0]: shifted(value[path[0]], path[1:], h)}
        case tuple() | list():
            items = [shifted(item, path[1:], h) if key == path[0] else item for key, item in enumerate(value)]
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        case _:
            return value + h


def moved(primal, args, position, path, h):
    """The primal's value with one number moved by `h`."""
    args = copies(args)
    args[position] = shifted(args[position], path, h)
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
    """The arguments, copied."""
    return list(deepcopy(args))


def same(left, right):
    """Whether two sequences of arguments hold the same numbers (nan equals nan)."""
    return all(np.array_equal(reduce(getitem, path, a), reduce(getitem, path, b), equal_nan=True)
               for a, b in zip(left, right, strict=True) for path in leaves(a))
