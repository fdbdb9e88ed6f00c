"""What primitives mean on exact numbers, for any library `d.M` that has exp, sin, ... (mpmath, SymPy).

The first argument of a meaning is the run, an `adcompiler.verify.exact.Exact`: it gives the library (`d.M`), makes
numbers (`d.number("0.5")`) and takes decisions. Scalars are Python integers and truth values, or numbers of the
library; arrays of numbers have dtype object.
"""

from __future__ import annotations

import builtins
import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Meaning = Callable[..., Any]


class NotExact(Exception):
    """A primitive, or a use of it, that has no meaning here; the text says why."""


MEANINGS: dict[str, Meaning] = {}


def entrywise(f: Callable[..., Any], *args: Any) -> Any:
    """`f` on scalars, or on every entry of arrays and lists (that broadcast)."""
    if any(isinstance(a, np.ndarray | list) for a in args):
        arrays = [np.asarray(a, dtype=object) for a in args]
        out = np.empty(np.broadcast_shapes(*(a.shape for a in arrays)), dtype=object)
        for index, *values in zip(np.ndindex(out.shape), *(a.flat for a in np.broadcast_arrays(*arrays)), strict=True):
            out[index] = f(*values)
        return out
    return f(*args)


def analytic(names: str, f: Meaning) -> None:
    """Add an entrywise function of numbers under each of the names."""
    def meaning(d: Any, *args: Any) -> Any:
        return entrywise(lambda *xs: _checked(f(d, *xs)), *args)

    MEANINGS.update(dict.fromkeys(names.split(), meaning))


def _checked(value: Any) -> Any:
    if type(value).__name__ == "mpc":
        raise ValueError("math domain error")
    return value


def decided(names: str, f: Callable[..., Any]) -> None:
    """Add an entrywise function that is constant between its jumps."""
    def meaning(d: Any, *args: Any, name: str, **params: Any) -> Any:
        args = tuple(a.tolist() if isinstance(a, np.generic) else a for a in args)
        return d.decide(name, args, lambda: d.tidy(entrywise(lambda *xs: f(*xs, **params), *args)))

    for name in names.split():
        MEANINGS[name] = functools.partial(_called, meaning, name)


def _called(meaning: Meaning, name: str, *args: Any, **params: Any) -> Any:
    """A meaning that is told its name."""
    return meaning(*args, name=name, **params)


def sign(d: Any, x: Any) -> int:
    """-1, 0 or 1."""
    return int(d.decide("sign", (x,), lambda: (x > 0) - (x < 0)))


def integer_part(d: Any, name: str, x: Any) -> int:
    """The integer that `math.floor`, `math.ceil`, `math.trunc` or `round` makes of x."""
    return int(d.decide(name, (x,), lambda: INTEGER[name](x)))


INTEGER: dict[str, Callable[[Any], int]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": lambda x: int(x),
    "round": lambda x: _half_even(x),
}


def _half_even(x: Any) -> int:
    low = math.floor(x)
    rest = x - low
    half = rest * 2
    return int(low + (1 if half > 1 or (half == 1 and low % 2) else 0))


def is_integer(x: Any) -> bool:
    """Whether x is a Python integer, not a number of the library."""
    return isinstance(x, int | np.integer)


# --- arithmetic -----------------------------------------------------------------------------------------------


def _add(d: Any, a: Any, b: Any) -> Any:
    return a + b if isinstance(a, list) and isinstance(b, list) else entrywise(operator.add, a, b)


def _divide(d: Any, a: Any, b: Any) -> Any:
    if is_integer(a):
        a = d.number(str(a))
    if is_integer(b):
        if b == 0:
            raise ZeroDivisionError("division by zero")
        b = d.number(str(b))
    return a / b


def _power(d: Any, a: Any, b: Any) -> Any:
    if is_integer(a) and is_integer(b) and b < 0:
        a = d.number(str(a))
    return a**b


def _floordiv(d: Any, a: Any, b: Any) -> Any:
    if is_integer(a) and is_integer(b):
        return a // b
    return d.number(str(integer_part(d, "floor", _divide(d, a, b))))


def _mod(d: Any, a: Any, b: Any) -> Any:
    return a % b if is_integer(a) and is_integer(b) else a - b * integer_part(d, "floor", _divide(d, a, b))


