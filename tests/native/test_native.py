"""Programs for Numba: the same gradients as those for Python, from source that Numba compiles."""

import dataclasses
import math
import pickle
import subprocess
import sys
import textwrap
import typing

import numpy as np
import pytest

from adcompiler import CompileError, grad, value_and_grad


def check(f, *args, wrt=0):
    """The native gradient function, after a comparison of values and gradients with those of the other target."""
    native = value_and_grad(f, wrt=wrt, target="numba")
    before = pickle.dumps(args)
    value, gradients = native(*args)
    expected_value, expected = value_and_grad(f, wrt=wrt)(*args)
    assert pickle.dumps(args) == before, "the caller's arrays were changed"
    assert value == pytest.approx(expected_value, rel=1e-12)
    same(gradients, expected)
    same(native(*args)[1], expected)  # buffers that are used again hold nothing of the first call
    return native


def same(got, expected):
    """Equal structure, shapes and types, and equal numbers but for rounding."""
    if isinstance(expected, dict):
        assert list(got) == list(expected)
        got, expected = tuple(got.values()), tuple(expected.values())
    if dataclasses.is_dataclass(expected):
        got, expected = dataclasses.astuple(got), dataclasses.astuple(expected)
    if isinstance(expected, tuple | list):
        assert type(got) is type(expected)
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            same(a, b)
    elif isinstance(expected, np.ndarray):
        assert got.shape == expected.shape
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)
    elif expected is None:
        assert got is None
    else:
        assert got == pytest.approx(expected, rel=1e-10, abs=1e-12, nan_ok=True)


RNG = np.random.default_rng(5)
X, Y, M = RNG.normal(size=7), RNG.uniform(1, 2, size=7), RNG.normal(size=(7, 4))


# --- loops and what they keep


def test_a_loop_that_keeps_numbers():
    def f(x, n):
        y = x
        for _ in range(n):
            y = y - 0.1 * math.sin(y)
        return y * x
    source = check(f, 1.3, 10).source
    assert "y_saved = np.empty(" in source
    assert ".append" not in source


@pytest.mark.parametrize("n", [0, 1, -3])
def test_no_iterations(n):
    def f(x, n):
        y = x
        for _ in range(n):
            y = math.sin(y) * x
        return y * y
    check(f, 0.7, n)


def test_ranges_with_a_start_and_backwards():
    def f(x):
        y = 1.0
        for i in range(2, 7):
            y = y * x[i] + math.cos(y)
        for i in range(6, 1, -1):
            y = y * x[i] - math.sin(y)
        for i in range(0, 7, 3):
            y = y * x[i] + 1.0
        return y
    check(f, X)


@pytest.mark.parametrize("n", [-2, 0, 3])
def test_a_maximum_that_is_negative(n):
    def f(x, n):
        s = 0.5
        for i in range(max(n, n - 1)):
            s = s * x[i] + x[i] * math.sin(s)
        return s * x[0]
    check(f, X, n)


def test_nested_loops_have_one_array():
    def f(x, n):
        total = 0.0
        y = 0.3
        for i in range(n):
            for j in range(1, 4):
                y = math.sin(y * x[i] + x[j])
            total += y * y
        return total * y
    source = check(f, X, 5).source
    assert ".append" not in source


def test_arrays_that_are_kept():
    def f(x, n):
        u = x.copy()
        for _ in range(n):
            for i in range(1, len(x) - 1):
                u[i] = u[i] + 0.1 * u[i - 1] * u[i + 1]
        return np.sum(u * u)
    check(f, X, 4)


def test_a_triangle():
    def f(x, n):
        s = 0.0
        for i in range(n):
            y = x[i]
            for j in range(i):
                y = y * x[j] + 0.5 * math.sin(y)
            s += y * y
        return s * s
    check(f, X, 6)


def test_while_with_a_loop_inside():
    def f(x, n):
        y, k = x, 0
        while k < n and abs(y) < 50.0:
            z = y
            while abs(z) > 0.5:
                z = z * 0.5 * math.cos(z * 0.1)
            y = y + z * x
            k += 1
        return y * y
    check(f, 1.7, 6)


def test_breaks_returns_and_else():
    def f(x, n):
        y = x[0]
        for i in range(n):
            if y > 30.0:
                break
            if y < -30.0:
                return y * x[1]
            y = y * x[i] + 1.0
        else:
            y = y * y
        return y + x[2]
    for n in (0, 3, 7):
        check(f, X, n)
        check(f, 4.0 * X, n)
        check(f, -4.0 * np.abs(X), n)


def test_a_loop_that_never_runs_keeps_lists_of_known_type():
    def f(x):
        y = x
        n = 0
        while n < 0:
            n += 1
            y = math.sin(y)
        return y * y
    check(f, 1.1)


