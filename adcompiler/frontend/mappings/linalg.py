"""Linear algebra: functions with several results, with options that are read when compiling, and what is refused."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from adcompiler.frontend.context import Context
from adcompiler.frontend.expressions import number, primitive
from adcompiler.frontend.iteration import sequence
from adcompiler.frontend.library import call_primitive, mapping, static_argument
from adcompiler.frontend.mappings.products import arguments, array, needed, rank_of
from adcompiler.frontend.values import Refused, TupleV, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Var
from adcompiler.ir.types import Array, Scalar, rank

Keywords = dict[str, Value]
_factorized: WeakKeyDictionary[Var, tuple[Atom, bool]] = WeakKeyDictionary()  # of a factor the matrix, and if it is lower


class _Call:
    """The arguments of one call by name, static ones as Python values."""

    def __init__(self, ctx: Context, name: str, parameters: str, args: list[Value], keywords: Keywords, node: ast.AST) -> None:
        self.ctx, self.name, self.node = ctx, name, node
        self.given = arguments(name, parameters, args, keywords, node)
        for key in ("overwrite_a", "overwrite_b"):
            if self.static(key, False):
                raise Refused("ADC407", f"{name}() with {key}=True is not supported", node)

    def array(self, parameter: str) -> Value:
        """An operand."""
        return array(self.ctx, needed(self.name, self.given, parameter, self.node), self.node)

    def static(self, parameter: str, default: Any) -> Any:
        """An option."""
        if parameter not in self.given:
            return default
        return static_argument(self.ctx, self.name, parameter, self.given[parameter], self.node)

    def checks(self) -> dict[str, Any]:
        """`check_finite=False`, where it is given."""
        return {} if self.static("check_finite", True) else {"check_finite": False}

    def refuse(self, what: str, hint: str = "") -> Refused:
        """The error for an option that is not supported."""
        return Refused("ADC407", f"{self.name}() {what}", self.node, hint)

    def only(self, **defaults: Any) -> None:
        """Refuse options that are not the defaults."""
        for key, default in defaults.items():
            if self.static(key, default) != default:
                raise self.refuse(f"with {key}={self.static(key, default)!r} is not supported")

    def primitive(self, name: str, *operands: Value, **params: Any) -> Value:
        """Bind a primitive."""
        return primitive(self.ctx, name, list(operands), self.node, **params)

    def results(self, name: str, *operands: Value, fields: str = "", **params: Any) -> TupleV:
        """Bind a primitive with several results, as a named tuple."""
        value = self.primitive(name, *operands, **params)
        assert isinstance(value, TupleV)
        return replace(value, names=tuple(fields.split()))

    def call(self, name: str, *args: Value, **keywords: Any) -> Value:
        """Call another function of the library."""
        given: Keywords = {k: const(v) for k, v in keywords.items()}
        return call_primitive(self.ctx, name, list(args), given, self.node)


# --- several results ----------------------------------------------------------------------------------------


@mapping("numpy.linalg.slogdet")
def _slogdet(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "np.linalg.slogdet", "a", args, keywords, node)
    return call.results("numpy.linalg.slogdet", call.array("a"), fields="sign logabsdet")


@mapping("numpy.linalg.eigh")
def _eigh(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "np.linalg.eigh", "a UPLO", args, keywords, node)
    uplo = str(call.static("UPLO", "L")).upper()
    if uplo not in ("L", "U"):
        raise call.refuse("takes 'L' or 'U' as UPLO")
    return call.results("numpy.linalg.eigh", call.array("a"), fields="eigenvalues eigenvectors",
                        **({"UPLO": "U"} if uplo == "U" else {}))


@mapping("numpy.linalg.eigvalsh")
def _eigvalsh(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    """The eigenvectors are needed for the derivative."""
    value = _eigh(ctx, args, keywords, node)
    assert isinstance(value, TupleV)
    return value.items[0]


@mapping("numpy.linalg.svd")
def _svd(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "np.linalg.svd", "a full_matrices compute_uv hermitian", args, keywords, node)
    call.only(hermitian=False)
    return _of_svd(call, "numpy.linalg.svd", "U S Vh")


def _of_svd(call: _Call, name: str, fields: str, **params: Any) -> Value:
    """All three results, or the singular values alone."""
    only_values = not call.static("compute_uv", True)
    if only_values or not call.static("full_matrices", True):
        params["full_matrices"] = False
    value = call.results(name, call.array("a"), fields=fields, **params)
    return value.items[1] if only_values else value


@mapping("numpy.linalg.qr")
def _qr(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "np.linalg.qr", "a mode", args, keywords, node)
    mode = call.static("mode", "reduced")
    if mode not in ("reduced", "r"):
        raise call.refuse(f"with mode={mode!r} is not supported", "use mode='reduced'")
    value = call.results("numpy.linalg.qr", call.array("a"), fields="Q R")
    return value.items[1] if mode == "r" else value


@mapping("numpy.linalg.lstsq")
def _lstsq(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "np.linalg.lstsq", "a b rcond", args, keywords, node)
    rcond = call.static("rcond", None)
    return call.results("numpy.linalg.lstsq", call.array("a"), call.array("b"), **({} if rcond is None else {"rcond": rcond}))


@mapping("scipy.linalg.lstsq")
def _lstsq_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.lstsq", "a b cond overwrite_a overwrite_b check_finite lapack_driver", args, keywords, node)
    call.only(cond=None, lapack_driver=None)
    b = call.array("b")
    value = call.results("numpy.linalg.lstsq", call.array("a"), b)
    if rank_of(ctx, b, node) > 1:
        return value
    solution, squares, *rest = value.items
    return replace(value, items=(solution, call.primitive("load", squares, const(0), index=("i",)), *rest))


@mapping("scipy.linalg.eigh")
def _eigh_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    order = "a b lower eigvals_only overwrite_a overwrite_b type check_finite subset_by_index subset_by_value driver"
    call = _Call(ctx, "scipy.linalg.eigh", order, args, keywords, node)
    if "b" in call.given and call.given["b"] != const(None):
        raise call.refuse("of a generalized problem is not supported")
    call.only(type=1, subset_by_index=None, subset_by_value=None, driver=None)
    lower: dict[str, Any] = {} if call.static("lower", True) else {"lower": False}
    value = call.results("scipy.linalg.eigh", call.array("a"), **lower, **call.checks())
    return value.items[0] if call.static("eigvals_only", False) else value


@mapping("scipy.linalg.eigvalsh")
def _eigvalsh_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    order = "a b lower overwrite_a overwrite_b type check_finite subset_by_index subset_by_value driver".split()
    given = dict(zip(order, args, strict=False)) | keywords
    return _eigh_of_scipy(ctx, [], given | {"eigvals_only": const(True)}, node)


@mapping("scipy.linalg.svd")
def _svd_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    order = "a full_matrices compute_uv overwrite_a check_finite lapack_driver"
    call = _Call(ctx, "scipy.linalg.svd", order, args, keywords, node)
    call.only(lapack_driver="gesdd")
    return _of_svd(call, "scipy.linalg.svd", "", **call.checks())


@mapping("scipy.linalg.svdvals")
def _svdvals_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.svdvals", "a overwrite_a check_finite", args, keywords, node)
    return call.results("scipy.linalg.svd", call.array("a"), full_matrices=False, **call.checks()).items[1]


@mapping("scipy.linalg.qr")
def _qr_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    order = "a overwrite_a lwork mode pivoting check_finite"
    call = _Call(ctx, "scipy.linalg.qr", order, args, keywords, node)
    call.only(pivoting=False, lwork=None)
    if call.static("mode", "full") != "economic":
        raise call.refuse("is supported with mode='economic'", "use mode='economic'")
    return call.results("scipy.linalg.qr", call.array("a"), mode="economic", **call.checks())


@mapping("scipy.linalg.lu")
def _lu(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.lu", "a permute_l overwrite_a check_finite p_indices", args, keywords, node)
    call.only(permute_l=False, p_indices=False)
    return call.results("scipy.linalg.lu", call.array("a"), **call.checks())


# --- factors and solutions ----------------------------------------------------------------------------------


@mapping("numpy.linalg.cholesky")
def _cholesky(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "np.linalg.cholesky", "a upper", args, keywords, node)
    matrix, upper = call.array("a"), bool(call.static("upper", False))
    value = call.primitive("numpy.linalg.cholesky", matrix, **({"upper": True} if upper else {}))
    return _remember(ctx, value, matrix, node, lower=not upper)


@mapping("scipy.linalg.cholesky")
def _cholesky_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.cholesky", "a lower overwrite_a check_finite", args, keywords, node)
    matrix, flags = call.array("a"), _flags(call, "lower")
    value = call.primitive("scipy.linalg.cholesky", matrix, **flags, **call.checks())
    return _remember(ctx, value, matrix, node, lower=bool(flags))


def _flags(call: _Call, *names: str) -> dict[str, Any]:
    """Options that are True."""
    return {name: True for name in names if call.static(name, False)}


@mapping("scipy.linalg.solve_triangular")
def _solve_triangular(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    order = "a b trans lower unit_diagonal overwrite_b check_finite"
    call = _Call(ctx, "scipy.linalg.solve_triangular", order, args, keywords, node)
    return call.primitive("scipy.linalg.solve_triangular", call.array("a"), call.array("b"), **_trans(call),
                          **_flags(call, "lower", "unit_diagonal"), **call.checks())


def _trans(call: _Call) -> dict[str, Any]:
    trans = call.static("trans", 0)
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise call.refuse(f"does not know trans={trans!r}")
    return {} if trans in (0, "N") else {"trans": 1}


_TRANSPOSED = {"upper triangular": "lower triangular", "lower triangular": "upper triangular"}


@mapping("scipy.linalg.solve")
def _solve(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    order = "a b lower overwrite_a overwrite_b check_finite assume_a transposed"
    call = _Call(ctx, "scipy.linalg.solve", order, args, keywords, node)
    assumed = call.static("assume_a", None)
    if assumed not in (None, "gen", "general", "sym", "symmetric", "pos", "positive definite", "her", "hermitian", "diagonal",
                       "tridiagonal", "upper triangular", "lower triangular"):
        raise call.refuse(f"with assume_a={assumed!r} is not supported")
    a = call.array("a")
    if call.static("transposed", False) and assumed in (None, "gen", "general", "tridiagonal", *_TRANSPOSED):
        a, assumed = call.primitive("numpy.transpose", a), _TRANSPOSED.get(assumed, assumed)
    params = {} if assumed is None else {"assume_a": assumed}
    return call.primitive("scipy.linalg.solve", a, call.array("b"), **params, **_flags(call, "lower"), **call.checks())


@mapping("scipy.linalg.inv")
def _inv(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.inv", "a overwrite_a check_finite assume_a lower", args, keywords, node)
    call.only(assume_a=None, lower=False)
    return call.primitive("scipy.linalg.inv", call.array("a"), **call.checks())


@mapping("scipy.linalg.det")
def _det(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.det", "a overwrite_a check_finite", args, keywords, node)
    return call.primitive("scipy.linalg.det", call.array("a"), **call.checks())


@mapping("numpy.linalg.pinv")
def _pinv(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "np.linalg.pinv", "a rcond hermitian rtol", args, keywords, node)
    call.only(hermitian=False)
    params = {k: call.static(k, None) for k in ("rcond", "rtol")}
    return call.primitive("numpy.linalg.pinv", call.array("a"), **{k: v for k, v in params.items() if v is not None})


@mapping("scipy.linalg.pinv")
def _pinv_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.pinv", "a atol rtol return_rank check_finite", args, keywords, node)
    call.only(return_rank=False)
    params = {k: call.static(k, None) for k in ("atol", "rtol")}
    return call.primitive("scipy.linalg.pinv", call.array("a"), **{k: v for k, v in params.items() if v is not None},
                          **call.checks())


@mapping("numpy.linalg.matrix_rank")
def _matrix_rank(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "np.linalg.matrix_rank", "A tol hermitian rtol", args, keywords, node)
    params = {k: call.static(k, None) for k in ("tol", "hermitian", "rtol")}
    return call.primitive("numpy.linalg.matrix_rank", call.array("A"), **{k: v for k, v in params.items() if v})


@mapping("scipy.linalg.cho_factor")
def _cho_factor(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    """`c, lower = cho_factor(a)`: we remember of which matrix c is the factor."""
    call = _Call(ctx, "scipy.linalg.cho_factor", "a lower overwrite_a check_finite", args, keywords, node)
    matrix = call.array("a")
    flags = _flags(call, "lower")
    value = call.results("scipy.linalg.cho_factor", matrix, **flags, **call.checks())
    _remember(ctx, value.items[0], matrix, node, lower=bool(flags))
    return TupleV((value.items[0], const(bool(flags))))


def _remember(ctx: Context, factor: Value, matrix: Value, node: ast.AST, *, lower: bool) -> Value:
    """The factor, of which we know from now on whose it is."""
    atom = ctx.atom(factor, node)
    if isinstance(atom, Var):
        _factorized[atom] = ctx.atom(matrix, node), lower
    return factor


def _matrix_of(ctx: Context, factor: Value, node: ast.AST, *, lower: bool) -> list[Value]:
    """The matrix whose factor this is, where it is known."""
    atom = ctx.atom(factor, node)
    matrix, is_lower = _factorized.get(atom, (None, lower)) if isinstance(atom, Var) else (None, lower)
    return [] if matrix is None or is_lower != lower or rank(matrix.type) != 2 else [matrix]


@mapping("scipy.linalg.cho_solve")
def _cho_solve(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.cho_solve", "c_and_lower b overwrite_b check_finite", args, keywords, node)
    factor, lower = _parts(call, "c_and_lower")
    is_lower = bool(static_argument(ctx, "cho_solve", "lower", lower, node))
    return call.primitive("scipy.linalg.cho_solve", factor, call.array("b"), *_matrix_of(ctx, factor, node, lower=is_lower),
                          lower=is_lower, **call.checks())


def _parts(call: _Call, parameter: str) -> tuple[Value, Value]:
    items = sequence(call.ctx, needed(call.name, call.given, parameter, call.node), call.node).items
    if items is None or len(items) != 2:
        raise call.refuse("needs the pair that the factorization gave")
    return items[0], items[1]


@mapping("scipy.linalg.lu_factor")
def _lu_factor(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    """`lu, piv = lu_factor(a)`: we remember of which matrix they are the factors."""
    call = _Call(ctx, "scipy.linalg.lu_factor", "a overwrite_a check_finite", args, keywords, node)
    matrix = call.array("a")
    value = call.results("scipy.linalg.lu_factor", matrix, **call.checks())
    _remember(ctx, value.items[0], matrix, node, lower=False)
    return value


@mapping("scipy.linalg.lu_solve")
def _lu_solve(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.lu_solve", "lu_and_piv b trans overwrite_b check_finite", args, keywords, node)
    factors, pivots = _parts(call, "lu_and_piv")
    return call.primitive("scipy.linalg.lu_solve", factors, pivots, call.array("b"), *_matrix_of(ctx, factors, node, lower=False),
                          **_trans(call), **call.checks())


# --- norms and powers ---------------------------------------------------------------------------------------


@mapping("scipy.linalg.norm")
def _norm_of_scipy(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    """As NumPy's, but that BLAS and LAPACK give double precision."""
    call = _Call(ctx, "scipy.linalg.norm", "a ord axis keepdims check_finite", args, keywords, node)
    value = _norm(ctx, args, keywords, node)
    axes, p = rank_of(ctx, call.array("a"), node), call.static("ord", None)
    fast = p in (None, 2) if axes == 1 else axes == 2 and p in (1, math.inf)
    if not fast or call.static("axis", None) is not None or call.static("keepdims", False):
        return value
    type_ = ctx.atom(value, node).type
    single = isinstance(type_, Scalar) and type_.dtype == "float32"
    return call.primitive("numpy.astype", value, dtype="float64") if single else value


