"""The pattern of a Jacobian: which results depend on which inputs, element by element.

The program runs in the interpreter with its actual values, and each real number carries the set of the input positions
that it depends on (`IndexSets`). Primitives that move elements move their sets; elementwise ones unite the sets of their
operands; reductions, products and running sums unite along axes; the result of any other depends in each element on all of
its operands. So the pattern may hold more than the derivatives that are not zero, and never less.

Source of the method: Griewank and Walther, "Evaluating Derivatives" (2008), section 7.1, propagation of index domains.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adcompiler.analysis.index_sets import IndexSets, Marks
from adcompiler.analysis.spreading import RULES, Step, full, held
from adcompiler.ir.evaluate import Interpreter
from adcompiler.ir.nodes import Bind, Call, Const, Prim, Program, Var, bound_vars
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Scalar, has_derivative
from adcompiler.rules import ZERO


@dataclass(frozen=True)
class Pattern:
    """The elements of a Jacobian that may differ from zero, over all results and inputs, flat, one after the other.

    `columns[starts[i]:starts[i + 1]]` are those of row i, in order. `shapes`, `dtypes`: those of the results with a derivative.
    """

    starts: Marks
    columns: Marks
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[Any, ...]


def pattern_of(program: Program, leaves: Sequence[Any], wrt: Sequence[int], varied: Collection[Var]) -> Pattern:
    """The pattern of the results of a program with a derivative, at these leaves of its arguments.

    `wrt`: the positions of the differentiated leaves; `varied`: the variables that vary with them. Raises what the program
    raises.
    """
    arguments = list(leaves)
    first = 1
    for k in wrt:
        size = int(np.size(arguments[k]))
        marks = np.arange(first, first + size).reshape(np.shape(arguments[k]))
        arguments[k] = Marked(arguments[k], marks if isinstance(arguments[k], np.ndarray) else first)
        first += size
    sets = IndexSets(first - 1)
    found = _Tracer(program, sets, varied).run(*arguments)
    results = [r for r, atom in zip(found, program.entry.block.results, strict=True) if has_derivative(atom.type)]
    wanted = [np.ravel(full(_value(r), _mark(r))) for r in results]
    starts, columns = sets.members(np.concatenate([np.zeros(0, np.int64), *wanted]))
    values = [np.asarray(_value(r)) for r in results]
    return Pattern(starts, columns, tuple(v.shape for v in values), tuple(v.dtype for v in values))


def precision(program: Program) -> float:
    """The relative rounding of the least precise numbers that a program computes with."""
    blocks = [program.entry.block, *(f.block for f in program.functions.values())]
    dtypes = {str(getattr(v.type, "dtype", "")) for block in blocks for v in bound_vars(block)}
    return float(max(np.finfo(d).eps for d in {"float64", *(d for d in dtypes if d in ("float16", "float32"))}))


@dataclass(frozen=True, slots=True)
class Marked:
    """A value some of whose real numbers depend on the inputs; `mark`: their sets, in the structure of the value."""

    value: Any
    mark: Any


def _value(value: Any) -> Any:
    return value.value if isinstance(value, Marked) else value


def _mark(value: Any) -> Any:
    return value.mark if isinstance(value, Marked) else None


class _Tracer(Interpreter):
    """The interpreter with marks on values."""

    def __init__(self, program: Program, sets: IndexSets, varied: Collection[Var]) -> None:
        super().__init__(program)
        self.sets, self.varied = sets, varied

    def truth(self, value: Any) -> bool:
        return bool(_value(value))

    def _bind(self, bind: Bind, env: dict[Var, Any]) -> Sequence[Any]:
        match bind.op:
            case Prim(args=args) as op:
                return self._primitive(bind, op, [env[a] if isinstance(a, Var) else self.constant(a) for a in args])
            case Call(callee, args) if callee in self._program.customs:
                return self._custom(callee, self._values(args, env))
            case _:
                return super()._bind(bind, env)

    def _primitive(self, bind: Bind, op: Prim, args: list[Any]) -> Sequence[Any]:
        """The results of a primitive, with marks where an operand has some."""
        values = [_value(a) for a in args]
        value = self._prim(op.name, values, {k: v for k, v in op.params if k != "keep"})
        info = OPS.get(op.name)
        several = info is not None and info.several
        if info is not None and info.boxes and isinstance(value, np.ndarray) and isinstance(bind.targets[0].type, Scalar):
            value = value[()]
        results = value if several else (value,)[: len(bind.targets)]
        marks = [_mark(a) for a in args]
        if op.name in ZERO or not bind.targets or all(m is None for m in marks):
            return results
        steady = [isinstance(a, Const) or a not in self.varied for a in op.args]
        step = Step(self.sets, op.name, dict(op.params), values, marks, steady, results)
        rule = RULES.get(op.name)
        found = None if rule is None else rule(step)
        if found is None:
            everything = self.sets.whole(*[np.ravel(m) for v, k in zip(values, marks, strict=True) for m in held(v, k)])
            found = [_all(v, everything) for v in results]
        return [_marked(v, m) for v, m in zip(results, found, strict=True)]

    def _custom(self, callee: str, args: Sequence[Any]) -> Sequence[Any]:
        """A function that brings its derivative: each result may depend on all arguments, whatever the function does."""
        found = self._call(self._program.functions[callee], [_value(a) for a in args])
        everything = self.sets.whole(*[np.ravel(m) for a in args for m in held(_value(a), _mark(a))])
        return [_marked(v, _all(v, everything)) for v in found]

    def _foreign(self, template: str, args: Sequence[Any], is_statement: bool) -> Any:
        return super()._foreign(template, [_value(a) for a in args], is_statement)


def _all(value: Any, mark: int) -> Any:
    """The same set for every number of a value."""
    if isinstance(value, list | tuple):
        return [_all(v, mark) for v in value]
    return np.full(value.shape, mark) if isinstance(value, np.ndarray) else mark


def _marked(value: Any, mark: Any) -> Any:
    """The value with its marks, alone where it holds no real numbers or depends on nothing."""
    if mark is None:
        return value
    if isinstance(value, list | tuple):
        return Marked(value, mark)
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f":
            return value
        mark = np.asarray(mark)
        if mark.shape != value.shape:
            raise AssertionError(f"marks of the shape {mark.shape} for an array of the shape {value.shape}")
        return Marked(value, mark) if mark.any() else value
    if mark and isinstance(value, float | np.floating):
        return Marked(value, int(mark))
    return value


__all__ = ["Marked", "Pattern", "pattern_of", "precision"]
