"""The interpreter does what Python does, and never changes a value in place."""

import math
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import Constant, Program
from adcompiler.ir.ops import OPS, OpInfo
from adcompiler.ir.text import read, read_program
from adcompiler.ir.types import ANY


def run(text: str, *args: object) -> object:
    (result,) = evaluate(read(text), *args)
    return result


def test_a_loop() -> None:
    y = 2.0
    for _ in range(5):
        y = y - 0.1 * math.sin(y)
    text = """
fn relax(x: float, n: int)
  y = for i in range(0, n, 1) carry y = x
    t = math.sin(y)
    u = mul(0.1, t)
    v = sub(y, u)
    yield v
  r = mul(y, x)
  return r
"""
    assert run(text, 2.0, 5) == y * 2.0
    assert run(text, 2.0, 0) == 4.0


def test_ranges_run_backwards() -> None:
    text = """
fn f(a: int, b: int, c: int)
  e = list()
  s = for i in range(a, b, c) carry s = e
    s_1 = append(s, i)
    yield s_1
  return s
"""
    assert run(text, 7, -1, -2) == list(range(7, -1, -2))


def test_while_and_exits() -> None:
    text = """
fn f(x: float, limit: int)
  y, k = while exits carry y = x, k = 0
    cond
      c = lt(y, 100.0)
      yield c
    do
      v = mul(y, 2.0)
      k_1 = add(k, 1)
      done = ge(k_1, limit)
      yield v, k_1, done
  return y, k
"""
    assert evaluate(read(text), 1.0, 99) == (128.0, 7)
    assert evaluate(read(text), 1.0, 3) == (8.0, 3)
    assert evaluate(read(text), 200.0, 3) == (200.0, 0)


def test_for_with_exits_ends_after_the_iteration() -> None:
    text = """
fn f(n: int)
  s = for i in range(0, n, 1) exits carry s = 0
    s_1 = add(s, i)
    done = ge(s_1, 3)
    yield s_1, done
  return s
"""
    assert [run(text, n) for n in (2, 3, 9)] == [1, 3, 3]


def test_branches_take_one_side() -> None:
    text = """
fn f(x: float)
  c = gt(x, 0.0)
  y = if c
    t = math.log(x)
    yield t
  else
    yield -1.0
  return y
"""
    assert run(text, 1.0) == 0.0
    assert run(text, -1.0) == -1.0


def test_recursion() -> None:
    program = read_program("""
fn f(x: float, n: int)
  y: float = call power(x, n)
  return y

fn power(x: float, n: int)
  c = eq(n, 0)
  y = if c
    yield 1.0
  else
    m = sub(n, 1)
    r: float = call power(x, m)
    p = mul(x, r)
    yield p
  return y
""")
    assert evaluate(program, 3.0, 4) == (81.0,)


numbers = st.floats(-1e6, 1e6) | st.integers(-20, 20)
PYTHON = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
          "floordiv": operator.floordiv, "mod": operator.mod, "lt": operator.lt, "le": operator.le,
          "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne, "min": min, "max": max,
          "pow": lambda a, b: a**b, "math.atan2": math.atan2, "math.copysign": math.copysign}


@pytest.mark.parametrize("name", PYTHON)
@given(a=numbers, b=numbers)
def test_scalar_operators_are_pythons(name: str, a: float, b: float) -> None:
    fn = read(f"fn f(a: float, b: float)\n  c = {name}(a, b)\n  return c")
    try:
        expected = PYTHON[name](a, b)
    except (ZeroDivisionError, OverflowError) as error:
        with pytest.raises(type(error)):
            evaluate(fn, a, b)
    else:
        (result,) = evaluate(fn, a, b)
        assert type(result) is type(expected)
        assert repr(result) == repr(expected)


@pytest.mark.parametrize(("pattern", "operands", "expected"), [
    (("i", "i"), (1, 2), np.s_[1, 2]),
    (("i",), (-1,), np.s_[-1]),
    (("s010",), (2,), np.s_[:2]),
    (("s111", "i"), (0, 3, 2, 1), np.s_[0:3:2, 1]),
    (("e", "s100"), (1,), np.s_[..., 1:]),
    (("n", "s000", "i"), (0,), np.s_[None, :, 0]),
    (("a",), ([2, 0, 2],), np.s_[[2, 0, 2]]),
    (("a",), (np.arange(12).reshape(3, 4) % 2 == 0,), np.arange(12).reshape(3, 4) % 2 == 0),
])
def test_indexing(pattern: tuple[str, ...], operands: tuple[object, ...], expected: object) -> None:
    x = np.arange(12.0).reshape(3, 4)
    names = [f"i{k}" for k in range(len(operands))]
    params = ", ".join(f"{name}: any" for name in names)
    where = f"{', '.join(names)}, index={pattern!r}"
    fn = read(f"""
fn f(x: any, v: float, {params})
  a = load(x, {where})
  b = store(x, v, {where})
  c = accumulate(b, v, {where})
  return a, b, c
""")
    stored, added = x.copy(), x.copy()
    stored[expected] = added[expected] = 0.5  # type: ignore[index]
    np.add.at(added, expected, 0.5)  # type: ignore[arg-type]
    before = x.copy()
    wanted = (x[expected], stored, added)  # type: ignore[index]
    for result, array in zip(evaluate(fn, x, 0.5, *operands), wanted, strict=True):
        np.testing.assert_array_equal(result, array)
    np.testing.assert_array_equal(x, before)


