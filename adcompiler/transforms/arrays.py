"""Algebra on arrays in the reverse sweep: constant factors go to where they cost least, and no array is made only to
be summed.

The values of the primal are never computed in another way; adjoints may differ in rounding from what the rules say.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Block, Const, Prim, Var, blocks_of, operands
from adcompiler.ir.ops import OPS, reduced_axes, result_type
from adcompiler.ir.types import Array, Scalar, dims, is_float, never_one, rank

_DEPTH = 6


class Scope(Protocol):
    """What is known of values: how they were made, and how often they are read."""

    makers: dict[Var, Prim]
    uses: Counter[Var]
    here: set[Var]


def count_uses(block: Block) -> Counter[Var]:
    """How often each variable is read in a block and those inside."""
    found: list[Var] = []
    _collect_uses(block, found)
    return Counter(found)


def _collect_uses(block: Block, found: list[Var]) -> None:
    found += [a for a in block.results if isinstance(a, Var)]
    for bind in block.binds:
        found += [a for a in operands(bind.op) if isinstance(a, Var)]
        for inner in blocks_of(bind.op):
            _collect_uses(inner, found)


def once(scope: Scope, atom: Atom, name: str | None = None) -> Prim | None:
    """The operation (`name`) that made a value of this block that is read once: it may be made in another way."""
    if not isinstance(atom, Var) or atom not in scope.here or scope.uses[atom] > 1:
        return None
    made = scope.makers.get(atom)
    return made if made is not None and name in (None, made.name) else None


def _emit(scope: Scope, builder: Builder, op: Prim) -> Var:
    made = builder.prim(op.name, *op.args, **dict(op.params))
    scope.makers[made] = op
    scope.here.add(made)
    return made


# --- factors ------------------------------------------------------------------------------------------------------


def absorbed(scope: Scope, factor: float, atom: Atom, builder: Builder, depth: int = _DEPTH) -> Atom | None:
    """`factor` times a value, where the value has a constant factor itself; else None."""
    made = once(scope, atom)
    if made is None or depth == 0:
        return None
    first, *rest = made.args
    if made.name in ("mul", "truediv") and isinstance(first, Const) and isinstance(first.value, int | float):
        product = factor * first.value
        if not math.isfinite(product) or not product:
            return None
        if product == 1 and made.name == "mul" and rest[0].type == atom.type:
            return rest[0]
        return _emit(scope, builder, Prim(made.name, (const(float(product)), rest[0])))
    for k in range(_FACTORS.get(made.name, 0)):
        inner = absorbed(scope, factor, made.args[k], builder, depth - 1)
        if inner is not None:
            return _emit(scope, builder, Prim(made.name, (*made.args[:k], inner, *made.args[k + 1:]), made.params))
    return None


_FACTORS = {"mul": 2, "matmul": 2, "truediv": 1, "neg": 1, "numpy.expand_dims": 1, "numpy.transpose": 1, "numpy.sum": 1,
            "numpy.outer": 2}
"""How many of the first operands a factor may go to."""


def mul(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`2 * (0.5 * x)`, `(1 / s) * x`."""
    for one, other in (op.args, op.args[::-1]):
        if isinstance(one, Const) and isinstance(one.value, int | float) and is_float(other.type):
            found = absorbed(scope, one.value, other, builder)
            if found is not None:
                return found
        scaled = once(scope, one, "mul")
        if scaled is not None and isinstance(scaled.args[0], Const) and isinstance(scaled.args[0].value, int | float) and \
                scaled.args[1].type == one.type and is_float(one.type):
            found = absorbed(scope, scaled.args[0].value, other, builder)
            if found is not None:
                first = one is op.args[0] and not isinstance(found.type, Scalar)
                return Prim("mul", (scaled.args[1], found) if first else (found, scaled.args[1]))
        factor = once(scope, other, "mul")
        if factor is not None and isinstance(one.type, Scalar) and isinstance(other.type, Array):
            for number, array in (factor.args, factor.args[::-1]):
                if isinstance(number.type, Scalar) and array.type == other.type:
                    return Prim("mul", (_product(scope, builder, number, one), array))
        made = once(scope, one, "truediv")
        if made is not None and made.args[0] in (const(1.0), const(1)) and rank(other.type) >= rank(made.args[1].type):
            return Prim("truediv", (other, made.args[1]))
    return None


def _product(scope: Scope, builder: Builder, a: Atom, b: Atom) -> Atom:
    """`a * b`, simplified."""
    found = mul(scope, Prim("mul", (a, b)), builder)
    return _emit(scope, builder, found or Prim("mul", (a, b))) if found is None or isinstance(found, Prim) else found


