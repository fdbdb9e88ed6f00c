"""Programs on which a careless transform goes wrong, each with the arguments to call it with.

`@at(...)` gives one call; all real arguments are differentiated. Those of `MAY_BE_REFUSED` are right or refused.
"""
# ruff: noqa: B007, B020, B023, B905, E731, F821, F841, RUF021, SIM102, UP031

import bisect
import collections
import functools
import json
import marshal
import math
import os
import types
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

CALLS = []
MAY_BE_REFUSED = []


def at(*args, calls=CALLS):
    """Note a call of the function below."""
    def note(function):
        calls.append((function, args))
        return function

    return note


V = np.array([0.7, -1.1, 1.9])
W = np.array([1.3, 0.4, -0.8])
M = np.array([[1.2, -0.3, 0.5], [0.1, 0.9, -0.7], [0.4, 0.2, 1.5]])


# --- values overwritten before the reverse sweep needs them


@at(1.3, 4)
def overwritten_in_nested_loops(x, n):
    y = x
    for i in range(n):
        z = y
        for j in range(i):
            z = z * y + x
            y = y * 0.9 + 0.01 * z
        y = y * z / (1.0 + z * z)
    return y


@at(1.3, 5)
def overwritten_in_a_branch(x, n):
    y = x
    for i in range(n):
        if i % 2 == 0:
            y = y * y * 0.5
        else:
            x = x * 0.9 + y
        y = y + x
    return y * x


@at(0.7, 1.9)
def rotated(a, b):
    c = a * b
    for _ in range(4):
        a, b, c = b * c, c - a, a
    return a * b * c


@at(0.7)
def loop_variable_reused(x):
    s = 0.0
    for x in (x, x * x, x * x * x):
        s = s * x + x
    return s * x


@at(0.8)
def loop_counter_overwritten(x):
    s = 0.0
    for i in range(4):
        i = i * x
        s += i * i
    return s * i


@at(1.1)
def bounds_fixed_before_the_loop(x):
    n = 3
    s = x
    for i in range(n):
        n = n + 1
        s = s * x + n
    return s * n


@at(1.2)
def parameter_overwritten(x):
    x = x * x
    x *= x
    x -= x**2
    return x


# --- leaving early


@at(0.9, 2.6)
@at(0.9, 1.0)
@at(0.9, 50.0)
def return_inside_two_loops(x, limit):
    s = x
    for i in range(5):
        for j in range(i + 1):
            s = s + x * s * 0.3
            if s > limit:
                return s * s * x + j
        if s > 0.8 * limit:
            return s - x
    return s + x


@at(0.9)
def break_of_the_inner_loop_only(x):
    total = 0.0
    for i in range(4):
        y = x
        for j in range(5):
            y = y * 1.3
            if y > 1.5 + 0.1 * i:
                break
            total += y * j
        else:
            total += 100.0 * y
        total *= y
    return total


@at(0.9)
def continue_skips(x):
    total, y = 0.0, x
    for i in range(7):
        y = y * x + 0.1
        if i % 3 == 1:
            continue
        total += y * i
        if total > 2.0:
            y = y * 0.5
            continue
        total *= 1.1
    return total * y


@at(0.5)
def break_before_anything(x):
    y = x
    while True:
        break
    for i in range(3):
        break
    return y * x + i


@at(1.7)
def while_with_returns(x):
    n = 0
    while True:
        n += 1
        x = 0.5 * x + 0.3
        if n > 3:
            if x > 0.62:
                return x * n
        if x < 0.01:
            return 0.0


@at(0.3, 3)
@at(0.3, 0)
def returns_in_the_loop_or_its_else(x, n):
    for i in range(n):
        if i * x > 0.5:
            return x * x
    else:
        return 3.0 * x


@at(0.3, 0)
@at(0.3, 1)
@at(0.3, 3)
def zero_trips(x, n):
    y = 2.0 * x
    for i in range(n):
        y = y * x
    k = 0
    while k < n:
        y = y + x
        k += 1
    for e in [x, x][:n]:
        y *= e
    return y * x


@at(0.3, 0)
@at(0.3, 3)
def else_of_an_empty_loop(x, n):
    for i in range(n):
        x = x * 2.0
        if x > 1.0:
            break
    else:
        x = x * x
    return x


# --- elements, views and copies


@at(V, 1)
def the_same_element_thrice(v, i):
    return v[i] * v[i] * v[i - 3] + v[-2]


@at(V)
def store_kills_the_old_value(v):
    w = v * v
    w[1] = w[1] * w[0]
    w[0] = w[1] * w[2]
    w[1] = 3.0
    return w[0] * w[1] + w[2]


