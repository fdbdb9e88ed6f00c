"""What is emitted does what the IR means, on random IR full of aliases, loops and flags; arguments stay as they are."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, seed, settings

from adcompiler.backend.emit import emit
from adcompiler.backend.load import load
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import Function, Program
from adcompiler.ir.text import show
from adcompiler.ir.verify import verify
from tests.backend.random_ir import SIZE, functions


def arguments() -> list[Any]:
    p = np.array([0.3, -0.7, 0.2])
    return [0.4, -0.6, p, np.array([0.5, 0.1, -0.2])[:SIZE], [0.1, 0.2, 0.3], [p, np.array([1.0, 0.8, -0.4])]]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=True)
    return a == b or (math.isnan(a) and math.isnan(b))


def check(function: Function) -> None:
    program = Program(function)
    verify(program)
    expected = evaluate(function, *arguments())
    source = emit(program)
    made = load(source, {}, "f", "<random>")
    given_, untouched = arguments(), arguments()
    context = f"{show(function)}\n\n{source}"
    for _ in range(2):
        got = made(*given_)
        assert same(got, expected), f"{context}\n{got}\n{expected}"
        assert same(given_, untouched), f"{context}\nthe arguments were changed"


def test_random_ir(request: Any) -> None:
    @seed(1)
    @settings(max_examples=request.config.getoption("--budget") or 300, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))
    @given(functions())
    def run(function: Function) -> None:
        check(copy.deepcopy(function))

    run()
