"""Updates happen in place exactly where nothing else can see it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backend.running import run

P = np.array([1.0, 2.0, 3.0])
ROWS = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]

# text of the IR, arguments, number of copies in what is emitted
CASES = {
    "own memory that is dead": ("""
fn f(n: int)
  a = numpy.zeros(n)
  b = store(a, 1.0, 0, index=('i',))
  c = accumulate(b, 2.0, 1, index=('i',))
  return c
""", (3,), 0),
    "an argument": ("""
fn f(p: f64[n])
  a = store(p, 9.0, 0, index=('i',))
  b = store(a, 8.0, 1, index=('i',))
  return b
""", (P,), 1),
    "still read": ("""
fn f(n: int)
  a = numpy.zeros(n)
  b = store(a, 1.0, 0, index=('i',))
  return a, b
""", (3,), 1),
    "a view is still read": ("""
fn f(n: int)
  a = numpy.zeros(n)
  v = load(a, -1, index=('s001',))
  b = store(a, 1.0, 0, index=('i',))
  return v, b
""", (3,), 1),
    "two views are still read": ("""
fn f(n: int)
  a = numpy.zeros(n)
  v = load(a, -1, index=('s001',))
  w = load(a, 1, index=('s100',))
  b = store(a, 1.0, 0, index=('i',))
  return v, w, b
""", (3,), 1),
    "a view and its base are still read": ("""
fn f(n: int)
  a = numpy.zeros(n)
  v = load(a, 1, index=('s100',))
  b = store(a, 1.0, 1, index=('i',))
  return a, v, b
""", (3,), 1),
    "a view of a view is still read": ("""
fn f(n: int)
  a = numpy.zeros(n)
  v = load(a, 1, index=('s100',))
  w = load(v, 1, index=('s010',))
  b = store(a, 1.0, 1, index=('i',))
  return w, b
""", (3,), 1),
    "the base of a view is still read": ("""
fn f(n: int)
  a = numpy.zeros(n)
  v = numpy.transpose(a)
  w = store(v, 1.0, 0, index=('i',))
  return a, w
""", (3,), 1),
    "an element that is read later": ("""
fn f(n: int)
  a = numpy.ones(n)
  t: f64 = load(a, 0, index=('i',))
  b = store(a, 5.0, 0, index=('i',))
  r: f64 = add(t, 1.0)
  return r, b
""", (3,), 0),
    "read-only memory": ("""
fn f(p: f64[n])
  a = numpy.exp(p)
  b: f64[m, n] = numpy.broadcast_to(a, 2, 3)
  c = store(b, 1.0, 0, 1, index=('i', 'i'))
  return c
""", (P,), 1),
    "one copy before a loop, not one an iteration": ("""
fn f(p: f64[n])
  a = for i in range(0, 3, 1) carry a = p
    b = accumulate(a, 1.0, i, index=('i',))
    yield b
  return a, p
""", (P,), 1),
    "a value that a loop carries to two names": ("""
fn f(p: f64[n])
  a = numpy.exp(p)
  b = numpy.exp(p)
  u, v, s = for i in range(0, 3, 1) carry u = a, v = b, s: float = 0.0
    c = store(u, 7.0, 0, index=('i',))
    t: f64 = load(v, 0, index=('i',))
    t2 = float(t)
    s_1 = add(s, t2)
    w = numpy.tanh(c)
    yield w, w, s_1
  return u, v, s
""", (P,), 1),
    "two carried values that begin as the same": ("""
fn f(p: f64[n])
  a = numpy.exp(p)
  u, v = for i in range(0, 2, 1) carry u = a, v = a
    c = store(u, 7.0, i, index=('i',))
    d = store(v, 5.0, i, index=('i',))
    yield c, d
  return u, v
""", (P,), 1),
    "two results of a loop that may be the same": ("""
fn f(x: float)
  t1 = list(x)
  a, b = for i in range(0, 3, 1) carry a = t1, b = t1
    yield b, a
  a_1 = append(a, x)
  return a_1, b
""", (2.0,), 1),
    "a row of our own list of rows": ("""
fn f(x: float, n: int)
  a = numpy.zeros(n)
  b = numpy.ones(n)
  rows = list(a, b)
  row = load(rows, 1, index=('i',))
  row_1 = store(row, x, 0, index=('i',))
  rows_1 = store(rows, row_1, 1, index=('i',))
  return rows_1