def add(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`a * b + b * a`, and `a + a.T` of an outer product of a vector with itself."""
    a, b = op.args
    if _is_symmetric(scope, a, b):
        twice = Prim("mul", (const(2.0), a))
        return mul(scope, twice, builder) or twice
    p, q = once(scope, a, "mul"), once(scope, b, "mul")
    if p is not None and q is not None and (p.args == q.args or p.args == q.args[::-1]) and is_float(a.type):
        twice = Prim("mul", (const(2.0), a))
        if isinstance(a, Var):
            scope.uses[a] = 1
        return mul(scope, twice, builder) or twice
    return None


def _is_symmetric(scope: Scope, a: Atom, b: Atom) -> bool:
    """Whether b is the transpose of a, which is an outer product of a vector and a multiple of it."""
    turned = scope.makers.get(b) if isinstance(b, Var) else None
    made = scope.makers.get(a) if isinstance(a, Var) else None
    if turned is None or made is None or (turned.name, made.name) != ("numpy.transpose", "numpy.outer"):
        return False
    if turned.args[0] is not a:
        return False
    vectors: list[Atom] = []
    for vector in made.args:
        scaled = scope.makers.get(vector) if isinstance(vector, Var) else None
        if scaled is not None and scaled.name == "mul" and isinstance(scaled.args[0].type, Scalar):
            vector = scaled.args[1]
        vectors.append(vector)
    return vectors[0] is vectors[1]


def where(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`where(x > 0, 1.0, where(x == 0, 0.5, 0.0))`, the derivative of `maximum`, without branches: these cost most."""
    test, one, rest = op.args
    inner = once(scope, rest, "numpy.where")
    if inner is None or one != const(1.0) or inner.args[1:] != (const(0.5), const(0.0)):
        return None
    sides = [scope.makers.get(t) if isinstance(t, Var) else None for t in (test, inner.args[0])]
    if sides[0] is None or sides[1] is None or sides[0].name not in ("gt", "lt") or sides[1].name != "eq" or \
            set(sides[0].args) != set(sides[1].args) or not (test.type == inner.args[0].type and isinstance(test.type, Array)):
        return None
    return Prim("add", (test, _emit(scope, builder, Prim("mul", (const(0.5), inner.args[0])))))


# --- sums ----------------------------------------------------------------------------------------------------------


def total(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`sum(-x)`, `sum(c * x)`, `sum(a @ b)`, and `sum(x * y)` as the inner product."""
    x, params = op.args[0], op.params
    made = once(scope, x, "neg")
    if made is not None:
        return Prim("neg", (_total(scope, Prim(op.name, made.args, params), builder),))
    if op.name != "numpy.sum" or not is_float(x.type):
        return None
    made = once(scope, x, "truediv")
    if made is not None and made.args[0].type == x.type and _is_steady(made.args[1], op, rank(x.type)):
        return Prim("truediv", (_total(scope, Prim(op.name, made.args[:1], params), builder), made.args[1]))
    made = once(scope, x, "matmul")
    if made is not None:
        return _sum_of_product(scope, made, op, builder)
    made = once(scope, x, "mul")
    if made is None:
        return None
    a, b = made.args
    for number, array in ((a, b), (b, a)):
        if array.type == x.type and _is_steady(number, op, rank(x.type)):
            return Prim("mul", (number, _total(scope, Prim(op.name, (array,), params), builder)))
    everything = len(reduced_axes(rank(x.type), op.param("axis"))) == rank(x.type) and not op.param("keepdims")
    if everything and a.type == b.type == x.type:
        return Prim("matmul" if rank(x.type) == 1 else "numpy.vdot", (a, b))
    return None


def _is_steady(factor: Atom, op: Prim, axes: int) -> bool:
    """Whether a factor is the same for all that is summed to one element."""
    if isinstance(factor.type, Scalar):
        return True
    shape = dims(factor.type)
    return bool(op.param("keepdims")) and len(shape) == axes and all(shape[k] == 1 for k in reduced_axes(
        axes, op.param("axis")))


def _total(scope: Scope, op: Prim, builder: Builder) -> Atom:
    """A sum, simplified."""
    found = total(scope, op, builder) or op
    return _emit(scope, builder, found) if isinstance(found, Prim) else found


def _sum_of_product(scope: Scope, product: Prim, op: Prim, builder: Builder) -> Prim | None:
    """`sum(a @ b, axis=0)` is `sum(a, axis=0) @ b`; of matrices."""
    a, b = product.args
    if rank(a.type) != 2 or rank(b.type) != 2 or op.param("keepdims") or op.param("axis") not in (0, 1):
        return None
    if op.param("axis") == 0:
        return Prim("matmul", (_emit(scope, builder, Prim("numpy.sum", (a,), op.params)), b))
    return Prim("matmul", (a, _emit(scope, builder, Prim("numpy.sum", (b,), op.params))))


def expand_dims(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`expand_dims(sum(x, axis=k), k)` keeps the axis in the first place, also with functions in between."""
    axis = op.param("axis")
    found = _expanded(scope, op.args[0], axis, builder, _DEPTH) if isinstance(axis, int) and axis >= 0 else None
    return found if found is not op.args[0] else None


def _expanded(scope: Scope, atom: Atom, axis: int, builder: Builder, depth: int) -> Atom | None:
    if isinstance(atom.type, Scalar):
        return atom
    made = once(scope, atom)
    if made is None or depth == 0:
        return None
    if made.name in ("numpy.sum", "numpy.mean", "numpy.max", "numpy.min") and made.param("axis") == axis:
        return None if made.param("keepdims") else _emit(
            scope, builder, Prim(made.name, made.args, tuple(sorted({**dict(made.params), "keepdims": True}.items()))))
    if not OPS[made.name].elementwise or any(rank(a.type) not in (0, rank(atom.type)) for a in made.args):
        return None
    at = len(builder.binds)
    args = [_expanded(scope, a, axis, builder, depth - 1) for a in made.args]
    if any(a is None for a in args):
        del builder.binds[at:]
        return None
    return _emit(scope, builder, Prim(made.name, tuple(a for a in args if a is not None), made.params))


# --- transposes ----------------------------------------------------------------------------------------------------


def transpose(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`x.T.T`, `np.outer(a, b).T`, and `(a.T @ b).T`, which is `b.T @ a`."""
    if op.param("axes") is not None:
        return None
    made = scope.makers.get(op.args[0]) if isinstance(op.args[0], Var) else None
    if made is not None and made.name == "numpy.transpose" and made.param("axes") is None:
        return made.args[0]
    made = once(scope, op.args[0], "neg")
    if made is not None:
        return Prim("neg", (_emit(scope, builder, Prim("numpy.transpose", made.args)),))
    made = once(scope, op.args[0], "numpy.outer")
    if made is not None:
        return replace(made, args=made.args[::-1])
    made = once(scope, op.args[0], "matmul")
    if made is None or any(rank(a.type) != 2 for a in made.args):
        return None
    a, b = made.args
    inner = [scope.makers.get(v) if isinstance(v, Var) else None for v in (a, b)]
    if not any(m is not None and m.name == "numpy.transpose" for m in inner):
        return None
    turned = [m.args[0] if m is not None and m.name == "numpy.transpose" and m.param("axes") is None
              else _emit(scope, builder, Prim("numpy.transpose", (v,))) for m, v in zip(inner, (a, b), strict=True)]
    return Prim("matmul", (turned[1], turned[0]))


# --- sums of outer products --------------------------------------------------------------------------------------------


def matmul(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`m @ (np.diag(d) - np.outer(a, b))` is `m * d - np.outer(m @ a, b)`, without a product of matrices."""
    left, right = op.args
    if rank(left.type) != 2 or rank(right.type) != 2:
        return None
    for thin, other in ((right, left), (left, right)):
        terms = _terms(scope, thin, 1)
        if terms and not _terms(scope, other, 1):
            parts = [(sign, _times(scope, term, other, builder, first=thin is left)) for sign, term in terms]
            parts.sort(key=lambda part: -part[0])
            whole = parts[0][1] if parts[0][0] > 0 else _emit(scope, builder, Prim("neg", (parts[0][1],)))
            for sign, part in parts[1:]:
                whole = _emit(scope, builder, Prim("add" if sign > 0 else "sub", (whole, part)))
            return whole
    return None


def _terms(scope: Scope, atom: Atom, sign: int, depth: int = _DEPTH) -> list[tuple[int, Prim]]:
    """A matrix as a sum of outer products and diagonal matrices, with their signs; empty if it is none."""
    made = once(scope, atom)
    if made is None or depth == 0 or any(rank(a.type) == 0 for a in made.args):
        return []
    match made.name:
        case "numpy.outer":
            return [(sign, made)] if all(rank(a.type) == 1 for a in made.args) else []
        case "numpy.diag":
            return [(sign, made)] if rank(made.args[0].type) == 1 and not made.param("k") else []
        case "neg":
            return _terms(scope, made.args[0], -sign, depth - 1)
        case "add" | "sub" if made.args[0].type == made.args[1].type:
            first = _terms(scope, made.args[0], sign, depth - 1)
            second = _terms(scope, made.args[1], sign if made.name == "add" else -sign, depth - 1)
            return first + second if first and second else []
        case _:
            return []


def _times(scope: Scope, term: Prim, matrix: Atom, builder: Builder, *, first: bool) -> Var:
    """The product of an outer product or a diagonal matrix (the first factor if `first`) and a matrix."""
    if term.name == "numpy.outer":
        a, b = term.args
        inner = _emit(scope, builder, Prim("matmul", (b, matrix) if first else (matrix, a)))
        return _emit(scope, builder, Prim("numpy.outer", (a, inner) if first else (inner, b)))
    scale: Atom = term.args[0]
    if first:
        scale = _emit(scope, builder, Prim("numpy.expand_dims", (scale,), (("axis", 1),)))
    return _emit(scope, builder, Prim("mul", (scale, matrix) if first else (matrix, scale)))


# --- systems of equations ------------------------------------------------------------------------------------------


def solve(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`solve(a, c * b)` is `c * solve(a, b)`, which may be known already."""
    made = scope.makers.get(op.args[1]) if isinstance(op.args[1], Var) else None
    if made is None or made.name != "mul":
        return None
    for number, right in (made.args, made.args[::-1]):
        if isinstance(number.type, Scalar) and right.type == op.args[1].type:
            return Prim("mul", (number, _emit(scope, builder, Prim(op.name, (op.args[0], right, *op.args[2:]), op.params))))
    return None


# --- elements ------------------------------------------------------------------------------------------------------


def load(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`sum(x, axis=1, keepdims=True)[:, 0]` does not keep the axis."""
    made = once(scope, op.args[0])
    pattern = op.param("index")
    if made is not None and made.name == "neg" and isinstance(op.args[0].type, Array) and "a" not in pattern:
        part = Prim("load", (made.args[0], *op.args[1:]), op.params)
        found = load(scope, part, builder) or part
        return Prim("neg", (_emit(scope, builder, found) if isinstance(found, Prim) else found,))
    if made is None or made.name not in ("numpy.sum", "numpy.mean") or not made.param("keepdims") or any(
            entry not in ("i", "s000") for entry in pattern) or any(a != const(0) for a in op.args[1:]):
        return None
    axes = tuple(k for k, entry in enumerate(pattern) if entry == "i")
    if axes != reduced_axes(rank(made.args[0].type), made.param("axis")):
        return None
    return Prim(made.name, made.args, tuple(p for p in made.params if p[0] != "keepdims"))


def equal(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """`0 == x` reads better as `x == 0`."""
    a, b = op.args
    return Prim(op.name, (b, a)) if isinstance(a, Const) and not isinstance(b, Const) else None


# --- sizes ---------------------------------------------------------------------------------------------------------


def size(scope: Scope, op: Prim, builder: Builder) -> Prim | Atom | None:
    """The size of elements chosen by vectors of positions is that of the vectors."""
    made = scope.makers.get(op.args[0]) if isinstance(op.args[0], Var) else None
    if made is None or made.name != "load" or not isinstance(made.args[0].type, Array) or \
            made.param("index") != ("a",) * made.args[0].type.rank:
        return None
    vectors = [a for a in made.args[1:] if isinstance(a.type, Array) and a.type.dtype != "bool"]
    if len(vectors) != len(made.args) - 1 or any(rank(a.type) != 1 for a in vectors):
        return None
    longest = [a for a in vectors if never_one(dims(a.type)[0])]
    return Prim("len", (longest[-1],)) if longest else None


def rewritten(scope: Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom | None:
    """What the reverse sweep had better compute instead, if there is something: a value of the same type."""
    if op.name not in IN_REVERSE:
        return None
    at = len(builder.binds)
    found = IN_REVERSE[op.name](scope, op, builder)
    if found is not None:
        made = result_type(found.name, found.args, dict(found.params)) if isinstance(found, Prim) else found.type
        if made == target.type or (isinstance(made, Array) and isinstance(target.type, Array)
                                   and (made.dtype, made.rank) == (target.type.dtype, target.type.rank)):
            return found
    del builder.binds[at:]
    return None


Rewrite = Callable[[Scope, Prim, Builder], "Prim | Atom | None"]
IN_REVERSE: dict[str, Rewrite] = {
    "mul": mul, "add": add, "numpy.where": where, "load": load, "eq": equal, "ne": equal,
    "matmul": matmul, "numpy.sum": total, "numpy.mean": total, "numpy.expand_dims": expand_dims,
    "numpy.transpose": transpose, "size": size, "numpy.linalg.solve": solve, "scipy.linalg.solve": solve,
    "scipy.linalg.solve_triangular": solve, "scipy.linalg.cho_solve": solve, "cholesky_solve": solve,
}
"""Rewritings of what the reverse sweep computes."""

__all__ = ["Scope", "absorbed", "count_uses", "once", "rewritten"]
