"""What primitives mean on exact numbers is what the libraries compute on floats."""

import time
from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from adcompiler.ir.evaluate import PRIMITIVES, gathered, library
from adcompiler.ir.nodes import Program
from adcompiler.ir.text import read
from adcompiler.verify.exact import Digits, Tape
from adcompiler.verify.meanings import MEANINGS
from adcompiler.verify.proofs import Library, Symbols

A = np.array([[1.5, -0.5, 2.25], [0.25, 3.0, -1.75]])
V = np.array([0.75, -1.25, 2.0])
ARGUMENTS: dict[str, Sequence[Any]] = {
    "acos": (0.3,), "asin": (0.3,), "atanh": (0.3,), "arccos": (0.3,), "arcsin": (0.3,), "arctanh": (0.3,),
    "acosh": (1.7,), "arccosh": (1.7,), "logit": (0.3,), "lgamma": (2.6,), "gammaln": (2.6,),
    "atan2": (-0.4, -1.1), "arctan2": (-0.4, -1.1), "hypot": (0.4, -1.1), "pow": (1.3, -2.5), "power": (1.3, -2.5),
    "float_power": (1.3, 2.5), "fmod": (-7.3, 2.5), "mod": (-7.3, 2.5), "remainder": (-7.3, 2.5),
    "floordiv": (-7.3, 2.5), "floor_divide": (-7.3, 2.5), "copysign": (1.5, -0.2), "logaddexp": (0.3, 1.2),
    "logaddexp2": (0.3, 1.2), "heaviside": (-0.5, 0.5), "clip": (1.7, -1.0, 1.0),
    "where": (np.array([True, False]), 1.5, -2.5), "isclose": (1.0, 1.0),
    "select": (True, 1.5, 2.5), "max": (1.5, 2.5, -3.0), "min": (1.5, 2.5, -3.0),
    "bool": (0.5,), "int": (-2.7,), "signbit": (-1.5,),
}
BINARY = ("add sub mul truediv subtract multiply divide true_divide lt le gt ge eq ne less less_equal greater "
          "greater_equal equal not_equal maximum minimum fmax fmin logical_and logical_or logical_xor")
SCALAR = [name for name in MEANINGS if name.split(".")[-1] in (*ARGUMENTS, *BINARY.split())
          and name not in ("numpy.max", "numpy.min", "numpy.remainder", "math.remainder")]
UNARY = [f"{module}.{f}" for module, names in {
    "math": "exp sin cos tan sinh cosh tanh asinh sqrt cbrt exp2 expm1 log log1p log2 log10 degrees radians erf erfc "
            "gamma floor ceil trunc fabs isnan isinf isfinite",
    "numpy": "exp sin cos tan sinh cosh tanh arcsinh sqrt cbrt exp2 expm1 log log1p log2 log10 degrees radians rad2deg "
             "deg2rad sinc square reciprocal negative positive floor ceil trunc rint sign fabs abs absolute "
             "nan_to_num isnan isinf isfinite logical_not",
}.items() for f in names.split()] + [
    "neg", "pos", "abs", "float", "round", "scipy.special.erf", "scipy.special.digamma", "scipy.special.expit",
    "scipy.special.gamma"]


def reference(name: str) -> Any:
    return PRIMITIVES.get(name) or library(name)


def digits() -> Digits:
    M = mpmath.mp.clone()
    M.dps = 50
    return Digits(Program(read("return x")), M, time.monotonic() + 60, {})


