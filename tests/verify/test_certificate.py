"""Right gradients are proved or agree, wrong ones differ, and what cannot be checked says why."""

import subprocess
import sys
import time

import numpy as np
import pytest

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Program
from adcompiler.ir.text import read, read_program
from adcompiler.verify.certificate import Certificate, certify
from adcompiler.verify.rows import Row


def program(text: str) -> Program:
    """The program of a function, or of the body of a function of x."""
    if not text.lstrip().startswith("fn "):
        text = "fn f(x: float)\n  " + text.replace("\n", "\n  ")
    return Program(read(text))


def programs(primal: str, gradient: str) -> tuple[Program, Program]:
    return program(primal), program(gradient)


def verdicts(certificate: Certificate, check: str = "sympy") -> set[str]:
    return {row.verdict for row in certificate if row.check == check}


POLYNOMIAL = "s = mul(x, x)\nt = mul(3.0, x)\nu = add(s, t)\nv = add(u, 1.0)\nreturn v"

SCALARS = {
    "polynomial": (POLYNOMIAL, "s = mul(2.0, x)\nt = add(s, 3.0)\nreturn t", "s = mul(2.0, x)\nreturn s"),
    "tanh": ("y = math.tanh(x)\nreturn y", "y = math.tanh(x)\ns = mul(y, y)\nt = sub(1.0, s)\nreturn t",
             "y = math.tanh(x)\ns = mul(y, y)\nt = add(1.0, s)\nreturn t"),
    "log": ("y = math.log(x)\nreturn y", "y = truediv(1.0, x)\nreturn y", "y = truediv(1.001, x)\nreturn y"),
    "power": ("y = pow(x, 2.5)\nreturn y", "p = pow(x, 1.5)\ny = mul(2.5, p)\nreturn y",
              "p = pow(x, 2.5)\ny = mul(2.5, p)\nreturn y"),
    "pi": ("y = mul(x, 3.141592653589793)\nz = math.sin(y)\nreturn z",
           "y = mul(x, 3.141592653589793)\nz = math.cos(y)\nw = mul(z, 3.141592653589793)\nreturn w",
           "y = mul(x, 3.141592653589793)\nz = math.cos(y)\nreturn z"),
    "erf": ("y = math.erf(x)\nreturn y",
            "s = mul(x, x)\nt = neg(s)\ne = math.exp(t)\np = math.sqrt(3.141592653589793)\nq = truediv(2.0, p)\n"
            "y = mul(q, e)\nreturn y",
            "s = mul(x, x)\nt = neg(s)\ny = math.exp(t)\nreturn y"),
    "constant": ("return 1.0", "return 0.0", "return 1.0"),
    "abs": ("y = abs(x)\nreturn y",
            "c = gt(x, 0.0)\nr = select(c, 1.0, -1.0)\nreturn r", "return 1.0"),
    "maximum": ("s = mul(x, x)\ny = max(s, x)\nreturn y",
                "s = mul(x, x)\nc = gt(s, x)\nt = mul(2.0, x)\nr = select(c, t, 1.0)\nreturn r",
                "t = mul(2.0, x)\nreturn t"),
    "floor": ("n = math.floor(x)\ny = mul(x, n)\nreturn y", "n = math.floor(x)\nm = add(n, 0.0)\nreturn m",
              "n = math.floor(x)\nm = add(n, 1.0)\nreturn m"),
    "mod": ("y = mod(x, 0.3)\nz = mul(y, y)\nreturn z", "y = mod(x, 0.3)\nz = mul(y, 2.0)\nreturn z",
            "z = mul(x, 2.0)\nreturn z"),
}


@pytest.mark.parametrize("name", SCALARS)
def test_scalar_functions(name: str) -> None:
    primal, right, wrong = SCALARS[name]
    good = certify(*programs(primal, right), [0.8], [0])
    assert good.ok, good
    assert verdicts(good) == {"proved"}, good
    assert verdicts(good, "numeric") == {"agrees"}, good
    bad = certify(*programs(primal, wrong), [0.8], [0])
    assert not bad.ok, bad
    assert "differs" in verdicts(bad)
    assert any("instead of" in row.detail and "x = " in row.detail for row in bad)