@at(V)
def stores_shift_in_place(v):
    w = v * 1.0
    w[1:] = w[:-1] * w[1:]
    w[:-1] += w[1:]
    w[::-1] *= v
    return np.sum(w * v)


@at(V)
def elements_swapped(v):
    w = v.copy()
    w[0], w[2] = w[2], w[0]
    w[1], w[0] = w[0] * w[1], w[2]
    return w[0] + 2.0 * w[1] + 3.0 * w[2] * w[0]


@at(M)
def rows_and_columns(m):
    a = m.copy()
    a[0] = a[1] * a[2]
    a[:, 1] = a[:, 0] + a[0]
    a[2, 2] *= a[0, 0]
    a[1, :2] -= a[:2, 1]
    return np.sum(a * m)


@at(V)
def loop_over_an_array_that_changes(v):
    w = v.copy()
    total = 0.0
    for e in w:
        total += e
        w[2] = total * e
    return total * w[2]


@at(V)
def modifies_its_argument(v):
    v[0] = v[1] * v[2]
    v *= v
    return v.sum()


@at(V)
def copied_then_changed(v):
    a = v * 2.0
    b = a.copy()
    a[0] = 7.0
    b[1] = a[0] * b[0]
    return np.sum(a * b)


@at(V)
def row_kept_while_the_matrix_changes(v):
    a = np.zeros((2, 3))
    a[0] = v
    first = a[0].copy()
    a[0] = a[0] * first
    return a[0] @ first


@at(V, W)
def repeated_positions(v, w):
    total = 0.0
    for i in (0, 2, 0, 1, 0):
        w[i] = w[i] * v[i]
        total += w[i] * v[2 - i]
    return total


@at(V)
def list_of_elements(v):
    xs = [e * e for e in v]
    xs.append(xs[0] * xs[-1])
    xs[1] = xs[3] * xs[1]
    ys = xs + [xs[1]]
    xs[0] = 0.0
    return sum([a * b for a, b in zip(ys, xs)]) * ys[4]


@at(0.6)
def list_grows_and_is_read_backwards(x):
    xs = [x]
    for i in range(4):
        xs.append(xs[-1] * x + i)
    total = 0.0
    for k, e in enumerate(reversed(xs)):
        total += e * e * k
    return total


@at(0.6)
def list_of_lists(x):
    rows = [[x * i + j for j in range(3)] for i in range(2)]
    total = 0.0
    for row in rows:
        for e in row:
            total += e * e
    return total * rows[1][2]


@at(0.6, 3)
def list_popped(x, n):
    stack = []
    for i in range(n):
        stack.append(x**i)
    total = 1.0
    while stack:
        total = total * x + stack.pop()
    return total


# --- broadcasting


@at(V, M, 0.4)
def broadcast_three_ways(v, m, s):
    a = m * v + s
    b = v[:, None] * m
    return np.sum(a * b / (2.0 + s * s))


@at(np.array([[0.3]]), np.array([0.5]), M)
def axes_of_length_one(a, b, m):
    return np.sum(a * m + b * m * m)


@at(0.7, V)
def scalar_against_array(s, v):
    a = s - v
    b = s / (2.0 + v * v)
    c = s**2 * v
    a += s
    return np.sum(a * b + c)


@at(V)
def scalar_stored_everywhere(v):
    a = np.zeros((2, 3))
    a[:] = v[0]
    a[1] = v
    a[:, 1] = v[2]
    return np.sum(a * a) * np.mean(a)


@at(M)
def reductions_over_axes(m):
    rows = m.sum(axis=1)
    columns = m.mean(axis=0)
    return rows @ columns + np.sum(m, axis=0)[1] * np.mean(m)


# --- functions


@at(0.7, 1.3)
def arguments_shadowed(x, y):
    def inner(y, x=2.0):
        x = x * y
        return x + y

    return inner(x) * inner(y, x) - inner(x=x, y=y)


@at(0.7)
def closure_reads_late(x):
    a = x
    f = lambda: a * a
    g = lambda a=a: a * a
    a = x * x * x
    return f() + 10.0 * g()


@at(0.7)
def closures_in_a_loop(x):
    total = 0.0
    for i in range(3):
        f = lambda t: t * x + i
        total += f(total + 1.0)
    return total


@at(0.7)
def function_as_argument(x):
    def twice(f, t):
        return f(f(t))

    return twice(lambda t: t * x + 1.0, x) + twice(math.sin, x)


def _ackermann_like(x, n):
    if n <= 0:
        return x
    a = _ackermann_like(x * 0.5 + 0.2, n - 1)
    b = _ackermann_like(a * x, n - 2)
    return a * b + x


