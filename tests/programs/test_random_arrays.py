"""The gradients of random programs with arrays agree with differences, and everything else that is promised of them.

`pytest tests/programs --budget 5000` checks more programs than the suite does by default, and takes the time to make
what fails smaller.
"""

import warnings
from collections import Counter

import pytest
from array_promises import Broken, check
from found_programs import FOUND
from random_arrays import HEADER, Author, Program, outcome, program
from shrink import shrunk

BUDGET = 150


def test_random_arrays(request):
    asked = request.config.getoption("--budget")
    tally = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(asked or BUDGET):
            made = program(seed)
            broken = failure(made, tally)
            if broken is not None:
                smaller = shrunk(made, lambda p, b=broken: fails_alike(p, b)) if asked else made
                pytest.fail(f"{failure(smaller, Counter())}\n{smaller!r}")
    print(dict(tally))
    assert tally["refused"] <= 0.6 * tally["programs"], tally
    assert tally["slopes checked"] >= 0.9 * tally["slopes"], tally
    assert tally["slopes not zero"] >= 0.5 * tally["slopes checked"], tally
    assert tally["second"] >= 0.03 * tally["programs"], tally


def failure(made, tally):
    """What is not as promised, or None."""
    try:
        check(made, tally)
    except Broken as broken:
        return broken
    return None


def fails_alike(made, broken):
    """Whether a program fails in the same way."""
    if outcome(made.source, made.args) is None:
        return False
    found = failure(made, Counter())
    return found is not None and found.kind == broken.kind


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_found(name, dtype):
    parameters, body, shapes = FOUND[name]
    source = HEADER + f"\n\ndef f({parameters}):\n" + "".join(f"    {line}\n" for line in body)
    author = Author(7)
    args = tuple(author.reals_of(shape).astype(dtype) for shape in shapes)
    made = Program(source, args, tuple(parameters.split(", ")), seed=3)
    assert outcome(source, args) is not None
    check(made, Counter())
