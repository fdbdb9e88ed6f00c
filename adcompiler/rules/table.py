"""The table of derivatives. A rule is one line that reads as in a textbook:

    rule("math.tanh(x)", x="y_bar * (1 - y * y)")

says: with `y = tanh(x)` and `y_bar` the adjoint of y, this is added to the adjoint of x. `cos` in a rule of
`math.sin` means `math.cos`, in a rule of `numpy.sin` it means `numpy.cos`. Rules of elementwise functions know
nothing of broadcasting: `Pull.add` sums over what was broadcast. An operand that a rule does not mention has no known
derivative; `n="0"` says that it is zero.

A primitive is in one of three states: it has a rule, it is in `ZERO` (its derivative is zero by nature), or it
is absent, and differentiating it is an error that names it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Const, Prim, Var
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, Dim, Scalar, Type, broadcast_dims, dims, never_one


class Accumulator(Protocol):
    """Where contributions to adjoints go (`adcompiler.transforms.reverse.Adjoints`)."""

    builder: Builder

    def get(self, var: Var) -> Atom | None: ...
    def set(self, var: Var, adjoint: Atom) -> None: ...
    def add(self, atom: Atom, contribution: Atom) -> None: ...
    def wants(self, atom: Atom) -> bool: ...


@dataclass(frozen=True)
class Pull:
    """One primitive being reversed: its operation, its results with their adjoints, and where adjoints go."""

    op: Prim
    targets: tuple[Var, ...]
    bars: tuple[Atom | None, ...]
    adjoints: Accumulator

    @property
    def builder(self) -> Builder:
        """Where the reverse sweep is being written."""
        return self.adjoints.builder

    @property
    def y(self) -> Var:
        """The result."""
        return self.targets[0]

    @property
    def y_bar(self) -> Atom:
        """The adjoint of the result, possibly of lower rank where it is the same along an axis."""
        bar = self.bars[0]
        assert bar is not None
        return bar

    @property
    def full_bar(self) -> Atom:
        """The adjoint of the result in the result's shape."""
        return spread(self.builder, self.y_bar, self.y)

    def wants(self, k: int) -> bool:
        """Whether operand k varies with the inputs."""
        return self.adjoints.wants(self.op.args[k])

    def add(self, k: int, contribution: Atom) -> None:
        """Add to the adjoint of operand k, summed over the axes along which the operand was broadcast."""
        arg = self.op.args[k]
        self.adjoints.add(arg, unbroadcast(self.builder, contribution, self.y, arg))

    def prim(self, name: str, *args: Atom, **params: Any) -> Var:
        """Emit a primitive."""
        return self.builder.prim(name, *args, **params)


Function = Callable[[Pull], None]
RULES: dict[str, Function] = {}
ZERO: set[str] = set()
DERIVATIVES: dict[str, str] = {}
"""What each rule says, in words or formulas, for the documentation."""


def zero(names: str) -> None:
    """Declare primitives whose derivative is zero by nature."""
    ZERO.update(names.split())


def pullback(*names: str) -> Callable[[Function], Function]:
    """Register a function as the rule of primitives that one line cannot describe."""

    def register(function: Function) -> Function:
        for name in names:
            RULES[name] = function
            DERIVATIVES[name] = " ".join((function.__doc__ or "").split())
        return function
    return register


def rule(calls: str, **contributions: str) -> None:
    """Add the rule of one or several elementwise functions, "name(x, y_)" separated by blanks after each `)`."""
    parsed = {name: None if text == "0" else ast.parse(text, mode="eval").body for name, text in contributions.items()}
    for call in calls.replace(")", ")\n").splitlines():
        if call.strip():
            name, _, params = call.strip().rstrip(")").partition("(")
            DERIVATIVES[name] = ", ".join(f"{param}_bar = {text}" for param, text in contributions.items())
            RULES[name] = _elementwise(name, [p.strip() for p in params.split(",")], parsed)


def _elementwise(name: str, params: list[str], contributions: dict[str, ast.expr | None]) -> Function:
    family = name.rpartition(".")[0]

    def apply(pull: Pull) -> None:
        found: dict[int, Atom] = {}
        for k, param in enumerate(params):
            if not pull.wants(k):
                continue
            if param not in contributions:
                raise NotImplementedError(f"respect to its argument {param!r}")
            formula = contributions[param]
            if formula is not None:
                names: dict[str, Atom] = dict(zip(params, pull.op.args, strict=True))
                names |= {"y": pull.y, "y_bar": pull.y_bar}
                made = evaluate_rule(formula, names, pull.builder, family)
                first = pull.op.args.index(pull.op.args[k])  # in x * x both are for x
                found[first] = pull.prim("add", found[first], made) if first in found else made
        for k, contribution in found.items():
            pull.add(k, contribution)
    return apply


# --- shapes -----------------------------------------------------------------------------------------------


def spread(builder: Builder, value: Atom, like: Atom) -> Atom:
    """The value in the shape of `like`, to which it broadcasts: memory of its own."""
    if not isinstance(like.type, Array) or covers(dims(value.type), like.type.dims):
        return value
    if isinstance(value.type, Scalar) and value.type.weak and like.type.dtype in ("float16", "float32"):
        return builder.prim("numpy.full_like", like, value)
    return builder.prim("spread", value, like)