@at(0.7, 4)
def recursion_twice(x, n):
    return _ackermann_like(x, n) * x


def _even(x, n):
    return x if n == 0 else _odd(x * x + 0.1, n - 1)


def _odd(x, n):
    return 1.0 if n == 0 else _even(math.sin(x), n - 1) * x


@at(0.7, 5)
@at(0.7, 4)
def mutual_recursion(x, n):
    return _even(x, n) + x


def _sum_to(v, n):
    if n < 0:
        return 0.0
    return v[n] * v[n] + _sum_to(v, n - 1) * v[0]


@at(V, 2)
def recursion_over_an_array(v, n):
    return _sum_to(v, n)


def _bump(a, s):
    a[0] += s
    a[1] *= a[0]
    return a[0] * s


@at(0.7)
def helper_changes_its_array(x):
    a = np.array([x, 2.0, x * x])
    s = _bump(a, x)
    s += _bump(a, s)
    return s * a[1] + a[0]


def _two(x, *rest, scale=1.0):
    total = x
    for r in rest:
        total = total * r + scale
    return total, scale * x


@at(0.7, 1.3)
def variadic_helper(x, y):
    a, b = _two(x, y, x, scale=y)
    c, _ = _two(y)
    return a * b + c


class Oscillator:
    def __init__(self, k, c):
        self.k = k
        self.c = c

    def force(self, x, v):
        return -self.k * x - self.c * v

    def __call__(self, x):
        v = 0.0
        for _ in range(5):
            v += 0.1 * self.force(x, v)
            x += 0.1 * v
        return x


@at(1.2, 0.3)
def object_made_inside(k, x):
    oscillator = Oscillator(k, c=0.1 * k)
    return oscillator(x) + oscillator.k * x


class Rates(NamedTuple):
    birth: float
    death: float


@dataclass
class Model:
    rate: float
    weights: object
    steps: int = 3


@at(Rates(0.3, 0.2), 1.5)
def named_tuple(rates, x):
    for _ in range(3):
        x = x + rates.birth * x - rates.death * x * x
    return x


@at({"a": 0.5, "b": {"c": 1.5, "w": V}}, 0.3)
def nested_dict(p, x):
    return p["a"] * x + np.sum(p["b"]["w"] * p["b"]["c"]) ** 2 * x


@at([0.5, 0.7], (1.5, [0.3, 0.2]))
def lists_and_tuples(xs, pair):
    s, ys = pair
    for x, y in zip(xs, ys):
        s = s * x + y
    return s * xs[0]


@at(0.7)
def statements_with_effects_only(x):
    """Assertions and messages do not disturb."""
    assert x > 0, f"{x} is not positive"
    label = "x" * 3
    if len(label) > 5:
        raise ValueError(label)
    y = x * x
    assert math.isfinite(y)
    return y * x


# --- kinks met on the way, away from the tie


@at(0.7, -1.3)
def piecewise(x, y):
    a = max(x, y, 0.1) * min(x, y)
    b = abs(y) - abs(x) + math.fabs(x * y)
    c = (x % 0.4) * (y % 0.7) + x // 0.3
    d = round(x * 10.0) + int(y * 5.0) + math.floor(x)
    return a * b + c * d + math.copysign(x, y)


@at(V)
def running_maximum(v):
    best = v[0]
    for e in v:
        if e > best:
            best = e
    return best * best + max([e * e for e in v]) * min(v)


@at(0.7, 1.3)
def chained_and_lazy(x, y):
    if 0.0 < x < y < 2.0 and math.log(x) < 0.0 or x / y > 3.0:
        z = x * y
    else:
        z = x + y
    return z if not (z > 5.0 or x == y) else 0.0


@at(-0.7)
def lazy_operand_is_not_evaluated(x):
    y = x * x
    if x > 0.0 and math.log(x) > -1.0:
        y = math.sqrt(x)
    return y * x


@at(2.0, 3)
@at(2.0, 0)
@at(-2.0, 3)
@at(0.0, 2)
@at(0.0, 1)
def integer_powers(x, n):
    return x**n + x**2 * 3.0


@at(1.4, 0.6)
def real_powers(x, p):
    return x**p + p**x + 2.0**p + (x * p) ** 1.5 + pow(x, p) / x**-2


@at(0.7, 3)
def integers_become_real(x, n):
    s = 0
    for i in range(n):
        s = s + x * i
        k = i
        if i == 1:
            k = x
        s += k
    return s + n


@at(True, 0.7)
@at(False, 0.7)
def flags(flag, x):
    y = x
    if flag:
        y = x * x
    return y * (1 + flag) + (x > 0.5) * x