""", (4.0, 2), 0),
    "a list that holds the same row twice": ("""
fn f(x: float, n: int)
  a = numpy.zeros(n)
  rows = list(a, a)
  row = load(rows, 1, index=('i',))
  row_1 = store(row, x, 0, index=('i',))
  rows_1 = store(rows, row_1, 1, index=('i',))
  return rows_1
""", (4.0, 2), 1),
    "rows of an argument": ("""
fn f(x: float, rows: list[f64[n]])
  row = load(rows, 1, index=('i',))
  row_1 = store(row, x, 0, index=('i',))
  rows_1 = store(rows, row_1, 1, index=('i',))
  return rows_1
""", (4.0, ROWS), 2),
    "what is kept on a tape and updated": ("""
fn f(p: f64[n])
  e = list()
  y = numpy.exp(p)
  saved, y_1 = for i in range(0, 3, 1) carry saved: list[f64[n]] = e, y_1 = y
    saved_1 = append(saved, y_1)
    y_2 = store(y_1, 0.0, i, index=('i',))
    yield saved_1, y_2
  return saved, y_1
""", (P,), 1),
    "an array that is replaced, kept as it is": ("""
fn f(p: f64[n])
  e = list()
  saved, y = for i in range(0, 3, 1) carry saved: list[f64[n]] = e, y = p
    saved_1 = append(saved, y)
    y_1 = numpy.sin(y)
    yield saved_1, y_1
  return saved, y
""", (P,), 0),
    "a branch that updates and one that does not": ("""
fn f(p: f64[n], x: float)
  a = numpy.exp(p)
  c = gt(x, 0.0)
  b = if c
    b_1 = store(a, x, 0, index=('i',))
    yield b_1
  else
    yield a
  return b
""", (P, 2.0), 0),
    "a list from which one element is taken": ("""
fn f(xs: list[float])
  shorter, last = pop(xs)
  longer = append(shorter, 5.0)
  return longer, last
""", ([1.0, 2.0],), 1),
}


@pytest.mark.parametrize("name", CASES)
def test_updates(name: str) -> None:
    text, args, copies = CASES[name]
    source = run(text, *args)
    assert source.count(".copy()") == copies, source


def test_sums_in_place_only_where_the_memory_is_ours_and_the_type_stays() -> None:
    source = run("""
fn f(p: f64[n], q: f64[n], m: f32[n])
  a = add(p, q)
  a_1 = add(a, q)
  m_1 = mul(m, f32(2.0))
  m_2: f64[n] = add(m_1, q)
  return a_1, m_2
""", P, 2 * P, P.astype("float32"))
    assert source == "a = p + q\na += q\nm = m * 2\nm = m + q\nreturn a, m"


def test_a_sum_is_not_in_place_where_a_view_is_read_later() -> None:
    source = run("""
fn f(p: f64[n])
  a = numpy.exp(p)
  v = load(a, -1, index=('s001',))
  a_1 = add(a, 1.0)
  return v, a_1
""", P)
    assert "+=" not in source


def test_indices_that_may_repeat() -> None:
    source = run("""
fn f(p: f64[n], i: i64[m])
  a = numpy.zeros_like(p)
  b = accumulate(a, 1.0, i, index=('a',))
  return b
""", P, np.array([0, 2, 0]))
    assert "np.add.at(b, i, 1.0)" in source


def test_a_mask() -> None:
    source = run("""
fn f(p: f64[n])
  m = gt(p, 1.5)
  a = numpy.zeros_like(p)
  b = accumulate(a, 1.0, m, index=('a',))
  return b
""", P)
    assert "b[m] += 1" in source


def test_a_part_is_copied_rather_than_the_whole() -> None:
    source = run("""
fn f(p: f64[m, n])
  a = numpy.exp(p)
  v = load(a, 0, index=('s000', 'i'))
  b = store(a, 0.0, 0, index=('s000', 'i'))
  w = numpy.sum(v)
  return w, b
""", np.ones((3, 2)))
    assert "b[:, 0].copy()" in source and "b.copy()" not in source


def test_a_diagonal_matrix_is_memory_of_its_own() -> None:
    source = run("""
fn f(p: f64[n])
  a = numpy.diag(p)
  b = store(a, 5.0, 0, 1, index=('i', 'i'))
  c = numpy.diag(b)
  return b, c
""", P)
    assert ".copy()" not in source
