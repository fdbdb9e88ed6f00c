"""What other tools get wrong, or refuse: one test for each finding.

A test states the right numbers or, where the construct may be refused for now, accepts a `CompileError` and
nothing else (`right_or_refused`).
"""

import contextlib
import importlib.util
import math
import sys

import numpy as np
import pytest

from adcompiler import CompileError, grad, value_and_grad

X = np.array([0.3, -1.2, 2.0])
M = np.array([[2.0, 0.3, -0.1], [0.3, 1.5, 0.4], [-0.1, 0.4, 1.2]])


def differences(f, *args, step=1e-5):
    """The gradient with respect to the first argument by central differences of fourth order."""
    at = np.asarray(args[0], dtype=float)
    out = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        def moved(h, index=index):
            changed = at.copy()
            changed[index] += h
            others = [a.copy() if isinstance(a, np.ndarray) else a for a in args[1:]]
            return float(f(changed if at.ndim else float(changed), *others))

        out[index] = (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step)
    return out if at.ndim else float(out)


def agrees(f, *args):
    """Value and gradient are those of the primal, and the arguments are left alone."""
    before = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    expected = differences(f, *before)
    value, gradient = value_and_grad(f)(*args)
    assert value == pytest.approx(f(*[a.copy() if isinstance(a, np.ndarray) else a for a in before]),
                                  rel=1e-13)
    assert np.shape(gradient) == np.shape(args[0])
    np.testing.assert_allclose(gradient, expected, rtol=1e-7, atol=1e-8)
    for left, right in zip(args, before, strict=True):
        np.testing.assert_array_equal(left, right)


def right_or_refused(f, *args):
    """As `agrees`, or a refusal with a place."""
    try:
        agrees(f, *args)
    except CompileError as error:
        assert error.code.startswith("ADC")
        assert error.lineno > 0
        assert str(error).startswith(f"{error.filename}:{error.lineno}:{error.offset}: {error.code} ")


class TestTangentSilentlyWrong:
    """The tangent fork (2025) gives a wrong number without a word."""

    def test_square_of_an_element(self):
        def f(v, i):
            return v[i] * v[i]

        assert grad(f)(np.array([1.0, 3.0]), 1).tolist() == [0.0, 6.0]

    def test_augmented_assignment_to_an_element(self):
        def f(x):
            y = np.zeros(3)
            for i in range(3):
                y[i] += x * (i + 1.0)
            return y.sum()

        assert grad(f)(2.0) == 6.0

    def test_list_append(self):
        def f(x):
            ys = []
            for i in range(4):
                ys.append(x**i)
            return ys[1] * ys[3] + ys[2]

        assert grad(f)(2.0) == 4 * 8.0 + 2 * 2.0

    def test_comprehension(self):
        def f(x):
            return sum([x * k for k in range(5)])

        assert grad(f)(2.0) == 10.0

    def test_with_block(self):
        def f(x):
            y = x
            with contextlib.nullcontext():
                y = x * x
            return y * x

        right_or_refused(f, 2.0)

    def test_method_of_several_statements(self):
        class Spring:
            def __init__(self, stiffness):
                self.stiffness = stiffness

            def energy(self, x):
                force = self.stiffness * x
                half = 0.5 * force
                return half * x

        spring = Spring(3.0)

        def f(x):
            return spring.energy(x)

        assert grad(f)(2.0) == 6.0
        assert grad(spring.energy)(2.0) == 6.0

    def test_write_through_an_alias(self):
        def f(v):
            a = v * 1.0
            b = a
            b[0] = 5.0
            return np.sum(a * a)

        right_or_refused(f, X.copy())

    def test_write_through_a_view(self):
        def f(v):
            a = v * 2.0
            b = a[1:]
            b[0] = 5.0
            return np.sum(a * a)

        right_or_refused(f, X.copy())

    def test_read_through_a_view_after_a_write(self):
        def f(v):
            a = v * 2.0
            b = a[:2]
            a[0] = v[2] * v[2]
            return b[0] * b[1]

        right_or_refused(f, X.copy())

    def test_alias_of_an_argument(self):
        def f(v):
            w = v
            w[1] *= v[0]
            return np.sum(v * v)

        right_or_refused(f, X.copy())

    def test_alias_of_a_row(self):
        def f(m):
            a = m * 1.0
            row = a[1]
            row *= 2.0
            return np.sum(a * a)

        right_or_refused(f, M.copy())

    def test_alias_of_a_transpose(self):
        def f(m):
            a = m * 1.0
            t = a.T
            t[0, 2] = 7.0
            return a[2, 0] * a[1, 1]

        right_or_refused(f, M.copy())

    def test_alias_in_a_helper(self):
        def fill(a, s):
            a[0] = s
            a[1] = s * s

        def f(x):
            a = np.zeros(3)
            fill(a, x)
            return a[0] * a[1]

        right_or_refused(f, 2.0)

    def test_list_alias(self):
        def f(x):
            a = [x, x]
            b = a
            b.append(x * x)
            b[0] = x * x * x
            return a[0] * a[2] * len(a)

        right_or_refused(f, 2.0)

    def test_division_is_summed_over_broadcast_axes(self):
        def f(s, v):
            return np.sum(v / s)

        assert grad(f)(2.0, X) == pytest.approx(-X.sum() / 4.0, rel=1e-14)

        def g(row, m):
            return np.sum(m / row)

        agrees(g, X.copy(), M)

    def test_power_is_summed_over_broadcast_axes(self):
        def f(p, v):
            return np.sum(v**p)

        agrees(f, 2.5, np.abs(X))

        def g(row, m):
            return np.sum(m**row)

        agrees(g, X.copy(), np.abs(M))

        def h(column, m):
            return np.sum(column**m)

        agrees(h, np.abs(X).reshape(3, 1), M)

    def test_helper_called_by_keyword(self):
        def f(x):
            return _difference(b=x, a=x * x)

        assert grad(f)(3.0) == 5.0

    def test_array_over_active_scalar(self):
        def f(x, v):
            w = v / x
            return np.sum(w * w)

        agrees(f, 2.0, X)

        def g(v):
            return np.sum(v / v[0])

        agrees(g, X.copy())