@at(0.7)
def nothing_depends_on_much(x):
    a = 5.0
    b = x * 0.0
    c = x - x
    unused = math.sin(x) ** 2
    d = [unused, x]
    return a + b + c + d[1] * 0.0


@at(1.5)
def conditional_expressions(x):
    y = x if x > 1.0 else -x
    z = (y * 2.0 if y > 10.0 else y * 3.0) if x > 0.0 else 0.0
    return y * z + (0.0 if z < 0.0 else z)


@at(V)
def where_and_masks(v):
    a = np.where(v > 0.0, v * v, -v)
    b = np.where(v > 0.0, 1.0, v)
    return np.sum(a * b) + np.sum(np.maximum(v, 0.2) * np.minimum(v, 0.5)) + np.sum(np.abs(v) * v)


@at(1.5, 2)
def name_bound_on_one_path_only(x, n):
    if n > 1:
        y = x * x
    for i in range(n):
        z = x * i
    if n > 1:
        return y * z
    return x


@at(0.6)
def nested_conditions_in_a_loop(x):
    state = 0
    total = x
    for i in range(8):
        if state == 0:
            total *= 1.1
            if total > 0.8:
                state = 1
        elif state == 1:
            total -= 0.3 * x
            if total < 0.5:
                state = 2
        else:
            total += x * x
            state = 0
    return total * total


@at(0.7)
def one_array_held_twice(x):
    a = np.zeros(3)
    rows = [a, a]
    rows[0][1] = x
    rows[1][1] *= x + 1.0
    return rows[0][1] * a[1] * x


@at(0.7)
def arrays_looped_over(x):
    a, b = np.zeros(3), np.zeros(3)
    for row in [a, b]:
        row[0] = x
        x = x * row[0]
    return a[0] * b[0] * x


@at(0.7)
def one_list_held_twice(x):
    row = [0.0, 1.0]
    grid = [row, row]
    grid[0][1] = x
    grid[1][1] *= x
    return grid[0][1] * row[1]


class Bag:
    def __init__(self):
        self.items = {}

    def put(self, key, value):
        self.items[key] = value


@at(0.7)
def object_with_a_dict(x):
    bag = Bag()
    bag.put("a", x * x)
    bag.put("b", bag.items["a"] * x)
    return bag.items["b"] * bag.items["a"]


@functools.lru_cache
def _cached(x):
    return x * x


@at(0.7)
def cached_helper(x):
    return _cached(x) * x + _cached(x + 1.0)


@at(0.7, calls=MAY_BE_REFUSED)
def list_of_numbers_and_text(x):
    ys = [x, x * x]
    for _ in range(2):
        ys.append("more")
    return ys[0] * ys[1] * len(ys)


@at(0.7)
def constants_from_any_call(x):
    rng = np.random.default_rng(3)
    noise = rng.normal()
    total = 0.0
    for i in range(3):
        total += x * bisect.bisect([0.0, 1.0, 2.0], i * 0.7) * noise
    return total * x


@at(0.7)
def strings_are_constants(x):
    name = "ab"
    long = name * 3 + "c" + "%d" % 70 + f"{x:.1f}"
    return x * len(long) * (2.0 if "b" in long else 3.0)


# --- constants of a type that nobody knows

TWO = marshal.dumps(2.0)
PAIRS = marshal.dumps([[1.0, 2.0], [3.0, 4.0]])


@at(1.7, calls=MAY_BE_REFUSED)
def list_that_takes_in_an_unknown_constant(x):
    ys = [x * i for i in range(3)]
    ys.append(marshal.loads(TWO))
    return sum(ys) * ys[1]


@at(1.7, calls=MAY_BE_REFUSED)
def list_of_products_with_an_unknown_constant(x):
    c = marshal.loads(TWO)
    ys = [c * x for _ in range(3)]
    return sum(ys)


@at(1.7, calls=MAY_BE_REFUSED)
def product_with_an_unknown_constant(x):
    c = marshal.loads(TWO)
    y = x * c
    return y * y


@at(1.7)
def converted_constant(x):
    c = float(marshal.loads(TWO))
    for _ in range(3):
        x = x * c
    return x * x


@at(1.7, calls=MAY_BE_REFUSED)
def array_of_unknown_constants(x):
    m = np.array(marshal.loads(PAIRS))
    v = np.array([x, x * x])
    return np.sum(m @ v)


@at(1.7, calls=MAY_BE_REFUSED)
def unpacked_unknown_constants(x):
    total = 0.0
    for a, b in marshal.loads(PAIRS):
        total += (a * x - b) ** 2
    return total


@at(1.7)
def standard_library_on_constants(x):
    scale = float(json.loads("2.5"))
    where = os.environ.get("NO_SUCH_VARIABLE")
    if where is None:
        return x * x * scale
    return x


