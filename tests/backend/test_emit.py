"""What emitted code looks like: the function as a careful engineer would have written it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from adcompiler.backend.emit import emit
from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Block, Constant, Function, Leaf, Node, Parameter, Program, Static, Var
from adcompiler.ir.types import FLOAT
from tests.backend.running import body, program_of, run

RELAX_GRAD = """
bare math.sin

fn relax_grad(x: float, n: int)
  t1 = list()
  y, y_saved = for i in range(0, n, 1) carry y = x, y_saved: list[float] = t1
    y_saved_1 = append(y_saved, y)
    t2 = math.sin(y)
    t3 = mul(0.1, t2)
    y_1 = sub(y, t3)
    yield y_1, y_saved_1
  t2 = len(y_saved)
  t3 = sub(t2, 1)
  y_bar = for k in range(t3, -1, -1) carry y_bar = x
    y_1 = load(y_saved, k, index=('i',))
    t4 = mul(0.1, y_bar)  # y = y - 0.1 * sin(y)
    t5 = math.cos(y_1)  # y = y - 0.1 * sin(y)
    t6 = mul(t4, t5)  # y = y - 0.1 * sin(y)
    y_bar_1 = sub(y_bar, t6)  # y = y - 0.1 * sin(y)
    yield y_bar_1
  x_bar = add(y, y_bar)  # y = x
  return x_bar
"""


def test_the_example_of_the_design() -> None:
    assert emit(program_of(RELAX_GRAD), doc="Gradient of `relax` with respect to `x`.") == '''\
from math import cos, sin


def relax_grad(x, n):
    """Gradient of `relax` with respect to `x`."""
    y_saved = []
    y = x
    for i in range(n):
        y_saved.append(y)
        y -= 0.1 * sin(y)
    x_bar = y
    y_bar = x
    for y in reversed(y_saved):
        # y = y - 0.1 * sin(y)
        y_bar -= 0.1 * y_bar * cos(y)
    # y = x
    x_bar += y_bar
    return x_bar
'''


def test_it_is_deterministic() -> None:
    assert len({emit(program_of(RELAX_GRAD)) for _ in range(3)}) == 1


# name: (IR, arguments, body)
FORMS = {
    "an expression": ("t1 = mul(2.0, x)\nt2 = add(t1, 3.0)\nreturn t2", (1.5,), "return 2 * x + 3"),
    "minimal parentheses": ("t1 = sub(y, z)\nt2 = sub(x, t1)\nt3 = mul(t2, y)\nt4 = neg(t3)\nt5 = pow(t4, 2)\nreturn t5",
                            (1.0, 2.0, 3.5), "return (-((x - (y - z)) * y)) ** 2"),
    "a negative base": ("t1 = pow(-2, x)\nreturn t1", (2,), "return (-2) ** x"),
    "a name of the user": ("y = mul(x, x)\nz = add(y, 1.0)\nt1 = mul(y, z)\nreturn t1",
                           (1.5,), "y = x * x\nz = y + 1\nreturn y * z"),
    "a value used twice": ("""
fn f(x: float)
  t1 = math.exp(x)
  t2 = mul(t1, t1)
  return t2
""", (0.5,), "exp_x = math.exp(x)\nreturn exp_x * exp_x"),
    "early returns": ("""
fn f(x: float)
  t1 = lt(x, 0.0)
  result = if t1
    y = neg(x)
    yield y
  else
    t2 = gt(x, 5.0)
    result = if t2
      z = mul(x, x)
      yield z
    else
      yield x
    yield result
  return result
""", (-2.0,), "if x < 0:\n    y = -x\n    return y\nif x > 5:\n    z = x * x\n    return z\nreturn x"),
    "a conditional expression": ("""
fn f(x: float)
  t1 = lt(x, 0.0)
  t2 = if t1
    t2 = neg(x)
    yield t2
  else
    yield x
  t3 = mul(t2, 2.0)
  return t3
""", (-2.0,), "return (-x if x < 0 else x) * 2"),
    "and, or, a chain": ("""
fn f(x: float, n: int)
  t1 = lt(0.0, x)
  t2 = if t1
    t2 = lt(x, 10.0)
    yield t2
  else
    yield False
  t3 = if t2
    yield True
  else
    t3 = gt(n, 2)
    yield t3
  return t3
""", (3.0, 1), "return 0 < x < 10 or n > 2"),
    "a loop that ends early": ("""
fn f(x: float, n: int)
  s = for i in range(0, n, 1) exits carry s = x
    s_1 = mul(s, 1.5)
    t1 = gt(s_1, 10.0)
    yield s_1, t1
  return s
""", (1.0, 20), "s = x\nfor i in range(n):\n    s *= 1.5\n    if s > 10:\n        break\nreturn s"),
    "a return from a loop": ("""
fn f(x: float, n: int)
  x_1, returned, result = for i in range(0, n, 1) exits carry x_1 = x, returned = False, result: float = undefined
    t1 = gt(x_1, 10.0)
    x_2, returned_1, result_1 = if t1
      t2 = mul(x_1, i)
      yield x_1, True, t2
    else
      x_2 = mul(x_1, 1.5)
      yield x_2, False, undefined
    yield x_2, returned_1, result_1, returned_1
  result_1 = if returned
    yield result
  else
    yield x_1
  return result_1