def _fmod(d: Any, a: Any, b: Any) -> Any:
    return a - b * integer_part(d, "trunc", _divide(d, a, b))


def _remainder(d: Any, a: Any, b: Any) -> Any:
    return a - b * integer_part(d, "round", _divide(d, a, b))


MEANINGS["add"] = MEANINGS["numpy.add"] = _add
analytic("sub numpy.subtract", lambda d, a, b: a - b)
analytic("mul numpy.multiply", lambda d, a, b: a * b)
analytic("neg numpy.negative", lambda d, a: -a)
analytic("pos numpy.positive", lambda d, a: a)
analytic("truediv numpy.divide numpy.true_divide", _divide)
analytic("pow math.pow numpy.power numpy.float_power", _power)
analytic("floordiv numpy.floor_divide", _floordiv)
analytic("mod numpy.mod numpy.remainder", _mod)
analytic("math.fmod numpy.fmod", _fmod)
analytic("math.remainder", _remainder)
analytic("numpy.square", lambda d, x: x * x)
analytic("numpy.reciprocal", lambda d, x: _divide(d, 1, x))
analytic("float", lambda d, x: x)

# --- elementary and special functions -------------------------------------------------------------------------


def _cbrt(d: Any, x: Any) -> Any:
    s = sign(d, x)
    return s * (s * x) ** _divide(d, 1, 3) if s else x


def _log(d: Any, x: Any, *base: Any) -> Any:
    return d.M.log(x) / d.M.log(base[0]) if base else d.M.log(x)


def _sinc(d: Any, x: Any) -> Any:
    return d.M.sin(d.M.pi * x) / (d.M.pi * x) if sign(d, x) else d.number("1")


def _hypot(d: Any, *xs: Any) -> Any:
    return d.M.sqrt(sum(x * x for x in xs))


def _lgamma(d: Any, x: Any) -> Any:
    if sign(d, x) < 0:
        raise NotExact("the logarithm of gamma at a negative number")
    return d.M.loggamma(x)


_COMMON = "exp sin cos tan sinh cosh tanh asinh acosh atanh asin acos atan atan2"
for _name in _COMMON.split():
    _numpy = _name.replace("a", "arc", 1) if _name[0] == "a" else _name
    analytic(f"math.{_name} numpy.{_numpy}", lambda d, *xs, f=_name: getattr(d.M, f)(*xs))
analytic("math.sqrt numpy.sqrt", lambda d, x: d.M.sqrt(x))
analytic("math.cbrt numpy.cbrt", _cbrt)
analytic("math.exp2 numpy.exp2", lambda d, x: d.number("2") ** x)
analytic("math.expm1 numpy.expm1 scipy.special.expm1", lambda d, x: d.M.exp(x) - 1)
analytic("math.log numpy.log", _log)
analytic("math.log1p numpy.log1p scipy.special.log1p", lambda d, x: d.M.log(1 + x))
analytic("math.log2 numpy.log2", lambda d, x: d.M.log(x) / d.M.log(2))
analytic("math.log10 numpy.log10", lambda d, x: d.M.log(x) / d.M.log(10))
analytic("math.hypot numpy.hypot", _hypot)
analytic("math.degrees numpy.degrees numpy.rad2deg", lambda d, x: x * 180 / d.number("pi"))
analytic("math.radians numpy.radians numpy.deg2rad", lambda d, x: x * d.number("pi") / 180)
analytic("numpy.logaddexp", lambda d, a, b: d.M.log(d.M.exp(a) + d.M.exp(b)))
analytic("numpy.logaddexp2", lambda d, a, b: d.M.log(d.number("2") ** a + d.number("2") ** b) / d.M.log(2))
analytic("numpy.sinc", _sinc)
analytic("math.erf scipy.special.erf", lambda d, x: d.M.erf(x))
analytic("math.erfc scipy.special.erfc", lambda d, x: d.M.erfc(x))
analytic("math.gamma scipy.special.gamma", lambda d, x: d.M.gamma(x))
analytic("math.lgamma scipy.special.gammaln", _lgamma)
analytic("scipy.special.digamma scipy.special.psi", lambda d, x: d.M.digamma(x))
analytic("scipy.special.polygamma", lambda d, n, x: d.M.polygamma(n, x))
analytic("scipy.special.ndtr", lambda d, x: (1 + d.M.erf(x / d.M.sqrt(2))) / 2)
analytic("scipy.special.xlogy", lambda d, x, y: x * d.M.log(y) if sign(d, x) else d.number("0"))
analytic("math.ldexp", lambda d, x, n: x * d.number("2") ** n)
analytic("scipy.special.expit", lambda d, x: 1 / (1 + d.M.exp(-x)))
analytic("scipy.special.logit", lambda d, x: d.M.log(x / (1 - x)))