@at(1.7, calls=MAY_BE_REFUSED)
def number_or_unknown(x):
    y = x if x > 1.0 else marshal.loads(TWO)
    return y * y


@at(1.7, calls=MAY_BE_REFUSED)
def attribute_of_an_unknown_object(x):
    box = types.SimpleNamespace(value=x * x)
    return box.value * x


@at(1.7, calls=MAY_BE_REFUSED)
def unknown_container_holds_it(x):
    queue = collections.deque([x, x * x])
    return queue[0] * queue.pop()


@at(1.7, calls=MAY_BE_REFUSED)
def sorted_by_key(x):
    ys = sorted([x, 2.0 - x, x * x], key=lambda y: -y)
    return ys[0] * ys[1] + ys[2]


@at(1.7, calls=MAY_BE_REFUSED)
def reduced(x):
    return functools.reduce(lambda a, b: a * b + x, [x, 2.0, x])


@at(1.7, calls=MAY_BE_REFUSED)
def generator_summed(x):
    return sum(x * i for i in range(4)) + max(x * i for i in (1.0, 2.0))


@at(V, calls=MAY_BE_REFUSED)
def integer_array_receives_a_float(v):
    counts = np.zeros(3, dtype=int)
    counts[0] = v[0] * 3.0
    return counts[0] * v[1]


@at(V, calls=MAY_BE_REFUSED)
def views_of_views(v):
    a = np.zeros((2, 3))
    row = a[1]
    tail = row[1:]
    tail[:] = v[:2]
    row *= v
    flat = a.ravel()
    flat[0] = v[2]
    return np.sum(a * a)


@at(V, calls=MAY_BE_REFUSED)
def either_of_two_arrays(v):
    a, b = v * 1.0, v * 2.0
    c = a if v[0] > 0.0 else b
    c[0] = 5.0
    return np.sum(a * b)


@at(V, calls=MAY_BE_REFUSED)
def transposed_and_reshaped_in_place(v):
    a = np.outer(v, v)
    t = a.T
    a[0, 1] = 0.0
    t[2, 0] *= v[1]
    return np.sum(t * v) + a[0, 2]


@at(V, calls=MAY_BE_REFUSED)
def swapped_names_of_arrays(v):
    a, b = v * 1.0, v * 2.0
    for _ in range(3):
        a, b = b, a
        a[0] = b[1] * a[2]
    return a @ b


@at(V, calls=MAY_BE_REFUSED)
def array_returned_unchanged_by_a_helper(v):
    def same(w):
        return w

    a = v * 1.0
    b = same(a)
    b[1] = a[0] * 2.0
    return a @ a


@at(V, calls=MAY_BE_REFUSED)
def default_argument_is_shared(v):
    def push(e, into=[]):  # noqa: B006
        into.append(e)
        return into

    push(v[0])
    return sum(push(v[1] * v[2]))


# --- names that only the loop binds, read in a later iteration


@at(0.7, 5)
@at(0.7, 1)
def bound_in_some_iterations(x, n):
    s = 0.0
    for i in range(n):
        if i % 2 == 0:
            z = x * (i + 1)
        s = s + z * z
    return s


@at(V, 5)
def array_bound_in_some_iterations(v, n):
    s = 0.0
    for i in range(n):
        if i % 2 == 0:
            z = v * (i + 1)
        if i > 0:
            s = s + np.sum(z)
    return s