""", (1.0, 20), "for i in range(n):\n    if x > 10:\n        return x * i\n    x *= 1.5\nreturn x"),
    "for and else": ("""
fn f(x: float, n: int)
  stopped = for i in range(0, n, 1) exits carry stopped = False
    t1 = gt(i, x)
    yield t1, t1
  t1 = if stopped
    yield 1.0
  else
    yield 2.0
  return t1
""", (3.0, 2), None),
    "a while loop": ("""
fn f(x: float)
  x_1, n = while carry x_1 = x, n = 0
    cond
      t1 = gt(x_1, 1.0)
      yield t1
    do
      x_2 = truediv(x_1, 2.0)
      n_1 = add(n, 1)
      yield x_2, n_1
  return x_1, n
""", (37.0,), "n = 0\nwhile x > 1:\n    x /= 2\n    n += 1\nreturn x, n"),
    "values that change places": ("""
fn f(x: float, n: int)
  a, b = for i in range(0, n, 1) carry a = 1.0, b = x
    b_1 = add(a, b)
    yield b, b_1
  return a, b
""", (1.5, 5), "a = 1.0\nb = x\nfor i in range(n):\n    a, b = b, a + b\nreturn a, b"),
    "an old value kept": ("""
fn f(x: float, n: int)
  x_1, old = for i in range(0, n, 1) carry x_1 = x, old: float = undefined
    x_2 = mul(x_1, 2.0)
    yield x_2, x_1
  return x_1, old
""", (1.5, 2), "old = None\nfor i in range(n):\n    old = x\n    x *= 2\nreturn x, old"),
    "elements": ("""
fn f(xs: list[float], n: int)
  t1 = len(xs)
  t = for k in range(0, t1, 1) carry t = 0.0
    v = load(xs, k, index=('i',))
    t2 = mul(v, k)
    t_1 = add(t, t2)
    yield t_1
  return t
""", ([1.0, 2.0], 0), "t = 0.0\nfor k, v in enumerate(xs):\n    t += v * k\nreturn t"),
    "two sequences": ("""
fn f(xs: list[float], ys: list[float])
  t1 = len(xs)
  t2 = len(ys)
  t3 = min(t1, t2)
  s = for k in range(0, t3, 1) carry s = 0.0
    v = load(xs, k, index=('i',))
    w = load(ys, k, index=('i',))
    t4 = mul(v, w)
    s_1 = add(s, t4)
    yield s_1
  return s
""", ([1.0, 2.0], [3.0, 4.0, 5.0]), "s = 0.0\nfor v, w in zip(xs, ys):\n    s += v * w\nreturn s"),
    "a sequence of unknown length": ("""
fn f(xs: list[float], ys: list[float])
  t1 = len(xs)
  s = for k in range(0, t1, 1) carry s = 0.0
    v = load(xs, k, index=('i',))
    w = load(ys, k, index=('i',))
    t2 = mul(v, w)
    s_1 = add(s, t2)
    yield s_1
  return s
""", ([1.0, 2.0], [3.0, 4.0, 5.0]), "s = 0.0\nfor k, v in enumerate(xs):\n    w = ys[k]\n    s += v * w\nreturn s"),
    "a list of the same length": ("""
fn f(n: int)
  t1 = list(0.0)
  t2 = repeat(t1, n)
  return t2
""", (3,), "return [0.0] * n"),
    "tuples": ("""
fn f(x: float, y: float)
  t = tuple(x, y)
  a = item(t, k=0)
  b = item(t, k=1)
  c = sub(b, a)
  return c
""", (1.0, 3.0), None),
    "infinities and signs": ("t1 = min(x, inf)\nt2 = max(t1, -inf)\nt3 = mul(t2, -0.0)\nreturn t3",
                             (2.0,), "return max(min(x, math.inf), -math.inf) * -0.0"),
    "assertions": ("""
fn f(x: float)
  t1 = gt(x, 0.0)
  assert(t1, 'positive')
  t2 = math.sqrt(x)
  return t2
""", (4.0,), "assert x > 0, 'positive'\nreturn math.sqrt(x)".replace("'", '"')),
    "raise": ("""
fn f(x: float)
  t1 = lt(x, 0.0)
  if t1
    t2 = foreign pure 'ValueError("negative")'()
    raise(t2)
  else
    yield
  return x
""", (4.0,), 'if x < 0:\n    raise ValueError("negative")\nreturn x'),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms(name: str) -> None:
    text, args, expected = FORMS[name]
    found = run(text, *args)
    if expected is not None:
        assert found == expected


def test_effects_stay_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("""
fn f(x: float, a: f64[n])
  t1 = mul(x, 2.0)
  foreign 'print("first", {0})'(x)
  t2: f64 = load(a, 0, index=('i',))
  foreign 'print("second", {0})'(t1)
  t3: f64 = add(t1, t2)
  return t3