# --- decisions ------------------------------------------------------------------------------------------------

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")
}
_NUMPY_NAMES = {"lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
                "ne": "not_equal"}


def _comparison(name: str) -> Meaning:
    compare = COMPARISONS[name]

    def meaning(d: Any, a: Any, b: Any) -> Any:
        return d.decide(name, (a, b), lambda: d.tidy(entrywise(lambda x, y: bool(compare(x, y)), a, b)))

    return meaning


for _name, _other in _NUMPY_NAMES.items():
    MEANINGS[_name] = MEANINGS[f"numpy.{_other}"] = _comparison(_name)

decided("int math.trunc", lambda x: int(x))
decided("bool", lambda x: bool(x))
decided("math.floor", lambda x: math.floor(x))
decided("math.ceil", lambda x: math.ceil(x))
decided("math.isnan numpy.isnan", lambda x: bool(x != x))
decided("math.isinf numpy.isinf", lambda x: bool(abs(x) == math.inf))
decided("math.isfinite numpy.isfinite", lambda x: bool(abs(x) < math.inf))
decided("math.isclose numpy.isclose", lambda a, b, **p: bool(np.isclose(float(a), float(b), **p)))
decided("numpy.signbit", lambda x: bool(x < 0))
decided("numpy.logical_not", lambda x: not x)
decided("numpy.logical_and", lambda a, b: bool(a and b))
decided("numpy.logical_or", lambda a, b: bool(a or b))
decided("numpy.logical_xor", lambda a, b: bool(a) != bool(b))
for _name in ("floor", "ceil", "trunc", "round"):
    analytic(f"numpy.{'rint' if _name == 'round' else _name}",
             lambda d, x, f=_name: d.number(str(integer_part(d, f, x))))
analytic("numpy.sign", lambda d, x: d.number(str(sign(d, x))))
analytic("abs math.fabs numpy.fabs numpy.abs numpy.absolute", lambda d, x: abs(x) if is_integer(x) else sign(d, x) * x)
analytic("math.copysign numpy.copysign", lambda d, a, b: sign(d, a) * (1 if sign(d, b) >= 0 else -1) * a)
analytic("numpy.heaviside", lambda d, x, h: (d.number("0"), h, d.number("1"))[sign(d, x) + 1])


def _round(d: Any, x: Any, digits: Any = None) -> Any:
    if digits is None:
        return integer_part(d, "round", x)
    scale = d.number("10") ** digits
    return integer_part(d, "round", x * scale) / scale


MEANINGS["round"] = _round
MEANINGS["numpy.round"] = MEANINGS["numpy.around"] = lambda d, x, decimals=0: entrywise(
    lambda v: _round(d, v, decimals), x)


def _extremum(largest: bool) -> Meaning:
    def meaning(d: Any, *args: Any) -> Any:
        items = args[0] if len(args) == 1 else args
        return items[_index_of_extremum(d, list(items), largest)]

    return meaning


def _index_of_extremum(d: Any, items: Sequence[Any], largest: bool) -> int:
    choose = builtins.max if largest else builtins.min
    name = "argmax" if largest else "argmin"
    return int(d.decide(name, tuple(items), lambda: choose(range(len(items)), key=lambda k: items[k])))


for _name, _largest in (("max", True), ("min", False)):
    MEANINGS[_name] = _extremum(_largest)
    for _function in (f"numpy.{_name}imum", f"numpy.f{_name}"):
        analytic(_function, lambda d, a, b, g=_largest: (a, b)[_index_of_extremum(d, (a, b), g)])
analytic("numpy.clip", lambda d, x, low, high: (
    (x, low)[_index_of_extremum(d, (x, low), True)] if high is None or d.decide("lt", (x, high), lambda: x < high)
    else high))


def _where(d: Any, condition: Any, a: Any, b: Any) -> Any:
    return entrywise(lambda c, x, y: x if c else y, condition, a, b)