@at(V, 5)
def array_of_another_size_bound_in_some_iterations(v, n):
    s = 0.0
    for i in range(n):
        if i % 2 == 0:
            z = v[i // 2:] ** 2
        if i > 0:
            s = s + np.sum(z)
            z = z * v[-1]
    return s


@at(V, 5)
def bound_in_some_iterations_of_a_while(v, n):
    s, i = 0.0, 0
    while i < n:
        if i % 3 == 0:
            z = v * (i + 1)
        s = s + np.sum(z * z)
        i += 1
    return s


@at(0.7, 6)
def bound_in_an_inner_loop(x, n):
    s = 0.0
    for i in range(n):
        for j in range(i % 3):
            z = x * (i + j + 1)
        if i > 0:
            s = s + z * z * x
    return s


@at(0.7, 6)
def bound_where_the_loop_goes_on(x, n):
    s = 0.0
    for i in range(n):
        if i % 2 == 1:
            s = s + z * x
            continue
        z = s * x + i + 1.0
    return s


@at(0.7, 6)
def read_before_it_is_bound(x, n):
    s = x
    for i in range(n):
        if i > 0:
            s = s + z * z
        z = s * x
    return s


@at(0.7, 6)
def bound_by_a_condition(x, n):
    s = 0.0
    for i in range(n):
        if i % 2 == 0 and (z := x * (i + 1)) > 0.0:
            s = s + 1.0
        s = s + z * z
    return s


@at(0.7, 4)
def read_in_the_else_of_the_loop(x, n):
    for i in range(n):
        z = x * (i + 1)
    else:
        return z * z
    return x


@at(0.7, 6)
def changed_by_the_first_iteration_and_the_others(x, n):
    s = 0.0
    for i in range(n):
        if i == 0:
            z = x
        else:
            z *= x + i
        s = s + z
    return s


@at(0.7, 4)
def list_bound_in_some_iterations(x, n):
    s = 0.0
    for i in range(n):
        if i % 2 == 0:
            kept = [x * i, x + i]
        s = s + kept[0] * kept[1]
        kept[0] = kept[1] * 0.5
    return s


# --- values that exist on one side of a condition only


def _settle(t, s):
    for k in range(len(t)):
        t[k] = np.sin(t[k] * s)
    return t[-1]


@at(np.array([0.8, 0.3, 0.2]))
@at(np.array([-0.8, 0.3, 0.2]))
def arrays_changed_on_either_side(a):
    p = _settle(a, -1) if np.sum(a) > 0.6 else _settle(a, -1) * 0.5
    return np.sum(a) + p * p


@at(W, 5)
@at(W, 1)
@at(-W, 5)
def bound_on_one_side_and_read_there(w, k):
    positive = np.sum(w) > 0
    if positive:
        y = w ** 2
        if k > 3:
            z = w[1:] * 3
        else:
            z = w[2:]
    if positive:
        s = np.sum(y)
        if k > 3:
            s = s * np.sum(z)
        return s
    return np.sum(w * w * w)


@at(np.array([0.3, -0.4, 0.5, 0.2, 0.9]))
def size_that_changes_with_the_iterations(v):
    for i in range(len(v)):
        u = v[:i]
    u = np.split(u, 2)[0]
    return np.sum(u ** 2)


@at(M)
def element_of_another_size_in_a_list(m):
    rows = [row * 0.5 for row in m]
    rows[0] = m[:2, -1]
    return np.sum(rows[-1] ** 2) + np.sum(rows[0] ** 3)


# --- the value before


@at(1.3, 3)
@at(1.3, 0)
def last_and_the_one_before(x, n):
    before, last = x, 0.5
    for i in range(n):
        last = before
        before = 2.0 * before
    return last * before


@at(np.array([1.0, 2.0, 3.0]))
def the_two_last_of_several(v):
    before, last = 0.0, 0.0
    for u in v:
        last = before
        before = u * u
    return last * before


@at(1.3)
def change_of_the_last_step(x):
    y, before = x, 0.0
    for _ in range(50):
        before = y
        y = 0.5 * (y + 2.0 / y)
        if abs(y - before) < 1e-3:
            break
    return (y - before) ** 2 * 1e6 + y * x


@at(1.3)
def the_value_before_in_a_while(x):
    a, b, n = x, 1.0, 0
    while n < 4:
        b = a
        a = a * x
        n += 1
    return a + b * 3


@at(1.3, 4)
@at(1.3, 1)
@at(1.3, 0)
def the_value_before_in_an_else(x, n):
    p, q, c = 0.0, 0.0, x
    for i in range(n):
        q = p
        p = c
        c = c * x + 1
    else:
        c = c + q
    return c * p + q


@at(1.3, 2)
@at(1.3, 0)
@at(0.1, 2)
def break_within_a_branch_that_returns(x, n):
    y = x
    for i in range(3):
        if y > 0.3:
            if n > 1:
                y = y * x
            else:
                break
        return y * x
    return y


# --- iterables that change, loops that are left from their else, names of others


@at(1.3, 2)
@at(1.3, 5)
@at(2.3, 4)
def continue_in_the_else_of_a_loop_that_returns(x, n):
    t = x
    for i in range(n):
        for j in range(n):
            t += x * j
            if t > 20:
                return t * x
        else:
            t *= x
            continue
        t += 1
    return t


@at(1.3, 3)
@at(0.1, 2)
@at(2.3, 4)
def break_in_the_else_of_a_loop_that_returns(x, n):
    t = x
    for i in range(n):
        j = 0
        while j < n:
            if t > 2:
                break
            t += x * j
            j += 1
            if t > 20:
                return t * x
        else:
            break
        t = t * x
    return t


@at(1.3)
def list_changed_ahead_of_the_loop(x):
    xs, t = [x, 2 * x, 3 * x], 0.0
    for i, v in enumerate(xs):
        if i < 2:
            xs[i + 1] += v
        t += v * v
    return t


@at(1.3)
def list_changed_behind_the_loop(x):
    xs, t = [x, 2 * x, 3 * x, x * x], 0.0
    for i, v in enumerate(xs):
        xs[i] = v * x
        t += v * v
    return t + sum(xs)


@at(1.3)
def zipped_with_itself_and_changed(x):
    xs, t = [x, 2 * x, 3 * x], 0.0
    for a, b in zip(xs, reversed(xs)):
        xs[1] = a * x
        t += a * b
    return t


@at(1.3)
def values_of_a_dict_that_changes(x):
    d, t = {"a": x, "b": 2 * x}, 0.0
    for k, v in d.items():
        d["b"] = v * x
        t += v
    values = d.values()
    d["a"] = x * x
    return t + sum(values) + len(values)


@at(1.3)
def values_of_a_dict_updated_in_place(x):
    d = {"a": x, "b": 2 * x}
    for k, v in d.items():
        d[k] = v * v
    return d["a"] * d["b"]


class _Positive:
    def __init__(self, v):
        self.v = v

    def __bool__(self):
        return self.v > 1.0


@at(1.3)
@at(0.5)
def truth_of_an_object(x):
    p = _Positive(x)
    if p:
        return x * x
    return x


@at(1.3)
def power_with_a_modulus(x):
    return pow(3, -1, 7) * x


@at(1.3, 1)
def one_is_not_true(x, n):
    return x * x if n is True else x


FACTOR = 2.0


def _applied(function, FACTOR, n):
    return function(n) * FACTOR


@at(1.3)
def recursion_that_reads_a_global(x):
    def again(n):
        return x if n == 0 else again(n - 1) * FACTOR

    return _applied(again, 5.0 * x, 3)


@at(1.3)
def any_without_effects(x):
    vs = (x, 2 * x, 3 * x)
    return x * x if any(v > 2.0 for v in vs) and all(v > 0.0 for v in vs) else x


@at(1.3, 5)
@at(1.3, 1)
def the_value_before_in_a_conditional_expression(x, n):
    t = x
    for i in range(n):
        t += before * x if i > 0 else 0.0
        before = t * 0.5
    return t


@at(1.3, 5)
@at(0.3, 5)
def the_value_before_in_a_condition(x, n):
    t = x
    for i in range(n):
        if i > 0 and before > 1.0:
            t = t * x
        before = t + i
    return t


# --- dicts and objects that change in branches and loops, under one name


class _Layer:
    def __init__(self, w):
        self.w = w

    def update(self, g):
        self.w = self.w - 0.1 * g


class _Model:
    def __init__(self, x):
        self.layer = _Layer(x)
        self.t = 0.0
        self.hist = []
        self.a = np.zeros(3)

    def step(self, x):
        if self.t > 1.0:
            self.t = self.t * 0.5
        else:
            self.t += x
        self.layer.update(self.t * x)
        self.hist.append(self.layer.w)
        self.a[0] += self.layer.w


@at(1.3, 0)
@at(1.3, 4)
def object_with_parts_changed_by_its_methods(x, n):
    m = _Model(x)
    for _ in range(n):
        m.step(x)
        for j in range(2):
            m.layer.update(m.t)
            m.t *= 0.9
            m.a[j] += m.t
    return m.t + m.layer.w + sum(m.hist) + np.sum(m.a)


@at(1.3, 1)
@at(1.3, 4)
def dict_with_parts_changed(x, n):
    s = {"p": {"x": x, "y": 0.0}, "t": 0.0, "arr": np.array([x, 1.0])}
    for _ in range(n):
        s["t"] += x
        if s["t"] > 2:
            s["p"]["x"] *= x
        p = s["p"]
        p["y"] += s["t"]
        arr = s["arr"]
        arr[0] += p["y"]
    return s["p"]["y"] + s["p"]["x"] + np.sum(s["arr"])


@at(1.3, 1)
@at(1.3, 4)
def object_made_on_each_path_and_changed(x, n):
    p = _Layer(x) if n > 1 else _Layer(2 * x)
    p.update(x)
    for i in range(n):
        p = _Layer(p.w * x + i)
        p.w += 1.0
    p.w *= x
    return p.w


@at(1.3, 1)
@at(1.3, 4)
def best_object_of_a_loop_read(x, n):
    now = _Layer(x)
    best = now
    for i in range(n):
        now = _Layer(now.w * x - i)
        if now.w > best.w:
            best = now
    return best.w * now.w


@at(1.3, 1)
@at(1.3, 4)
def either_dict_read(x, n):
    a, b = {"k": x}, {"k": 2 * x}
    d = a if n > 1 else b
    return d["k"] * a["k"] + b["k"]


# --- augmented assignments of what has two names


class _Folded:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        return _Folded(self.v + other)

    def __iadd__(self, other):
        self.v = self.v * other
        return self


@at(1.3, 3)
def lists_repeated_in_place(x, n):
    a = [x, 2 * x]
    b = a
    a *= 2
    b.append(x)
    c = [x * i for i in range(n)]
    d = c
    c *= 2
    c += [x * x]
    return sum(b) + len(a) + sum(d)


@at(1.3)
def in_place_operator_of_a_class(x):
    e = _Folded(x)
    d = {"e": e}
    both = [e, e]
    e += 3.0
    d["e"] += 2.0
    both[0] += x
    return e.v + d["e"].v * both[1].v


@at(1.3)
def lists_in_a_list_and_a_dict_extended(x):
    a = [x]
    rows = [a, [2 * x]]
    d = {"a": a}
    rows[0] += [x * x]
    d["a"] += [x]
    return sum(a)


# --- lists of lists and of arrays


@at(1.3, 4)
def table_filled_row_by_row(x, n):
    t = [[0.0] * n for _ in range(n)]
    for j in range(n):
        t[0][j] = x * j
    for i in range(1, n):
        for j in range(n):
            t[i][j] = t[i - 1][j] * x + (t[i][j - 1] if j > 0 else 1.0)
    return t[n - 1][n - 1]


@at(1.3, 3)
def elimination_with_rows_exchanged(x, n):
    a = [[x * (i + 1) * (j + 2) + (5.0 if i == j else 0.0) for j in range(n)] for i in range(n)]
    b = [x + i for i in range(n)]
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i][k]) > abs(a[p][k]):
                p = i
        a[k], a[p] = a[p], a[k]
        b[k], b[p] = b[p], b[k]
        for i in range(k + 1, n):
            m = a[i][k] / a[k][k]
            for j in range(k, n):
                a[i][j] -= m * a[k][j]
            b[i] -= m * b[k]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            b[i] -= a[i][j] * b[j]
        b[i] /= a[i][i]
    return sum(b)


