"""What the front end makes of a program means what the program means: IR evaluator == Python, on nasty programs."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np
import pytest

from adcompiler.diagnostics import CompileError
from adcompiler.frontend.arguments import argument_of
from adcompiler.frontend.lower import Lowered, lower
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.verify import verify
from adcompiler.source import Target
from tests.frontend import sample


def lowered(function: Any, values: tuple[Any, ...]) -> Lowered:
    names = list(inspect.signature(function).parameters)
    arguments = {n: argument_of(v, False, n) for n, v in zip(names, values, strict=True)}
    result = lower(Target.of_live(function), arguments)
    verify(result.program)
    return result


CASES = [
    (sample.relax, (0.5, 4)), (sample.relax, (0.5, 0)),
    (sample.early, (0.5, 20)), (sample.early, (-1.0, 3)), (sample.early, (5.0, 7)), (sample.early, (0.1, 1)),
    (sample.newton, (1.0, 2.0, 0)),
    (sample.lists, (1.5, 6)), (sample.lists, (3.5, 3)),
    (sample.dicts, (1.5,)),
    (sample.halving, (37.0,)),
    (sample.classes, (1.5,)),
    (sample.mutual, (1.5, 5)), (sample.mutual, (1.5, 0)),
    (sample.nested, (1.5, 5)),
    (sample.flow, (1.5, 5)), (sample.flow, (0.01, 1)), (sample.flow, (3.0, 9)), (sample.flow, (3.0, 0)),
    (sample.grid, (1.5, 4)),
    (sample.star, (1.5,)),
    (sample.compose, (1.5,)),
    (sample.shared_list, (1.5,)),
    (sample.arrays, (np.arange(4.0) + 1, 4)),
]


@pytest.mark.parametrize(("function", "values"), CASES, ids=lambda v: getattr(v, "__name__", None))
def test_the_ir_means_what_the_program_means(function: Any, values: tuple[Any, ...]) -> None:
    want = function(*copy.deepcopy(values))
    (got,) = evaluate(lowered(function, values).program, *copy.deepcopy(values))
    assert got == pytest.approx(want, rel=1e-14)


def test_a_raise_in_the_program_is_a_raise_in_the_ir() -> None:
    with pytest.raises(ValueError, match="bad"):
        evaluate(lowered(sample.halving, (0.5,)).program, 0.5)
    with pytest.raises(AssertionError, match="too many 51"):
        evaluate(lowered(sample.halving, (2.0**51,)).program, 2.0**51)


def test_a_refusal_inside_a_comprehension_in_loops_ends_the_search_for_what_they_carry() -> None:
    with pytest.raises(CompileError) as caught:
        lowered(sample.stale_view_in_loops, (1.0, 3, np.ones(3), np.ones(3)))
    assert caught.value.code == "ADC402"


def test_a_refusal_in_a_loop_body_is_reported_once_by_its_last_reading() -> None:
    with pytest.raises(CompileError) as caught:
        lowered(sample.unknown_factor_in_loop, (1.0,))
    assert [(d.code, d.span.text.strip()) for d in caught.value.diagnostics] == [("ADC201", "x = x * factor")]