def _difference(a, b):
    return a - b


def _scaled(x, factor=3.0, *, offset=1.0):
    return factor * x * x + offset


class TestTangentRefuses:
    """The tangent fork stops with an error; most of these must simply work."""

    def test_early_return(self):
        def f(x):
            if x > 1.0:
                return x * x
            return 3.0 * x

        assert (grad(f)(2.0), grad(f)(0.5)) == (4.0, 3.0)

    def test_early_return_in_a_loop(self):
        def f(x):
            for i in range(10):
                x = x * 1.5
                if x > 4.0:
                    return x * i
            return x

        agrees(f, 1.3)
        agrees(f, 0.01)

    def test_break(self):
        def f(x):
            s = 0.0
            for _ in range(10):
                if s > 3.0:
                    break
                s = s + x * x
            return s

        assert grad(f)(1.5) == 2 * 3.0

    def test_for_else(self):
        def f(x):
            for i in range(3):
                if x * i > 5.0:
                    s = x
                    break
            else:
                s = x * x
            return s

        assert (grad(f)(3.0), grad(f)(2.0)) == (1.0, 4.0)

    def test_while_else(self):
        def f(x, n):
            k = 0
            while k < n:
                x = x * 1.5
                if x > 4.0:
                    break
                k += 1
            else:
                x = x * x
            return x

        agrees(f, 1.3, 2)
        agrees(f, 1.3, 9)

    def test_enumerate_and_zip(self):
        def f(v, w):
            s = 0.0
            for i, (a, b) in enumerate(zip(v, w, strict=True)):
                s += i * a * a * b
            return s

        assert grad(f)(X, np.array([1.0, 2.0, 3.0])).tolist() == pytest.approx([0.0, -4.8, 24.0])

    @pytest.mark.parametrize("name, at", [
        ("sin", 0.7), ("cos", 0.7), ("tan", 0.7), ("asin", 0.7), ("acos", 0.7), ("atan", 0.7), ("sinh", 0.7),
        ("cosh", 0.7), ("tanh", 0.7), ("asinh", 0.7), ("acosh", 1.7), ("atanh", 0.7), ("exp", 0.7),
        ("expm1", 0.7),
        ("exp2", 0.7), ("log", 0.7), ("log1p", 0.7), ("log2", 0.7), ("log10", 0.7), ("sqrt", 0.7),
        ("cbrt", 0.7),
        ("erf", 0.7), ("erfc", 0.7), ("gamma", 1.7), ("lgamma", 1.7), ("fabs", -0.7), ("degrees", 0.7),
        ("radians", 0.7), ("floor", 0.7), ("ceil", 0.7), ("trunc", 0.7),
    ])
    def test_math_function(self, name, at, tmp_path):
        f = _from_text(tmp_path, f"import math\n\ndef f(x):\n    return math.{name}(x) * x\n")
        agrees(f, at)

    @pytest.mark.parametrize("call", [
        "math.atan2(x, 1.5)", "math.atan2(1.5, x)", "math.hypot(x, 2.0, 3.0)", "math.pow(x, 2.5)",
        "math.pow(2.5, x)",
        "math.copysign(x, -1.0)", "math.fmod(x, 0.4)", "math.remainder(x, 0.4)", "math.log(x, 3.0)",
        "math.dist((x, 1.0), (2.0, x))",
        "math.fsum([x, x * x])", "math.prod([x, x, x])", "math.ldexp(x, 3)",
    ])
    def test_math_function_of_several_arguments(self, call, tmp_path):
        f = _from_text(tmp_path, f"import math\n\ndef f(x):\n    return {call} * x\n")
        agrees(f, 0.7)

    def test_min_and_max(self):
        def f(x, y):
            return min(x, y) * max(x, y, 1.0) + max([x, y])

        assert grad(f, wrt=("x", "y"))(2.0, 3.0) == (3.0, 3.0)

    def test_matrix_product(self):
        def f(m, v):
            return np.sum(m @ v) + v @ m @ v

        agrees(f, M.copy(), X)
        agrees(lambda v, m: np.sum(m @ v) + v @ m @ v, X.copy(), M)

    def test_product_of_matrices(self):
        def f(m):
            return np.sum(m @ m.T @ m)

        agrees(f, M.copy())

    def test_dot_of_vectors(self):
        def f(v):
            return np.dot(v, v) * v.dot(v)

        agrees(f, X.copy())

    def test_einsum(self):
        def f(m):
            return np.sum(np.einsum("ij,jk->ik", m, m))

        right_or_refused(f, M.copy())

    def test_solve(self):
        def f(m, v):
            return np.sum(np.linalg.solve(m, v))

        right_or_refused(f, M.copy(), X)

    def test_cholesky(self):
        def f(m):
            return np.sum(np.linalg.cholesky(m @ m.T))

        right_or_refused(f, M.copy())

    def test_norm(self):
        def f(v):
            return np.linalg.norm(v)

        right_or_refused(f, X.copy())

    def test_sort(self):
        def f(v):
            return np.sort(v)[1] * v[0]

        right_or_refused(f, X.copy())

    def test_cumsum(self):
        def f(v):
            return np.sum(np.cumsum(v) ** 2)

        right_or_refused(f, X.copy())

    def test_transpose_attribute(self):
        def f(m):
            return np.sum(m.T * m) + m.T[0, 2]

        agrees(f, M.copy())

    def test_sum_method(self):
        def f(m):
            return m.sum() * m.sum(axis=0)[1] + m.mean()

        agrees(f, M.copy())

    def test_helper_defaults(self):
        def f(x):
            return _scaled(x) + _scaled(x, 2.0) + _scaled(x, offset=x)

        assert grad(f)(1.0) == 6.0 + 4.0 + 6.0 + 1.0

    def test_nested_def(self):
        def f(x):
            def square(y):
                return y * y * x

            return square(x + 1.0)

        assert grad(f)(2.0) == 9.0 + 2.0 * 2.0 * 3.0

    def test_closure_sees_the_last_value(self):
        def f(x):
            y = x
            g = lambda q: q * y  # noqa: E731
            y = x * x
            return g(x)

        assert grad(f)(2.0) == 12.0

    def test_dict(self):
        def f(x):
            d = {"a": x, "b": x * x}
            d["a"] = d["a"] * d["b"]
            return d["a"] + d["b"]

        assert grad(f)(2.0) == 12.0 + 4.0

    def test_f_string(self):
        def f(x):
            label = f"x = {x:.3f}"
            assert label.startswith("x")
            return x * x

        assert grad(f)(2.0) == 4.0

    def test_walrus(self):
        def f(x):
            if (y := x * x) > 1.0:
                return y * x
            return y

        assert (grad(f)(2.0), grad(f)(0.5)) == (12.0, 1.0)

    def test_annotations(self):
        def f(x: float, n: int = 3) -> float:
            y: float = x * n
            z: float
            z = y * x
            return z

        assert grad(f)(2.0) == 12.0


