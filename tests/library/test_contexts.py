"""The cases as parts of larger programs: their results used twice, their operands written over, in loops."""

import pytest

from adcompiler import CompileError
from tests.library.cases import CASES, ROWS
from tests.library.programs import CONTEXTS, check_in_context, failure

CHOSEN = {
    "numpy.where-6": "twice",
    "numpy.broadcast_shapes-0": "twice",
    "numpy.ascontiguousarray-0": "overwritten",
    "numpy.linalg.cholesky-3": "loop",
    "python.closure-1": "loop",
}
"""Cases that failed in a context. Beside them, the first three cases of each row have one each, in turn."""


def context_of(case):
    row, _, k = case.rpartition("-")
    return CHOSEN.get(case) or CONTEXTS[(list(ROWS).index(row) + int(k)) % len(CONTEXTS)]


TAKEN = [(case, context_of(case)) for case in CASES if case in CHOSEN or int(case.rpartition("-")[2]) < 3]


@pytest.mark.parametrize("case, context", TAKEN)
def test_in_context(case, context):
    """What passes alone passes in its context, or is refused because an array is written of which there is a view."""
    if failure(case):
        pytest.skip("fails alone")
    try:
        check_in_context(case, context)
    except CompileError as error:
        assert context == "overwritten", f"refused: {error}"
