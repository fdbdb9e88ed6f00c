"""The reference meaning of the IR: a small interpreter with value semantics.

Slow and plain on purpose. Compiled code is tested against it, and the symbolic check runs it on symbols.
"""

from __future__ import annotations

import builtins
import copy
import functools
import importlib
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Foreign,
    Function,
    If,
    Prim,
    Program,
    Undefined,
    Var,
    While,
)
from adcompiler.ir.ops import OPS, brackets
from adcompiler.ir.types import Scalar

Primitive = Callable[..., Any]


def evaluate(ir: Function | Program, *leaves: Any,
             prims: Mapping[str, Primitive] | None = None) -> tuple[Any, ...]:
    """The leaves of the result of a program, given those of its arguments.

    `prims` replaces the meaning of primitives: name -> function of the operands and, as keywords, the static
    parameters. Raises what the program raises (ZeroDivisionError, AssertionError, IndexError, ...), and
    NameError for a primitive without a meaning.
    """
    return Interpreter(ir, prims).run(*leaves)


class Interpreter:
    """Runs one program. Subclasses change what a constant and what the truth of a value is."""

    def __init__(self, ir: Function | Program, prims: Mapping[str, Primitive] | None = None) -> None:
        self._program = ir if isinstance(ir, Program) else Program(ir)
        self._prims = prims or {}

    def run(self, *leaves: Any) -> tuple[Any, ...]:
        """The leaves of the result."""
        return self._call(self._program.entry, leaves)

    def truth(self, value: Any) -> bool:
        """Which way a branch goes."""
        return bool(value)

    def constant(self, const: Const) -> Any:
        """The value of a constant."""
        type_ = const.type
        if isinstance(type_, Scalar) and not type_.weak and not isinstance(const.value, Undefined):
            return np.dtype(type_.dtype).type(const.value)
        return const.value

    # --- blocks -----------------------------------------------------------------------------------------

    def _call(self, fn: Function, args: Sequence[Any]) -> tuple[Any, ...]:
        if len(args) != len(fn.block.params):
            raise TypeError(f"{fn.name} takes {len(fn.block.params)} leaves, not {len(args)}")
        return self._block(fn.block, args, {})

    def _block(self, block: Block, args: Sequence[Any], env: dict[Var, Any]) -> tuple[Any, ...]:
        env.update(zip(block.params, args, strict=True))
        for bind in block.binds:
            values = self._bind(bind, env)
            env.update(zip(bind.targets, values, strict=True))
        return self._values(block.results, env)

    def _values(self, atoms: Sequence[Atom], env: dict[Var, Any]) -> tuple[Any, ...]:
        return tuple(env[a] if isinstance(a, Var) else self.constant(a) for a in atoms)

    def _bind(self, bind: Bind, env: dict[Var, Any]) -> Sequence[Any]:
        match bind.op:
            case Prim(name, args, params):
                value = self._prim(name, self._values(args, env), {k: v for k, v in params if k != "keep"})
                if name in OPS and OPS[name].boxes and isinstance(value, np.ndarray) and isinstance(bind.targets[0].type, Scalar):
                    value = value[()]
                return value if name in OPS and OPS[name].several else (value,)[: len(bind.targets)]
            case Foreign(template, args):
                value = self._foreign(template, self._values(args, env), is_statement=not bind.targets)
                return value if len(bind.targets) > 1 else (value,)[: len(bind.targets)]
            case Call(callee, args):
                return self._call(self._program.functions[callee], self._values(args, env))
            case If(cond, then, orelse):
                (test,) = self._values((cond,), env)
                return self._block(then if self.truth(test) else orelse, (), env)
            case For():
                return self._for(bind.op, env)
            case While():
                return self._while(bind.op, env)
            case op:
                raise TypeError(f"not an operation: {op!r}")

    def _for(self, op: For, env: dict[Var, Any]) -> Sequence[Any]:
        start, stop, step = self._values((op.start, op.stop, op.step), env)
        carried = self._values(op.inits, env)
        for index in range(start, stop, step):
            carried, leave = self._iterate(op, (index, *carried), env)
            if leave:
                break
        return carried

    def _while(self, op: While, env: dict[Var, Any]) -> Sequence[Any]:
        carried, leave = self._values(op.inits, env), False
        while not leave and self.truth(self._block(op.cond, carried, env)[0]):
            carried, leave = self._iterate(op, carried, env)
        return carried

    def _iterate(self, op: For | While, args: Sequence[Any],
                 env: dict[Var, Any]) -> tuple[tuple[Any, ...], bool]:
        results = self._block(op.body, args, env)
        return (results[:-1], self.truth(results[-1])) if op.exits else (results, False)

    # --- primitives --------------------------------------------------------------------------------

    def _prim(self, name: str, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if name in self._prims:
            return self._prims[name](*args, **params)
        if name in PRIMITIVES:
            return PRIMITIVES[name](*args, **params)
        if name in GIVEN_FUNCTIONS:
            return GIVEN_FUNCTIONS[name](*args)
        if "." not in name:
            raise NameError(f"the primitive {name!r} has no meaning here")
        return library(name)(*gathered(name, args), **params)

    def _foreign(self, template: str, args: Sequence[Any], is_statement: bool) -> Any:
        names = {f"_argument_{k}": value for k, value in enumerate(args)}
        source = template.format(*names)
        scope = {**self._namespace, **names}
        if is_statement:
            exec(source, scope)
            return None
        return eval(source, scope)

    @functools.cached_property
    def _namespace(self) -> dict[str, Any]:
        scope: dict[str, Any] = {"__builtins__": builtins, "math": math, "np": np, "numpy": np}
        for name, const in self._program.constants.items():
            if const.value is None and const.text:
                exec(const.text, scope)
            else:
                scope[name] = const.value
        return scope


@functools.cache
def library(name: str) -> Primitive:
    """The function that a dotted name such as `numpy.linalg.solve` stands for."""
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ImportError:
        found = getattr(library(module), attribute)
    if not callable(found):
        raise NameError(f"{name} is not a function")
    return found  # type: ignore[no-any-return]


def gathered(name: str, args: Sequence[Any]) -> list[Any]:
    """The arguments of a library call: operands of `*shape` are one tuple, those of `*items` a list."""
    operands = OPS[name].signature.partition(";")[0].split() if name in OPS else []
    for k, operand in enumerate(operands):
        if operand.startswith("*"):
            end = len(args) - len(operands[k + 1:])
            rest = args[k:end]
            return [*args[:k], tuple(rest) if operand == "*shape" else list(rest), *args[end:]]
    return list(args)


# --- the primitives without a dot ---------------------------------------------------------------------------


def spread(value: Any, like: Any) -> Any:
    """The value in the shape of `like`, in memory of its own."""
    return np.array(np.broadcast_to(value, np.shape(like)))


def unbroadcast(value: Any, like: Any) -> Any:
    """The value summed over the axes along which `like` was broadcast to its shape."""
    if np.size(like) == 0:  # NumPy writes (0, 1, 0) to a place of the shape (1, 0): that is no broadcasting
        return np.zeros(np.shape(like), np.asarray(value).dtype)
    lead = np.ndim(value) - np.ndim(like)
    summed = np.sum(value, axis=tuple(range(lead)))
    ones = tuple(k for k, n in enumerate(np.shape(like)) if n == 1 and np.shape(summed)[k] != 1)
    return np.sum(summed, axis=ones, keepdims=True) if ones else summed


def new_array(*items: Any, shape: tuple[int, ...] | None = None, dtype: Any = None) -> Any:
    """An array of the flat `items` of nested displays with this shape, or of one list."""
    if shape is None:
        return np.array(items[0], dtype=dtype)
    flat = [np.asarray(item) for item in items]
    inner = flat[0].shape if flat else ()
    return np.array(flat, dtype=dtype).reshape(*shape, *inner)


def indices(pattern: Sequence[str], operands: Sequence[Any]) -> Any:
    """What stands between the brackets of `x[...]` (see `Index patterns` in `ops`)."""
    rest = iter(operands)
    entries: list[Any] = []
    for entry in pattern:
        match entry[0]:
            case "n":
                entries.append(None)
            case "e":
                entries.append(...)
            case "s":
                entries.append(slice(*(next(rest) if given == "1" else None for given in entry[1:])))
            case _:
                entries.append(next(rest))
    return entries[0] if len(entries) == 1 else tuple(entries)


def _load(x: Any, *operands: Any, index: Sequence[str], unique: bool = False) -> Any:
    for entries, mine in brackets(tuple(index), operands):
        x = x[indices(entries, mine)]
    return x


def _place(x: Any, operands: Sequence[Any], index: Sequence[str]) -> tuple[Any, Any]:
    """The view and what stands in the last brackets of `x[...][...] = v`."""
    *views, (entries, mine) = brackets(tuple(index), operands)
    for pattern, bounds in views:
        x = x[indices(pattern, bounds)]
    return x, indices(entries, mine)


def _store(x: Any, value: Any, *operands: Any, index: Sequence[str], unique: bool = False) -> Any:
    x = _copy(x)
    view, place = _place(x, operands, index)
    view[place] = value
    return x


def _accumulate(x: Any, value: Any, *operands: Any, index: Sequence[str], unique: bool = False) -> Any:
    x = _copy(x)
    view, place = _place(x, operands, index)
    if "a" in index:
        np.add.at(view, place, value)  # positions that occur twice add up
    else:
        view[place] += value
    return x


def _copy(x: Any) -> Any:
    return copy.copy(x)


def _pop(items: list[Any]) -> tuple[list[Any], Any]:
    shorter = list(items)
    last = shorter.pop()
    return shorter, last


def _cholesky_solve(factor: Any, b: Any, matrix: Any, by: str) -> Any:
    """The solution of a system of which the matrix is given by its lower Cholesky factor."""
    return np.linalg.solve(factor.T, np.linalg.solve(factor, b))


def _pad(x: Any, *widths: Any, mode: str = "constant") -> Any:
    rank = np.ndim(x)
    pairs = [widths[k:k + 2] for k in range(0, 2 * rank, 2)]
    value = {"constant_values": widths[2 * rank]} if len(widths) > 2 * rank else {}
    return np.pad(x, pairs, mode, **value)  # type: ignore[call-overload]


def _triangle(function: Any) -> Primitive:
    return lambda n, m=None, k=0: function(n, k, m)


def _assert(condition: Any, *message: Any) -> None:
    if not condition:
        raise AssertionError(*message)


def _raise(error: BaseException) -> None:
    raise error


_OPERATORS = ("add sub mul truediv floordiv mod pow matmul neg pos lt le gt ge eq ne "
              "xor lshift rshift invert")
_BUILTINS = "float int bool abs round min max len"

GIVEN_FUNCTIONS: dict[str, Primitive] = {}
"""The functions for which users gave rules (`adcompiler.rules.given`), by the names of their primitives."""
PRIMITIVES: dict[str, Primitive] = {
    **{name: getattr(operator, name) for name in _OPERATORS.split()},
    **{name: getattr(builtins, name) for name in _BUILTINS.split()},
    "bitand": operator.and_,
    "bitor": operator.or_,
    "bitxor": operator.xor,
    "not": operator.not_,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "is": operator.is_,
    "isnot": operator.is_not,
    "in": lambda a, b: a in b,
    "notin": lambda a, b: a not in b,
    "select": lambda c, a, b: a if c else b,
    "shape": lambda x, axis: np.shape(x)[axis],
    "size": lambda x: int(np.size(x)),
    "load": _load,
    "store": _store,
    "accumulate": _accumulate,
    "spread": spread,
    "unbroadcast": unbroadcast,
    "numpy.array": new_array,
    "numpy.unique": lambda x, **params: np.unique(x, **params) if params else (np.unique(x),),
    "numpy.pad": _pad,
    "numpy.tril_indices": _triangle(np.tril_indices),
    "numpy.triu_indices": _triangle(np.triu_indices),
    "numpy.concatenate": lambda *parts, **params: np.concatenate(parts[0] if isinstance(parts[0], list) else parts, **params),
    "numpy.astype": lambda x, dtype: np.asarray(x, dtype=dtype),
    "numpy.einsum": lambda *operands, subscripts, **params: np.einsum(subscripts, *operands, **params),
    "einsum_view": lambda *operands, subscripts, **params: np.einsum(subscripts, *operands, **params),
    "scipy.linalg.cho_solve": lambda c, b, *_, lower: library("scipy.linalg.cho_solve")((c, lower), b),
    "cholesky_solve": _cholesky_solve,
    "scipy.linalg.lu_solve": lambda lu, piv, b, *_, **params: library("scipy.linalg.lu_solve")((lu, piv), b, **params),
    "save": lambda *items, function: items,
    "saved_item": lambda saved, k, type: saved[k],
    "list": lambda *items: list(items),
    "append": lambda items, value: [*items, value],
    "pop": _pop,
    "repeat": lambda items, n: items * n,
    "tuple": lambda *items: items,
    "item": lambda items, k: items[k],
    "copy": _copy,
    "stop_gradient": lambda x: x,
    "assert": _assert,
    "raise": _raise,
}
