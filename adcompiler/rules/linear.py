"""Tangents, from the same table as adjoints.

The rule of an elementwise function gives x_bar = y_bar f'(x), and its tangent is y_dot = x_dot f'(x): the same formula with
x_dot for y_bar. A primitive that is linear in operands (`linear`: in all of them together; `multilinear`: in each of them)
is its own tangent. All others are transposed: `adcompiler.transforms.forward` reverses the code that their rule writes,
which is linear in y_bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adcompiler.ir.build import UNDEF, Builder, const
from adcompiler.ir.nodes import Atom, Const, Prim, Var
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, Scalar, has_derivative
from adcompiler.rules.table import RULES, Pull, spread, zero_of

Tangent = Atom | None
"""The tangent of a value, possibly of lower rank where it is the same along an axis; None for zero."""

LINEAR: dict[str, tuple[int, ...]] = {}
"""Primitives that are linear in the operands at these positions together; in all of them where there are none."""
MULTILINEAR: dict[str, tuple[int, ...]] = {}
"""Primitives that are linear in each of these operands while the others stay as they are."""


def linear(names: str, *positions: int) -> None:
    """Declare primitives that are linear in the operands at these positions together (none: in all operands)."""
    LINEAR.update(dict.fromkeys(names.split(), positions))


def multilinear(names: str, *positions: int) -> None:
    """Declare primitives that are linear in each of these operands (none: in each of all)."""
    MULTILINEAR.update(dict.fromkeys(names.split(), positions))


linear("numpy.sum numpy.mean numpy.cumsum numpy.trace numpy.transpose numpy.reshape numpy.ravel numpy.expand_dims "
       "numpy.squeeze numpy.swapaxes numpy.flip numpy.roll numpy.tril numpy.triu numpy.broadcast_to numpy.repeat numpy.tile "
       "numpy.diag numpy.diagonal numpy.take_along_axis numpy.ascontiguousarray numpy.asfortranarray numpy.astype float copy "
       "spread unbroadcast load item pop repeat "
       "scipy.fft.dct scipy.fft.idct scipy.fft.dst scipy.fft.idst", 0)
linear("add sub store accumulate append numpy.linspace", 0, 1)
linear("numpy.where select", 1, 2)
linear("numpy.full numpy.full_like", -1)
linear("neg list tuple numpy.array numpy.concatenate numpy.stack numpy.meshgrid scipy.linalg.block_diag")
multilinear("mul matmul numpy.matmul numpy.dot numpy.inner numpy.vdot numpy.outer numpy.kron numpy.cross numpy.tensordot "
            "numpy.einsum einsum_view numpy.linalg.multi_dot numpy.convolve numpy.correlate")


def push(builder: Builder, op: Prim, targets: Sequence[Var], dots: Sequence[Tangent]) -> list[Tangent] | None:
    """The tangents of the results of a primitive whose operands have these; None where it must be transposed."""
    if op.name in LINEAR:
        return _linear(builder, op, targets, dots)
    if op.name in MULTILINEAR:
        return _multilinear(builder, op, dots)
    if OPS[op.name].elementwise:
        return [_elementwise(builder, op, targets, dots)]
    return None


def zero_tangent(builder: Builder, like: Atom) -> Atom:
    """The tangent zero of a value."""
    if isinstance(like, Const):
        return const(0.0) if isinstance(like.type, Scalar) else like
    if isinstance(like.type, Scalar) and not has_derivative(like.type):
        return const(0)
    return zero_of(builder, like)


def full_tangent(builder: Builder, dot: Tangent, like: Atom) -> Atom:
    """The tangent of a value in the shape of the value."""
    if like == UNDEF:
        return UNDEF
    return zero_tangent(builder, like) if dot is None else spread(builder, dot, like)


def _linear(builder: Builder, op: Prim, targets: Sequence[Var], dots: Sequence[Tangent]) -> list[Tangent] | None:
    count = len(op.args)
    places = {k % count for k in LINEAR[op.name]} or set(range(count))
    if any(dot is not None and k not in places for k, dot in enumerate(dots)):
        return None
    if OPS[op.name].elementwise:
        return [_elementwise_linear(builder, op, targets[0], dots)]
    args = tuple(full_tangent(builder, dots[k], a) if k in places else a for k, a in enumerate(op.args))
    moved = replace(op, args=args)
    if OPS[op.name].several:
        return list(builder.prims(moved.name, *args, **dict(op.params)))
    result = builder.prim(moved.name, *args, **dict(op.params))
    if isinstance(targets[0].type, Array) and isinstance(result.type, Array) and result.type.rank == targets[0].type.rank:
        result.type = replace(result.type, dims=targets[0].type.dims)
    elif not isinstance(targets[0].type, Array | Scalar):
        result.type = targets[0].type
    return [result]


def _elementwise_linear(builder: Builder, op: Prim, y: Var, dots: Sequence[Tangent]) -> Tangent:
    """Of a sum, a difference, a choice: what has no tangent is left out where that is possible."""
    if op.name == "neg":
        return builder.prim("neg", dots[0]) if dots[0] is not None else None
    if op.name in ("add", "sub"):
        a, b = dots
        if b is None:
            return a
        if a is None:
            return b if op.name == "add" else builder.prim("neg", b)
        return builder.prim(op.name, a, b)
    cond, *_ = op.args
    a, b = (const(0.0) if dot is None else dot for dot in dots[1:])
    return builder.prim(op.name, cond, a, b)


def _multilinear(builder: Builder, op: Prim, dots: Sequence[Tangent]) -> list[Tangent]:
    total: Tangent = None
    for k, dot in enumerate(dots):
        if dot is None:
            continue
        moved = dot if OPS[op.name].elementwise else full_tangent(builder, dot, op.args[k])
        args = (*op.args[:k], moved, *op.args[k + 1:])
        part = builder.prim(op.name, *args, **dict(op.params))
        total = part if total is None else builder.prim("add", total, part)
    return [total]


# --- elementwise functions ---------------------------------------------------------------------------------


@dataclass
class _Collected:
    """An accumulator for the rule of one operand: what the rule adds is a part of the tangent."""

    builder: Builder
    operand: Var
    total: Tangent = None

    def get(self, var: Var) -> Atom | None:
        return None

    def set(self, var: Var, adjoint: Atom) -> None:
        self.add(var, adjoint)

    def add(self, atom: Atom, contribution: Atom) -> None:
        self.total = contribution if self.total is None else self.builder.prim("add", self.total, contribution)

    def wants(self, atom: Atom) -> bool:
        return atom is self.operand


class _Push(Pull):
    """A rule of an elementwise function that is given x_dot for y_bar: nothing is summed over what was broadcast."""

    def add(self, k: int, contribution: Atom) -> None:
        self.adjoints.add(self.op.args[k], contribution)


def _elementwise(builder: Builder, op: Prim, targets: Sequence[Var], dots: Sequence[Tangent]) -> Tangent:
    total: Tangent = None
    done: set[Atom] = set()
    for operand, dot in zip(op.args, dots, strict=True):
        if dot is None or operand in done or not isinstance(operand, Var):
            continue
        done.add(operand)
        collected = _Collected(builder, operand)
        RULES[op.name](_Push(op, tuple(targets), (dot,), collected))
        if collected.total is not None:
            total = collected.total if total is None else builder.prim("add", total, collected.total)
    return total