def _from_text(folder, text, name="peer"):
    path = folder / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.f


def test_building_energy_keeps_every_term(monkeypatch):
    """The fork loses a term of its own example (-2.545 instead of -2.445)."""
    def f(insulation):
        temperature, energy = 18.0, 0.0
        for hour in range(24):
            outside = 5.0 - 6.0 * math.cos(2.0 * math.pi * hour / 24.0)
            heating = max(0.0, 21.0 - temperature) * 0.8
            temperature += heating - (temperature - outside) / (4.0 * insulation)
            energy += heating
            energy += 0.1 * (21.0 - temperature) ** 2
        return energy

    agrees(f, 2.0)


scale = 2.0


def _helper(x):
    return x * x


def test_redefined_helper_is_noticed(monkeypatch):
    def f(x):
        return _helper(x)

    df = grad(f)
    assert df(3.0) == 6.0
    monkeypatch.setattr(sys.modules[__name__], "_helper", _cube)
    assert df(3.0) == 27.0


def _cube(x):
    return x * x * x


def test_rebound_global_is_noticed(monkeypatch):
    def f(x):
        return scale * x

    df = grad(f)
    assert df(3.0) == 2.0
    monkeypatch.setattr(sys.modules[__name__], "scale", 5.0)
    assert df(3.0) == 5.0