def test_lists_are_values() -> None:
    text = """
fn f(xs: list[float])
  a = append(xs, 3.0)
  b = store(a, 9.0, 0, index=('i',))
  c, last = pop(b)
  d = repeat(c, 2)
  e = add(d, xs)
  return a, b, c, last, e
"""
    xs = [1.0, 2.0]
    assert evaluate(read(text), xs) == ([1.0, 2.0, 3.0], [9.0, 2.0, 3.0], [9.0, 2.0], 3.0,
                                        [9.0, 2.0, 9.0, 2.0, 1.0, 2.0])
    assert xs == [1.0, 2.0]


def test_sizes_and_tuples() -> None:
    text = """
fn f(x: f64[n, m])
  a = shape(x, axis=1)
  b = size(x)
  c = len(x)
  t = tuple(a, b, c)
  d = item(t, k=1)
  return t, d
"""
    assert evaluate(read(text), np.zeros((2, 3))) == ((3, 6, 2), 6)


def test_numpy_scalars_keep_their_dtype() -> None:
    result = run("fn f(x: f32)\n  y = mul(x, f32(0.1))\n  return y", np.float32(3))
    assert isinstance(result, np.float32)
    assert result == np.float32(3) * np.float32(0.1)


def test_library_functions_take_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPS, "numpy.stack", OpInfo("", lambda a, p: ANY, signature="*items; axis"))
    monkeypatch.setitem(OPS, "numpy.zeros", OpInfo("", lambda a, p: ANY, signature="*shape; dtype"))
    text = """
fn f(x: any, n: int)
  a = numpy.stack(x, x, axis=1)
  b = numpy.zeros(n, 2, dtype='int64')
  return a, b
"""
    stacked, zeros = evaluate(read(text), np.arange(2.0), 3)
    np.testing.assert_array_equal(stacked, [[0.0, 0.0], [1.0, 1.0]])
    np.testing.assert_array_equal(zeros, np.zeros((3, 2), dtype="int64"))


def test_foreign_code_sees_the_constants_of_the_program() -> None:
    fn = read("fn f(x: float)\n  y = foreign pure '(lambda v: v + SHIFT + sqrt(4.0))({0})'(x)\n  return y")
    program = Program(fn, constants={"SHIFT": Constant(10.0), "sqrt": Constant(text="from math import sqrt")})
    assert evaluate(program, 1.0) == (13.0,)


def test_templates_double_the_braces_of_python() -> None:
    fn = read("""y = foreign pure '[f"{{{0}}}", {{{0}: {1}}}]'(x, 2)\nreturn y""")
    assert evaluate(fn, 1.5) == (["1.5", {1.5: 2}],)


def test_effects(capsys: pytest.CaptureFixture[str]) -> None:
    text = """
fn f(x: float)
  foreign 'print("x =", {0})'(x)
  ok = gt(x, 0.0)
  assert(ok, 'not positive')
  return x
"""
    assert run(text, 1.5) == 1.5
    assert capsys.readouterr().out == "x = 1.5\n"
    with pytest.raises(AssertionError, match="not positive"):
        run(text, -1.5)
    with pytest.raises(ValueError, match="no"):
        run("e = foreign pure 'ValueError(\"no\")'()\nraise(e)\nreturn 1")


def test_primitives_can_be_replaced() -> None:
    fn = read("s = math.sin(x)\nt = mul(s, 2.0)\nreturn t")
    prims = {"math.sin": lambda x: f"sin({x})", "mul": lambda a, b: f"{a}*{b}"}
    assert evaluate(fn, "x", prims=prims) == ("sin(x)*2.0",)


def test_wrong_numbers_of_leaves_are_refused() -> None:
    with pytest.raises(TypeError, match="f takes 1 leaves, not 2"):
        evaluate(read("return x"), 1.0, 2.0)