def test_scratch_arrays_are_allocated_once():
    def f(x, m):
        total = 0.0
        d = np.zeros(m.shape[1])
        for i in range(m.shape[0]):
            for j in range(m.shape[1]):
                d[j] = m[i, j] * x[j]
            for j in range(1, m.shape[1]):
                d[j] += d[j - 1] * d[j]
            total += math.exp(-d[m.shape[1] - 1] ** 2)
        return total
    source = check(f, X[:4], M, wrt=(0, 1)).source
    loop = source[source.index("for i in range"):]
    assert "np.empty" not in loop
    assert "np.zeros" not in loop


def test_scratch_arrays_that_are_kept_are_not_shared():
    def f(x, n):
        rows = np.zeros((n, 3))
        last = np.zeros(3)
        s = 0.0
        for i in range(n):
            a = np.zeros(3)
            for j in range(3):
                a[j] = x[j] * (i + 1) + last[j]
            s += np.sum(last * a)
            last = a
            rows[i] = a
        return s + np.sum(rows * rows)
    check(f, X[:3], 4)


def test_lists_as_users_build_them():
    def f(x, n):
        ys = []
        for i in range(n):
            ys.append(x[i] * x[i])
        s = 0.0
        for k, y in enumerate(reversed(ys)):
            s += y * (k + 1)
        return s + ys[0] * ys[-1]
    check(f, X, 5)


def test_integers_that_overflow_nothing():
    def f(x, n):
        k = 1
        for i in range(n):
            k = (k * 7 + i) % 5
            x = x * 1.1 + k
        return x * x
    check(f, 0.3, 9)


def test_sums_that_go_to_one_element():
    def f(x, m):
        y = np.zeros(len(x))
        s = 0.0
        for i in range(len(x)):
            for j in range(m.shape[1]):
                y[i] += m[i, j] * x[j]
            s += y[i] * y[i]
        return s
    source = check(f, X, M, wrt=(0, 1)).source
    assert "_sum" in source

    def beyond_the_end(x, n):
        s = 0.0
        for i in range(n):
            for j in range(i + 1, n):
                s += x[i + 1] * x[j] * x[i + 1]
        return s
    for n in (0, 1, 7):
        check(beyond_the_end, X, n)
    assert grad(beyond_the_end, target="numba", debug=True)(X, 7) == pytest.approx(grad(beyond_the_end)(X, 7))

    def read_in_between(x):
        y = np.zeros(3)
        s = 0.0
        for i in range(3):
            for j in range(len(x)):
                y[i] += x[j] * x[i]
                s += y[i]
        return s
    check(read_in_between, X)


def test_powers_of_integers():
    def f(x, n):
        return x * x * (-1) ** n * 2 ** (n + 1)
    check(f, 1.5, 3)
    check(f, 1.5, 0)
    with pytest.raises(ValueError, match="negative power"):
        grad(f, target="numba")(1.5, -2)


# --- arguments and results


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: float


class Pair(typing.NamedTuple):
    first: float
    rest: np.ndarray


def test_structures_are_taken_apart_around_the_kernel():
    def f(layers, scale, pair):
        s = 0.0
        for i in range(len(layers["a"].w)):
            s += layers["a"].w[i] * scale + layers["b"] * pair.first
        return s * np.sum(pair.rest)
    layers = {"a": Layer(X.copy(), 0.5), "b": 2.0}
    check(f, layers, 1.5, Pair(0.7, Y.copy()), wrt=(0, 1, 2))


def test_defaults_keywords_and_stars():
    def f(x, k=2.0, *more, scale=3.0):
        s = x * k * scale
        for m in more:
            s += m * x
        return s
    native = grad(f, target="numba")
    assert native(2.0) == 6.0
    assert native(2.0, 1.0, 5.0, 6.0, scale=2.0) == 13.0


def test_other_types_than_in_the_first_call():
    def f(x, k):
        return np.sum(x * x) * k
    native = grad(f, target="numba")
    same(native(X, 2), 4 * X)
    same(native(X, 2.5), 5 * X)
    same(native(X.astype(np.float32), 2), (4 * X.astype(np.float32)))
    same(native(X[::2], 2), 4 * X[::2])
    same(native(np.asfortranarray(M), 2), 4 * M)


def test_objects_of_the_module_around_are_read_when_called():
    weights = np.array([1.0, 2.0, 3.0])

    def f(x):
        s = 0.0
        for i in range(3):
            s += weights[i] * x[i] * x[i]
        return s
    native = grad(f, target="numba")
    same(native(X[:3]), 2 * weights * X[:3])
    weights[1] = 10.0
    same(native(X[:3]), 2 * np.array([1.0, 10.0, 3.0]) * X[:3])


def test_closures_with_the_same_text():
    def make(w):
        def f(x):
            return np.sum(w * x) * w[0]
        return grad(f, target="numba")
    a, b = make(np.array([1.0, 2.0])), make(np.array([3.0, 5.0]))
    same(a(X[:2]), np.array([1.0, 2.0]))
    same(b(X[:2]), np.array([9.0, 15.0]))
    same(a(X[:2]), np.array([1.0, 2.0]))


def test_methods_and_decorators():
    class Model:
        scale = 3.0

        def loss(self, x):
            return self.scale * x * x

    @value_and_grad(target="numba", wrt="y")
    def g(x, y):
        return x * y * y

    assert grad(Model().loss, target="numba")(2.0) == 12.0
    assert g(2.0, 3.0) == (18.0, 12.0)


def test_second_order():
    def f(x):
        s = 0.0
        for i in range(len(x) - 1):
            s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
        return s

    def directional(x, v):
        return np.sum(grad(f)(x) * v)
    check(directional, X, Y)
    twice = grad(grad(lambda x: x**5, target="numba"), target="numba")
    assert twice(2.0) == pytest.approx(160.0)


def test_with_the_value_and_aux():
    def f(x):
        return x * x, 3 * x
    assert grad(f, has_aux=True, target="numba")(2.0) == (4.0, 6.0)
    assert grad(lambda x: x**3, target="numba").value_and_grad(2.0) == (8.0, 12.0)


# --- errors


def test_errors_of_the_program():
    def f(x, n):
        assert n >= 0, f"{n} is negative"
        if n > 5:
            raise ValueError(f"n is {n}")
        return x * x * n
    native = grad(f, target="numba")
    assert native(2.0, 3) == 12.0
    with pytest.raises(ValueError, match="n is"):
        native(2.0, 7)
    with pytest.raises(AssertionError):
        native(2.0, -1)


def test_debug_checks_indices_and_divisions():
    def f(x, n):
        s = 0.0
        for i in range(n):
            s += 1.0 / x[i]
        return s
    fast, careful = grad(f, target="numba"), grad(f, target="numba", debug=True)
    same(careful(Y, 7), -1.0 / Y**2)
    assert np.isinf(fast(np.array([0.0]), 1)[0])
    with pytest.raises(ZeroDivisionError):
        careful(np.array([0.0]), 1)
    with pytest.raises(IndexError):
        careful(Y, 8)


def test_sums_in_another_order():
    def f(x):
        s = 0.0
        for i in range(len(x)):
            s += x[i] * x[i]
        return s * s
    native = grad(f, target="numba", fastmath="safe")
    np.testing.assert_allclose(native(X), 4 * np.sum(X * X) * X, rtol=1e-12)
    assert np.isnan(native(np.array([1.0, np.nan]))).all()
    assert np.isinf(native(np.array([1.0, np.inf]))).all()


def test_what_cannot_be_compiled_is_refused_with_its_line():
    def recursive(x, n):
        return x if n == 0 else recursive(x * x, n - 1)

    def foreign(x):
        print(x)
        return x * x
    for f, args in ((recursive, (1.5, 3)), (foreign, (1.5,))):
        with pytest.raises(CompileError, match="ADC701") as caught:
            grad(f, target="numba")(*args)
        assert "test_native.py" in str(caught.value)
        assert "target='python'" in str(caught.value)


@pytest.mark.parametrize(("options", "message"), [
    ({"target": "cuda"}, "'python' or 'numba'"), ({"debug": True}, "target='numba'"),
    ({"target": "numba", "fastmath": "all"}, "'safe'")])
def test_options_that_there_are_not(options, message):
    with pytest.raises(ValueError, match=message):
        grad(lambda x: x, **options)


# --- files and processes


PROGRAM = textwrap.dedent("""
    import math, sys
    import numpy as np
    import adcompiler

    def f(x, n):
        y = x
        for i in range(n):
            y = y - 0.1 * math.sin(y)
        return y * x

    gradient = adcompiler.grad(f, target="numba")
    print(gradient(1.0, 10))
    import numba
    kernel = gradient._last.function
    print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
""")


def test_another_process_compiles_nothing(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    runs = [subprocess.run([sys.executable, path], capture_output=True, text=True, check=True).stdout.split() for _ in range(2)]
    assert runs[0][0] == runs[1][0]
    assert runs[0][1:] == ["0", "1"]
    assert runs[1][1:] == ["1", "0"]


def test_the_saved_file_runs_by_itself(tmp_path):
    def f(x: float, n: int):
        y = x
        for _ in range(n):
            y = math.sin(y) * x
        return y
    grad(f, target="numba").save(tmp_path / "saved.py")
    text = (tmp_path / "saved.py").read_text(encoding="utf-8")
    assert "import adcompiler" not in text
    assert "@njit" in text
    code = "import saved; print(saved.f_grad(0.5, 4))"
    printed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert float(printed) == pytest.approx(grad(f)(0.5, 4), rel=1e-12)


def test_importing_the_package_imports_no_numba():
    code = "import sys, adcompiler; print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
