"""Jacobians: a loop over the directions of the arguments (forward mode) or over the elements of the results (reverse mode).

The matrix of a result y and an argument x has the shape `y.shape + x.shape`. What does not depend on the direction is
computed once: the values, and in reverse mode the whole forward sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adcompiler.analysis.activity import Activity
from adcompiler.analysis.invariance import cancelling
from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, For, Function, Program, Tree, Var
from adcompiler.ir.rename import renamed_binds, without_notes
from adcompiler.ir.types import INT, Array, has_derivative, rank
from adcompiler.ir.words import name_of, remember_words
from adcompiler.rules import ZERO
from adcompiler.rules.linear import full_tangent
from adcompiler.transforms.forward import Forward, dot_hint
from adcompiler.transforms.reverse import Adjoints, Reverser, as_type, bar_hint


def jacobian(program: Program, wrt: Sequence[int], *, name: str, result: Tree, forward: bool) -> Program:
    """The program that computes the derivatives of all results that have one with respect to the leaf parameters `wrt`.

    `result`: their tree; its leaves are, for each result, the derivatives with respect to each of `wrt`. All of these and
    the results are numbers or arrays.
    """
    entry = program.entry
    remember_words(entry.block)
    maker = (_ByColumns if forward else _ByRows)(program, [entry.block.params[k] for k in wrt])
    found = maker.matrices()
    block = Block(entry.block.params, tuple(maker.builder.binds), tuple(found))
    functions = {**program.functions, **maker.functions}
    return replace(program, entry=Function(name, entry.signature, result, block, entry.doc), functions=functions)


@dataclass
class Matrices:
    """Writes the matrices of one program; see also `adcompiler.transforms.compressed`."""

    program: Program
    inputs: list[Var]

    def __post_init__(self) -> None:
        self.builder = Builder()
        self.functions: dict[str, Function] = {}

    def known(self) -> Program:
        """The program with the functions that were made for other arguments and results, whose names are taken."""
        return replace(self.program, functions={**self.program.functions, **self.functions})

    def copied(self) -> tuple[list[Bind], list[Atom]]:
        """The bindings of the program under new variables, and the results with a derivative."""
        entry = self.program.entry
        names: dict[Var, Atom] = {}
        binds = list(renamed_binds(entry.block.binds, names))
        results = [names.get(r, r) if isinstance(r, Var) else r for r in entry.block.results if has_derivative(r.type)]
        return binds, results

    def varied(self, binds: Sequence[Bind], results: Sequence[Atom], inputs: Sequence[Var]) -> set[Var]:
        """The variables that vary with these inputs."""
        activity = Activity(ZERO, cancelling(Block((), tuple(binds), tuple(results)), ZERO))
        activity.varied.update(inputs)
        activity.block(Block((), tuple(binds), ()))
        return activity.varied

    def _loop(self, size: Atom, starts: Sequence[Atom], body: Block) -> list[Atom]:
        """A loop over `size` directions that fills matrices."""
        targets = tuple(Var(p.hint, p.type) for p in body.params[1:])
        self.builder.binds.append(Bind(targets, For(const(0), size, const(1), tuple(starts), body)))
        return list(targets)

    def _unit(self, builder: Builder, like: Var, k: Var, hint: str) -> Atom:
        """The array of zeros in the shape of `like`, with a one at position k."""
        assert isinstance(like.type, Array)
        dtype = like.type.dtype
        if like.type.rank == 1:
            zeros = builder.prim("numpy.zeros_like", like)
            return builder.prim("store", zeros, const(1.0), k, index=("i",), hint=hint)
        flat = builder.prim("numpy.zeros", builder.prim("size", like), dtype=dtype)
        flat = builder.prim("store", flat, const(1.0), k, index=("i",))
        return builder.prim("numpy.reshape", flat, *_shape(builder, like), hint=hint)


class _ByColumns(Matrices):
    """Forward mode: a column, the tangents of all results, for each element of the arguments."""

    def matrices(self) -> list[Atom]:
        """The derivatives of each result with respect to each argument."""
        binds, results = self.copied()
        self.builder.binds += without_notes(binds)
        columns = [self._argument(x, results) for x in self.inputs]
        return [column[k] for k in range(len(results)) for column in columns]

    def _argument(self, x: Var, values: list[Atom]) -> list[Atom]:
        builder = self.builder
        if not isinstance(x.type, Array):
            return self._tangents(builder, x, const(1.0))
        k, inner = Var("k", INT), builder.child()
        dots = self._tangents(inner, x, self._unit(inner, x, k, dot_hint(x)))
        size = builder.prim("size", x)
        starts = [builder.prim("numpy.zeros", *_shape(builder, y), size, dtype=_dtype(y)) for y in values]
        params = [Var(_matrix_hint(y, x), s.type) for y, s in zip(values, starts, strict=True)]
        filled = [inner.prim("store", p, dot, k, index=("s000",) * rank(y.type) + ("i",))
                  for p, dot, y in zip(params, dots, values, strict=True)]
        targets = self._loop(size, starts, inner.block([k, *params], filled))
        if x.type.rank == 1:
            return targets
        return [builder.prim("numpy.reshape", t, *_shape(builder, y), *_shape(builder, x))
                for t, y in zip(targets, values, strict=True)]

    def _tangents(self, builder: Builder, x: Var, dot: Atom) -> list[Atom]:
        binds, results = self.copied()
        mode = Forward(self.known(), self.varied(binds, results, [x]))
        mode.dots[x] = dot
        mode.block(binds, builder)
        builder.note = ""
        self.functions.update(mode.functions)
        return [full_tangent(builder, mode.dot(r), r) for r in results]


class _ByRows(Matrices):
    """Reverse mode: a row, the adjoints of all arguments, for each element of the results."""

    def matrices(self) -> list[Atom]:
        """The derivatives of each result with respect to each argument."""
        count = sum(has_derivative(r.type) for r in self.program.entry.block.results)
        return [row for k in range(count) for row in self._result(k)]

    def _result(self, position: int) -> list[Atom]:
        builder = self.builder
        binds, results = self.copied()
        y = results[position]
        inner = builder.child()
        reverser = Reverser(self.known(), self.varied(binds, results, self.inputs))
        adjoints = Adjoints(inner, reverser.varied)
        k = Var("k", INT)
        if isinstance(y, Var):
            adjoints.add(y, self._unit(inner, y, k, bar_hint(y)) if isinstance(y.type, Array) else const(1.0))
        builder.binds += without_notes(reverser.sweep(binds, adjoints))
        self.functions.update(reverser.functions)
        bars = [as_type(inner, adjoints.values.get(x), x) for x in self.inputs]
        if not isinstance(y.type, Array):
            builder.binds += inner.binds
            return bars
        size = builder.prim("size", y)
        starts = [builder.prim("numpy.zeros", size, *_shape(builder, x), dtype=_dtype(x)) for x in self.inputs]
        params = [Var(_matrix_hint(y, x), s.type) for x, s in zip(self.inputs, starts, strict=True)]
        filled = [inner.prim("store", p, bar, k, index=("i",)) for p, bar in zip(params, bars, strict=True)]
        targets = self._loop(size, starts, inner.block([k, *params], filled))
        if y.type.rank == 1:
            return targets
        return [builder.prim("numpy.reshape", t, *_shape(builder, y), *_shape(builder, x))
                for t, x in zip(targets, self.inputs, strict=True)]


def _shape(builder: Builder, like: Atom) -> list[Atom]:
    return [builder.prim("shape", like, axis=axis) for axis in range(rank(like.type))]


def _dtype(like: Atom) -> str:
    return str(getattr(like.type, "dtype", "float64"))


def _matrix_hint(y: Atom, x: Var) -> str:
    return f"{name_of(y)}_{name_of(x)}" if isinstance(y, Var) and name_of(y) else "jacobian"


__all__ = ["Matrices", "jacobian"]