def exact(run: Any, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(exact(run, v) for v in value)
    return run.tidy(value)


def floats(value: Any) -> Any:
    if isinstance(value, np.ndarray | list):
        value = np.asarray(value)
        return np.array([floats(v) for v in value.flat], dtype=float).reshape(value.shape)
    return value if isinstance(value, tuple) else float(value)


def same(name: str, args: Sequence[Any], params: dict[str, Any]) -> None:
    """The meaning agrees with the library, on numbers and on SymPy's expressions."""
    expected = np.asarray(reference(name)(*gathered(name, args), **params), dtype=float)
    run = digits()
    result = run._prim(name, exact(run, tuple(args)), params)
    np.testing.assert_allclose(floats(result), expected, rtol=1e-14)
    symbols = Symbols(Program(read("return x")), Tape(run.tape.decisions), hold=True)
    symbolic = symbols._prim(name, exact(symbols, tuple(args)), params)
    np.testing.assert_allclose(floats(symbolic), expected, rtol=1e-14)


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", [0.7, 2.5])
def test_unary_functions(name: str, x: float) -> None:
    same(name, (x,), {})


@pytest.mark.parametrize("name", ["cbrt", "sign", "abs", "floor", "ceil", "trunc", "rint", "exp", "sinc"])
@pytest.mark.parametrize("x", [-0.7, -2.5, np.array([-1.5, 0.0, 2.5])])
def test_unary_functions_elsewhere(name: str, x: Any) -> None:
    same(f"numpy.{name}", (x,), {})


@pytest.mark.parametrize("name", SCALAR)
def test_functions_of_several_numbers(name: str) -> None:
    same(name, ARGUMENTS.get(name.split(".")[-1], (1.3, -2.6)), {})


def test_remainders() -> None:
    for a in (-7.3, 7.3, 6.25):
        same("math.remainder", (a, 2.5), {})
        same("numpy.remainder", (a, 2.5), {})


@pytest.mark.parametrize(("name", "args", "params"), [
    ("numpy.sum", (A,), {"axis": 0}), ("numpy.sum", (A,), {"dtype": "float64"}), ("numpy.mean", (A,), {"axis": 1}),
    ("numpy.mean", (A,), {"keepdims": True}), ("numpy.var", (A,), {"axis": 0}), ("numpy.var", (A,), {"ddof": 1}),
    ("numpy.std", (A,), {}), ("numpy.prod", (A,), {}), ("numpy.dot", (A, V), {}), ("matmul", (A, V), {}),
    ("numpy.outer", (V, V), {}), ("numpy.max", (A,), {}), ("numpy.max", (A,), {"axis": 0}),
    ("numpy.min", (A,), {"axis": 1, "keepdims": True}), ("numpy.max", (A,), {"keepdims": True}),
    ("numpy.argmax", (A,), {"axis": 1}), ("numpy.argsort", (V,), {}), ("numpy.sort", (A,), {}),
    ("numpy.cumsum", (V,), {}), ("numpy.diff", (V,), {}), ("numpy.transpose", (A,), {}),
    ("numpy.reshape", (A, 3, 2), {}), ("numpy.where", (A > 0, A, 0.0), {}),
    ("numpy.full", (2, 3, 1.5), {}), ("numpy.concatenate", (V, V), {}), ("numpy.stack", (V, V), {"axis": 1}),
    ("numpy.linalg.norm", (V,), {}), ("numpy.linalg.norm", (A,), {"axis": 0}),
    ("numpy.linspace", (0.0, 1.0), {"num": 4}),
    ("numpy.einsum", (A, V), {"subscripts": "ij,j->i"}), ("numpy.zeros_like", (V,), {}), ("numpy.ones_like", (A,), {}),
    ("numpy.full_like", (V, 2.5), {}), ("numpy.zeros", (2,), {}), ("numpy.eye", (2,), {}), ("numpy.add", (A, V), {}),
    ("numpy.array", ([1, 2.5],), {}), ("numpy.array", (1, 2), {"dtype": "float64", "shape": (2,)}),
    ("numpy.array", (1.5, 2, 3, 4), {"shape": (2, 2)}), ("numpy.array", (V, V), {"shape": (2,)}),
    ("numpy.asarray", ([1, 2.5],), {}), ("numpy.astype", (np.array([1, 2]),), {"dtype": "float64"}),
    ("numpy.astype", (A,), {"dtype": "float64"}), ("spread", (2.5, A), {}), ("unbroadcast", (A, V), {}),
    ("unbroadcast", (A, 1.0), {}), ("unbroadcast", (A, np.ones((2, 1))), {}), ("numpy.round", (A,), {"decimals": 1}),
    ("numpy.linalg.solve", (A[:, :2], np.array([1.0, -2.0])), {}), ("numpy.linalg.solve", (A[:, 1:], A), {}),
    ("numpy.linalg.inv", (A[:, :2],), {}), ("numpy.linalg.det", (A[:, 1:],), {}), ("math.ldexp", (1.5, -3), {}),
    ("scipy.special.polygamma", (2, 1.5), {}), ("scipy.special.ndtr", (0.4,), {}), ("scipy.special.log1p", (0.4,), {}),
    ("scipy.special.expm1", (0.4,), {}), ("scipy.special.xlogy", (0.4, 1.7), {}),
    ("scipy.special.xlogy", (np.array([0.0, 1.0]), np.array([0.0, 2.0])), {}), ("numpy.sin", (A,), {}),
    ("numpy.clip", (A, -1.0, 1.0), {}), ("numpy.maximum", (A, V), {}), ("gt", (A, V), {}), ("abs", (A,), {}),
    ("pow", (2, -3), {}), ("truediv", (1, 3), {}), ("mod", (-7, 3), {}), ("numpy.multiply", (2.5, A), {}),
    ("round", (2.675, 1), {}), ("round", (-2.5,), {}), ("round", (3.5,), {}), ("math.log", (3.0, 2.0), {}),
    ("math.prod", ([1.5, 2.5],), {}), ("math.fsum", ([1.5, 2.5],), {}), ("math.dist", ([1.5, 2.5], [0.5, 1.0]), {}),
    ("add", ([1.5], [2.5]), {}), ("math.factorial", (4,), {}), ("min", ([2.5, 1.5],), {}),
])
def test_arrays_and_others(name: str, args: tuple[Any, ...], params: dict[str, Any]) -> None:
    same(name, args, params)


def test_a_tenth_is_a_tenth_and_pi_is_pi() -> None:
    symbols = Symbols(Program(read("return x")), Tape(), hold=True)
    assert symbols.real(0.1) == sympy.Rational(1, 10)
    assert symbols.real(-3.141592653589793) == -sympy.pi
    assert symbols.real(6.283185307179586) == 2 * sympy.pi
    assert symbols.real(1e-30) == sympy.Rational(1, 10**30)
    assert symbols.real(float("inf")) == sympy.oo
    run = digits()
    assert run.real(0.1) * 10 == 1
    assert abs(run.M.sin(run.real(3.141592653589793))) < 1e-45


def test_domain_errors_are_errors() -> None:
    run = digits()
    for name in ("math.sqrt", "math.log", "numpy.arccosh"):
        with pytest.raises(ValueError, match="math domain error"):
            run._prim(name, (run.real(-1.5),), {})


def test_the_library_for_symbols_has_what_meanings_use() -> None:
    used = ("exp log sqrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc gamma loggamma "
            "digamma polygamma pi")
    assert all(hasattr(Library, f) and hasattr(mpmath, f) for f in used.split())
