"""Loaded functions are visible to tracebacks and `inspect`, see the constants of the program, and share nothing."""

from __future__ import annotations

import inspect
import threading
import traceback

import pytest

from adcompiler.backend.load import load

SOURCE = '''\
import math

LIMIT = 2.0


def f(x):
    """Doc."""
    if x > LIMIT:
        raise ValueError("too large")
    return math.sqrt(x)
'''


def test_source_and_traceback() -> None:
    f = load(SOURCE, {}, "f", "<generated f>")
    assert inspect.getsource(f) == SOURCE[SOURCE.index("def f"):]
    with pytest.raises(ValueError, match="too large") as raised:
        f(3.0)
    assert 'raise ValueError("too large")' in "".join(traceback.format_exception(raised.value))


def test_constants_of_the_program_take_precedence() -> None:
    assert load(SOURCE, {"LIMIT": 10.0}, "f", "<generated g>")(9.0) == 3.0


def test_from_several_threads() -> None:
    found: list[float] = []

    def work(k: int) -> None:
        found.append(load(f"def f(x):\n    return x + {k}\n", {}, "f", f"<thread {k}>")(0))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(found) == list(range(20))


def test_missing_function() -> None:
    with pytest.raises(KeyError):
        load("x = 1", {}, "f", "<nothing>")