@at(1.3, 4)
def rows_copied_and_written(x, n):
    rows = [[x * i, x] for i in range(n)]
    read = rows[:] + [r for r in rows]
    one = [list(r) for r in rows]
    one[0][0] = 5 * x
    two = [r[:] for r in rows]
    two[1][1] += x * x
    return sum(a * b for a, b in rows) + sum(r[0] for r in read) + sum(a * b for a, b in one) + two[1][1]


@at(1.3, 4)
def rows_appended_and_written(x, n):
    row = [x, 2 * x]
    rows = [row]
    for i in range(n):
        row = [v * x for v in row]
        rows.append(row)
    rows[0][0] = 7.0
    for i in range(n):
        rows.append([x, 0.0])
        rows[-1][0] += x * i
        rows[i][1] = rows[-1][0] * 2
    return sum(a * b for a, b in rows)


@at(1.3, 4)
def arrays_in_a_list_written(x, n):
    g = [np.zeros(3) for _ in range(n)]
    for i in range(n):
        g[i][i % 3] += x * i
        g[i] += x
        if i > 0:
            g[i] = g[i - 1] * x
    return sum([np.sum(v) for v in g])


@at(V)
def generators_that_nothing_changes(v):
    found = []
    for u in (w * w for w in v):
        found.append(u)
    for u in map(float, list(v)):
        found.append(u * v[0])
    return sum(found)


@at(1.3, 4)
def row_named_while_its_table_is_written(x, n):
    t = [[x] * n for _ in range(n)]
    first = t[0]
    for i in range(1, n):
        last = t[i - 1]
        for j in range(n):
            t[i][j] = last[j] * x + 1.0
    for i, row in enumerate(t):
        for j in range(n):
            t[i][j] = row[j] * x
    t[0][1] = 7 * x
    return first[1] * t[n - 1][n - 1]


@at(1.3, 4)
def row_carried_while_its_table_is_written(x, n):
    t = [[x] * n for _ in range(n)]
    r = t[0]
    for i in range(n):
        t[i][0] = t[i][0] * x + r[0]
        r = t[i]
        if r[0] > 3:
            t[i][1] = r[0]
    return r[0] * r[1] + sum(map(sum, t))


@at(1.3, 3)
def rows_that_grow(x, n):
    rows = [[] for _ in range(n)]
    for i in range(n):
        rows[i] += [x * i]
        rows[i] = rows[i] + [x * x, x]
    return sum(sum(r) * sum(r) for r in rows)
