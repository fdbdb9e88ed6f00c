"""Every program in `programs/` is refused, with the code and at the place that its first line gives.

    # ADC104 at 5:12
    # call: np.ones(3), 2       what to call it with (default: real scalars)
    # wrt: "x"                  keywords for `grad`: wrt, has_aux
"""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import adcompiler
from adcompiler import CompileError, grad

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
EXPECTED = re.compile(r"# (ADC\d{3}) at (\d+):(\d+)$")


def test_there_are_enough():
    assert len(PROGRAMS) >= 60


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_is_refused(path):
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    code, line, column = EXPECTED.match(lines[0]).groups()
    with pytest.raises(CompileError) as caught:
        compile_as_told(path, lines)
    error = caught.value
    assert (error.code, error.lineno, error.offset) == (code, int(line), int(column)), str(error)
    assert Path(error.filename).name == path.name
    check_text(str(error).splitlines(), error, lines)


def check_text(text, error, lines):
    """`file:line:col: ADC### message`, the line of source, a caret under the place."""
    assert text[0].startswith(f"{error.filename}:{error.lineno}:{error.offset}: {error.code} ")
    assert len(text[0].split(error.code, 1)[1]) > 10
    shown = lines[error.lineno - 1]
    assert text[1] == "    " + shown
    assert text[2].lstrip() .startswith("^")
    assert len(text[2]) - len(text[2].lstrip()) == 4 + error.offset - 1
    assert error.hint is not None


def compile_as_told(path, lines):
    """Import the module and compile its `f`, as the comments at its top tell."""
    told = dict(line[2:].split(": ", 1) for line in lines[1:] if re.match(r"# (call|wrt|has_aux): ", line))
    spec = importlib.util.spec_from_file_location(f"rejected_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        keywords = {name: eval(told[name]) for name in ("wrt", "has_aux") if name in told}
        derivative = module.f if hasattr(module.f, "source_for") else grad(module.f, **keywords)
        if "call" in told:
            derivative.source_for(*eval(f"({told['call']},)", {"np": np}))
        else:
            assert derivative.source
    finally:
        del sys.modules[spec.name]


def test_every_problem_is_reported_at_once(tmp_path):
    path = tmp_path / "several.py"
    path.write_text("def f(x):\n    del x\n    global y\n    return x\n")
    with pytest.raises(CompileError) as caught:
        compile_as_told(path, path.read_text().splitlines())
    assert [d.span.line for d in caught.value.diagnostics] == [2, 3]
    assert isinstance(caught.value, SyntaxError)
    assert adcompiler.CompileError is CompileError