@mapping("numpy.linalg.norm")
def _norm(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    """`np.linalg.norm(x, ord, axis, keepdims)`: vector norms are one primitive, matrix norms compositions."""
    order = "x ord axis keepdims check_finite" if "a" not in keywords else "a ord axis keepdims check_finite"
    call = _Call(ctx, "np.linalg.norm", order, args, keywords, node)
    x = call.array(order[0])
    rank, p, axis = rank_of(ctx, x, node), call.static("ord", None), call.static("axis", None)
    if not rank:
        return call.call("numpy.abs", x)
    kept = {"keepdims": True} if call.static("keepdims", False) else {}
    if axis is None and p is None:
        return call.primitive("numpy.linalg.norm", x, **kept)
    if axis is None and rank > 2:
        raise call.refuse("with an order needs an axis for an array with more than two axes")
    where = tuple(range(rank)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if any(not -rank <= k < rank for k in where) or len({k % rank for k in where}) != len(where) or len(where) > 2:
        raise call.refuse(f"does not know the axis {axis!r} of an array with {rank} axes")
    where = tuple(k % rank for k in where)
    if len(where) == 2:
        return _matrix_norm(call, x, p, where, kept, given=axis is not None)
    return _vector_norm(call, x, p, {} if axis is None else {"axis": where[0]}, kept)


def _vector_norm(call: _Call, x: Value, p: Any, axis: dict[str, Any], kept: dict[str, Any]) -> Value:
    if isinstance(p, str) or (p is not None and math.isnan(p)):
        raise call.refuse(f"does not know the order {p!r} for vectors")
    if p is None:
        return call.primitive("numpy.linalg.norm", x, **axis, **kept)
    if math.isinf(p):
        return call.call("numpy.max" if p > 0 else "numpy.min", call.call("numpy.abs", x), **axis, **kept)
    if p == 0:
        return call.call("numpy.sum", call.primitive("numpy.astype", call.primitive("ne", x, const(0)), dtype=_dtype(call, x)),
                         **axis, **kept)
    return call.primitive("numpy.linalg.norm", x, ord=p, **axis, **kept)


def _dtype(call: _Call, x: Value) -> str:
    type_ = call.ctx.atom(x, call.node).type
    return type_.dtype if isinstance(type_, Array) and type_.dtype.startswith("float") else "float64"


def _matrix_norm(call: _Call, x: Value, p: Any, where: tuple[int, ...], kept: dict[str, Any], given: bool) -> Value:
    if p in (None, "fro", "f"):
        return call.primitive("numpy.linalg.norm", x, **({"axis": where} if given else {}), **kept)
    rank = rank_of(call.ctx, x, call.node)
    order = tuple(k for k in range(rank) if k not in where) + where
    if p in (1, -1, math.inf, -math.inf):
        along, across = where if abs(p) == 1 else where[::-1]
        sums = call.call("numpy.sum", call.call("numpy.abs", x), axis=along, **kept)
        left = {"axis": across if kept or across < along else across - 1} if kept or len(order) > 2 else {}
        return call.call("numpy.max" if p > 0 else "numpy.min", sums, **left, **kept)
    if p not in (2, -2, "nuc"):
        raise call.refuse(f"does not know the order {p!r} for matrices")
    if order != tuple(range(rank)):
        x = call.primitive("numpy.transpose", x, axes=order)
    values = call.call("numpy.abs", call.results("numpy.linalg.svd", x, full_matrices=False).items[1])  # abs'(0) is 0
    result = call.call("numpy.sum" if p == "nuc" else "numpy.max" if p > 0 else "numpy.min", values,
                       **({"axis": -1} if rank > 2 else {}))
    for k in sorted(where) if kept else ():
        result = call.primitive("numpy.expand_dims", result, axis=k)
    return result


@mapping("numpy.linalg.matrix_power")
def _matrix_power(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    """`np.linalg.matrix_power(a, n)`: by squaring, as NumPy does."""
    call = _Call(ctx, "np.linalg.matrix_power", "a n", args, keywords, node)
    a, n = call.array("a"), call.static("n", None)
    if not isinstance(n, int):
        raise call.refuse("needs an integer that is known when compiling as its power")
    if n == 0:
        size = call.primitive("shape", a, axis=-1 % max(rank_of(ctx, a, node), 1))
        atom = ctx.atom(a, node)
        dtype = {"dtype": atom.type.dtype} if isinstance(atom.type, Array) and atom.type.dtype != "float64" else {}
        unit = call.primitive("numpy.eye", size, **dtype)
        return unit if rank_of(ctx, a, node) == 2 else number(ctx, "add", call.primitive("numpy.zeros_like", a), unit, node)
    if n < 0:
        a, n = call.primitive("numpy.linalg.inv", a), -n
    result: Value | None = None
    square = a
    while True:
        if n % 2:
            result = square if result is None else number(ctx, "matmul", result, square, node)
        n //= 2
        if not n:
            assert result is not None
            return result
        square = number(ctx, "matmul", square, square, node)


# --- functions of matrices ----------------------------------------------------------------------------------


def _matrix_function(name: str) -> None:
    def handler(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
        call = _Call(ctx, name, "A disp blocksize", args, keywords, node)
        call.only(disp=True, blocksize=64)
        return call.primitive(name, call.array("A"))

    mapping(name)(handler)


for _name in "expm sqrtm logm cosm sinm tanm coshm sinhm tanhm".split():
    _matrix_function(f"scipy.linalg.{_name}")


@mapping("scipy.linalg.expm_frechet")
def _expm_frechet(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.expm_frechet", "A E method compute_expm check_finite", args, keywords, node)
    call.only(method=None)
    a, e = call.array("A"), call.array("E")
    derivative = call.primitive("scipy.linalg.expm_frechet", a, e, compute_expm=False, **call.checks())
    return TupleV((call.primitive("scipy.linalg.expm", a), derivative)) if call.static("compute_expm", True) else derivative


@mapping("scipy.linalg.solve_discrete_lyapunov")
def _discrete_lyapunov(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.solve_discrete_lyapunov", "a q method", args, keywords, node)
    method = call.static("method", None)
    return call.primitive("scipy.linalg.solve_discrete_lyapunov", call.array("a"), call.array("q"),
                          **({} if method is None else {"method": method}))


@mapping("scipy.linalg.solve_continuous_lyapunov scipy.linalg.solve_lyapunov")
def _continuous_lyapunov(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
    call = _Call(ctx, "scipy.linalg.solve_continuous_lyapunov", "a q", args, keywords, node)
    return call.primitive("scipy.linalg.solve_continuous_lyapunov", call.array("a"), call.array("q"))


# --- what is refused ----------------------------------------------------------------------------------------


def _refused(names: str, reason: str, hint: str = "") -> None:
    def handler(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
        raise Refused("ADC407", reason, node, hint)

    mapping(names)(handler)


_refused("numpy.linalg.eig numpy.linalg.eigvals scipy.linalg.eig scipy.linalg.eigvals scipy.linalg.schur",
         "the results of this function may be complex numbers, which are not supported",
         "use np.linalg.eigh for a symmetric matrix")


def _real_transform(name: str) -> None:
    def handler(ctx: Context, args: list[Value], keywords: Keywords, node: ast.AST) -> Value:
        call = _Call(ctx, name, "x type n axis norm overwrite_x workers orthogonalize", args, keywords, node)
        call.only(n=None, overwrite_x=False, orthogonalize=None)
        if call.static("norm", None) != "ortho":
            raise call.refuse("is supported with norm='ortho'")
        params = {"norm": "ortho", "type": call.static("type", 2), "axis": call.static("axis", -1)}
        defaults = {"type": 2, "axis": -1}
        return call.primitive(name, call.array("x"), **{k: v for k, v in params.items() if defaults.get(k) != v})

    mapping(name)(handler)


for _name in "dct idct dst idst".split():
    _real_transform(f"scipy.fft.{_name}")
_TRANSFORMS = [f"{kind}fft{axes}" for kind in ("", "i", "r", "ir") for axes in ("", "2", "n")] + ["hfft", "ihfft"]
_refused(" ".join(f"{module}.fft.{name}" for module in ("numpy", "scipy") for name in _TRANSFORMS),
         "Fourier transforms give or take complex numbers, which are not supported",
         "use a real transform such as scipy.fft.dct(x, norm='ortho'), or products with matrices of cosines and sines")