BRANCH = """
fn f(x: float, y: float)
  c = gt(x, y)
  r = if c
    a = mul(x, y)
    yield a
  else
    b = math.exp(x)
    yield b
  return r
"""
BRANCH_GRADIENT = """
fn df(x: float, y: float)
  c = gt(x, y)
  p, q = if c
    yield {then}
  else
    b = math.exp(x)
    yield {orelse}
  return p, q
"""


def test_branches_are_checked_one_by_one() -> None:
    good = certify(*programs(BRANCH, BRANCH_GRADIENT.format(then="y, x", orelse="b, 0.0")), [2.0, 1.0], [0, 1])
    assert {(r.parameter, r.path, r.verdict) for r in good if r.check == "sympy"} == {
        ("x", "x > y", "proved"), ("x", "x <= y", "proved"), ("y", "x > y", "proved"), ("y", "x <= y", "proved")}
    bad = certify(*programs(BRANCH, BRANCH_GRADIENT.format(then="y, x", orelse="b, 1.0")), [2.0, 1.0], [0, 1])
    assert [(r.parameter, r.path) for r in bad if r.verdict == "differs"] == [("y", "x <= y")]
    assert not bad.ok


def test_a_rarely_taken_branch_is_found() -> None:
    primal = "c = gt(x, 20.0)\ny = if c\n  s = mul(x, x)\n  yield s\nelse\n  yield x\nreturn y"
    bad = certify(*programs(primal, "y = mul(x, 0.0)\nz = add(y, 1.0)\nreturn z"), [1.0], [0])
    assert [(r.path, r.verdict) for r in bad if r.check == "sympy"] == [("x <= 20", "proved"), ("x > 20", "differs")]


RELAX = """
fn relax(x: float, n: int)
  y = for i in range(0, n, 1) carry y = x
    t = math.sin(y)
    u = mul(0.1, t)
    v = sub(y, u)
    yield v
  r = mul(y, x)
  return r
"""
RELAX_GRADIENT = """
fn relax_grad(x: float, n: int)
  empty: list[float] = list()
  y, ys = for i in range(0, n, 1) carry y = x, ys = empty
    ys_1 = append(ys, y)
    t = math.sin(y)
    u = mul(0.1, t)
    v = sub(y, u)
    yield v, ys_1
  m = sub(n, 1)
  y_bar = for i in range(m, {end}, -1) carry y_bar = x
    w = load(ys, i, index=('i',))
    c = math.cos(w)
    t = mul(0.1, y_bar)
    u = mul(t, c)
    v = sub(y_bar, u)
    yield v
  r = add(y, y_bar)
  return r
"""


def test_loops_are_unrolled_at_small_trip_counts() -> None:
    good = certify(*programs(RELAX, RELAX_GRADIENT.format(end=-1)), [0.7, 100], [0])
    assert {(r.path, r.verdict) for r in good if r.check == "sympy"} == {
        ("n = 0", "proved"), ("n = 1", "proved"), ("n = 2", "proved"), ("n = 3", "proved"), ("n = 100", "agrees")}
    bad = certify(*programs(RELAX, RELAX_GRADIENT.format(end=0)), [0.7, 100], [0])
    assert {r.path for r in bad if r.verdict == "differs"} == {"n = 1", "n = 2", "n = 3", "n = 100",
                                                              "at the arguments"}


def test_while_loops_fork_into_paths() -> None:
    primal = """
fn f(x: float)
  y = while carry y = x
    cond
      c = lt(y, 3.0)
      yield c
    do
      v = mul(y, y)
      yield v
  return y
"""
    gradient = """
fn f(x: float)
  y, g = while carry y = x, g = 1.0
    cond
      c = lt(y, 3.0)
      yield c
    do
      t = mul(2.0, y)
      h = mul(g, t)
      v = mul(y, y)
      yield v, h
  return g
"""
    certificate = certify(*programs(primal, gradient), [1.5], [0], time_limit=20)
    assert certificate.ok
    assert verdicts(certificate) == {"proved"}
    assert {"x >= 3", "x < 3, x**2 >= 3"} <= {r.path for r in certificate}