MEANINGS["numpy.where"] = _where
analytic("select", lambda d, c, a, b: a if c else b)
analytic("numpy.nan_to_num", lambda d, x: x)


# --- sums and shapes ------------------------------------------------------------------------------------------


def _plain(names: str) -> None:
    """Add NumPy functions that work on arrays of objects; a float dtype says nothing there."""
    for name in names.split():
        function = getattr(np, name)
        MEANINGS[f"numpy.{name}"] = lambda d, *args, f=function, **params: f(*args, **_without_float(params))


def _without_float(params: dict[str, Any]) -> dict[str, Any]:
    dtype = params.get("dtype")
    if dtype is not None and np.dtype(dtype).kind == "f":
        return {k: v for k, v in params.items() if k != "dtype"}
    return params


_plain("sum prod cumsum cumprod dot vdot inner outer tensordot trace diag diagonal reshape ravel transpose swapaxes "
       "moveaxis concatenate stack hstack vstack column_stack tile repeat flip fliplr flipud roll rot90 squeeze "
       "expand_dims broadcast_to atleast_1d atleast_2d copy eye identity zeros ones full arange tril triu kron "
       "cross einsum matmul diff any all argmax argmin argsort append delete array_split split shape size ndim")


def _as_array(d: Any, x: Any, dtype: Any = None) -> Any:
    values = np.array(x)
    kind = np.dtype(dtype).kind if dtype is not None else values.dtype.kind
    if kind == "f":
        return entrywise(lambda v: d.number(str(v)) if is_integer(v) else v, values)
    if values.dtype == object and kind in "iub":
        raise NotExact("numbers rounded to integers by a dtype")
    return values


def _array(d: Any, *items: Any, shape: tuple[int, ...] | None = None, dtype: Any = None) -> Any:
    if shape is None:
        return _as_array(d, items[0], dtype)
    flat = _as_array(d, list(items), dtype)
    return flat.reshape(*shape, *flat.shape[1:])


def _like(fill: Callable[[Any], Any]) -> Meaning:
    def meaning(d: Any, x: Any, *args: Any, dtype: Any = None) -> Any:
        kind = np.dtype(dtype).kind if dtype is not None else np.asarray(x).dtype.kind
        return np.full(np.shape(x), fill(*args), dtype=object if args else (int if kind in "iub" else float))

    return meaning


MEANINGS["numpy.array"] = _array
MEANINGS["numpy.asarray"] = MEANINGS["numpy.astype"] = _as_array
MEANINGS["numpy.zeros_like"] = MEANINGS["numpy.empty_like"] = _like(lambda *_: 0)
MEANINGS["numpy.ones_like"] = _like(lambda *_: 1)
MEANINGS["numpy.full_like"] = _like(lambda value: value)
MEANINGS["numpy.empty"] = lambda d, *args, **params: np.zeros(*args, **params)


def _ordered(names: str) -> None:
    """Add NumPy functions whose results follow from the order of the numbers alone."""
    def meaning(d: Any, *args: Any, name: str, **params: Any) -> Any:
        return d.decide(name, args, lambda: d.tidy(getattr(np, name)(*args, **params)))

    for name in names.split():
        MEANINGS[f"numpy.{name}"] = functools.partial(_called, meaning, name)


_ordered("argmax argmin argsort searchsorted digitize nonzero flatnonzero count_nonzero")


