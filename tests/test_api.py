"""The public functions: what they accept, what they give back, and what they refuse."""

import copy
import dataclasses
import fractions
import functools
import importlib.util
import inspect
import math
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

import adcompiler
from adcompiler import CompileError, detach, grad, no_grad, stop_gradient, value_and_grad, zero_grad

SCALE = 2.0
TABLE = [1.0, 2.0]


def sine(x):
    return math.sin(x)


def square(x):
    """The square of x."""
    return x * x


def scaled(x, k=3.0):
    return k * x * x


@grad
def decorated(x):
    return x * x * x


@grad(wrt=("x", "y"))
def decorated_pair(x, y=2.0):
    return x * x * y


@value_and_grad
def decorated_value(x):
    return x * x


def helper(x):
    return SCALE * x


def with_helper(x):
    return helper(x) * x


class Point(NamedTuple):
    x: float
    y: float


@dataclasses.dataclass
class Spring:
    stiffness: float
    rest: float = 0.0
    label: str = "spring"


class Model:
    def __init__(self, weight):
        self.weight = weight

    def loss(self, x, power=2):
        return self.weight * x**power

    def __call__(self, x):
        return self.weight * x

    @grad(wrt="x")
    def energy(self, x):
        return self.weight * x * x


def refused(code, call, *args, **keywords):
    """The error of this code that a call raises; its text has the promised form."""
    with pytest.raises(CompileError) as caught:
        call(*args, **keywords)
    error = caught.value
    assert error.code == code, str(error)
    assert str(error).startswith(f"{error.filename}:{error.lineno}:{error.offset}: {code} ")
    assert isinstance(error, SyntaxError)
    return error


def python_calls(call):
    """How many functions written in Python run."""
    count = 0

    def note(frame, event, arg):
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


class TestWaysToCall:
    def test_function(self):
        assert grad(square)(3.0) == 6.0

    def test_decorator(self):
        assert decorated(2.0) == 12.0
        assert decorated_pair(3.0) == (12.0, 9.0)
        assert decorated_value(3.0) == (9.0, 6.0)

    def test_lambda(self):
        assert grad(lambda x: x * math.exp(x))(0.0) == 1.0

    def test_two_lambdas_on_one_line(self):
        f, g = grad(lambda x: x * x), grad(lambda x: x * x * x)
        assert (f(2.0), g(2.0)) == (4.0, 12.0)

    def test_bound_method_reads_its_object_anew(self):
        model = Model(3.0)
        df = grad(model.loss)
        assert df(2.0) == 12.0
        model.weight = 5.0
        assert df(2.0) == 20.0
        model.weight = np.float32(1.5)
        assert df(2.0) == 6.0

    def test_method_keywords_and_defaults(self):
        df = grad(Model(3.0).loss)
        assert df(2.0, 3) == df(2.0, power=3) == df(power=3, x=2.0) == 36.0

    def test_callable_instance(self):
        assert grad(Model(4.0))(2.0) == 4.0

    def test_decorated_method(self):
        assert Model(3.0).energy(2.0) == 12.0
        assert "def energy_grad(self, x):" in Model(3.0).energy.source_for(Model(3.0), 2.0)

    def test_partial(self):
        assert grad(functools.partial(scaled, k=5.0))(2.0) == 20.0
        assert grad(functools.partial(scaled, k=5.0))(2.0, k=1.0) == 4.0
        assert grad(functools.partial(scaled, 3.0))(2.0) == 9.0  # with respect to k, the first that is open
        assert grad(functools.partial(Model(2.0).loss, power=3))(2.0) == 24.0

    def test_cached_function(self):
        assert grad(functools.lru_cache(square))(3.0) == 6.0

    def test_no_source(self):
        refused("ADC101", grad, math.sin)
        namespace = {}
        exec("def f(x):\n    return x", namespace)
        refused("ADC101", grad, namespace["f"])
        refused("ADC101", grad, int)

    def test_decorator_that_hides_the_function(self):
        @functools.wraps(square)
        def doubled(x):
            return 2.0 * square(x)

        refused("ADC203", grad, doubled)

    def test_not_a_function(self):
        with pytest.raises(TypeError, match="must be a function"):
            grad("x")