def covers(mine: tuple[Dim, ...], whole: tuple[Dim, ...]) -> bool:
    """Whether a shape that broadcasts to `whole` is certainly the same: no axis of it can be stretched."""
    return len(mine) == len(whole) and all(m == w or never_one(m) for m, w in zip(mine, whole, strict=True))


def unbroadcast(builder: Builder, value: Atom, result: Atom, operand: Atom) -> Atom:
    """The adjoint of an operand that was broadcast to the shape of `result`: the sum over the repeated axes."""
    whole, mine = dims(result.type), dims(operand.type)
    if whole == mine or not isinstance(operand.type, Scalar | Array):
        return value
    for _ in range(len(mine) - len(whole)):  # an assignment drops leading axes of one element
        value = result = builder.prim("numpy.expand_dims", spread(builder, value, result), axis=0)
        whole = (1, *whole)
    padded = (1,) * (len(whole) - len(mine)) + mine
    if any(not never_one(m) and m != 1 and m != w for m, w in zip(padded, whole, strict=True)):
        return builder.prim("unbroadcast", spread(builder, value, result), operand)
    lead = tuple(range(len(whole) - len(mine)))
    ones = tuple(k for k in range(len(lead), len(whole)) if padded[k] == 1 and whole[k] != 1)
    if not lead and not ones:
        return value
    value = spread(builder, value, result)
    if ones:
        value = builder.prim("numpy.sum", value, axis=_axis(ones), keepdims=True)
    if lead:
        value = builder.prim("numpy.sum", value, axis=_axis(lead)) if mine else builder.prim("numpy.sum", value)
    return value


def _axis(axes: tuple[int, ...]) -> int | tuple[int, ...]:
    return axes[0] if len(axes) == 1 else axes


# --- the language of rules --------------------------------------------------------------------------------

_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.Pow: "pow", ast.Mod: "mod",
           ast.FloorDiv: "floordiv"}
_COMPARE = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}
_NUMPY = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
          "atanh": "arctanh", "atan2": "arctan2", "fabs": "abs"}
_CONSTANTS = {"pi": math.pi, "inf": math.inf}


def evaluate_rule(node: ast.expr, names: dict[str, Atom], builder: Builder, family: str) -> Atom:
    """Emit the operations of a rule's expression."""

    def value(n: ast.expr) -> Atom:
        return evaluate_rule(n, names, builder, family)

    match node:
        case ast.Name(id=name):
            return names[name] if name in names else const(_CONSTANTS[name])
        case ast.Constant(value=number):
            return const(number)
        case ast.BinOp(left=left, op=ast.Div(), right=right) if family.startswith("scipy"):
            return _quotient(builder, value(left), value(right))
        case ast.BinOp(left=left, op=op, right=right):
            return builder.prim(_BINARY[type(op)], value(left), value(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = value(operand)
            return const(-inner.value) if isinstance(inner, Const) else builder.prim("neg", inner)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return builder.prim(_COMPARE[type(op)], value(left), value(right))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return select(builder, value(test), value(body), value(orelse))
        case ast.Call(func=ast.Name(id=name), args=args):
            return function(builder, name, family, [value(a) for a in args])
        case ast.Call(func=ast.Attribute() as func, args=args):
            return builder.prim(ast.unparse(func), *(value(a) for a in args))
    raise TypeError(f"not in the language of rules: {ast.unparse(node)}")


def _quotient(builder: Builder, a: Atom, b: Atom) -> Atom:
    """a / b; of Python's numbers by NumPy, which gives an infinity for a division by zero."""
    python = all(isinstance(v.type, Scalar) and v.type.weak for v in (a, b)) and not isinstance(b, Const)
    return builder.prim("numpy.divide" if python else "truediv", a, b)


def select(builder: Builder, cond: Atom, a: Atom, b: Atom) -> Atom:
    """`a if cond else b`, element by element on arrays."""
    if any(isinstance(v.type, Array) for v in (cond, a, b)):
        return builder.prim("numpy.where", cond, a, b)
    return builder.prim("select", cond, a, b)


def function(builder: Builder, name: str, family: str, args: list[Atom]) -> Atom:
    """A function by its short name, of `math` on Python numbers and of `numpy` on arrays and NumPy's numbers."""
    python = all(isinstance(a.type, Scalar) and a.type.weak for a in args)
    if family.startswith("scipy") and f"{family}.{name}" in OPS:
        return builder.prim(f"{family}.{name}", *args)
    if python and family in ("", "math"):
        return builder.prim(name if name in ("abs", "min", "max") else f"math.{name}", *args)
    return builder.prim(f"numpy.{_NUMPY.get(name, name)}", *args)


def zero_of(builder: Builder, like: Atom) -> Atom:
    """The adjoint zero of a value."""
    from adcompiler.rules.containers import zero_list

    type_: Type = like.type
    if isinstance(type_, Array):
        return builder.prim("numpy.zeros_like", like)
    if isinstance(type_, Scalar):
        return const(0.0)
    return zero_list(builder, like)


__all__ = ["RULES", "ZERO", "Pull", "broadcast_dims", "pullback", "rule", "spread", "unbroadcast", "zero", "zero_of"]