def test_arrays() -> None:
    primal = """
fn f(a: f64[n], k: int)
  s = for i in range(0, k, 1) carry s: f64 = 0.0
    v = load(a, i, index=('i',))
    w = mul(v, v)
    x = mul(w, 0.5)
    s_1 = add(s, x)
    yield s_1
  return s
"""
    a = np.linspace(-1.0, 2.0, 50)
    good = certify(*programs(primal, "fn df(a: f64[n], k: int)\n  b = copy(a)\n  return b"), [a, 50], [0])
    assert good.ok
    assert ("a of shape (2,), k = 2", "proved") in {(r.path, r.verdict) for r in good}
    assert ("k = 50", "agrees") in {(r.path, r.verdict) for r in good}
    bad = certify(*programs(primal, "fn df(a: f64[n], k: int)\n  b = store(a, 0.0, 0, index=('i',))\n  return b"),
                  [a, 50], [0])
    assert not bad.ok
    assert any("in entry [0]" in r.detail for r in bad)
    assert any(r.verdict == "differs" and r.check == "numeric" for r in bad)


def test_lists_have_a_derivative_for_each_element() -> None:
    primal = """
fn f(xs: list[float])
  n = len(xs)
  p = for i in range(0, n, 1) carry p = 0.0
    v = load(xs, i, index=('i',))
    s = math.sin(v)
    q = add(p, s)
    yield q
  return p
"""
    gradient = """
fn df(xs: list[float])
  n = len(xs)
  empty: list[float] = list()
  g = for i in range(0, n, 1) carry g = empty
    v = load(xs, i, index=('i',))
    c = math.cos(v)
    h = append(g, c)
    yield h
  return g
"""
    good = certify(*programs(primal, gradient), [[0.1, 0.2, 0.3, 4, 5.0]], [0])
    assert verdicts(good) == {"proved", "agrees"}, good
    assert verdicts(good, "numeric") == {"agrees"}
    bad = certify(*programs(primal, gradient.replace("math.cos", "math.sin")), [[0.1, 0.2]], [0])
    assert not bad.ok


def test_a_result_of_the_wrong_size_differs() -> None:
    text = "fn f(a: f64[n])\n  v = load(a, 0, index=('i',))\n  return v"
    gradient = "fn g(a: f64[n])\n  v = load(a, 1, index=('s010',))\n  return v"
    bad = certify(*programs(text, gradient), [np.array([1.0, 2.0])], [0])
    assert verdicts(bad) == verdicts(bad, "numeric") == {"differs"}


def test_recursion() -> None:
    power = """
fn power(x: float, n: int)
  c = eq(n, 0)
  y: float, d: float = if c
    yield 1.0, 0.0
  else
    m = sub(n, 1)
    r: float, e: float = call power(x, m)
    p = mul(x, r)
    f = mul(x, e)
    g = add(f, r)
    yield p, g
  return y, d
"""
    entry = "fn f(x: float, n: int)\n  y: float, d: float = call power(x, n)\n  return {}\n\n" + power
    certificate = certify(read_program(entry.format("y")), read_program(entry.format("d")), [2.0, 5], [0])
    assert certificate.ok
    assert "proved" in verdicts(certificate)


def test_stopped_values_are_constants() -> None:
    primal = "s = stop_gradient(x)\nt = mul(s, x)\nreturn t"
    good = certify(*programs(primal, "return x"), [1.5], [0])
    assert verdicts(good) == {"proved"}
    assert verdicts(good, "numeric") == {"not checked"}
    bad = certify(*programs(primal, "t = mul(2.0, x)\nreturn t"), [1.5], [0])
    assert verdicts(bad) == {"differs"}