class TestArguments:
    def test_keywords_and_defaults(self):
        df = grad(scaled)
        assert df(2.0) == 12.0
        assert df(2.0, 1.0) == df(2.0, k=1.0) == df(k=1.0, x=2.0) == 4.0
        assert df(2.0) == 12.0

    def test_keyword_only(self):
        def f(x, *, k=2.0):
            return k * x * x

        assert grad(f)(3.0) == 12.0
        assert grad(f)(3.0, k=1.0) == 6.0
        assert grad(f, wrt="k")(3.0, k=1.0) == 9.0

    def test_positional_only(self):
        def f(x, k=2.0, /):
            return k * x * x

        assert grad(f)(3.0) == 12.0
        assert grad(f)(3.0, 1.0) == 6.0

    def test_wrong_number_is_a_type_error(self):
        with pytest.raises(TypeError):
            grad(square)()
        with pytest.raises(TypeError):
            grad(square)(1.0, 2.0)
        with pytest.raises(TypeError):
            grad(square)(x=1.0, y=2.0)

    def test_star(self):
        def f(*xs):
            return xs[0] * xs[1]

        assert grad(f)(2.0, 5.0) == 5.0
        assert grad(f, wrt=1)(2.0, 5.0) == 2.0
        assert grad(f, wrt=(1, 0))(2, 5) == (2.0, 5.0)
        assert grad(f, wrt="xs")(2.0, 5.0) == (5.0, 2.0)
        refused("ADC602", grad(f, wrt=2), 2.0, 5.0)

    def test_default_that_is_no_literal(self):
        def f(x, k=SCALE, w=np.array([1.0, 2.0])):  # noqa: B008
            return k * x * w[1]

        assert grad(f)(3.0) == 4.0
        assert grad(f)(3.0, w=np.array([1.0, 3.0])) == 6.0

    def test_mutable_default_is_read_at_each_call(self):
        def f(x, w=[1.0, 2.0]):  # noqa: B006
            return x * w[0]

        df = grad(f)
        assert df(1.0) == 1.0
        f.__defaults__[0][0] = 7.0
        assert df(1.0) == 7.0

    def test_primal_parameter_called_into(self):
        def f(x, into):
            return x * into

        assert grad(f)(2.0, into=3.0) == 3.0

    def test_a_string_chooses_code(self):
        def f(x, mode):
            return x * x if mode == "square" else 3.0 * x

        df = grad(f)
        assert (df(2.0, "square"), df(2.0, "line"), df(2.0, "square")) == (4.0, 3.0, 4.0)

    def test_a_function_as_argument(self):
        def f(x, g):
            return g(x) * x

        df = grad(f)
        assert df(2.0, square) == 12.0
        assert df(2.0, helper) == 8.0
        assert df(2.0, square) == 12.0
        assert df(2.0, Model(3.0).loss) == 36.0


    def test_new_functions_again_and_again(self):
        def f(x, g):
            return g(x)

        def multiple(k):
            return lambda x: k * x

        df = grad(f)
        for k in range(30):  # each of them dies after its call, and another one may get its address
            assert df(1.0, multiple(float(k))) == k


class TestWrt:
    def f(x, y, z):
        return x * y * y + z

    f = staticmethod(f)

    @pytest.mark.parametrize("wrt, expected", [(0, 9.0), (1, 12.0), (2, 1.0), ("y", 12.0), (-1, 1.0),
                                               (("z", 0), (1.0, 9.0)), ([1], (12.0,)), ((0, "y", 2), (9.0, 12.0, 1.0))])
    def test_position_name_or_both(self, wrt, expected):
        assert grad(self.f, wrt=wrt)(2.0, 3.0, 1.0) == expected
        assert grad(self.f, argnums=wrt)(2.0, 3.0, 1.0) == expected
        assert value_and_grad(self.f, wrt=wrt)(2.0, 3.0, 1.0) == (19.0, expected)

    def test_one_name_for_one_thing(self):
        assert grad(scaled, argnums=1)(2.0) == 4.0
        with pytest.raises(TypeError, match="two names of one thing"):
            grad(scaled, wrt="k", argnums=0)

    @pytest.mark.parametrize("wrt", [3, -4, "w", (0, "w"), 1.0, None, ()])
    def test_unknown_parameter_is_refused_at_decoration(self, wrt):
        error = refused("ADC602", grad, self.f, wrt=wrt)
        assert "def f(x, y, z):" in error.diagnostics[0].span.text
        assert error.hint

    def test_method_counts_without_self(self):
        assert grad(Model(3.0).loss, wrt=0)(2.0) == 12.0
        refused("ADC602", grad, Model(3.0).loss, wrt="self")

    @pytest.mark.parametrize("value", ["text", None, square, 1j, {}, {"a": "text"}, np.longdouble(2.0),
                                       np.ma.array([1.0]), fractions.Fraction(1, 2)], ids=repr)
    def test_no_derivative_with_respect_to(self, value):
        def f(x, y):
            return x * y

        refused("ADC603", grad(f, wrt="y"), 1.0, value)

    @pytest.mark.parametrize("values", [[1, 2], [True, False], [1j, 2.0], [None, 1.0]])
    def test_array_of_no_reals(self, values):
        def f(v):
            return v[0] * 1.0

        error = refused("ADC601", grad(f), np.array(values))
        assert error.lineno == f.__code__.co_firstlineno
        assert "float" in error.hint


