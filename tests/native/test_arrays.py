"""Array programs for Numba: values, gradients, shapes and types are those of the default target, which NumPy runs.

`pytest tests/native/test_arrays.py --budget 500` checks more cases of the library, and as many random programs.
"""

import inspect
import linecache
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="Numba is not installed")

from adcompiler import CompileError, value_and_grad
from tests.library.cases import CASES
from tests.library.programs import copied, differentiated, program_of

sys.path.append(str(Path(__file__).parent.parent / "programs"))
from random_arrays import program as random_program

FEW = """
numpy.sum-17 numpy.max-17 numpy.min-22 numpy.mean-23 numpy.var-11 numpy.argsort-5 numpy.median-2 numpy.einsum-25
numpy.inner-6 numpy.tile-0 numpy.concatenate-16 numpy.squeeze-2 numpy.take_along_axis-1 numpy.pad-12 numpy.tensordot-1
numpy.cumsum-2 numpy.diff-2 numpy.linalg.cholesky-0 numpy.linalg.eigh-2 numpy.linalg.inv-1 numpy.linalg.solve-6
numpy.kron-1 scipy.special.erf-5
""".split()


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """Compiled code is kept for this run only."""
    monkeypatch.setenv("ADCOMPILER_CACHE", str(tmp_path_factory.getbasetemp() / "native"))


def assert_same(found, expected, tolerance=1e-9):
    """The same structure, with the same shapes and types of arrays."""
    if isinstance(expected, tuple):
        assert isinstance(found, tuple) and len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other, tolerance)
        return
    assert isinstance(found, np.ndarray) == isinstance(expected, np.ndarray)
    assert np.shape(found) == np.shape(expected)
    if isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
    scale = np.max(np.abs(expected), initial=1e-3, where=np.isfinite(expected))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=1e-3 * tolerance * scale)


def check(f, values, wrt):
    """Both targets agree, and the arguments stay what they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = value_and_grad(f, wrt=wrt)(**copied(values))
        given = copied(values)
        found = value_and_grad(f, wrt=wrt, target="numba")(**given)
    single = any(getattr(v, "dtype", None) == np.float32 for v in values.values())
    assert_same(found, expected, 1e-4 if single else 1e-9)
    for name, value in values.items():
        np.testing.assert_array_equal(given[name], value, err_msg=f"{name} was changed")


@pytest.mark.parametrize("case", FEW)
def test_library(case):
    program, values = program_of(case)
    check(program, values, differentiated(values))


def test_more_of_the_library(request):
    """What is not refused agrees."""
    budget = request.config.getoption("--budget")
    if not budget:
        pytest.skip("with --budget only")
    for case in list(CASES)[::max(1, len(CASES) // budget)]:
        program, values = program_of(case)
        try:
            check(program, values, differentiated(values))
        except CompileError:
            continue
        except AssertionError as error:
            raise AssertionError(case) from error


def test_random_programs(request):
    for seed in range(request.config.getoption("--budget") or 6):
        made = random_program(seed)
        name, space = f"<native {seed}>", {"__name__": "native"}
        linecache.cache[name] = (len(made.source), None, made.source.splitlines(True), name)
        exec(compile(made.source, name, "exec"), space)
        values = dict(zip(inspect.signature(space["f"]).parameters, made.args, strict=True))
        try:
            check(space["f"], values, made.wrt)
        except CompileError:
            continue
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error


# --- memory that an update reads and writes: NumPy copies first, Numba does not


def turned(a):
    a = a * 1.0
    a += a[::-1]
    return np.sum(a ** 3)


def transposed(a):
    b = a + a.T
    return np.sum(b ** 3)


def overlapping(a):
    a = a * 1.0
    a[1:] += a[:-1]
    a[:-1] *= a[1:]
    a[:] = a[::-1]
    return np.sum(a ** 3)


@pytest.mark.parametrize("f", [turned, transposed, overlapping])
def test_updates_of_memory_that_is_read(f):
    rows = np.array([[0.3, 1.2, 0.7], [1.1, 0.4, 0.9], [0.2, 0.8, 1.3]])
    check(f, {"a": rows}, ("a",))
    check(f, {"a": rows.T}, ("a",))


# --- errors that NumPy raises


def largest(a):
    return np.sum(np.max(a, axis=0))


def taken(a, at):
    return np.sum(a[at] * a[at])


def multiplied(a, b):
    return np.sum(np.einsum("ij,jk->ik", a, b))


def test_maximum_of_nothing():
    with pytest.raises(ValueError, match="zero-size"):
        value_and_grad(largest, wrt="a", target="numba")(np.zeros((0, 2)))


def test_position_out_of_bounds():
    with pytest.raises(IndexError):
        value_and_grad(taken, wrt="a", target="numba")(np.ones(3), np.array([0, 5]))


def test_positions_that_occur_twice_and_from_the_end():
    check(taken, {"a": np.array([1.0, 2.0, 3.0]), "at": np.array([0, -1, 0])}, ("a",))


def test_sizes_that_do_not_fit():
    with pytest.raises(ValueError, match="fit"):
        value_and_grad(multiplied, wrt=("a", "b"), target="numba")(np.ones((2, 3)), np.ones((4, 2)))


def ordered(a):
    return np.sum(a[np.lexsort((a, a))] * np.arange(3))


def beside_none(a):
    return np.sum(a[0, None, np.array([1, 0])] ** 2)


def test_positions_beside_none_are_refused():
    with pytest.raises(CompileError, match="ADC701"):
        value_and_grad(beside_none, wrt="a", target="numba")(np.ones((2, 3, 2)))


def test_refusal_names_the_line_of_the_user():
    with pytest.raises(CompileError, match=r"ADC701.*np\.lexsort") as refused:
        value_and_grad(ordered, wrt="a", target="numba")(np.ones(3))
    assert re.search(r"test_arrays\.py:\d+", str(refused.value))
