"""Emit a program, run it, and compare it with what the interpreter says the IR means."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from adcompiler.backend.emit import emit
from adcompiler.backend.load import load
from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import Program
from adcompiler.ir.text import read, read_program
from adcompiler.ir.verify import verify


def program_of(text: str) -> Program:
    """The program that a text describes."""
    return read_program(text) if text.lstrip().startswith(("fn ", "constant ", "bare ")) else Program(read(text))


def body(text: str) -> str:
    """The emitted entry function without its first line, unindented."""
    source = emit(program_of(text))
    lines = source[source.rindex("def f("):].splitlines()[1:]
    return "\n".join(line.removeprefix("    ") for line in lines)


def run(text: str, *args: Any) -> str:
    """Check that the emitted code does what the IR means and leaves its arguments alone; its body."""
    program = program_of(text)
    verify(program)
    expected = evaluate(program, *copy.deepcopy(args))
    made = load(emit(program), {}, program.entry.name, "<test>")
    given = copy.deepcopy(args)
    got = made(*given)
    np.testing.assert_equal(got if isinstance(got, tuple) and len(expected) != 1 else (got,), expected)
    np.testing.assert_equal(given, args)
    return body(text)