def test_a_kink_at_the_arguments_is_no_difference() -> None:
    primal = "c = gt(x, 0.0)\ny = select(c, x, 0.0)\nreturn y"
    gradient = "c = gt(x, 0.0)\ny = select(c, 1.0, 0.0)\nreturn y"
    certificate = certify(*programs(primal, gradient), [0.0], [0])
    assert verdicts(certificate) == {"proved"}
    (row,) = (r for r in certificate if r.check == "numeric")
    assert row.verdict == "not checked"
    assert "kink" in row.detail


def test_random_foreign_values_are_the_same_in_both_programs() -> None:
    primal = "r = foreign 'np.random.random()'()\ns: float = float(r)\ny = mul(s, x)\nreturn y"
    gradient = "r = foreign 'np.random.random()'()\ns: float = float(r)\nreturn s"
    certificate = certify(*programs(primal, gradient), [1.5], [0])
    assert verdicts(certificate) == {"proved"}
    (row,) = (r for r in certificate if r.check == "numeric")
    assert row.detail == "two calls with the same arguments gave different values"


def test_foreign_values_follow_their_arguments() -> None:
    primal = """
fn f(x: float, n: int)
  k: list[int] = foreign pure 'list(range({0}))'(n)
  m = len(k)
  y = mul(x, m)
  return y
"""
    certificate = certify(*programs(primal, primal.replace("mul(x, m)", "float(m)")), [1.5, 7], [0])
    assert certificate.ok, certificate
    assert {row.path for row in certificate if row.verdict == "proved"} == {"n = 0", "n = 1", "n = 2", "n = 3"}


def test_folded_constants_are_rounded() -> None:
    primal = "y = mul(0.1, x)\nz = mul(3.0, y)\nreturn z"
    certificate = certify(*programs(primal, "return 0.30000000000000004"), [1.5], [0])
    assert certificate.ok
    assert next(iter(certificate)).detail == "to 1e-16 (constants are rounded) at 5 points"


def test_what_has_no_meaning_is_not_checked() -> None:
    primal = "y = math.nextafter(x, 2.0)\nreturn y"
    certificate = certify(*programs(primal, "return 1.0"), [1.5], [0], checks=("sympy",))
    assert [(r.verdict, r.detail) for r in certificate] == [
        ("not checked", "math.nextafter has no symbolic meaning here")]
    assert not certificate.ok


def test_programs_that_fail_are_not_checked() -> None:
    certificate = certify(*programs("ok = gt(x, x)\nassert(ok, 'never')\nreturn x", "return 1.0"), [1.5], [0])
    assert {(r.verdict, r.detail) for r in certificate} == {("not checked", "AssertionError: never")}
    assert not certificate.ok


def test_prints_do_not_happen_in_the_symbolic_check(capsys: pytest.CaptureFixture[str]) -> None:
    certify(*programs("foreign 'print({0})'(x)\nreturn x", "return 1.0"), [1.5], [0], checks=("sympy",))
    assert capsys.readouterr().out == ""


HARD = """
fn f(x: float, a: float)
  y = for i in range(0, 25, 1) carry y = x
    s = math.sin(y)
    c = math.cos(a)
    t = mul(s, y)
    u = mul(t, c)
    v = add(u, a)
    yield v
  return y
"""


def test_it_ends_in_time() -> None:
    """The expression has about 2**25 terms: the points decide, no proof is found."""
    start = time.monotonic()
    wrong = "fn g(x: float, a: float)\n  return a"
    certificate = certify(*programs(HARD, wrong), [0.5, 0.3], [0], checks=("sympy",), time_limit=2.0)
    assert time.monotonic() - start < 4.0
    assert [r.verdict for r in certificate] == ["differs"]
    start = time.monotonic()
    forward = HARD.replace("carry y = x", "carry y = x, d = 1.0").replace("yield v", """p = mul(y, {})
    q = add(s, p)
    r = mul(q, c)
    d_1 = mul(d, r)
    yield v, d_1""").replace("y = for", "y, d = for").replace("return y", "return d")
    forward = forward.replace("p = mul(y, {})", "k = math.cos(y)\n    p = mul(y, k)")
    certificate = certify(*programs(HARD, forward), [0.5, 0.3], [0], checks=("sympy",), time_limit=2.0)
    assert time.monotonic() - start < 4.0
    assert [(r.verdict, r.detail) for r in certificate] == [("agrees", "to 1e-30 at 5 points")]