class TestTypes:
    def test_float_in_float_out(self):
        assert type(grad(square)(2.0)) is float
        value, gradient = value_and_grad(square)(2.0)
        assert type(value) is float and type(gradient) is float

    @pytest.mark.parametrize("x", [2, True, np.int64(2), np.int32(2)])
    def test_an_integer_is_a_real_number(self, x):
        gradient = grad(lambda x: x**-1 + x // 0.5 * 0.0)(x)
        assert type(gradient) is float
        assert gradient == -1.0 / float(x)**2

    def test_integers_that_are_not_differentiated_stay(self):
        def f(x, n):
            for _ in range(n):
                x = x * 2.0
            return x

        assert grad(f)(1, 3) == 8.0
        assert grad(f)(1.0, True) == 2.0

    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_array_keeps_shape_and_dtype(self, dtype):
        def f(v):
            return np.sum(v * v)

        for shape in [(3,), (1,), (2, 3), (1, 3), (0,), ()]:
            v = np.ones(shape, dtype)
            gradient = grad(f)(v)
            assert isinstance(gradient, np.ndarray if shape else dtype)
            assert (gradient.shape, gradient.dtype) == (shape, dtype)
            np.testing.assert_array_equal(gradient, 2 * v)

    def test_numpy_scalar_keeps_its_dtype(self):
        gradient = grad(square)(np.float32(3.0))
        assert (gradient, gradient.dtype) == (6.0, np.float32)

    def test_list_of_numbers(self):
        def f(v):
            return v[0] * v[1] + sum(v)

        assert grad(f)([2.0, 3.0]) == [4.0, 3.0]
        gradient = grad(f)([2, 3])
        assert gradient == [4.0, 3.0]
        assert all(type(g) is float for g in gradient)

    def test_structures(self):
        def f(p):
            return p["a"] * p["b"][0] + p["b"][1][1]

        assert grad(f)({"a": 2.0, "b": (3.0, [1.0, 4.0])}) == {"a": 3.0, "b": (2.0, [0.0, 1.0])}
        assert grad(f)({"a": 2, "b": (3, [1, 4])}) == {"a": 3.0, "b": (2.0, [0.0, 1.0])}

    def test_named_tuple(self):
        def f(p):
            return p.x * p.y * p.y

        gradient = grad(f)(Point(2.0, 3.0))
        assert gradient == Point(9.0, 12.0)
        assert type(gradient) is Point

    def test_dataclass(self):
        def f(s, x):
            return 0.5 * s.stiffness * (x - s.rest) ** 2

        gradient = grad(f)(Spring(4.0, 1.0), 3.0)
        assert type(gradient) is Spring
        assert gradient == Spring(2.0, -8.0, "spring")
        assert grad(f, wrt="x")(Spring(4.0, 1.0), 3.0) == 8.0

    def test_the_arguments_are_left_alone(self):
        def f(v, w):
            v[0] = v[0] * w["a"][1]
            v *= 2.0
            return np.sum(v)

        v, w = np.array([1.0, 2.0]), {"a": [3.0, 4.0]}
        before = copy.deepcopy((v, w))
        first, second = grad(f, wrt=(0, 1))(v, w)
        np.testing.assert_array_equal(first, [8.0, 2.0])
        assert second == {"a": [0.0, 2.0]}
        np.testing.assert_array_equal(v, before[0])
        assert w == before[1]

    def test_specialised_by_shape(self):
        def f(v, w):
            return np.sum(v * w)

        df = grad(f)
        one, three = np.ones(1), np.arange(3.0)
        np.testing.assert_array_equal(df(three, three), three)
        np.testing.assert_array_equal(df(one, three), [3.0])
        np.testing.assert_array_equal(df(three, one), np.ones(3))
        np.testing.assert_array_equal(df(np.ones((2, 3)), three), [three, three])
        assert df(2.0, three) == 3.0


class TestResult:
    @pytest.mark.parametrize("f", [lambda v: v * 2.0, lambda v: (v[0], v[1]), lambda v: [v[0]], lambda v: None])
    def test_not_a_scalar(self, f):
        error = refused("ADC304", grad(f), np.ones(2))
        assert "vjp" in error.hint and "jacobian" in error.hint
        assert error.lineno == f.__code__.co_firstlineno

    def test_aux(self):
        def f(x, v):
            return np.sum(v) * x * x, {"double": 2.0 * x, "v": v}

        v = np.ones(2)
        gradient, aux = grad(f, has_aux=True)(3.0, v)
        assert gradient == 12.0
        assert aux["double"] == 6.0
        np.testing.assert_array_equal(aux["v"], v)
        (value, aux), gradient = value_and_grad(f, has_aux=True)(3.0, v)
        assert (value, gradient, aux["double"]) == (18.0, 12.0, 6.0)
        gradients, _ = grad(f, wrt=(0, 1), has_aux=True)(3.0, v)
        assert gradients[0] == 12.0
        np.testing.assert_array_equal(gradients[1], [9.0, 9.0])

    def test_aux_needs_a_pair(self):
        error = refused("ADC304", grad(square, has_aux=True), 1.0)
        assert error.lineno == square.__code__.co_firstlineno

    def test_second_derivatives(self):
        def f(x, y):
            return x * x * x * y

        assert grad(grad(f))(2.0, 5.0) == 60.0
        assert grad(grad(f), wrt=1)(2.0, 5.0) == 12.0
        assert grad(grad(grad(f)))(2.0, 5.0) == 30.0
        assert value_and_grad(grad(f))(2.0, 5.0) == (60.0, 60.0)
        assert grad(decorated)(2.0) == 12.0
        assert "def f_grad_grad(x, y):" in grad(grad(f)).source
        refused("ADC304", grad(grad(f, wrt=(0, 1))), 2.0, 5.0)
        refused("ADC304", grad(value_and_grad(f)), 2.0, 5.0)

    def test_errors_of_the_primal_come_through(self):
        def f(x, n):
            assert n > 0, "n is positive"
            if n > 5:
                raise KeyError("n")
            return x / (n - 3)

        df = grad(f)
        with pytest.raises(AssertionError, match="n is positive"):
            df(1.0, 0)
        with pytest.raises(KeyError, match="n"):
            df(1.0, 6)
        with pytest.raises(ZeroDivisionError):
            df(1.0, 3)
        assert df(1.0, 4) == 1.0


class TestFreshness:
    def test_rebound_global(self, monkeypatch):
        df = grad(with_helper)
        assert df(3.0) == 12.0
        monkeypatch.setitem(globals(), "SCALE", 5.0)
        assert df(3.0) == 30.0
        assert "10" in df.source

    def test_redefined_helper(self, monkeypatch):
        df = grad(with_helper)
        assert df(3.0) == 12.0
        monkeypatch.setitem(globals(), "helper", square)
        assert df(3.0) == 27.0
        monkeypatch.undo()
        assert df(3.0) == 12.0

    def test_second_derivative_is_fresh(self, monkeypatch):
        ddf = grad(grad(with_helper))
        assert ddf(3.0) == 4.0
        monkeypatch.setitem(globals(), "SCALE", 5.0)
        assert ddf(3.0) == 10.0

    def test_modified_list(self):
        def f(x):
            return TABLE[0] * x

        df = grad(f)
        assert df(1.0) == 1.0
        TABLE[0] = 4.0
        try:
            assert df(1.0) == 4.0
        finally:
            TABLE[0] = 1.0

    def test_closure(self):
        def make():
            k = 2.0

            def f(x):
                return k * x

            def change(value):
                nonlocal k
                k = value

            return f, change

        f, change = make()
        df = grad(f)
        assert df(1.0) == 2.0
        change(7.0)
        assert df(1.0) == 7.0

    def test_array_constant_is_read_at_each_call(self):
        weights = np.array([1.0, 2.0])

        def f(x):
            return x * weights[1]

        df = grad(f)
        assert df(1.0) == 2.0
        weights[1] = 5.0
        assert df(1.0) == 5.0


    def test_code_that_is_replaced_in_place(self):
        """As tools do that reload modules."""
        def f(x, n=2):
            return inner(x) ** n

        def inner(x):
            return 3.0 * x

        def other(x):
            return 5.0 * x

        df = grad(f)
        assert df(1.0) == 18.0
        inner.__code__ = other.__code__
        assert df(1.0) == 50.0
        f.__defaults__ = (1,)
        assert df(1.0) == 5.0
        f.__code__ = (lambda x, n: 7.0 * inner(x) ** n).__code__
        assert df(1.0) == 35.0

    def test_file_that_has_changed(self, tmp_path, monkeypatch):
        """The source on disk is not that of the loaded function: the derivative would be of another one."""
        path = tmp_path / "changing.py"
        path.write_text("def f(x):\n    return x * x\n")
        spec = importlib.util.spec_from_file_location("changing", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        before = grad(module.f)
        path.write_text("def f(x):\n    return x * x * x\n")
        with pytest.raises(CompileError, match="ADC101 the source of 'f' has changed"):
            grad(module.f)
        assert before(3.0) == 6.0


class TestOverlap:
    def f(v, w):
        v[0] = 2.0 * w[1]
        return v[0] * w[0]

    f = staticmethod(f)

    def test_same_memory_is_refused_where_it_is_written_to(self):
        a = np.array([1.0, 2.0, 3.0])
        df = grad(self.f)
        np.testing.assert_array_equal(df(a[:2].copy(), a[1:].copy()), [0.0, 0.0])
        for _ in range(2):
            refused("ADC408", df, a, a)
            refused("ADC408", df, a[:2], a[1:])
            refused("ADC408", df, w=a, v=a)

    def test_same_memory_is_fine_where_it_is_only_read(self):
        def f(v, w):
            return v[0] * w[0]

        a = np.array([2.0, 3.0])
        np.testing.assert_array_equal(grad(f)(a, a), [2.0, 0.0])

    def test_inside_a_structure(self):
        def f(p):
            p["a"][0] = 2.0 * p["b"][1]
            return p["a"][0] * p["b"][0]

        a = np.array([1.0, 2.0])
        grad(f)({"a": a.copy(), "b": a})
        refused("ADC408", grad(f), {"a": a, "b": a})


class TestSource:
    def test_before_any_call(self):
        assert grad(square).source == (
            "def square_grad(x):\n"
            '    """Gradient of `square` with respect to `x`."""\n'
            "    # return x * x\n"
            "    return 2 * x\n"
        )

    def test_of_a_method_before_any_call(self):
        df = grad(Model(4.0).loss)
        assert df.source == df.source_for(1.0)

    def test_for_the_types_of_the_last_call(self):
        def f(v):
            return np.sum(v * v)

        df = grad(f)
        df(np.ones(3))
        arrays = df.source
        df(2.0)
        assert df.source == df.source_for(1.0)
        assert df.source_for(np.ones(2)) == arrays
        df(2.0)
        df(np.ones(3))
        assert df.source == arrays

    def test_is_the_same_every_time(self):
        assert grad(with_helper).source == grad(with_helper).source

    def test_names_no_compiler(self):
        assert "import adcompiler" not in grad(with_helper).source

    def test_annotations_defaults_and_use(self):
        def f(x: float, n: int, v: NDArray[np.float32], m: Annotated[np.ndarray, "3 3"], p: Point, s: Spring,
              t: tuple[float, int], w: list[float], k=2, mode="plain"):
            total = x * m[0, 1] + p.y * s.stiffness * t[0] + w[0] * k
            for _ in range(n):
                total += v[0]
            return total if mode == "plain" else 0.0 * total

        ahead = grad(f).source
        args = (1.0, 2, np.ones(3, np.float32), np.ones((3, 3)), Point(1.0, 1.0), Spring(1.0), (1.0, 1), [1.0])
        assert ahead == grad(f).source_for(*args)

    @pytest.mark.parametrize("text, args", [
        ("lambda x, n: sum([x * i for i in range(n)])", (1.0, 3)),
        ("lambda v, i: v[i] * v[i + 1]", (np.ones(3), 0)),
        ("lambda x, v: sum([x * e for e in v])", (1.0, np.ones(3))),
        ("lambda w, x: np.sum(w @ x)", (np.ones((3, 2)), np.ones(2))),
        ("lambda m, i, j: m[i, j] * m[j][i]", (np.ones((2, 2)), 0, 1)),
        ("lambda v: np.sum(v * v)", (np.ones(2),)),
        ("lambda x, n: x * np.sum(np.ones(n))", (1.0, 3)),
        ("lambda x: x * x", (1.0,)),
    ])
    def test_use(self, tmp_path, text, args):
        path = tmp_path / "used.py"
        path.write_text(f"import numpy as np\nf = {text}\n")
        spec = importlib.util.spec_from_file_location("used", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert grad(module.f).source == grad(module.f).source_for(*args)

    def test_differentiated_parameters_are_never_integers(self):
        def f(x, i):
            return x[i] + 0.0 * i

        grad(f, wrt="x").source  # noqa: B018
        refused("ADC310", lambda: grad(f, wrt="i").source)

    def test_what_cannot_be_told_before_a_call(self):
        def f(x, g):
            return g(x)

        error = refused("ADC605", lambda: grad(f).source)
        assert "source_for" in error.hint
        assert "cos(x)" in grad(f).source_for(1.0, math.sin)

    def test_ir(self):
        assert grad(square).ir.startswith("fn square_grad(x: float)")

    def test_save(self, tmp_path):
        path = tmp_path / "saved.py"
        df = grad(with_helper)
        df.save(path)
        text = path.read_text()
        assert text.startswith("# Generated by adcompiler ")
        assert text.endswith(df.source)
        assert "import adcompiler" not in text
        spec = importlib.util.spec_from_file_location("saved", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.with_helper_grad(3.0) == 12.0
        df.save(str(path))
        assert path.read_text() == text

    def test_save_spares_files_of_others(self, tmp_path):
        path = tmp_path / "mine.py"
        path.write_text("print('mine')\n")
        with pytest.raises(FileExistsError):
            grad(square).save(path)
        assert path.read_text() == "print('mine')\n"

    def test_value_and_grad(self):
        assert grad(square).value_and_grad(3.0) == (9.0, 6.0)
        assert decorated_pair.value_and_grad(3.0, y=1.0) == (9.0, (6.0, 9.0))
        assert decorated_value.value_and_grad(3.0) == (9.0, 6.0)

    def test_verify(self):
        for df in (grad(scaled, wrt=(0, 1)), value_and_grad(scaled, wrt=(0, 1))):
            certificate = df.verify(2.0, k=3.0, time_limit=20)
            assert certificate.ok
            assert {row.parameter for row in certificate} == {"x", "k"}
            assert "proved" in str(certificate)

    def test_verify_without_sympy(self):
        certificate = grad(Model(2.0).loss).verify(3, checks=("numeric",))
        assert certificate.ok
        assert {row.check for row in certificate} == {"numeric"}


class TestBeingAFunction:
    def test_name_docstring_and_signature(self):
        df = grad(scaled)
        assert df.__name__ == "scaled"
        assert df.__module__ == __name__
        assert grad(square).__doc__ == "The square of x."
        assert str(inspect.signature(df)) == "(x, k=3.0)"
        assert str(inspect.signature(grad(Model(1.0).loss))) == "(x, power=2)"
        assert df.primal is scaled
        assert df.primal(2.0) == 12.0

    def test_repr(self):
        assert repr(grad(scaled)) == "<grad of scaled wrt x>"
        assert repr(value_and_grad(scaled, wrt=(1, "x"))) == "<value_and_grad of scaled wrt k, x>"
        assert repr(grad(grad(square))) == "<grad of <grad of square wrt x> wrt x>"

    def test_repr_html(self, monkeypatch):
        def f(x):
            return x if x < 1.0 else 2.0 * x

        html = grad(f)._repr_html_()
        assert "<pre" in html and "f_grad" in html and "x < 1" not in html
        for name in [n for n in sys.modules if n.split(".")[0] == "pygments"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "pygments", None)
        plain = grad(f)._repr_html_()
        assert plain.startswith("<pre") and "x &lt; 1" in plain

    @pytest.mark.parametrize("df", [decorated, decorated_pair, decorated_value, grad(square), value_and_grad(square),
                                    grad(grad(square)), grad(decorated), grad(Model(2.0)), grad(Model(2.0).loss),
                                    grad(functools.partial(scaled, k=2.0))], ids=repr)
    @pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
    def test_pickle(self, df, protocol):
        again = pickle.loads(pickle.dumps(df, protocol))
        assert again(2.0) == df(2.0)
        assert repr(again) == repr(df)

    def test_pickle_of_a_decorated_function_is_by_name(self):
        assert pickle.loads(pickle.dumps(decorated)) is decorated
        assert copy.deepcopy(decorated)(1.0) == 3.0

    def test_other_processes(self, tmp_path):
        (tmp_path / "work.py").write_text(
            "from adcompiler import grad\n"
            "@grad\n"
            "def decorated(x):\n"
            "    return x * x\n"
            "def f(x):\n"
            "    return x * x * x\n"
            "df = grad(f)\n")
        (tmp_path / "main.py").write_text(
            "import multiprocessing\n"
            "from adcompiler import grad\n"
            "from work import decorated, df\n"
            "@grad\n"
            "def own(x):\n"
            "    return 5.0 * x\n"
            "if __name__ == '__main__':\n"
            "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
            "        print(pool.map(decorated, [1.0, 2.0]), pool.map(df, [2.0]), pool.map(own, [0.0]))\n")
        done = subprocess.run([sys.executable, "main.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120,
                              env={"PYTHONPATH": f"{Path(adcompiler.__file__).parents[1]}", "PATH": "/usr/bin:/bin"})
        assert done.stdout.strip() == "[2.0, 4.0] [12.0] [5.0]", done.stderr

    def test_workers_with_another_main(self, tmp_path):
        """As those of joblib: the functions of a script, or of a notebook, are not found there by name."""
        pytest.importorskip("cloudpickle")
        text = """\
from adcompiler import grad

def helper(x):
    return 3.0 * x

@grad
def decorated(x):
    return helper(x) * x

plain = grad(lambda x: helper(x) * x * x)
"""
        script = f"""\
import linecache, sys
import cloudpickle
TEXT = {text!r}
linecache.cache["<cell 1>"] = (len(TEXT), None, TEXT.splitlines(True), "<cell 1>")
exec(compile(TEXT, "<cell 1>", "exec"))
sys.stdout.buffer.write(cloudpickle.dumps([decorated, plain]))
"""
        (tmp_path / "script.py").write_text(script)
        root = Path(adcompiler.__file__).parents[1]
        env = {**os.environ, "PYTHONPATH": str(root)}
        sent = subprocess.run([sys.executable, tmp_path / "script.py"], capture_output=True, check=True, env=env).stdout
        reader = "import pickle, sys; print([f(2.0) for f in pickle.load(sys.stdin.buffer)])"
        ran = subprocess.run([sys.executable, "-c", reader], input=sent, capture_output=True, check=True, env=env)
        assert ran.stdout.decode().strip() == "[12.0, 36.0]"

    def test_threads(self):
        def f(x, v):
            return np.sum(v) * x * x

        df = grad(f)
        results, barrier = [], threading.Barrier(8)

        def work(k):
            barrier.wait()
            for n in range(1, 20):
                v = np.ones((n,) * (1 + k % 3))
                results.append(df(2.0, v) == 4.0 * v.size)

        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 8 * 19
        assert all(results)

    @pytest.mark.parametrize("args, keywords", [((1.0, 2.0), {}), ((1, 2.0), {}), ((1.0,), {}), ((np.ones(3), 2.0), {}),
                                                ((1.0,), {"k": 2.0})])
    def test_a_call_is_cheap(self, args, keywords):
        def f(x, k=3.0):
            return np.sum(x * helper(k))

        df = grad(f)
        df(*args, **keywords)
        made = df._last.function
        filled = (float(args[0]) if type(args[0]) is int else args[0], 2.0)
        extra = python_calls(lambda: df(*args, **keywords)) - python_calls(lambda: made(*filled))
        assert extra <= 12, extra  # no compiler, no binding of arguments: the times are in benchmarks


class TestStopGradient:
    def test_outside(self):
        v = np.ones(2)
        assert stop_gradient(3.0) == 3.0
        assert detach(v) is v
        with no_grad():
            assert square(2.0) == 4.0

    def test_inside(self):
        assert grad(lambda x: x * stop_gradient(x))(3.0) == 3.0
        assert grad(lambda x: x * detach(x * x))(3.0) == 9.0

        def f(x):
            with no_grad():
                y = x * x
            return x * y

        assert grad(f)(3.0) == 9.0


class TestAccumulation:
    def test_arrays(self):
        def f(v, w):
            return np.sum(v * w)

        v, w = np.array([1.0, 2.0]), np.array([3.0, 4.0])
        buffer = np.ones(2)
        assert grad(f)(v, w, into=buffer) is buffer
        grad(f)(v, w, into=buffer)
        np.testing.assert_array_equal(buffer, 1 + 2 * w)
        pair = (np.zeros(2), np.zeros(2))
        value, same = value_and_grad(f, wrt=(0, 1))(v, w, into=pair)
        assert value == 11.0 and same is pair
        np.testing.assert_array_equal(pair, [w, v])
        zero_grad(pair)
        np.testing.assert_array_equal(pair, np.zeros((2, 2)))

    def test_structures_and_numbers(self):
        def f(p):
            return p["a"] * p["b"][0] + np.sum(p["c"])

        p = {"a": 2.0, "b": [3.0, 1.0], "c": np.ones(2)}
        buffers = {"a": 0.0, "b": [0.0, 0.0], "c": np.zeros(2)}
        inner = buffers["c"]
        for _ in range(2):
            grad(f)(p, into=buffers)
        assert buffers["a"] == 6.0 and buffers["b"] == [4.0, 0.0]
        assert buffers["c"] is inner
        np.testing.assert_array_equal(inner, [2.0, 2.0])
        zero_grad(buffers)
        assert buffers["a"] == 0.0 and buffers["b"] == [0.0, 0.0] and not inner.any()

    def test_dataclass(self):
        def f(s):
            return s.stiffness * s.stiffness

        buffers = Spring(1.0)
        grad(f)(Spring(3.0), into=buffers)
        assert buffers == Spring(7.0)
        zero_grad(buffers)
        assert buffers == Spring(0.0)

    def test_one_buffer_for_two(self):
        both = [0.0, 0.0]
        grad(lambda v, w: v[0] * w[1], wrt=(0, 1))([2.0, 3.0], [4.0, 5.0], into=(both, both))
        assert both == [5.0, 2.0]

    def test_aux(self):
        buffer = np.zeros(())
        into, aux = grad(lambda x: (x * x, 7.0), has_aux=True)(3.0, into=buffer)
        assert into is buffer and aux == 7.0 and buffer == 6.0

    def test_a_number_cannot_be_changed(self):
        with pytest.raises(TypeError, match="in place"):
            grad(square)(3.0, into=1.0)
        with pytest.raises(TypeError, match="in place"):
            zero_grad((1.0,))

    def test_structures_that_do_not_match_change_nothing(self):
        def f(p):
            return p["a"] * np.sum(p["b"])

        p = {"a": 2.0, "b": np.ones(2)}
        for wrong in ({"a": 0.0}, {"a": 0.0, "b": np.zeros(3)}, {"a": 0.0, "b": np.zeros((2, 2))}, [0.0, np.zeros(2)],
                      {"a": 0.0, "b": np.zeros(2, int)}, {"a": 0.0, "b": 0.0}):
            before = copy.deepcopy(wrong)
            with pytest.raises((TypeError, ValueError)):
                grad(f)(p, into=wrong)
            assert str(wrong) == str(before)


class TestErrors:
    def test_parameters_that_hide_what_the_derivative_needs(self):
        def modules(np, math):
            return sine(np) * math

        def builtins(values, reversed):
            total = reversed
            for value in values:
                total = math.sin(total) * value
            return total

        def harmless(len, np=2.0):
            return len * len * np

        for f, args, name, offset in ((modules, (1.0, 2.0), "math", 25), (builtins, (np.ones(3), 1.0), "reversed", 30)):
            with pytest.raises(CompileError, match=f"ADC607 the parameter '{name}' hides") as caught:
                grad(f)(*args)
            assert caught.value.offset == offset
        assert grad(harmless)(3.0) == 12.0

    def test_syntax_is_refused_at_decoration(self):
        def f(x):
            try:
                return x
            finally:
                del x

        error = refused("ADC110", grad, f)
        assert [d.code for d in error.diagnostics] == ["ADC110", "ADC114"]
        assert error.lineno == f.__code__.co_firstlineno + 1
        assert error.filename == __file__
        text = str(error).splitlines()
        assert text[1].strip() == "try:"
        assert text[2].index("^") == text[1].index("try")

    def test_types_are_refused_at_the_call(self):
        def f(x):
            return x[0]

        df = grad(f)
        with pytest.raises(CompileError):
            df(1.0)
        with pytest.raises(CompileError):
            df.source_for(1.0)
        error = pickle.loads(pickle.dumps(refused("ADC311", df, 1.0)))
        assert error.code == "ADC311" and error.hint is not None

    def test_version(self):
        assert adcompiler.__version__.count(".") == 2


def product_of_two(x, y):
    return np.sum(x * y)


def test_gradients_have_memory_of_their_own():
    x, y = np.ones(3), np.arange(3.0)
    assert not np.shares_memory(grad(product_of_two)(x, y), y)
    first, second = grad(lambda a, b: np.sum((a + b) ** 2), wrt=(0, 1))(x, y)
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(grad(lambda a, b: np.sum(a * b[1:]))(x, np.arange(4.0)), y)


def test_sizes_that_do_not_fit_are_an_error():
    for derivative in (grad(product_of_two), grad(product_of_two, wrt=("y", "x"))):
        with pytest.raises(CompileError, match="sizes in the function do not fit") as caught:
            derivative(np.ones(3), y=np.ones(4))
        assert caught.value.code == "ADC604"
