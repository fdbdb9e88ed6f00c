"""Loops whose forward and reverse sweep run together, and loops of the reverse sweep that run forwards."""

import math

import numpy as np
import pytest

import adcompiler


def differences(f, args, wrt):
    """The gradient by central differences, of the arguments at the positions `wrt`."""
    found = []
    for k in wrt:
        x = np.array(args[k], dtype=float)
        g = np.zeros_like(x)
        for place in np.ndindex(x.shape):
            h = 1e-6 * max(1.0, abs(x[place]))
            ends = []
            for step in (h, -h):
                moved = x.copy()
                moved[place] += step
                changed = [*args[:k], moved if x.ndim else float(moved), *args[k + 1:]]
                ends.append(f(*[a.copy() if isinstance(a, np.ndarray) else a for a in changed]))
            g[place] = (ends[0] - ends[1]) / (2 * h)
        found.append(g)
    return found


def check(f, *args, wrt=(0,)):
    """The source of value and gradient, both checked."""
    derivative = adcompiler.value_and_grad(f, wrt=wrt)
    before = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    value, gradients = derivative(*args)
    assert value == f(*before)
    for computed, expected in zip(gradients, differences(f, before, wrt), strict=True):
        np.testing.assert_allclose(computed, expected, rtol=2e-5, atol=1e-6)
    alone = adcompiler.grad(f, wrt=wrt)
    for a, b in zip(alone(*args), gradients, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    return derivative.source, alone.source


RNG = np.random.default_rng(3)
X, Y, M = RNG.normal(size=6), RNG.uniform(1, 2, size=6), RNG.normal(size=(6, 4))


def loops(source):
    """The lines that begin loops."""
    return [line.strip() for line in source.splitlines() if line.strip().startswith(("for ", "while "))]


def test_a_sum_has_one_loop_and_keeps_nothing():
    def f(x, y):
        s = 0.0
        for i in range(len(x)):
            d = x[i] - y[i]
            s += math.exp(d) * d
        return s
    for source in check(f, X, Y, wrt=(0, 1)):
        assert len(loops(source)) == 1
        assert "saved" not in source


def test_inner_loops_too():
    def f(x, m):
        s = 0.0
        for i in range(m.shape[0]):
            r = -x[i]
            for j in range(m.shape[1]):
                r += m[i, j] * x[j]
            s += r * r
        return s
    source, _ = check(f, X, M, wrt=(0, 1))
    assert len(loops(source)) == 3
    assert "saved" not in source


def test_not_where_the_sum_is_needed_first():
    def f(x):
        s = 0.0
        for i in range(len(x)):
            s += x[i] * x[i]
        t = 0.0
        for i in range(len(x)):
            t += x[i] * s
        return math.log(s) * t
    check(f, X)


def test_the_value_of_one_sum_in_the_other():
    def f(x, y):
        s = 0.0
        t = 0.0
        for i in range(len(x)):
            s += x[i] * y[i]
            t += s * x[i]
        return s * t
    check(f, X, Y, wrt=(0, 1))


def test_a_recurrence_keeps_its_order():
    def f(x):
        y = 0.5
        s = 0.0
        for i in range(len(x)):
            y = y * x[i] + math.sin(y)
            s += y * x[i]
        return s
    check(f, X)


def test_what_a_later_loop_reads_and_gives():
    def f(x, y):
        a = 0.0
        for i in range(3):
            a += x[i] * y[i]
        b = 0.0
        for i in range(3):
            b += math.sin(a * x[i])
        c = 0.0
        for i in range(3):
            c += x[i] ** 3
        return a * b + c
    check(f, X, Y, wrt=(0, 1))


def test_repeated_elements_add_up():
    places = [0, 1, 0, 2, 0]

    def f(x):
        s = 0.0
        for k in places:
            s += math.exp(x[k])
        return s
    check(f, X)


def test_elements_written_and_read():
    def f(x):
        a = np.zeros(6)
        for i in range(6):
            a[i] = x[i] * x[i]
        for i in range(1, 6):
            a[i] += a[i - 1] * x[i]
        s = 0.0
        for i in range(6):
            s += a[i] * x[i]
        return s
    check(f, X)


def test_overwritten_in_every_iteration():
    def f(x):
        a = np.zeros(3)
        s = 0.0
        for i in range(len(x)):
            a[i % 3] = x[i] * x[i]
            s += a[0] * a[1] + a[2]
        return s
    check(f, X)


def test_the_last_one_counts():
    def f(x):
        last = 1.0
        s = 0.0
        for i in range(len(x)):
            s += last * x[i]
            last = x[i] * x[i]
        return s + last
    check(f, X)


def test_branches_inside():
    def f(x, y):
        s = 0.0
        for i in range(len(x)):
            if x[i] > 0.0:
                s += x[i] * y[i]
            else:
                s -= math.sin(x[i])
                s -= y[i]
        return s
    source, _ = check(f, X, Y, wrt=(0, 1))
    assert len(loops(source)) == 1


def test_scaled_in_one_branch():
    def f(x):
        s = 1.0
        for i in range(len(x)):
            if x[i] > 0.0:
                s += x[i]
            else:
                s *= x[i]
        return s
    check(f, X)


def test_a_counter_that_the_data_moves():
    def f(x):
        n = 0
        s = 0.0
        for i in range(len(x)):
            if x[i] > 0.0:
                n += 1
            s += x[i] ** n
        return s
    check(f, np.abs(X) + 0.1)


def test_counters_that_run_through_a_triangle():
    def f(x, packed):
        n = len(x)
        y = x.copy()
        p = 0
        for i in range(n):
            for j in range(i + 1, n):
                y[j] += packed[p] * x[i]
                p += 1
        return np.sum(y * y)
    source, _ = check(f, X[:4], RNG.normal(size=6), wrt=(0, 1))
    assert "saved" not in source


def test_counters_with_a_step_that_changes():
    def f(x, n):
        s = 0.0
        k = 1
        d = 1
        for i in range(n):
            s += x[k] * x[i]
            k = k + d
            d = 1 - d
        return s * s
    check(f, X, 5)


def test_counters_that_go_on_after_the_loop():
    def f(x, packed):
        p = 0
        s = 0.0
        for i in range(2):
            t = 0.0
            for _ in range(2):
                t += packed[p] * x[i]
                p += 1
            s += t * t
        for i in range(2):
            s += packed[p + i] * x[i]
        return s
    check(f, X, RNG.normal(size=6), wrt=(0, 1))


@pytest.mark.parametrize("n", [0, 1, 5])
def test_no_iteration_and_one(n):
    def f(x, n):
        s = 1.0
        for i in range(n):
            s += x[i] * x[i]
        return s
    check(f, X, n)


def test_backwards_and_with_steps():
    def f(x):
        s = 0.0
        for i in range(5, -1, -2):
            s += x[i] ** 2
        for i in range(1, 6, 2):
            s += math.exp(x[i])
        return s
    check(f, X)


def test_an_error_comes_where_it_would():
    def f(x):
        s = 0.0
        for i in range(len(x)):
            if x[i] > 10.0:
                raise ValueError("too large")
            s += x[i] * x[i]
        return s
    check(f, X)
    with pytest.raises(ValueError, match="too large"):
        adcompiler.grad(f)(X + 20.0)


def test_second_order():
    def f(x):
        s = 0.0
        for i in range(len(x) - 1):
            s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
        return s
    hessian = adcompiler.hessian(f)(X)
    gradient = adcompiler.grad(f)
    for k in range(len(X)):
        step = np.zeros(6)
        step[k] = 1e-5
        np.testing.assert_allclose(hessian[:, k], (gradient(X + step) - gradient(X - step)) / 2e-5, rtol=1e-5, atol=1e-4)
    check(lambda x: sum(gradient(x)[i] * x[i] for i in range(6)), X)


def test_lists_and_zip():
    def g(xs, ys):
        s = 0.0
        for a, b in zip(xs, ys, strict=True):
            s += math.exp(a * b)
        return s
    xs, ys = [0.5, 0.2, 0.1], [1.0, 2.0, 3.0]
    computed = adcompiler.grad(g)(xs, ys)
    assert computed == pytest.approx([math.exp(a * b) * b for a, b in zip(xs, ys, strict=True)])


def test_not_in_a_function_that_calls_itself():
    def product_of_sums(a):
        if len(a) == 1:
            return a[0]
        total = 0.0
        for j in range(len(a)):
            total += a[j] * a[j]
        return total * product_of_sums(a[1:])

    check(product_of_sums, np.array([0.5, 1.5, -2.0]))


def test_a_sum_that_begins_with_what_comes_later():
    def f(x, rate):
        total = 0.0
        for i in range(len(x)):
            total += math.exp(rate * x[i])
        return math.exp(-rate) * total
    source, _ = check(f, X, 0.3, wrt=(0, 1))
    assert len(loops(source)) == 1


def test_divisions_do_not_hinder():
    def f(x, n):
        s = 0.0
        for i in range(len(x)):
            mean = 0.0
            for j in range(len(x)):
                mean += x[j] * (1.0 / n)
            s += mean * x[i]
        return s
    source, _ = check(f, X, 3)
    assert "saved" not in source
    with pytest.raises(ZeroDivisionError):
        adcompiler.grad(f)(X, 0)


def test_positions_from_the_end_are_the_same_elements():
    def f(x):
        y = np.zeros(3)
        s = 0.0
        for i in range(-3, 3):
            y[i] = x[i + 3] * x[i + 3]
        for i in range(3):
            s += y[i] * x[i]
        return s
    check(f, X)


def test_positions_from_the_end_by_an_argument():
    def f(x, n):
        y = np.zeros(3)
        for i in range(-n, n):
            y[i] = x[i + 3] * x[i + 3]
        return np.sum(y * x[:3])
    check(f, X, 3)


def test_an_array_of_which_more_is_read_than_an_element():
    def f(x, y):
        a = np.zeros(len(x))
        c = np.zeros(len(x))
        for i in range(len(x)):
            a[i] = x[i] * x[i]
            a = a + c
            c = x * y[i]
        return np.sum(a * y)
    check(f, X, Y, wrt=(0, 1))


def test_an_adjoint_that_two_arrays_share():
    def f(x, y):
        a = np.zeros(len(x))
        b = np.zeros(len(x))
        for i in range(len(x)):
            z = a + b
            z[i] = x[i] * x[i]
            a = z
            b = x * y[i]
        return np.sum(a * y)
    check(f, X, Y, wrt=(0, 1))


def test_a_counter_that_follows_from_the_loop():
    def f(x):
        p = 0
        s = 0.0
        for i in range(3):
            s += x[p] * x[p]
            p = i * 2
        return s * s
    check(f, X)


def test_a_counter_that_an_inner_loop_and_the_outer_one_change():
    def f(x):
        p = 0
        s = 0.0
        for _i in range(2):
            for _j in range(2):
                s += x[p] * x[p]
                p += 1
            p += 1
        return s * s
    check(f, X)


def test_counters_that_depend_on_each_other():
    def f(x, q):
        p = q
        s = 0.0
        for i in range(2, 0, -1):
            for _j in range(i):
                s += x[p] * x[p] * x[q]
                p += 1
            p = p - q + i - 2
            q = i
        return s * s
    check(f, X, 1)


def test_scratch_that_grows():
    def f(x, n):
        d = np.zeros((2, n))
        s = 0.0
        for k in range(1, 4):
            for i in range(2):
                d[i] = x[k] * x[i]
            s += np.sum(d * d)
            d = np.ones((2, n + k)) * x[3]
        return s
    check(f, X, 2)