def test_endless_loops_end() -> None:
    primal = "y = while carry y = x\n  cond\n    yield True\n  do\n    yield y\nreturn y"
    start = time.monotonic()
    certificate = certify(*programs(primal, "return 1.0"), [0.5], [0], checks=("sympy",), time_limit=0.5)
    assert time.monotonic() - start < 2.0
    assert [(r.verdict, r.detail) for r in certificate] == [("not checked", "the time was over")]


def test_the_callables_are_what_the_numeric_check_runs() -> None:
    pair = programs(POLYNOMIAL, "s = mul(2.0, x)\nt = add(s, 3.0)\nreturn t")
    certificate = certify(*pair, [1.5], [0], primal_call=lambda x: x**3, gradient_call=lambda x: (3 * x**2,))
    assert certificate.ok
    certificate = certify(*pair, [1.5], [0], primal_call=lambda x: x**3, gradient_call=lambda x: (x**2,))
    assert verdicts(certificate, "numeric") == {"differs"}
    assert verdicts(certificate) == {"proved"}
    assert not certificate.ok


def test_integers_count_as_real_numbers_where_they_are_differentiated() -> None:
    certificate = certify(*programs("y = mul(x, x)\nreturn y", "y = mul(2.0, x)\nreturn y"), [3], [0])
    assert [r.verdict for r in certificate] == ["proved", "agrees"]


def test_arguments_are_not_modified() -> None:
    a = np.array([1.0, 2.0, 3.0])
    before = a.copy()
    primal = "fn f(a: f64[n])\n  b = store(a, 9.0, 0, index=('i',))\n  v = load(b, 1, index=('i',))\n  return v"
    gradient = "fn df(a: f64[n])\n  b = mul(a, 0.0)\n  c = store(b, 1.0, 1, index=('i',))\n  return c"
    assert certify(*programs(primal, gradient), [a], [0]).ok
    np.testing.assert_array_equal(a, before)


def test_the_table() -> None:
    certificate = Certificate((Row("x", "x > 0", "proved"), Row("long_name", "", "agrees", "to 1e-30 at 5 points"),
                               Row("y", "at the arguments", "not checked", "why", "numeric")))
    assert str(certificate) == """\
parameter  check    path              verdict
x          sympy    x > 0             proved
long_name  sympy    all               agrees to 1e-30 at 5 points
y          numeric  at the arguments  not checked: why"""
    assert repr(certificate) == "<Certificate ok: 1 proved, 1 agrees, 1 not checked>"
    assert certificate.ok
    assert bool(certificate)
    assert not Certificate(()).ok
    assert not Certificate((Row("x", "", "proved"), Row("x", "", "differs"))).ok


def test_unknown_checks_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown check 'algebra'"):
        certify(*programs("return x", "return 1.0"), [1.0], [0], checks=("algebra",))


def test_sympy_stays_out_of_this_process() -> None:
    code = ("import sys; from adcompiler.verify.certificate import certify; "
            "assert not {'sympy', 'mpmath', 'scipy'} & set(sys.modules), 'imported'")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unusual_constants() -> None:
    assert const(True).value is True
    primal = "c = lt(x, inf)\ny = select(c, x, nan)\nz = mul(y, 1.5707963267948966)\nreturn z"
    certificate = certify(*programs(primal, "return 1.5707963267948966"), [1.0], [0])
    assert [r.verdict for r in certificate] == ["proved", "agrees"]