""", 1.5, np.ones(2)) == """\
product = x * 2
print("first", x)
a_0 = a[0]
print("second", product)
return product + a_0"""
    assert capsys.readouterr().out.splitlines()[:2] == ["first 1.5", "second 3.0"]


def test_a_division_that_may_raise_is_kept() -> None:
    assert body("fn f(x: float)\n  t1 = truediv(1.0, x, keep=True)\n  return 2.0") == "1 / x\nreturn 2.0"


def test_a_variable_is_not_called_like_a_builtin_that_is_used() -> None:
    found = run("""
fn f(x: float)
  len = mul(x, x)
  e = list(x, len)
  n = len(e)
  r = mul(n, len)
  return r
""", 3.0)
    assert "len_1 = x * x" in found


def test_names_of_primitives_are_free() -> None:
    assert body("fn f(x: float)\n  item = mul(x, x)\n  load = mul(item, item)\n  t1 = add(item, load)\n  return t1") \
        == "item = x * x\nload = item * item\nreturn item + load"


def test_what_does_not_exist_is_none_where_it_is_kept() -> None:
    assert body("fn f(x: float)\n  t1 = list(x, undefined)\n  return t1") == "return [x, None]"


def test_numbers_of_numpy() -> None:
    assert body("fn f(x: f32)\n  t1 = mul(x, f32(0.5))\n  t2 = add(t1, f32(2.0))\n  return t2") == "return x * 0.5 + 2"
    assert body("fn f(x: float)\n  t1 = mul(x, f32(0.5))\n  return t1") == "return x * np.float32(0.5)"


def test_structured_arguments_and_results() -> None:
    x, a, b = Var("x", FLOAT), Var("p_a", FLOAT), Var("p_b", FLOAT)
    builder = Builder()
    t = builder.prim("mul", a, x)
    u = builder.prim("add", builder.prim("mul", a, b), t)
    tree = Node("dict", ("a", "b"), (Leaf(), Static(None)))
    signature = (Parameter("x", Leaf()), Parameter("p", Node("dict", ("a", "b"), (Leaf(), Leaf())), kind="KEYWORD_ONLY"))
    function = Function("f", signature, tree, builder.block([x, a, b], [u]))
    assert emit(Program(function)) == """\
def f(x, *, p):
    p_a = p["a"]
    return {"a": p_a * p["b"] + p_a * x, "b": None}
"""


def test_results_of_classes() -> None:
    x = Var("x", FLOAT)
    block = Block((x,), (), (x, const(1.0)))
    tree = Node("namedtuple", ("x", "y"), (Leaf(), Leaf()), "Point")
    program = Program(Function("f", (Parameter("x", Leaf(), "2.0"),), tree, block),
                      constants={"Point": Constant(None, "from geometry import Point"), "other": Constant(None, "other = 1")})
    assert emit(program) == "from geometry import Point\n\n\ndef f(x=2.0):\n    return Point(x=x, y=1.0)\n"


def test_a_thing_without_a_class() -> None:
    x = Var("x", FLOAT)
    tree = Node("object", ("u",), (Leaf(),), None)
    program = Program(Function("f", (Parameter("x", Leaf(), kind="POSITIONAL_ONLY"),), tree, Block((x,), (), (x,))))
    assert emit(program) == "from types import SimpleNamespace\n\n\ndef f(x, /):\n    return SimpleNamespace(u=x)\n"


def test_constants_with_what_they_need() -> None:
    source = emit(program_of("""
constant N = 'N = 3'
constant W = 'W = np.arange(N)'
constant unused = 'unused = 1'

fn f(x: float)
  w: any = foreign pure 'W'()
  t1: any = mul(w, x)
  return t1
"""))
    assert source == "import numpy as np\n\nN = 3\nW = np.arange(N)\n\n\ndef f(x):\n    w = W\n    return w * x\n"


def test_outlined_functions_come_first() -> None:
    source = emit(program_of("""
fn f(x: float)
  a: float, b: float = call pair(x)
  c = add(a, b)
  return c

fn pair(x: float)
  y = mul(x, 2.0)
  return x, y
"""))
    assert source == """\
def _pair(x):
    y = x * 2
    return x, y


def f(x):
    a, b = _pair(x)
    c = a + b
    return c
"""


def test_long_functions() -> None:
    """A long straight line, every value of which is read again at the end."""
    count = 2000
    x = Var("x", FLOAT)
    builder = Builder()
    values = [x]
    for _ in range(count):
        values.append(builder.prim("math.sin", values[-1], hint="y"))
    total = values[0]
    for v in values[1:]:
        total = builder.prim("add", total, v)
    function = Function("f", (Parameter("x", Leaf()),), Leaf(), builder.block([x], [total]))
    source = emit(Program(function))
    scope: dict[str, object] = {}
    exec(source, scope)
    want = y = 0.3
    for _ in range(count):
        y = math.sin(y)
        want += y
    assert scope["f"](0.3) == want  # type: ignore[operator]
    assert max(map(len, source.splitlines())) <= 100


def test_no_module_of_ours_is_named() -> None:
    assert "adcompiler" not in emit(program_of(RELAX_GRAD))
