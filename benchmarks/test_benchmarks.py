"""`python -m pytest benchmarks`: gradients compared with their primals, and the time that compiling takes.

Every ratio is of two medians of one run. The table comes at the end; nothing is asserted about time.
"""

import importlib.util
import subprocess
import sys
import time

import numpy as np
import pytest
import workloads
from timing import median_seconds

from adcompiler import grad, value_and_grad

RATIOS = [
    ("polynomial", workloads.polynomial, lambda: (1.3,), 3.0),
    ("loop with sin, n = 100", workloads.sine_loop, lambda: (1.3,), 4.0),
    ("s = s*x + i, n = 1000", workloads.horner_loop, lambda: (0.99,), 4.0),
    ("small net", workloads.small_net, workloads.net_arguments, 2.5),
]


def generated(derivative, args):
    """The function of the generated text, without ours around it."""
    namespace = {}
    exec(derivative.source_for(*args), namespace)
    return next(value for name, value in namespace.items() if name.endswith("_grad"))


@pytest.mark.parametrize("name, primal, arguments, limit", RATIOS, ids=[row[0] for row in RATIOS])
def test_gradient_over_primal(name, primal, arguments, limit, benchmark, table):
    args = arguments()
    wrt = tuple(range(3)) if primal is workloads.small_net else 0
    gradient = generated(grad(primal, wrt=wrt), args)
    benchmark(gradient, *args)
    plain, adjoint = median_seconds(primal, *args), median_seconds(gradient, *args)
    both = median_seconds(generated(value_and_grad(primal, wrt=wrt), args), *args)
    table.add(f"gradient / primal, {name}", adjoint / plain, limit, "x")
    table.add(f"value and gradient / primal, {name}", both / plain, None, "x")


def test_cost_of_a_call(benchmark, table):
    derivative = grad(workloads.polynomial)
    bare = generated(derivative, (1.3,))
    benchmark(derivative, 1.3)
    extra = median_seconds(derivative, 1.3) - median_seconds(bare, 1.3)
    table.add("a call, beyond the generated function", 1e6 * extra, 2.0, "us")


def test_transformation_of_twenty_lines(benchmark, table):
    grad(workloads.twenty_lines).source_for(1.0, 2.0)
    benchmark(lambda: grad(workloads.twenty_lines).source_for(1.0, 2.0))
    seconds = median_seconds(lambda: grad(workloads.twenty_lines).source_for(1.0, 2.0), rounds=9)
    table.add("transformation of 20 lines", 1e3 * seconds, 20.0, "ms")


def test_transformation_of_long_functions(tmp_path, table):
    grad(workloads.polynomial).source_for(1.0)
    seconds = {}
    for lines in (1000, 2000):
        function = module(tmp_path, f"straight_{lines}", workloads.straight_line(lines)).f
        start = time.perf_counter()
        derivative = grad(function)
        derivative.source_for(0.5)
        seconds[lines] = time.perf_counter() - start
        assert np.isfinite(derivative(0.5))
    table.add("transformation of 1000 lines", seconds[1000], None, "s")
    table.add("transformation of 2000 lines", seconds[2000], 3.0, "s")
    table.add("2000 lines / 1000 lines", seconds[2000] / seconds[1000], 2.5, "x")


def test_import(table):
    plain, ours = (min(import_seconds(name) for _ in range(7)) for name in ("numpy", "adcompiler"))
    table.add("import adcompiler, beyond numpy", 1e3 * (ours - plain), 60.0, "ms")


def import_seconds(name):
    """The time of an import in a fresh interpreter, NumPy's always included."""
    code = f"import time; s = time.perf_counter(); import numpy, {name}; print(time.perf_counter() - s)"
    return float(subprocess.check_output([sys.executable, "-c", code], text=True))


def module(folder, name, text):
    """A module made of text."""
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded
