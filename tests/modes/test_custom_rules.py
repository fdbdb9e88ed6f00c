"""Rules of users for functions that cannot be read."""

import ctypes
import ctypes.util
import math
import subprocess
import sys

import numpy as np
import pytest
import scipy.special

from adcompiler import CompileError, check_grads, grad, hessian, jacobian, jvp, rule, value_and_grad
from adcompiler.ir.evaluate import GIVEN_FUNCTIONS
from adcompiler.ir.ops import OPS
from adcompiler.rules.table import DERIVATIVES, RULES

V = np.array([0.3, 1.2, 2.5])
LIBM = ctypes.CDLL(ctypes.util.find_library("m"))
tgamma = LIBM.tgamma
tgamma.restype, tgamma.argtypes = ctypes.c_double, [ctypes.c_double]


@pytest.fixture(scope="module", autouse=True)
def rules():
    """The rules are there for this module only, since other tests look at the table of all rules."""
    tables = (OPS, RULES, DERIVATIVES, GIVEN_FUNCTIONS)
    before = [set(table) for table in tables]
    rule("tgamma(x)", tgamma, x="y_bar * y * scipy.special.digamma(x)")
    rule("wave(x, k)", wave, x="y_bar * k * slope(x, k)", k="y_bar * x * np.cos(k * x)")
    rule("slope(x, k)", slope, x="-y_bar * k * wave(x, k)", k="-y_bar * x * wave(x, k)")
    rule("length(v)", length, returns="number", v="y_bar * v / y")
    rule("running(v)", running, returns="v", v="np.flip(np.cumsum(np.flip(2.0 * y_bar * np.cumsum(v))))")
    rule("clipped(x, most, kind)", clipped, x="y_bar if result < most else 0.0", most="0.0 if result < most else y_bar",
         kind="0")
    rule("scipy.special.struve(v, x)", x="y_bar * (scipy.special.struve(v - 1.0, x) - v * y / x)")
    rule("unknown_part(x)", unknown_part, x="y_bar * nobody_knows(x)")
    yield
    for table, names in zip(tables, before, strict=True):
        for name in set(table) - names:
            del table[name]


def wave(x, k):
    try:
        return np.sin(k * x)
    except FloatingPointError:
        return x


def slope(x, k):
    try:
        return np.cos(k * x)
    except FloatingPointError:
        return x


def length(v):
    try:
        return float(np.linalg.norm(v))
    except ValueError:
        return 0.0


def running(v):
    try:
        return np.cumsum(v) ** 2
    except ValueError:
        return v


def clipped(x, most, kind):
    try:
        return min(x, most)
    except ValueError:
        return x


class Model:
    def __init__(self, k):
        self.k = k

    def energy(self, v):
        return np.sum(wave(v, self.k) * v)


def of_c(x):
    return tgamma(2.0 * x) * x


def in_a_loop(x, n):
    for i in range(n):
        x = wave(x, 1.5) + 1.0 if i % 2 else 0.5 * tgamma(x + 1.0)
    return x


def arrays(v, k):
    return np.sum(wave(v, k) * v)


def broadcast(v, w):
    return np.sum(wave(v[:, None], w) ** 2)


def method(v, k):
    return Model(k).energy(v)


def closure(a):
    def inner(t):
        return wave(t, a)

    return inner(0.5) * inner(a)


def numbers(v):
    return length(2.0 * v) * length(v)


def like(v):
    return np.sum(running(2.0 * v) * v)


def branches(x, most):
    return clipped(x * x, most, "hard") * x


def library(a):
    return scipy.special.struve(1.5, a * a)


CASES = [(of_c, (1.3,)), (in_a_loop, (0.8, 3)), (arrays, (V, 1.3)), (arrays, (V, V)), (arrays, (0.4, V)), (broadcast, (V, V)),
         (method, (V, 1.3)), (closure, (0.7,)), (numbers, (V,)), (like, (V,)), (branches, (1.1, 3.0)), (branches, (1.1, 1.0)),
         (library, (0.7,)), (tgamma, (2.3,)), (wave, (0.4, 1.3))]


@pytest.mark.parametrize("primal, args", CASES)
def test_right_derivatives_to_second_order(primal, args):
    check_grads(primal, args, order=2)


def test_values_and_matrices():
    value, slope_at = value_and_grad(of_c)(1.3)
    assert value == of_c(1.3) and slope_at == pytest.approx(math.gamma(2.6) * (1 + 2.6 * scipy.special.digamma(2.6)))
    assert np.allclose(jacobian(lambda v: wave(v, 2.0))(V), np.diag(2.0 * np.cos(2.0 * V)))
    assert np.allclose(hessian(lambda v: np.sum(wave(v, 2.0)))(V), np.diag(-4.0 * np.sin(2.0 * V)))
    assert jvp(of_c)((1.3,), (2.0,))[1] == pytest.approx(2.0 * slope_at)
    assert grad(lambda x: grad(wave)(x, 2.0) * x)(0.4) == pytest.approx(2 * math.cos(0.8) - 1.6 * math.sin(0.8))


def test_the_rule_counts_and_the_checks_find_a_wrong_one():
    @rule("doubled(x)", x="3.0 * y_bar")
    def doubled(x):
        return 2.0 * x

    def uses(x):
        return doubled(x) * x

    assert grad(uses)(1.0) == 5.0 and grad(doubled)(1.0) == 3.0
    with pytest.raises(AssertionError):
        check_grads(uses, (1.0,))
    assert not grad(uses).verify(1.0).ok and grad(of_c).verify(1.3).ok
    assert "no symbolic meaning" in str(grad(of_c).verify(1.3))


def test_the_source_calls_the_functions():
    derivative = grad(arrays)
    derivative(V, 1.3)
    assert "return wave(v, k) + v * k * slope(v, k)" in derivative.source
    assert f"from {wave.__module__} import" in derivative.source


LIBRARY = """\
import numpy as np


def table(x):
    try:
        return np.sin(x)
    except ValueError:
        return x
"""


def test_saved_files(tmp_path, monkeypatch):
    (tmp_path / "tables.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    import tables

    rule("tables.table(x)", x="y_bar * cos(x)")

    def twice(x):
        return tables.table(x) ** 2

    derivative = grad(twice)
    assert derivative(0.4) == pytest.approx(math.sin(0.8))
    derivative.save(tmp_path / "saved.py")
    code = "import sys, saved\nprint(saved.twice_grad(0.4))\nassert 'adcompiler' not in sys.modules"
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert float(shown) == pytest.approx(math.sin(0.8))
    local = [lambda x: x * x][0]
    rule("hidden(x)", local, x="2.0 * x * y_bar")
    nameless = grad(lambda x: local(x) ** 2)
    assert nameless(2.0) == 32.0
    with pytest.raises(CompileError) as caught:
        nameless.save(tmp_path / "nameless.py")
    assert caught.value.code == "ADC519" and not (tmp_path / "nameless.py").exists()


@pytest.mark.parametrize("call, words", [
    (lambda: grad(lambda h: scipy.special.struve(h, 1.0))(0.5), "ADC501"),
    (lambda: grad(lambda x: unknown_part(x))(0.5), "ADC501"),
])
def test_refused(call, words):
    with pytest.raises(CompileError) as caught:
        call()
    assert words in str(caught.value)


def unknown_part(x):
    return x


@pytest.mark.parametrize("make, words", [
    (lambda: rule("f", abs, x="y_bar"), "a call with named parameters"),
    (lambda: rule("f(x, x)", abs, x="y_bar"), "names of their own"),
    (lambda: rule("f(x)", abs, z="y_bar"), "has no parameter 'z'"),
    (lambda: rule("f(x)", abs, x="y_bar *"), "is not understood"),
    (lambda: rule("f(x)", abs, x="y_bar * z"), "is not understood"),
    (lambda: rule("f(x)", abs, x="[y_bar]"), "is not understood"),
    (lambda: rule("f(x)", abs, returns="matrix", x="y_bar"), "returns is"),
    (lambda: rule("numpy.sin(x)", x="y_bar"), "has a derivative already"),
])
def test_wrong_rules(make, words):
    with pytest.raises(ValueError, match=words):
        make()
