"""Type rules of linear algebra."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.catalogue.operands import array_operand, operand
from adcompiler.ir.nodes import Atom
from adcompiler.ir.ops import IrTypeError, Params, define, elementwise, is_unknown, make, numbers, reduction
from adcompiler.ir.types import ANY, BOOL, Array, Dim, Scalar, Tuple, Type, broadcast_dims, dims, promote, unknown_dim


def _floating(*types: Array) -> str:
    """The dtype in which LAPACK computes: integers become float64."""
    dtype, _ = promote(*types)
    return dtype if dtype.startswith("float") else "float64"


def _matrix(args: Sequence[Atom]) -> Array:
    """The first operand, a matrix or a stack of matrices."""
    t = array_operand(args)
    if t.rank < 2:
        raise IrTypeError("a matrix is needed here, not a vector")
    return Array(_floating(t), t.dims)


def _plain(args: Sequence[Atom]) -> Array:
    """The first operand, a single matrix."""
    t = _matrix(args)
    if t.rank > 2:
        raise IrTypeError("this is supported for one matrix, not for a stack of them")
    return t


def _smaller(t: Array) -> Dim:
    """The smaller one of the two sizes of a matrix."""
    m, n = t.dims[-2:]
    return m if m == n or m == 1 else n if n == 1 else unknown_dim()


def _solve(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = numbers(args)
    if not (isinstance(a, Array) and isinstance(b, Array)) or a.rank < 2:
        raise IrTypeError("solve() needs a matrix and a vector or matrix")
    dtype = _floating(a, b)
    if b.rank == 1:
        return Array(dtype, a.dims[:-2] + b.dims)
    return Array(dtype, broadcast_dims(a.dims[:-2], b.dims[:-2]) + b.dims[-2:])


def _solve_one(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    _plain(args)
    b = array_operand(args[1:])
    if b.rank > 2:
        raise IrTypeError("this is supported for a vector or a matrix on the right side, not for a stack")
    return Array(_floating(array_operand(args), b), b.dims)


def _square(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else _squared(_matrix(args))


def _one_square(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else _squared(_plain(args))


def _squared(t: Array) -> Array:
    """The type of a square matrix, whose two sizes are one."""
    m, n = t.dims[-2:]
    size = n if str(m).startswith("?") else m
    return Array(t.dtype, (*t.dims[:-2], size, size))


def _number_of_each(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t = _matrix(args)
    return make(t.dtype, t.dims[:-2])


def _double_of_each(args: Sequence[Atom], params: Params) -> Type:
    """SciPy computes determinants in double precision."""
    return ANY if is_unknown(args) else make("float64", _matrix(args).dims[:-2])


def _rank(args: Sequence[Atom], params: Params) -> Type:
    t = operand(args)
    return make("int64", dims(t)[:-2])


def _sign_and_logarithm(args: Sequence[Atom], params: Params) -> Type:
    number = _number_of_each(args, params)
    return Tuple((number, number))


def _eigh(args: Sequence[Atom], params: Params) -> Type:
    t = _squared(_matrix(args))
    return Tuple((Array(t.dtype, t.dims[:-1]), t))


def _svd(args: Sequence[Atom], params: Params) -> Type:
    t = _matrix(args)
    stack, (m, n), k = t.dims[:-2], t.dims[-2:], _smaller(t)
    rows, columns = (k, k) if params.get("full_matrices") is False else (m, n)
    return Tuple((Array(t.dtype, (*stack, m, rows)), Array(t.dtype, (*stack, k)), Array(t.dtype, (*stack, columns, n))))


def _qr(args: Sequence[Atom], params: Params) -> Type:
    t = _matrix(args)
    stack, (m, n), k = t.dims[:-2], t.dims[-2:], _smaller(t)
    return Tuple((Array(t.dtype, (*stack, m, k)), Array(t.dtype, (*stack, k, n))))


def _lstsq(args: Sequence[Atom], params: Params) -> Type:
    a, b = _plain(args), array_operand(args[1:])
    if b.rank > 2:
        raise IrTypeError("lstsq() needs a vector or a matrix on the right side")
    dtype = _floating(a, b)
    solution = Array(dtype, (a.dims[1], *b.dims[1:]))
    return Tuple((solution, Array(dtype, (unknown_dim(),)), Scalar("int32", weak=False), Array(dtype, (unknown_dim(),))))


def _pinv(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    t = _matrix(args)
    return Array(t.dtype, (*t.dims[:-2], t.dims[-1], t.dims[-2]))


def _norm(args: Sequence[Atom], params: Params) -> Type:
    return reduction(args, params, floating=True)


def _cho_factor(args: Sequence[Atom], params: Params) -> Type:
    return Tuple((_plain(args), BOOL))


def _lu_factor(args: Sequence[Atom], params: Params) -> Type:
    t = _plain(args)
    return Tuple((t, Array("int32", t.dims[:1])))


def _lu(args: Sequence[Atom], params: Params) -> Type:
    t = _plain(args)
    (m, n), k = t.dims, _smaller(t)
    return Tuple((Array(t.dtype, (m, m)), Array(t.dtype, (m, k)), Array(t.dtype, (k, n))))


def _cho_solve(args: Sequence[Atom], params: Params) -> Type:
    return _solve_one(args[:2], params)


def _cholesky_solve(args: Sequence[Atom], params: Params) -> Type:
    """`cholesky_solve(L, b, K)`: of the matrix K with the lower factor L, by two systems with L."""
    return _solve_one(args[:2], params)


def _lu_solve(args: Sequence[Atom], params: Params) -> Type:
    return _solve_one((args[0], args[2]), params)


def _sylvester(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    types = [_plain(args[k:]) for k in range(3)]
    return Array(_floating(*types), types[2].dims)


def _lyapunov(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else Array(_floating(_plain(args), _plain(args[1:])), _plain(args[1:]).dims)


def _in_double(args: Sequence[Atom], params: Params) -> Type:
    """As the last operand; SciPy computes in double precision."""
    return ANY if is_unknown(args) else Array("float64", _squared(_plain(args[-1:])).dims)


def _block_diag(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    types = numbers(args)
    if any(len(dims(t)) > 2 for t in types):
        raise IrTypeError("block_diag() of stacks of matrices is not supported")
    return Array(promote(*types)[0], (unknown_dim(), unknown_dim()))


def _predicate_scalar(args: Sequence[Atom], params: Params) -> Type:
    return BOOL


def _integers(args: Sequence[Atom], params: Params) -> Type:
    t = operand(args)
    return make("int64", dims(t))


def _round(args: Sequence[Atom], params: Params) -> Type:
    return elementwise(args, strong=True)


define("numpy.linalg.solve", _solve, 500, signature="a b;", memory="new")
define("numpy.linalg.inv", _square, 500, signature="a;", memory="new")
define("numpy.linalg.det", _number_of_each, 500, signature="a;", memory="new")
define("numpy.linalg.slogdet", _sign_and_logarithm, 500, memory="new", several=True)
define("numpy.linalg.cholesky", _square, 300, memory="new")
define("numpy.linalg.eigh", _eigh, 2000, memory="new", several=True)
define("numpy.linalg.svd", _svd, 3000, memory="new", several=True)
define("numpy.linalg.qr", _qr, 1000, memory="new", several=True)
define("numpy.linalg.lstsq", _lstsq, 2000, memory="new", several=True)
define("numpy.linalg.pinv", _pinv, 3000, memory="new")
define("numpy.linalg.matrix_rank", _rank, 2000, memory="new")
define("numpy.linalg.norm", _norm, 30, signature="a; ord axis keepdims", memory="new")

define("scipy.linalg.solve scipy.linalg.solve_triangular", _solve_one, 500, memory="new")
define("scipy.linalg.inv", _square, 500, memory="new")
define("scipy.linalg.cholesky", _one_square, 500, memory="new")
define("scipy.linalg.det", _double_of_each, 500, memory="new")
define("scipy.linalg.expm", _square, 3000, memory="new")
define("scipy.linalg.sqrtm scipy.linalg.cosm scipy.linalg.sinm scipy.linalg.tanm "
       "scipy.linalg.coshm scipy.linalg.sinhm scipy.linalg.tanhm", _one_square, 3000, memory="new")
define("scipy.linalg.logm scipy.linalg.expm_frechet scipy.linalg.solve_discrete_lyapunov", _in_double, 5000, memory="new")
define("scipy.linalg.eigh", _eigh, 2000, memory="new", several=True)
define("scipy.linalg.svd", _svd, 3000, memory="new", several=True)
define("scipy.linalg.qr", _qr, 1000, memory="new", several=True)
define("scipy.linalg.pinv", _pinv, 3000, memory="new")
define("scipy.linalg.cho_factor", _cho_factor, 300, memory="new", several=True)
define("scipy.linalg.lu_factor", _lu_factor, 400, memory="new", several=True)
define("scipy.linalg.lu", _lu, 500, memory="new", several=True)
define("scipy.linalg.cho_solve", _cho_solve, 200, memory="new")
define("cholesky_solve", _cholesky_solve, 1000, memory="new")
define("scipy.linalg.lu_solve", _lu_solve, 200, memory="new")
define("scipy.linalg.solve_sylvester", _sylvester, 3000, signature="a b q;", memory="new")
define("scipy.linalg.solve_continuous_lyapunov", _lyapunov, 3000, memory="new")
define("scipy.linalg.block_diag", _block_diag, 50, memory="new")

define("numpy.allclose", _predicate_scalar, 50)
define("numpy.argsort", _integers, 50, signature="a; axis", memory="new")
define("numpy.round numpy.around", _round, 20, signature="a; decimals", memory="new")
