"""Linear algebra. What the primal computed (factors, inverses, eigenvectors) is used again.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008);
Murray, "Differentiation of the Cholesky decomposition" (2016); Walter and Lehmann, "Algorithmic differentiation of linear
algebra functions with application in optimum experimental design" (2012); Townsend, "Differentiating the singular value
decomposition" (2016); Golub and Pereyra, "The differentiation of pseudo-inverses" (1973); Higham, "Functions of Matrices"
(2008).
"""

from __future__ import annotations

import math

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Prim, Var
from adcompiler.ir.types import Array, dims
from adcompiler.rules.products import column, outer, row, summed_to, turned
from adcompiler.rules.reductions import reduced
from adcompiler.rules.table import Pull, pullback, select, spread, zero

zero("numpy.linalg.matrix_rank")


class _Algebra:
    """Matrices, or stacks of matrices, in the notation of the formulas."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder

    def t(self, a: Atom) -> Atom:
        """A^T"""
        return turned(self.builder, a)

    def dot(self, *factors: Atom) -> Atom:
        """A B C"""
        product = factors[0]
        for factor in factors[1:]:
            product = self.builder.prim("matmul", product, factor)
        return product

    def add(self, *terms: Atom | None) -> Atom:
        """The sum of the terms that there are."""
        present = [t for t in terms if t is not None]
        total = present[0]
        for term in present[1:]:
            total = self.builder.prim("add", total, term)
        return total

    def sub(self, a: Atom, b: Atom) -> Atom:
        """A - B"""
        return self.builder.prim("sub", a, b)

    def mul(self, a: Atom, b: Atom) -> Atom:
        """Element by element."""
        return self.builder.prim("mul", a, b)

    def div(self, a: Atom, b: Atom) -> Atom:
        """Element by element."""
        return self.builder.prim("truediv", a, b)

    def symmetric(self, a: Atom) -> Atom:
        """(A + A^T) / 2"""
        return self.mul(const(0.5), self.add(a, self.t(a)))

    def mirrored(self, a: Atom) -> Atom:
        """The lower triangle, and the same above the diagonal."""
        lower = self.builder.prim("numpy.tril", a)
        return self.add(lower, self.t(self.builder.prim("numpy.tril", lower, k=-1)))

    def columns(self, a: Atom, s: Atom) -> Atom:
        """A diag(s)"""
        return self.mul(a, row(self.builder, s) if len(dims(s.type)) > 1 else s)

    def rows(self, s: Atom, a: Atom) -> Atom:
        """diag(s) A"""
        return self.mul(column(self.builder, s), a)

    def turn(self, a: Atom, rows: Atom, columns: Atom) -> Atom:
        """A_ij / (columns_j - rows_i) off the diagonal. Where that is 0 / 0 it is 0; where only the divisor is 0, it is
        infinite: what the caller makes of it is no number, as the derivative cannot be had from these factors."""
        prim = self.builder.prim
        assert isinstance(a.type, Array)
        eye = prim("numpy.eye", *(prim("shape", a, axis=a.type.rank + k) for k in (-2, -1)), dtype=a.type.dtype)
        off = self.mul(a, self.sub(const(1.0), eye))
        gaps = self.sub(row(self.builder, columns), column(self.builder, rows))
        nothing = prim("numpy.logical_and", prim("eq", gaps, const(0)), prim("eq", off, const(0)))
        return prim("truediv", off, select(self.builder, nothing, const(math.inf), gaps))

    def turns(self, a: Atom, s: Atom, columns: Atom) -> Atom:
        """The first columns of F * (A - A^T), F_ij = 1 / (s_j - s_i)."""
        b = self.t(a)
        if columns is not s:
            a, b = (self.builder.prim("load", v, self.builder.prim("shape", columns, axis=len(dims(columns.type)) - 1),
                                      index=("e", "s010")) for v in (a, b))
        return self.sub(self.turn(a, s, columns), self.turn(b, s, columns))

    def each(self, s: Atom) -> Atom:
        """One number for each matrix of a stack, so that it broadcasts against them."""
        return column(self.builder, column(self.builder, s)) if dims(s.type) else s


def _bar(pull: Pull, k: int) -> Atom | None:
    """The adjoint of the k-th result in its shape."""
    bar = pull.bars[k]
    return None if bar is None else spread(pull.builder, bar, pull.targets[k])


# --- systems ------------------------------------------------------------------------------------------------


@pullback("numpy.linalg.solve")
def _solve(pull: Pull) -> None:
    """b_bar = A^-T y_bar, A_bar = -b_bar y^T (Giles 2008)."""
    a, b = pull.op.args
    m, bar = _Algebra(pull.builder), pull.full_bar
    if len(dims(b.type)) == 1 < len(dims(bar.type)):  # one right side for all matrices
        t = pull.prim("numpy.linalg.solve", m.t(a), column(pull.builder, bar))
        t = pull.prim("load", t, const(0), index=("e", "i"))
    else:
        t = pull.prim("numpy.linalg.solve", m.t(a), bar)
    if pull.wants(1):
        core = min(len(dims(b.type)), 2)
        pull.adjoints.add(b, summed_to(pull.builder, t, b, core) if len(dims(bar.type)) > 2 or core == 1 else t)
    if pull.wants(0):
        product = outer(pull.builder, t, pull.y) if len(dims(b.type)) == 1 else m.dot(t, m.t(pull.y))
        assert isinstance(product, Var)
        pull.adjoints.add(a, pull.prim("neg", summed_to(pull.builder, product, a, 2)))


@pullback("scipy.linalg.solve")
def _solve_structured(pull: Pull) -> None:
    """b_bar = A^-T y_bar, A_bar = -b_bar y^T, the symmetric part of it where the matrix is taken as symmetric, and the part
    that is read where it is taken as triangular, tridiagonal or diagonal."""
    a, b = pull.op.args
    params = dict(pull.op.params)
    assumed = params.get("assume_a")
    symmetric = assumed in ("sym", "pos", "symmetric", "positive definite", "her", "hermitian")
    m = _Algebra(pull.builder)
    if assumed in _FLIPPED:
        params["assume_a"] = _FLIPPED[assumed]
    t = pull.prim("scipy.linalg.solve", a if symmetric or assumed == "diagonal" else m.t(a), pull.full_bar, **params)
    pull.adjoints.add(b, t)
    if pull.wants(0):
        product = m.symmetric(_tensor(m, t, pull.y)) if symmetric else _tensor(m, t, pull.y)
        for name, k in _READ.get(assumed or "", ()):
            product = pull.prim(name, product, **({"k": k} if k else {}))
        pull.adjoints.add(a, pull.prim("neg", product))


_FLIPPED = {"upper triangular": "lower triangular", "lower triangular": "upper triangular"}
_READ = {"upper triangular": [("numpy.triu", 0)], "lower triangular": [("numpy.tril", 0)],
         "diagonal": [("numpy.diag", 0), ("numpy.diag", 0)], "tridiagonal": [("numpy.tril", 1), ("numpy.triu", -1)]}


def _tensor(m: _Algebra, a: Atom, b: Atom) -> Atom:
    """a b^T of two vectors or two matrices."""
    return outer(m.builder, a, b) if len(dims(a.type)) == 1 else m.dot(a, m.t(b))


@pullback("scipy.linalg.solve_triangular")
def _solve_triangular(pull: Pull) -> None:
    """b_bar = A^-T y_bar, A_bar = -b_bar y^T, of which the triangle counts that is read."""
    a, b = pull.op.args
    params = dict(pull.op.params)
    m, turned_before = _Algebra(pull.builder), params.pop("trans", 0)
    trans = {} if turned_before else {"trans": 1}
    t = pull.prim("scipy.linalg.solve_triangular", a, pull.full_bar, **trans, **params)
    pull.adjoints.add(b, t)
    if pull.wants(0):
        product = _tensor(m, pull.y, t) if turned_before else _tensor(m, t, pull.y)
        lower = bool(params.get("lower"))
        k = {"k": -1 if lower else 1} if params.get("unit_diagonal") else {}
        pull.adjoints.add(a, pull.prim("neg", pull.prim("numpy.tril" if lower else "numpy.triu", product, **k)))


@pullback("scipy.linalg.cho_solve")
def _cho_solve(pull: Pull) -> None:
    """b_bar = A^-1 y_bar, A_bar = -(b_bar y^T + y b_bar^T) / 2; of a factor L whose matrix is not known, L_bar = 2 A_bar L."""
    factor, b, *matrix = pull.op.args
    params = dict(pull.op.params)
    lower = bool(params.get("lower"))
    m = _Algebra(pull.builder)
    t = pull.prim("scipy.linalg.cho_solve", factor, pull.full_bar, *matrix, **params)
    pull.adjoints.add(b, t)
    if matrix and pull.wants(2):
        pull.adjoints.add(matrix[0], pull.prim("neg", m.symmetric(_tensor(m, t, pull.y))))
    elif not matrix and pull.wants(0):
        product = _tensor(m, t, pull.y)
        both = m.add(product, m.t(product))
        triangle = "numpy.tril" if lower else "numpy.triu"
        own = pull.prim(triangle, factor)
        change = m.dot(both, own) if lower else m.dot(own, both)
        pull.adjoints.add(factor, pull.prim("neg", pull.prim(triangle, change)))


@pullback("cholesky_solve")
def _cholesky_solve(pull: Pull) -> None:
    """b_bar = K^-1 y_bar, K_bar = -(b_bar y^T + y b_bar^T) / 2; the factor is no operand of its own."""
    factor, b, matrix = pull.op.args
    m = _Algebra(pull.builder)
    t = pull.prim("cholesky_solve", factor, pull.full_bar, matrix, **dict(pull.op.params))
    pull.adjoints.add(b, t)
    if pull.wants(2):
        pull.adjoints.add(matrix, pull.prim("neg", m.symmetric(_tensor(m, t, pull.y))))


@pullback("scipy.linalg.lu_solve")
def _lu_solve(pull: Pull) -> None:
    """b_bar = A^-T y_bar, A_bar = -b_bar y^T, for the matrix A that was factorized."""
    factors, pivots, b, *matrix = pull.op.args
    params = dict(pull.op.params)
    m, turned_before = _Algebra(pull.builder), params.pop("trans", 0)
    trans = {} if turned_before else {"trans": 1}
    t = pull.prim("scipy.linalg.lu_solve", factors, pivots, pull.full_bar, *matrix, **trans, **params)
    pull.adjoints.add(b, t)
    if matrix and pull.wants(3):
        product = _tensor(m, pull.y, t) if turned_before else _tensor(m, t, pull.y)
        pull.adjoints.add(matrix[0], pull.prim("neg", product))
    elif not matrix and pull.wants(0):
        raise NotImplementedError


@pullback("numpy.linalg.inv", "scipy.linalg.inv")
def _inverse(pull: Pull) -> None:
    """A_bar = -Y^T Y_bar Y^T."""
    m = _Algebra(pull.builder)
    yt = m.t(pull.y)
    pull.adjoints.add(pull.op.args[0], pull.prim("neg", m.dot(yt, pull.full_bar, yt)))


@pullback("numpy.linalg.det", "scipy.linalg.det")
def _determinant(pull: Pull) -> None:
    """A_bar = y_bar det(A) A^-T; where the matrix is singular, the inverse raises LinAlgError."""
    a = pull.op.args[0]
    m = _Algebra(pull.builder)
    inverse = m.t(pull.prim("numpy.linalg.inv", a))
    pull.adjoints.add(a, m.mul(m.each(m.mul(pull.y_bar, pull.y)), inverse))


@pullback("numpy.linalg.slogdet")
def _log_determinant(pull: Pull) -> None:
    """A_bar = y_bar A^-T for the logarithm; the sign has the derivative 0."""
    a, bar = pull.op.args[0], pull.bars[1]
    m = _Algebra(pull.builder)
    if bar is not None:
        pull.adjoints.add(a, m.mul(m.each(bar), m.t(pull.prim("numpy.linalg.inv", a))))


@pullback("numpy.linalg.pinv", "scipy.linalg.pinv")
def _pseudo_inverse(pull: Pull) -> None:
    """Where the rank does not change: A_bar = (I - A P) P_bar^T P P^T + P^T P P_bar^T (I - P A) - P^T P_bar P^T
    (Golub and Pereyra 1973)."""
    a, p = pull.op.args[0], pull.y
    m = _Algebra(pull.builder)
    bar = m.t(pull.full_bar)
    pt, w = m.t(p), m.dot(p, bar)
    first = m.dot(m.sub(bar, m.dot(a, w)), p, pt)
    second = m.dot(pt, m.sub(m.sub(w, m.dot(w, p, a)), m.t(w)))
    pull.adjoints.add(a, m.add(first, second))


@pullback("numpy.linalg.lstsq")
def _least_squares(pull: Pull) -> None:
    """Of the solution, for a matrix of full rank with the pseudo-inverse P: b_bar = P^T x_bar,
    A_bar = (b - A x) (P b_bar)^T - b_bar x^T + P^T x (x_bar - A^T b_bar)^T (Golub and Pereyra 1973). Of the sums of the squares
    of r = b - A x, with the adjoints q: b_bar = 2 q r, A_bar = -2 q r x^T, as x makes them least."""
    a, b = pull.op.args
    if pull.bars[3] is not None:
        raise NotImplementedError("respect to the singular values that it gives")
    bar, x = _bar(pull, 0), pull.targets[0]
    m = _Algebra(pull.builder)
    if pull.bars[1] is not None:
        rest = m.mul(m.mul(const(2.0), pull.bars[1]), m.sub(b, m.dot(a, x)))
        pull.adjoints.add(b, rest)
        if pull.wants(0):
            pull.adjoints.add(a, pull.prim("neg", _tensor(m, rest, x)))
    if bar is None:
        return
    p = pull.prim("numpy.linalg.pinv", a)
    t = m.dot(m.t(p), bar)
    pull.adjoints.add(b, t)
    if pull.wants(0):
        over = _tensor(m, m.sub(b, m.dot(a, x)), m.dot(p, t))
        under = _tensor(m, m.dot(m.t(p), x), m.sub(bar, m.dot(m.t(a), t)))
        pull.adjoints.add(a, m.add(m.sub(over, _tensor(m, t, x)), under))


# --- factorizations -----------------------------------------------------------------------------------------


@pullback("numpy.linalg.cholesky", "scipy.linalg.cholesky")
def _cholesky(pull: Pull) -> None:
    """A_bar = L^-T Q L^-1 / 2, where Q is the symmetric matrix with the lower triangle of L^T L_bar (Murray 2016).

    The matrix is taken as symmetric, as in JAX and PyTorch, though only one triangle of it is read.
    """
    lower = pull.op.param("lower", pull.op.name.startswith("numpy")) and not pull.op.param("upper")
    _of_cholesky(pull, pull.y, pull.full_bar, lower=bool(lower), scipy=pull.op.name.startswith("scipy"))


@pullback("scipy.linalg.cho_factor")
def _cho_factor(pull: Pull) -> None:
    """As that of the Cholesky factor; the other triangle, which holds anything, does not count."""
    bar = _bar(pull, 0)
    if bar is not None:
        lower = bool(pull.op.param("lower"))
        triangle = pull.prim("numpy.tril" if lower else "numpy.triu", pull.targets[0])
        _of_cholesky(pull, triangle, bar, lower=lower, scipy=True)


def _of_cholesky(pull: Pull, factor: Atom, bar: Atom, *, lower: bool, scipy: bool) -> None:
    m = _Algebra(pull.builder)

    def back(x: Atom) -> Atom:
        params = {"lower": True, "trans": 1} if lower else {}
        return pull.prim("scipy.linalg.solve_triangular", factor, x, **params)

    q: Atom
    diagonal = _only_diagonal(pull.builder, bar)
    if diagonal is not None:
        q = pull.prim("numpy.diag", m.mul(pull.prim("numpy.diag", factor), diagonal))
    else:
        q = m.mirrored(m.dot(m.t(factor), bar) if lower else m.dot(factor, m.t(bar)))
    if scipy:
        whole: Atom = back(m.t(back(q)))
    else:
        inverse = pull.prim("numpy.linalg.inv", factor)
        whole = m.dot(m.t(inverse), q, inverse) if lower else m.dot(inverse, q, m.t(inverse))
    pull.adjoints.add(pull.op.args[0], m.mul(const(0.5), whole))


def _only_diagonal(builder: Builder, bar: Atom) -> Atom | None:
    """The diagonal of an adjoint that the sweep has just made as a diagonal matrix."""
    for bind in reversed(builder.binds):
        if isinstance(bar, Var) and bar in bind.targets:
            made = bind.op
            if isinstance(made, Prim) and made.name == "numpy.diag" and not made.param("k") and len(dims(made.args[0].type)) == 1:
                return made.args[0]
            return None
    return None


@pullback("numpy.linalg.eigh", "scipy.linalg.eigh")
def _eigh(pull: Pull) -> None:
    """A_bar = V (diag(w_bar) + F * (V^T V_bar)) V^T with F_ij = 1 / (w_j - w_i), its symmetric part (Giles 2008).

    Where two eigenvalues are equal and their eigenvectors have an influence, the gradient is not a number: the derivative
    of a function of the matrix such as V diag(f(w)) V^T exists there, but the eigenvectors do not give it.
    """
    w, v = pull.targets
    m = _Algebra(pull.builder)
    w_bar, v_bar = pull.bars[0], _bar(pull, 1)
    if v_bar is None:
        if w_bar is not None:
            pull.adjoints.add(pull.op.args[0], m.dot(m.columns(v, w_bar), m.t(v)))
        return
    inner = m.dot(v, m.turn(m.dot(m.t(v), v_bar), w, w))
    if w_bar is not None:
        inner = m.add(inner, m.columns(v, w_bar))
    pull.adjoints.add(pull.op.args[0], m.symmetric(m.dot(inner, m.t(v))))


@pullback("numpy.linalg.svd", "scipy.linalg.svd")
def _svd(pull: Pull) -> None:
    """With F_ij = 1 / (s_j^2 - s_i^2), J = F * (U^T U_bar), K = F * (V^T V_bar): A_bar = U (J + J^T) diag(s) V^T
    + U diag(s) (K + K^T) V^T + U diag(s_bar) V^T, and what leaves the ranges of U and V (Townsend 2016).

    Where two singular values are equal, or one is 0, and U or V has an influence, the gradient is not a number (see eigh).
    The columns that fill up U and V to square matrices are as if they had singular values of 0: that is right for what
    does not depend on the choice of them.
    """
    u, s, vt = pull.targets
    m = _Algebra(pull.builder)
    u_bar, s_bar, vt_bar = _bar(pull, 0), pull.bars[1], _bar(pull, 2)
    if u_bar is None and vt_bar is None:
        if s_bar is not None:
            left, right = _first_columns(pull, u, s), _first_rows(pull, vt, s)
            pull.adjoints.add(pull.op.args[0], m.dot(m.columns(left, s_bar), right))
        return
    if dims(u.type)[-1] != dims(s.type)[-1] or dims(vt.type)[-2] != dims(s.type)[-1]:
        _of_full_svd(pull, u_bar, s_bar, vt_bar)
        return
    squares = m.mul(s, s)
    core = u_part = v_part = None
    if u_bar is not None:
        inner = m.dot(m.t(u), u_bar)
        core = m.columns(m.turns(inner, squares, squares), s)
        if dims(u.type)[-1] != dims(u.type)[-2]:
            u_part = m.div(m.sub(u_bar, m.dot(u, inner)), row(pull.builder, s))
    if vt_bar is not None:
        inner = m.dot(vt, m.t(vt_bar))
        other = m.rows(s, m.turns(inner, squares, squares))
        core = m.add(core, other)
        if dims(vt.type)[-1] != dims(vt.type)[-2]:
            v_part = m.dot(u, m.div(m.sub(vt_bar, m.dot(m.t(inner), vt)), column(pull.builder, s)))
    assert core is not None
    left = m.add(m.dot(u, core), None if s_bar is None else m.columns(u, s_bar), u_part)
    pull.adjoints.add(pull.op.args[0], m.add(m.dot(left, vt), v_part))


def _of_full_svd(pull: Pull, u_bar: Atom | None, s_bar: Atom | None, vt_bar: Atom | None) -> None:
    """Of square U and V, the singular values filled up with zeros."""
    u, s, vt = pull.targets
    m = _Algebra(pull.builder)
    left, right = _first_columns(pull, u, s), _first_rows(pull, vt, s)
    squares = m.mul(s, s)
    value = None if s_bar is None else m.dot(m.columns(left, s_bar), right)
    if u_bar is not None:
        inner = m.dot(m.t(u), u_bar)
        turns = m.turns(inner, _filled_up(pull, squares, u), squares)
        value = m.add(m.dot(u, m.columns(turns, s), right), value)
    if vt_bar is not None:
        inner = m.dot(vt, m.t(vt_bar))
        turns = m.t(m.turns(inner, _filled_up(pull, squares, vt), squares))  # F is antisymmetric, and so is A - A^T
        value = m.add(value, m.dot(left, m.rows(s, turns), vt))
    assert value is not None
    pull.adjoints.add(pull.op.args[0], value)


def _filled_up(pull: Pull, s: Atom, square: Atom) -> Atom:
    """As many numbers as the square matrix has columns: those of s, and zeros."""
    if dims(square.type)[-1] == dims(s.type)[-1]:
        return s
    zeros = pull.prim("numpy.zeros_like", pull.prim("load", square, const(0), index=("e", "i", "s000")))
    return pull.prim("store", zeros, s, pull.prim("shape", s, axis=len(dims(s.type)) - 1), index=("e", "s010"))


def _first_columns(pull: Pull, u: Atom, s: Atom) -> Atom:
    """The columns of U that belong to singular values."""
    if dims(u.type)[-1] == dims(s.type)[-1]:
        return u
    return pull.prim("load", u, pull.prim("shape", s, axis=len(dims(s.type)) - 1), index=("e", "s010"))


def _first_rows(pull: Pull, vt: Atom, s: Atom) -> Atom:
    """The rows of V^T that belong to singular values."""
    if dims(vt.type)[-2] == dims(s.type)[-1]:
        return vt
    return pull.prim("load", vt, pull.prim("shape", s, axis=len(dims(s.type)) - 1), index=("e", "s010", "s000"))


@pullback("numpy.linalg.qr", "scipy.linalg.qr")
def _qr(pull: Pull) -> None:
    """A_bar = (Q_bar + Q C) R^-T, where C is the symmetric matrix with the lower triangle of R R_bar^T - Q_bar^T Q
    (Walter and Lehmann 2012). For matrices with at least as many rows as columns; of others, solving with R fails."""
    q, r = pull.targets
    m = _Algebra(pull.builder)
    q_bar, r_bar = _bar(pull, 0), _bar(pull, 1)
    inner = None if r_bar is None else m.dot(r, m.t(r_bar))
    if q_bar is not None:
        product = m.dot(m.t(q_bar), q)
        inner = pull.prim("neg", product) if inner is None else m.sub(inner, product)
    if inner is None:
        return
    c = m.mirrored(inner)
    if q_bar is None:
        value = m.dot(q, m.t(pull.prim("numpy.linalg.solve", r, c)))
    else:
        value = m.t(pull.prim("numpy.linalg.solve", r, m.t(m.add(q_bar, m.dot(q, c)))))
    pull.adjoints.add(pull.op.args[0], value)


@pullback("scipy.linalg.lu")
def _lu(pull: Pull) -> None:
    """Of a square matrix A = P L U: A_bar = P L^-T (tril(L^T L_bar, -1) + triu(U_bar U^T)) U^-T."""
    p, l, u = pull.targets
    m = _Algebra(pull.builder)
    l_bar, u_bar = _bar(pull, 1), _bar(pull, 2)
    lower = None if l_bar is None else pull.prim("numpy.tril", m.dot(m.t(l), l_bar), k=-1)
    upper = None if u_bar is None else pull.prim("numpy.triu", m.dot(u_bar, m.t(u)))
    if lower is None and upper is None:
        return
    inner = pull.prim("scipy.linalg.solve_triangular", l, m.add(lower, upper), lower=True, trans=1, unit_diagonal=True)
    right = m.t(pull.prim("scipy.linalg.solve_triangular", u, m.t(inner)))
    pull.adjoints.add(pull.op.args[0], m.dot(p, right))


@pullback("scipy.linalg.lu_factor")
def _lu_factor(pull: Pull) -> None:
    """As lu: A_bar = P L^-T C U^-T = A^-T (U^T C U^-T), with C = tril(L^T L_bar, -1) + triu(U_bar U^T)."""
    factors, pivots = pull.targets
    bar = _bar(pull, 0)
    if bar is None:
        return
    m = _Algebra(pull.builder)
    below, u = pull.prim("numpy.tril", factors, k=-1), pull.prim("numpy.triu", factors)
    lower = pull.prim("numpy.tril", m.add(bar, m.dot(m.t(below), bar)), k=-1)
    c = m.add(lower, pull.prim("numpy.triu", m.dot(bar, m.t(u))))
    right = m.dot(m.t(u), m.t(pull.prim("scipy.linalg.solve_triangular", u, m.t(c))))
    pull.adjoints.add(pull.op.args[0], pull.prim("scipy.linalg.lu_solve", factors, pivots, right, pull.op.args[0], trans=1))


# --- functions of matrices ----------------------------------------------------------------------------------


@pullback("scipy.linalg.expm")
def _expm(pull: Pull) -> None:
    """A_bar is the Frechet derivative of exp at A^T in the direction Y_bar (Higham 2008); of a stack as of other functions."""
    if len(dims(pull.y.type)) > 2:
        _function_of_matrix(pull)
        return
    m = _Algebra(pull.builder)
    pull.adjoints.add(pull.op.args[0], pull.prim("scipy.linalg.expm_frechet", m.t(pull.op.args[0]), pull.full_bar,
                                                 compute_expm=False))


@pullback("scipy.linalg.expm_frechet")
def _expm_frechet(pull: Pull) -> None:
    """L(A, E) is the upper right block of exp([[A, E], [0, A]]), and is differentiated as such."""
    a, e = pull.op.args
    m = _Algebra(pull.builder)
    n = pull.prim("shape", a, axis=0)
    whole = _blocks(pull, a, e)
    zeros = pull.prim("numpy.zeros_like", a)
    seed = _blocks(pull, zeros, pull.full_bar)
    bar = pull.prim("scipy.linalg.expm_frechet", m.t(whole), seed, compute_expm=False)
    if pull.wants(0):
        pull.adjoints.add(a, m.add(_like(pull.prim("load", bar, n, n, index=("s010", "s010")), a),
                                   _like(pull.prim("load", bar, n, n, index=("s100", "s100")), a)))
    if pull.wants(1):
        pull.adjoints.add(e, _like(pull.prim("load", bar, n, n, index=("s010", "s100")), e))


@pullback("scipy.linalg.logm", "scipy.linalg.cosm", "scipy.linalg.sinm", "scipy.linalg.tanm", "scipy.linalg.coshm",
          "scipy.linalg.sinhm", "scipy.linalg.tanhm")
def _function_of_matrix(pull: Pull) -> None:
    """A_bar is the upper right block of f([[A^T, Y_bar], [0, A^T]]) (Higham 2008, theorem 3.6)."""
    a = pull.op.args[0]
    m = _Algebra(pull.builder)
    rank = len(dims(a.type))
    n = pull.prim("shape", a, axis=rank - 1)
    whole = pull.prim(pull.op.name, _blocks(pull, m.t(a), pull.full_bar))
    stack = ("e",) if rank > 2 else ()
    pull.adjoints.add(a, _like(pull.prim("load", whole, n, n, index=(*stack, "s010", "s100")), a))


def _like(value: Var, operand: Atom) -> Var:
    """The value, of which we know that it has the shape of the operand."""
    assert isinstance(value.type, Array)
    value.type = Array(value.type.dtype, dims(operand.type))
    return value


def _blocks(pull: Pull, a: Atom, e: Atom) -> Atom:
    """[[A, E], [0, A]]"""
    rows = len(dims(a.type)) - 2
    upper = pull.prim("numpy.concatenate", a, e, axis=rows + 1)
    lower = pull.prim("numpy.concatenate", pull.prim("numpy.zeros_like", a), a, axis=rows + 1)
    return pull.prim("numpy.concatenate", upper, lower, axis=rows)


@pullback("scipy.linalg.sqrtm")
def _square_root(pull: Pull) -> None:
    """A_bar solves Y^T A_bar + A_bar Y^T = Y_bar; for a matrix with a real square root."""
    yt = _Algebra(pull.builder).t(pull.y)
    pull.adjoints.add(pull.op.args[0], pull.prim("scipy.linalg.solve_sylvester", yt, yt, pull.full_bar))


@pullback("scipy.linalg.solve_sylvester")
def _sylvester(pull: Pull) -> None:
    """A X + X B = Q: A^T Q_bar + Q_bar B^T = X_bar, A_bar = -Q_bar X^T, B_bar = -X^T Q_bar."""
    a, b, q = pull.op.args
    m = _Algebra(pull.builder)
    t = pull.prim("scipy.linalg.solve_sylvester", m.t(a), m.t(b), pull.full_bar)
    pull.adjoints.add(q, t)
    if pull.wants(0):
        pull.adjoints.add(a, pull.prim("neg", m.dot(t, m.t(pull.y))))
    if pull.wants(1):
        pull.adjoints.add(b, pull.prim("neg", m.dot(m.t(pull.y), t)))


@pullback("scipy.linalg.solve_continuous_lyapunov")
def _continuous_lyapunov(pull: Pull) -> None:
    """A X + X A^T = Q: A^T Q_bar + Q_bar A = X_bar, A_bar = -(Q_bar X^T + Q_bar^T X)."""
    a, q = pull.op.args
    m = _Algebra(pull.builder)
    t = pull.prim(pull.op.name, m.t(a), pull.full_bar)
    pull.adjoints.add(q, t)
    if pull.wants(0):
        pull.adjoints.add(a, pull.prim("neg", m.add(m.dot(t, m.t(pull.y)), m.dot(m.t(t), pull.y))))


@pullback("scipy.linalg.solve_discrete_lyapunov")
def _discrete_lyapunov(pull: Pull) -> None:
    """X - A X A^T = Q: Q_bar - A^T Q_bar A = X_bar, A_bar = Q_bar A X^T + Q_bar^T A X."""
    a, q = pull.op.args
    m = _Algebra(pull.builder)
    t = pull.prim(pull.op.name, m.t(a), pull.full_bar)
    pull.adjoints.add(q, t)
    if pull.wants(0):
        pull.adjoints.add(a, m.add(m.dot(t, a, m.t(pull.y)), m.dot(m.t(t), a, pull.y)))


@pullback("scipy.linalg.block_diag")
def _block_diag(pull: Pull) -> None:
    """Each block gets its block."""
    bar, at = pull.full_bar, (const(0), const(0))
    start: tuple[Atom, Atom] = at
    for k, part in enumerate(pull.op.args):
        rank = len(dims(part.type))
        sizes = [pull.prim("shape", part, axis=axis) for axis in range(rank)]
        rows, columns = [const(1)] * (2 - rank) + sizes
        stop = tuple(size if first == const(0) else pull.prim("add", first, size)
                     for first, size in zip(start, (rows, columns), strict=True))
        if pull.wants(k):
            block = _block(pull, bar, start, stop, rank)
            pull.adjoints.add(part, block)
        start = stop[0], stop[1]


def _block(pull: Pull, bar: Atom, start: tuple[Atom, ...], stop: tuple[Atom, ...], rank: int) -> Atom:
    """The part of a matrix between two corners; of a block of fewer axes the row or the element."""
    pattern, operands = [], []
    for axis in range(2):
        if axis < 2 - rank:
            pattern.append("i")
            operands.append(start[axis])
        elif start[axis] == const(0):
            pattern.append("s010")
            operands.append(stop[axis])
        else:
            pattern.append("s110")
            operands += [start[axis], stop[axis]]
    return pull.prim("load", bar, *operands, index=tuple(pattern))


# --- norms --------------------------------------------------------------------------------------------------


@pullback("numpy.linalg.norm")
def _norm(pull: Pull) -> None:
    """x / norm(x), and 0 at x = 0; for another order p, sign(x) (|x| / norm(x))^(p - 1)."""
    x, p = pull.op.args[0], pull.op.param("ord")
    bar, builder = reduced(pull, pull.y_bar), pull.builder
    if p == 1:
        pull.adjoints.add(x, pull.prim("mul", bar, pull.prim("numpy.sign", x)))
        return
    y = reduced(pull, pull.y)
    safe = select(builder, pull.prim("ne", y, const(0)), y, const(1.0))
    if p in (None, 2, "fro"):
        pull.adjoints.add(x, pull.prim("mul", x, pull.prim("truediv", bar, safe)))
        return
    ratio: Atom = pull.prim("truediv", pull.prim("numpy.abs", x), safe)
    if p < 2:
        ratio = select(builder, pull.prim("ne", x, const(0)), ratio, const(1.0))
    power = ratio if p == 2 else pull.prim("pow", ratio, const(p - 1))
    pull.adjoints.add(x, pull.prim("mul", pull.prim("mul", bar, pull.prim("numpy.sign", x)), power))

