"""The IR prints and parses: `show(read(text))` is `text`, and types are inferred where they are left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import (
    UNDEFINED,
    Block,
    Const,
    Foreign,
    Function,
    Leaf,
    Node,
    Parameter,
    Program,
    Var,
)
from adcompiler.ir.text import IrSyntaxError, read, read_program, show
from adcompiler.ir.types import ANY, BOOL, FLOAT, INT, NEVER, Array, List, Saved, Scalar, Tuple
from adcompiler.ir.verify import verify

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

TEXTS = {
    "loop": RELAX,
    "branch": """
fn f(x: float, c: bool)
  a, b = if c
    t1 = neg(x)
    yield t1, 1.0
  else
    yield x, 2.0
  t1 = mul(a, b)
  return t1
""",
    "while": """
fn f(x: float)
  y = while carry y = x
    cond
      c = lt(y, 3.0)
      yield c
    do
      v = add(y, 1.0)
      yield v
  return y
""",
    "while with other names": """
fn f(x: float)
  y, k = while exits carry y = x, k = 0
    cond p, q
      c = lt(p, 3.0)
      yield c
    do
      v = add(y, 1.0)
      k_1 = add(k, 1)
      done = gt(k_1, 10)
      yield v, k_1, done
  return y, k
""",
    "for with exits": """
fn f(xs: f64[n], limit: float)
  n = len(xs)
  s: float, found: bool = for i in range(0, n, 1) exits carry s: f64 = 0.0, found: bool_ = False
    v = load(xs, i, index=('i',))
    s_1 = add(s, v)
    found_1 = gt(s_1, limit)
    yield s_1, found_1, found_1
  return s
""",
    "no targets": """
fn f(c: bool, x: float)
  assert(c, 'x must be positive')
  if c
    foreign 'print({0}, "# not a comment")'(x)
  else
    yield
  for i in range(0, 3, 1)
    foreign 'print({0})'(i)
  return x
""",
    "calls": """
fn f(x: float, names: any)
  k: int = foreign pure 'len({0})'(names)
  y: float, s: saved[helper] = call helper(x, k)
  g = call other(s)
  return y
""",
    "constants": """
fn f(x: float)
  a = add(x, inf)
  b = add(a, -inf)
  c = add(b, nan)
  d = add(c, f32(0.5))
  e = select(True, d, undefined)
  g = list(bool_(True), bool_(undefined))
  h = foreign pure 'g({0}, {1})'(None, const(3, 'any'))
  j = add(const(2.0, 'f64[n]'), -1.5e-300)
  return e
""",
    "parameters of primitives": """
fn f(x: f64[n, 1], i: int)
  a: f64[?1, 1, 1] = load(x, i, index=('s010', 'n', 'e'))
  b = shape(x, axis=0)
  return b
""",
    "types as parameters": """
fn f(x: f64[?1])
  s = save(x, function='g')
  y = saved_item(s, k=0, type=type('f64[?1]'))
  return y
""",
    "dimensions": """
fn f(x: f64[n, ?1, m], y: f32[?1], z: list[(f64[?2], bool[n])], w: (int,))
  v: f64[n, ?3, m] = add(x, 1.0)
  r: f64[?*4] = foreign 'g({0})'(v)
  return v
""",
    "notes and a docstring": """
fn f(x: float)
  doc 'The "square" of x.\\n\\nNot more.'
  y_bar = mul(2.0, x)  # y = x * x # it's a comment
  return y_bar
""",
    "structures": """
fn f(p: dict{'a': p_a: float, 'b': tuple{p_b_0: f64[n], p_b_1: int}}, q: object P{'x': q_x: float})
  s = mul(p_a, q_x)
  return dict{'a': s, 'b': static None, 'c': list{p_b_0, 1}}
""",
    "signature": """
fn f(a: float, /, b: float, *args: tuple{args_0: float}, k: int = max(1, 2), m: static 'relu', **o: dict{})
  return a
""",
    "keyword only": """
fn f(*, k: int = 3)
  return tuple{k}
""",
    "several results": """
fn f(a: float, b: float)
  return a, tuple{b, a}, b
""",
    "hints": """
fn f(x: float, t1: float)
  t2 = add(x, t1)
  y = neg(t2)
  y_1 = neg(y)
  y_2 = neg(y_1)
  inf_1 = neg(y_2)
  return inf_1
""",
    "pop": """
fn f(xs: list[float])
  rest, last = pop(xs)
  more = append(rest, last)
  return last
""",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_round_trip(text: str) -> None:
    assert show(read(text)) == text.strip()


def test_a_block_alone_takes_unknown_names_as_parameters() -> None:
    fn = read("t = mul(x, x)\nu = sub(t, y)\nreturn u")
    assert show(fn) == "fn f(x: float, y: float)\n  t = mul(x, x)\n  u = sub(t, y)\n  return u"
    verify(fn)


def test_types_are_inferred() -> None:
    fn = read("""
fn f(a: f32[n, m], b: f64[m], k: int)
  c = matmul(a, b)
  d = truediv(k, 2)
  e = gt(c, d)
  return c, d, e
