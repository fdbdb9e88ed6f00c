"""`python -m tests.library.pending` writes to pending.txt which cases the compiler refuses."""

import copy
import sys
import tempfile
import warnings
from pathlib import Path

from adcompiler import CompileError, value_and_grad
from tests.library.test_cases import CASES, HERE, prepared


def refused(case, folder):
    """Whether the compiler refuses a case."""
    program, values, wrt = prepared(CASES[case], folder)
    try:
        value_and_grad(program, wrt=wrt or ("w",))(**copy.deepcopy(values))
    except CompileError as error:
        print(case, str(error).splitlines()[0].split(": ", 1)[-1][:100])
        return True
    except Exception as error:
        print(case, "CRASH", type(error).__name__, str(error)[:100])
    return False


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        found = [case for case in CASES if not (sys.argv[1:] and not case.startswith(tuple(sys.argv[1:]))) and
                 refused(case, Path(folder))]
    if not sys.argv[1:]:
        (HERE / "pending.txt").write_text("".join(f"{case}\n" for case in found))