def _reduced(largest: bool) -> Meaning:
    find = np.argmax if largest else np.argmin
    name = "argmax" if largest else "argmin"

    def meaning(d: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        if isinstance(axis, tuple):
            raise NotExact("a maximum over several axes")
        x = np.asarray(x)
        found = np.asarray(d.decide(name, (x,), lambda: find(x, axis=axis, keepdims=True)))
        flat = np.take_along_axis(x.ravel() if axis is None else x, found.ravel() if axis is None else found, axis)
        if axis is None:
            return flat.reshape((1,) * x.ndim) if keepdims else flat[0]
        return flat if keepdims else np.squeeze(flat, axis)

    return meaning


MEANINGS["numpy.max"] = MEANINGS["numpy.amax"] = _reduced(True)
MEANINGS["numpy.min"] = MEANINGS["numpy.amin"] = _reduced(False)


def _sort(d: Any, x: Any, axis: int = -1) -> Any:
    x = np.asarray(x)
    return np.take_along_axis(x, d.decide("argsort", (x,), lambda: np.argsort(x, axis=axis)), axis)


MEANINGS["numpy.sort"] = _sort


def _mean(d: Any, x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    total = np.sum(x, axis=axis, keepdims=keepdims)
    count = np.size(x) // max(1, np.size(total))
    return entrywise(lambda v: _divide(d, v, count), total)


def _variance(d: Any, x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    centred = x - _mean(d, x, axis, keepdims=True)
    total = np.sum(centred * centred, axis=axis, keepdims=keepdims)
    count = np.size(x) // max(1, np.size(total)) - ddof
    return entrywise(lambda v: _divide(d, v, count), total)


def _deviation(d: Any, *args: Any, **params: Any) -> Any:
    return entrywise(d.M.sqrt, _variance(d, *args, **params))


def _norm(d: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord not in (None, 2, "fro") or (ord == 2 and axis is None and np.ndim(x) > 1):
        raise NotExact(f"a norm of order {ord}")
    return entrywise(d.M.sqrt, np.sum(x * x, axis=axis, keepdims=keepdims))


def _linspace(d: Any, start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    gaps = max(1, num - 1 if endpoint else num)
    return np.array([start + _divide(d, (stop - start) * k, gaps) for k in range(num)], dtype=object)


def _eliminate(d: Any, A: Any, B: Any) -> tuple[Any, Any]:
    """The solution of A X = B and the determinant of A, by Gaussian elimination with the largest pivots."""
    n, A, B, det = len(A), np.array(A, dtype=object), np.array(B, dtype=object), d.number("1")
    for k in range(n):
        p = k + int(d.decide("pivot", (A[k:, k],), lambda k=k: np.argmax(np.abs(A[k:, k]))))
        A[[k, p]], B[[k, p]] = A[[p, k]], B[[p, k]]
        det = det * A[k, k] * (1 if p == k else -1)
        for row in range(n):
            if row != k:
                factor = _divide(d, A[row, k], A[k, k])
                A[row, k:], B[row] = A[row, k:] - factor * A[k, k:], B[row] - factor * B[k]
    return np.array([entrywise(lambda v, k=k: _divide(d, v, A[k, k]), B[k]) for k in range(n)]), det


def _flat_matrix(f: Callable[[Any, Any, Any], Any]) -> Meaning:
    """A function of one matrix, not of a stack of them."""
    def meaning(d: Any, A: Any, *B: Any) -> Any:
        if np.ndim(A) != 2:
            raise NotExact("linear algebra on a stack of matrices")
        return f(d, A, *(B or (np.eye(len(A), dtype=int),)))

    return meaning


MEANINGS["numpy.linalg.solve"] = MEANINGS["numpy.linalg.inv"] = _flat_matrix(lambda d, A, B: _eliminate(d, A, B)[0])
MEANINGS["numpy.linalg.det"] = _flat_matrix(lambda d, A, B: _eliminate(d, A, B)[1])
MEANINGS["numpy.mean"] = _mean
MEANINGS["numpy.var"] = _variance
MEANINGS["numpy.std"] = _deviation
MEANINGS["numpy.linalg.norm"] = _norm
MEANINGS["numpy.einsum"] = MEANINGS["einsum_view"] = lambda d, *operands, subscripts, optimize=False: np.einsum(
    subscripts, *operands)
MEANINGS["numpy.linalg.multi_dot"] = lambda d, factors: functools.reduce(operator.matmul, factors)
MEANINGS["cholesky_solve"] = lambda d, factor, b, matrix, by: _eliminate(d, factor @ factor.T, b)[0]
MEANINGS["numpy.linspace"] = _linspace
MEANINGS["math.fsum"] = lambda d, x: sum(x)
MEANINGS["math.prod"] = lambda d, x: math.prod(x)
MEANINGS["math.dist"] = lambda d, p, q: _hypot(d, *(a - b for a, b in zip(p, q, strict=True)))
MEANINGS["math.sumprod"] = lambda d, p, q: sum(a * b for a, b in zip(p, q, strict=True))
for _name in ("factorial", "comb", "perm", "gcd", "lcm", "isqrt"):
    MEANINGS[f"math.{_name}"] = lambda d, *args, f=_name: getattr(math, f)(*args)