""")
    types = [bind.targets[0].type for bind in fn.block.binds]
    assert types == [Array("float64", ("n",)), FLOAT, Array("bool", ("n",))]
    verify(fn)


def test_carried_types_widen_until_they_settle() -> None:
    fn = read("""
fn f(n: int, x: f64)
  a, b = for i in range(0, n, 1) carry a = 0, b = 0
    c = add(a, x)
    d = add(b, a)
    yield c, d
  return a, b
""")
    assert [v.type for v in fn.block.binds[0].targets] == [Scalar("float64", weak=False)] * 2
    verify(fn)


def test_names_may_be_bound_again() -> None:
    fn = read("x = mul(x, x)\nx = mul(x, x)\nreturn x")
    assert show(fn) == "fn f(x: float)\n  x_1 = mul(x, x)\n  x_2 = mul(x_1, x_1)\n  return x_2"


def test_hints_and_notes_survive() -> None:
    b = Builder()
    x = Var("y", FLOAT)
    b.note = "return y * y"
    t = b.prim("mul", x, x)
    y = b.prim("neg", t, hint="y")
    fn = Function("f", (Parameter("y", Leaf()),), Leaf(), b.block([x], [y]))
    again = read(show(fn))
    assert [bind.targets[0].hint for bind in again.block.binds] == ["", "y"]
    assert [bind.note for bind in again.block.binds] == ["return y * y"] * 2


def test_the_leaf_of_a_parameter_may_have_another_name() -> None:
    fn = Function("f", (Parameter("x", Leaf()),), Leaf(), Block((v := Var("x_0", FLOAT),), (), (v,)))
    assert show(fn) == "fn f(x: x_0: float)\n  return x_0"
    assert show(read(show(fn))) == show(fn)


def test_unknown_dimensions_read_twice_are_different() -> None:
    first, second = (read("fn f(x: f64[?1], y: f64[?1])\n  return x").block.params for _ in range(2))
    assert first[0].type == first[1].type != second[0].type


def test_types_print_apart() -> None:
    types = [BOOL, INT, FLOAT, ANY, NEVER, Scalar("complex128"), List(FLOAT), List(List(INT)), Saved("g"),
             *(Scalar(d, weak=False) for d in ("bool", "int64", "float64", "float32", "uint8", "complex64")),
             Array("bool", ("n",)), Array("complex128", (1, "n")),
             Tuple((INT, Array("int32", ("a", "b")))), Tuple((INT,))]
    assert len({str(t) for t in types}) == len(types)
    params = ", ".join(f"p{k}: {t}" for k, t in enumerate(types))
    assert [v.type for v in read(f"fn f({params})\n  return p0").block.params] == types


@given(st.floats() | st.integers() | st.booleans() | st.text() | st.none())
def test_constants_round_trip(value: object) -> None:
    fn = Function("f", (), Leaf(), Block((), (), (const(value),)))
    assert read(show(fn)).block.results == (const(value),)


@given(st.text(st.sampled_from("a'\"\\#({[=,:{0} \n")))
def test_templates_round_trip(template: str) -> None:
    b = Builder()
    b.effect(Foreign(template, ()))
    fn = Function("f", (), Leaf(), b.block([], [const(1)]))
    assert read(show(fn)).block.binds[0].op == Foreign(template, ())


def test_numpy_scalars_and_unbound_names_keep_their_types() -> None:
    atoms = (const(np.float32(0.1)), const(np.bool_(True)), Const(UNDEFINED, NEVER), Const(1, FLOAT))
    fn = Function("f", (), Node("tuple", (0, 1, 2, 3), (Leaf(),) * 4), Block((), (), atoms))
    assert read(show(fn)).block.results == atoms


def test_programs() -> None:
    text = """
constant Point = 'from geometry import Point'
bare math.cos, math.sin

fn f(x: float)
  y: float = call g(x)
  return y

fn g(x: float)
  y = math.sin(x)
  return y
"""
    program = read_program(text)
    assert isinstance(program, Program)
    verify(program)
    assert show(program) == text.strip()


@pytest.mark.parametrize(("text", "message"), [
    ("", "line 1: there is nothing"),
    ("fn f(x: float)\n  return y", "line 2: 'y' is not bound here"),
    ("fn f(x: flaot)\n  return x", "line 1: 'flaot' is not a type"),
    ("t = nonsense(x)\nreturn t", "line 1: there is no primitive 'nonsense'"),
    ("t, u = mul(x, x)\nreturn t", "line 1: 1 targets are needed"),
    ("return x\nreturn x", "line 2: nothing may follow"),
    ("fn f(c: bool)\n  a = if c\n    yield 1\n  return a", "line 4: `else` is needed here"),
    ("for i in 3\n  yield", "line 1: `for i in range"),
    ("t = mul(x, \nreturn t", "line 1: "),
    ("t = \nreturn t", "line 1: an operation is needed"),
])
def test_errors_name_the_line(text: str, message: str) -> None:
    with pytest.raises(IrSyntaxError) as caught:
        read(text)
    assert str(caught.value).startswith(message)
