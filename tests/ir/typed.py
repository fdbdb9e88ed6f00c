"""The reference interpreter with a look at every value: is it what its type says?

Two questions are asked. Of each primitive: does its type rule, given the types of the values at hand, describe the
result exactly (dtype, Python number or NumPy scalar, rank, sizes)? Of each variable: has its value the rank and the sizes
that were found when compiling, and is it of the same kind? (There a float may be of another precision or NumPy's.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.ir.evaluate import Interpreter
from adcompiler.ir.nodes import Atom, Bind, Const, Function, Prim, Program, Undefined, Var
from adcompiler.ir.ops import result_types
from adcompiler.ir.types import ANY, Array, Dim, List, Scalar, Tuple, Type

PYTHON = {"bool": bool, "int64": int, "float64": float, "complex128": complex}
FREE = frozenset(["save", "saved_item", "raise", "assert", "select", "and", "or"])
"""Primitives whose types are not found from those of their operands alone, or which have one of two types. (Nor is
anything asked of rules on lists: the type of an empty one is not known from its value.)"""


@dataclass(frozen=True)
class Disagreement:
    """A value that is not what its type says."""

    name: str
    declared: str
    found: str
    why: str
    operands: str

    def __str__(self) -> str:
        return f"{self.name}({self.operands}) is declared {self.declared} but is {self.found}: {self.why}"


class TypedInterpreter(Interpreter):
    """Notes in `disagreements` all values that do not fit their types."""

    def __init__(self, ir: Function | Program) -> None:
        super().__init__(ir)
        self.disagreements: list[Disagreement] = []
        self.seen: set[str] = set()
        self._sizes: dict[str, int] = {}

    def _block(self, block: Any, args: Sequence[Any], env: dict[Var, Any]) -> tuple[Any, ...]:
        outer, self._sizes = self._sizes, dict(self._sizes)
        for var, value in zip(block.params, args, strict=True):
            self._look("a parameter", var.type, value, (), loose)
        try:
            return super()._block(block, args, env)
        finally:
            self._sizes = outer

    def _bind(self, bind: Bind, env: dict[Var, Any]) -> Sequence[Any]:
        values = super()._bind(bind, env)
        if isinstance(bind.op, Prim):
            self._rule(bind.op, self._values(bind.op.args, env), values)
        name = bind.op.name if isinstance(bind.op, Prim) else type(bind.op).__name__
        operands = bind.op.args if isinstance(bind.op, Prim) else ()
        for var, value in zip(bind.targets, values, strict=True):
            self._look(name, var.type, value, operands, loose)
        return values

    def _rule(self, op: Prim, operands: Sequence[Any], values: Sequence[Any]) -> None:
        """The type rule on the types of the values at hand."""
        self.seen.add(op.name)
        if op.name in FREE or not values or any(map(missing, operands)) or any(isinstance(v, list) for v in operands):
            return
        atoms: list[Atom] = [a if isinstance(a, Const) else Var("", type_of(v)) for a, v in zip(op.args, operands, strict=True)]
        for declared, value in zip(result_types(op.name, atoms, dict(op.params)), values, strict=True):
            self._look(op.name, declared, value, atoms, exact, {})

    def _look(self, name: str, type_: Type, value: Any, operands: Sequence[Atom], scalar: ScalarTest,
              sizes: dict[str, int] | None = None) -> None:
        why = misfit(type_, value, self._sizes if sizes is None else sizes, scalar)
        if why:
            listed = ", ".join(str(a.type) for a in operands)
            self.disagreements.append(Disagreement(name, str(type_), described(value), why, listed))


ScalarTest = Callable[[str, bool, Any], str]


def exact(dtype: str, weak: bool, value: Any) -> str:
    """Whether a number has this dtype and is a Python number where it is weak."""
    if weak:
        return "" if type(value) is PYTHON.get(dtype, type(value)) else f"a Python {PYTHON[dtype].__name__} is declared"
    if not isinstance(value, np.generic) and not (isinstance(value, np.ndarray) and value.ndim == 0):
        return "a NumPy scalar is declared"
    return "" if str(value.dtype) == dtype else "the dtype differs"


def loose(dtype: str, weak: bool, value: Any) -> str:
    """Whether a number is of this kind: a real number where one is declared, else an integer or truth value."""
    kinds = "fiub" if dtype.startswith("float") else "iub"
    return "" if np.ndim(value) == 0 and np.asarray(value).dtype.kind in kinds else "the kind differs"


def misfit(type_: Type, value: Any, sizes: dict[str, int], scalar: ScalarTest) -> str:
    """In which way a value is not of a type ("" where it is); `sizes` collects those of named dimensions."""
    if missing(value):
        return ""
    match type_:
        case Scalar(dtype, weak):
            return "an array without axes is no number" if isinstance(value, np.ndarray) else scalar(dtype, weak, value)
        case Array(dtype, shape):
            if not isinstance(value, np.ndarray):
                return "an array is declared"
            if value.ndim != len(shape):
                return "the rank differs"
            if scalar is exact and str(value.dtype) != dtype:
                return "the dtype differs"
            if value.dtype.kind != np.dtype(dtype).kind:
                return "the kind differs"
            if shape and value.shape == tuple(1 if d == 1 else 0 for d in shape):
                return ""  # it stands for an array that is not bound on this path (transforms/unbound.py): nothing reads it
            return "; ".join(filter(None, (_wrong_size(d, n, sizes) for d, n in zip(shape, value.shape, strict=True))))
        case List(element):
            if not isinstance(value, list):
                return "a list is declared"
            return next((why for item in value if (why := misfit(element, item, {}, scalar))), "")
        case Tuple(items):
            if not isinstance(value, tuple) or len(value) != len(items):
                return "a tuple is declared"
            return next((why for t, item in zip(items, value, strict=True) if (why := misfit(t, item, sizes, scalar))), "")
    return ""


def _wrong_size(dim: Dim, size: int, sizes: dict[str, int]) -> str:
    if isinstance(dim, int) or dim.startswith("="):
        return "" if size == int(str(dim).lstrip("=")) else f"{dim} is {size}"
    if dim.startswith("?*"):
        return ""
    if not dim.startswith("?") and size == 1:
        return f"{dim} is 1"
    known = sizes.setdefault(dim, size)
    return "" if known == size else f"{dim} is {size} and was {known}"


def missing(value: Any) -> bool:
    """Whether there is no value, since a name is not bound on the path that was taken: arrays are empty there."""
    if isinstance(value, np.ndarray):
        return value.dtype == object or (value.ndim > 0 and not any(value.shape))
    return isinstance(value, Undefined)


def type_of(value: Any) -> Type:
    """The type of a value, with a name for each size."""
    match value:
        case bool() | int() | float() if type(value) in (bool, int, float):
            return Scalar({bool: "bool", int: "int64", float: "float64"}[type(value)])
        case np.ndarray() if value.ndim:
            return Array(str(value.dtype), tuple(1 if n == 1 else f"n{n}" for n in value.shape))
        case np.generic() | np.ndarray():
            return Scalar(str(value.dtype), weak=False)
        case tuple():
            return Tuple(tuple(map(type_of, value)))
    return ANY


def described(value: Any) -> str:
    """Type and shape of a value, for messages."""
    return f"{value.dtype}{list(value.shape)}" if isinstance(value, np.ndarray) else type(value).__name__