def test_rebound_closure_variable_is_noticed():
    factor = 2.0

    def f(x):
        return factor * x

    df = grad(f)
    assert df(3.0) == 2.0
    factor = 7.0
    assert df(3.0) == 7.0


def test_asserts_are_kept():
    def f(x):
        assert x > 0.0, "x must be positive"
        y = x * x
        assert y < 100.0
        return y

    assert grad(f)(2.0) == 4.0
    with pytest.raises(AssertionError, match="x must be positive"):
        grad(f)(-2.0)
    with pytest.raises(AssertionError):
        grad(f)(20.0)


def test_root_of_a_negative_number_raises():
    def f(x):
        return math.sqrt(x) * 2.0

    with pytest.raises(ValueError):
        grad(f)(-4.0)


def test_negative_base_under_a_half_is_no_real_number():
    def f(x):
        return x**0.5

    with pytest.raises((ValueError, TypeError, CompileError, ArithmeticError)):
        grad(f)(-4.0)


class TestWarp:
    """Documented wrong gradients: in-place products, values overwritten in loops of unknown length."""

    def test_in_place_product(self):
        def f(v):
            w = v * 1.0
            w *= v
            w *= w
            return w.sum()

        agrees(f, X.copy())

    def test_in_place_product_of_an_element(self):
        def f(x, n):
            w = np.ones(2)
            for _ in range(n):
                w[0] *= x
                w[1] += w[0]
            return w[0] * w[1]

        agrees(f, 1.3, 5)

    def test_overwritten_value_in_a_dynamic_loop(self):
        def f(x, n):
            y = x
            for _ in range(n):
                t = y * y
                y = t * x
                t = y + 1.0
                y = y / t
            return y

        agrees(f, 1.3, 6)
        agrees(f, 1.3, 0)

    def test_overwritten_value_in_a_while_loop(self):
        def f(x):
            y = x
            while y < 50.0:
                y = y * y + x
                if y > 20.0:
                    y *= x
            return y

        agrees(f, 1.4)

    def test_accumulation_in_a_nested_dynamic_loop(self):
        def f(x, n):
            total = 0.0
            for i in range(n):
                s = x
                for j in range(i):
                    s *= x + j
                    total += s
            return total

        agrees(f, 0.9, 5)

    def test_array_overwritten_while_it_is_read(self):
        def f(v):
            w = v * v
            for i in range(1, len(w)):
                w[i] = w[i - 1] * w[i]
            w[0] = w[2] * w[1]
            return w.sum()

        agrees(f, X.copy())


def test_clad_never_falls_back_to_differences():
    def f(x):
        return float(np.format_float_positional(x)) * x

    with pytest.raises(CompileError):
        grad(f)(2.0)


history = [0.0]


def test_mooncake_mutated_global_is_refused():
    def f(x):
        history[0] = x * x
        return history[0] * x

    with pytest.raises(CompileError) as caught:
        grad(f)(2.0)
    assert caught.value.code.startswith("ADC4")
    assert history == [0.0]


