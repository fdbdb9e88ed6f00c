"""The gradients of random programs agree with differences, and everything else that is promised of them.

`pytest tests/programs --budget 5000` checks more programs than the suite does by default, and takes the time to
shrink what fails.
"""

import hashlib
import importlib.util
import math
import sys
import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from judge import compare, copies, parts, same
from random_programs import programs

import adcompiler
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.text import read_program

BUDGET = 200
LARGEST = 1e6


def test_random_programs(request, tmp_path):
    asked = request.config.getoption("--budget")
    budget, tally = asked or BUDGET, Counter()
    phases = [Phase.generate, Phase.shrink] if asked else [Phase.generate]

    @settings(max_examples=budget, deadline=None, derandomize=True, database=None, phases=phases,
              suppress_health_check=list(HealthCheck), report_multiple_bugs=False)
    @given(programs())
    def check_one(program):
        note(program.source)
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
        # views that loops run over can be written to in programs that are not marked as aliasing
        if not (error.code == "ADC402" or (program.aliases and error.code.startswith("ADC4"))):
            raise
        tally["refused"] += 1
        return
    assert computed == pytest.approx(value, rel=1e-12, abs=1e-12)
    assert same(args, program.args), "the gradient changed the caller's arrays"
    interpreted = evaluate(read_program(derivative.ir), *parts(tuple(copies(program.args))))
    assert same(interpreted, [computed, *parts(gradients)]), "the compiled function differs from the interpreted IR"
    check_standalone(derivative.source, program, computed, gradients)
    compare(primal, program.args, program.wrt, gradients, tally)


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