class TestJax:
    """No reverse of `while_loop`; nan through the branch of `where` that was not taken."""

    def test_while_loop_has_a_reverse(self):
        def f(x):
            n = 0
            while x > 1.0:
                x = 0.5 * x + 0.1 * math.sin(x)
                n += 1
            return x * n

        agrees(f, 37.0)

    def test_compile_time_does_not_grow_with_the_trip_count(self):
        def f(x):
            for _ in range(100_000):
                x = x + 1e-6 * math.sin(x)
            return x

        df = grad(f)
        assert len(df.source) < 1500
        assert df(1.0) == pytest.approx(differences(f, 1.0, step=1e-3), rel=1e-6)

    def test_where_without_nan(self):
        def f(v):
            return np.sum(np.where(v > 0.0, np.sqrt(v), 0.0))

        with np.errstate(all="ignore"):
            assert grad(f)(np.array([4.0, -1.0, 0.0])).tolist() == [0.25, 0.0, 0.0]

    def test_where_of_a_logarithm_without_nan(self):
        def f(v):
            return np.sum(np.where(v > 0.0, v * np.log(v), v))

        with np.errstate(all="ignore"):
            assert grad(f)(np.array([1.0, 0.0, -2.0])).tolist() == [1.0, 1.0, 1.0]

    def test_where_of_a_quotient_without_nan(self):
        def f(x, y):
            return np.where(y != 0.0, x / y, x)

        with np.errstate(all="ignore"):
            assert np.sum(grad(lambda v, w: np.sum(f(v, w)))(np.array([1.0, 2.0]),
                                                             np.array([0.0, 4.0]))) == 1.25


class TestAutograd:
    """No assignment to arrays; nan where a derivative exists."""

    def test_assignment_to_an_array(self):
        def f(v):
            w = np.zeros(3)
            w[0] = v[1] * v[2]
            w[1:] = v[:2] ** 2
            w[2] = w[0]
            return np.sum(w * w)

        agrees(f, X.copy())

    def test_augmented_assignment_to_an_array(self):
        def f(v):
            w = v.copy()
            w += v[0]
            w[1] -= v[2]
            w /= 2.0
            return np.sum(w**3)

        agrees(f, X.copy())

    def test_product_with_a_zero(self):
        def f(v):
            return np.prod(v)

        try:
            gradient = grad(f)(np.array([2.0, 0.0, 3.0]))
        except CompileError:
            return
        assert gradient.tolist() == [0.0, 6.0, 0.0]

    def test_product_with_a_zero_in_a_loop(self):
        def f(v):
            p = 1.0
            for e in v:
                p *= e
            return p

        assert grad(f)(np.array([2.0, 0.0, 3.0])).tolist() == [0.0, 6.0, 0.0]

    def test_norm_at_zero(self):
        def f(v):
            return np.linalg.norm(v)

        try:
            gradient = grad(f)(np.zeros(3))
        except CompileError:
            return
        assert gradient.tolist() == [0.0, 0.0, 0.0]

    def test_sinc_at_zero(self):
        def f(v):
            return np.sum(np.sinc(v))

        try:
            gradient = grad(f)(np.array([0.0, 0.5]))
        except CompileError:
            return
        assert gradient == pytest.approx([0.0, -4.0 / math.pi])


def test_perturbation_confusion():
    """d/dx [x * d/dy (x + y)] at 1 is 1 (AutoGrad.jl gives 2)."""
    def inner(y, x):
        return x + y

    slope = grad(inner)

    def outer(x):
        return x * slope(1.0, x)

    try:
        assert grad(outer)(1.0) == 1.0
    except CompileError as error:
        assert error.lineno > 0


def test_perturbation_confusion_of_a_product():
    """d/dx [x * d/dy (x * y)] = 2x."""
    def inner(y, x):
        return x * y

    slope = grad(inner)

    def outer(x):
        return x * slope(5.0, x)

    try:
        assert grad(outer)(3.0) == 6.0
    except CompileError as error:
        assert error.lineno > 0


def test_second_derivative():
    def f(x):
        return x**3 * math.sin(x)

    expected = 6 * 2.0 * math.sin(2.0) + 2 * 3 * 4.0 * math.cos(2.0) - 8.0 * math.sin(2.0)
    assert grad(grad(f))(2.0) == pytest.approx(expected, rel=1e-13)
