"""Sparse Jacobians: a loop over a few directions, and then the entries from where they stand in what came out.

Forward mode has seeds for the arguments, one for each colour of the columns: the tangents of the results for all of them
are the rows of a compressed matrix, and entry e of the Jacobian is `compressed[colours[e], rows[e]]`. Reverse mode has seeds
for the results and finds the entries at `compressed[colours[e], columns[e]]`. Seeds and places are parameters of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Atom, Block, Function, Leaf, Node, Parameter, Program, Tree, Var
from adcompiler.ir.rename import without_notes
from adcompiler.ir.types import INT, Array, Dim, dims, has_derivative, unknown_dim
from adcompiler.ir.words import name_of, remember_words
from adcompiler.rules.linear import full_tangent
from adcompiler.transforms.forward import Forward, dot_hint
from adcompiler.transforms.jacobian import Matrices
from adcompiler.transforms.reverse import Adjoints, Reverser, as_type, bar_hint
from adcompiler.transforms.signature import extended


def compressed(program: Program, wrt: Sequence[int], *, name: str, forward: bool) -> tuple[Program, list[str]]:
    """The program that computes chosen derivatives of all results that have one by the leaf parameters `wrt`.

    Its parameters beside those of `program`, of which the names are the second result: the seeds of each of `wrt` (without
    `forward`: of each result), then for each result (for each of `wrt`) that is an array the places of entries and their
    colours, for a number the colours alone. Its results are a vector of entries for each of these.
    """
    entry = program.entry
    remember_words(entry.block)
    maker = (_Forward if forward else _Reverse)(program, [entry.block.params[k] for k in wrt])
    maker.taken = {p.name for p in entry.signature}
    found = maker.entries()
    signature, params = extended(entry, [Parameter(v.hint, Leaf(), kind="KEYWORD_ONLY") for v in maker.added], maker.added)
    tree: Tree = Leaf() if len(found) == 1 else Node("tuple", tuple(range(len(found))), (Leaf(),) * len(found))
    block = Block(params, tuple(maker.builder.binds), tuple(found))
    functions = {**program.functions, **maker.functions}
    made = replace(program, entry=Function(name, signature, tree, block, entry.doc), functions=functions)
    return made, [v.hint for v in maker.added]


class _Compressed(Matrices):
    """What both modes share: parameters for seeds and places, the loop, the entries."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.added: list[Var] = []
        self.taken: set[str] = set()
        self.colour: Dim = unknown_dim()
        self.k = Var("k", INT)

    def _parameter(self, name: str, dtype: str, shape: tuple[Dim, ...]) -> Var:
        free = next(n for n in (name, *(f"{name}_{k}" for k in range(1, len(self.taken) + 2))) if n not in self.taken)
        self.taken.add(free)
        self.added.append(Var(free, Array(dtype, shape)))
        return self.added[-1]

    def _seeds(self, like: Var, name: str) -> Var:
        return self._parameter(f"{name}_seeds", _dtype(like), (self.colour, *dims(like.type)))

    def _seed(self, builder: Builder, seeds: Var, like: Var, hint: str) -> Atom:
        """The seed of this iteration."""
        if getattr(like.type, "weak", False):
            return builder.prim("float", builder.prim("load", seeds, self.k, index=("i",)), hint=hint)
        return builder.prim("load", seeds, self.k, index=("i",), hint=hint)

    def _over_colours(self, inner: Builder, seeds: Var, found: Sequence[Atom], likes: Sequence[Atom], names: Sequence[str],
                      place: str) -> list[Atom]:
        """The loop that fills a compressed matrix for each of `found`, and the entries of these."""
        builder = self.builder
        count = builder.prim("len", seeds, hint="count")
        starts = [builder.prim("numpy.zeros", count, *([builder.prim("size", y)] if dims(y.type) else []), dtype=_dtype(y))
                  for y in likes]
        params = [Var(_hint(name), s.type) for name, s in zip(names, starts, strict=True)]
        filled = [inner.prim("store", p, inner.prim("numpy.ravel", v) if len(dims(y.type)) > 1 else v, self.k, index=("i",))
                  for p, v, y in zip(params, found, likes, strict=True)]
        targets = self._loop(count, starts, inner.block([self.k, *params], filled))
        single = len(likes) == 1
        places = [self._places(name, place, y, single) for name, y in zip(names, likes, strict=True)]
        return [builder.prim("load", t, *p, index=("a",) * len(p)) for t, p in zip(targets, places, strict=True)]

    def _places(self, name: str, place: str, like: Atom, single: bool) -> list[Atom]:
        entries, prefix = unknown_dim(), "" if single else f"{name or 'result'}_"
        where = [self._parameter(f"{prefix}{place}", "int64", (entries,))] if dims(like.type) else []
        return [self._parameter(f"{prefix}colours", "int64", (entries,)), *where]


class _Forward(_Compressed):
    """Tangents of all results for a seed of all arguments."""

    def entries(self) -> list[Atom]:
        """The entries of each result."""
        binds, values = self.copied()
        self.builder.binds += without_notes(binds)
        seeds = [self._seeds(x, name_of(x)) for x in self.inputs]
        inner = self.builder.child()
        again, results = self.copied()
        mode = Forward(self.program, self.varied(again, results, self.inputs))
        for x, s in zip(self.inputs, seeds, strict=True):
            mode.dots[x] = self._seed(inner, s, x, dot_hint(x))
        mode.block(again, inner)
        inner.note = ""
        self.functions.update(mode.functions)
        dots = [full_tangent(inner, mode.dot(r), r) for r in results]
        return self._over_colours(inner, seeds[0], dots, values, [_name(v) for v in values], "rows")


class _Reverse(_Compressed):
    """Adjoints of all arguments for a seed of all results."""

    def entries(self) -> list[Atom]:
        """The entries of each argument."""
        binds, results = self.copied()
        inner = self.builder.child()
        reverser = Reverser(self.program, self.varied(binds, results, self.inputs))
        adjoints = Adjoints(inner, reverser.varied)
        active = [r if isinstance(r, Var) else Var("result", r.type) for r in results]
        seeds = [self._seeds(y, name_of(y) or "result") for y in active]
        for y, s in zip(active, seeds, strict=True):
            adjoints.add(y, self._seed(inner, s, y, bar_hint(y)))
        self.builder.binds += without_notes(reverser.sweep(binds, adjoints))
        self.functions.update(reverser.functions)
        bars = [as_type(inner, adjoints.values.get(x), x) for x in self.inputs]
        return self._over_colours(inner, seeds[0], bars, self.inputs, [name_of(x) for x in self.inputs], "columns")


def _name(value: Atom) -> str:
    return name_of(value) if isinstance(value, Var) else ""


def _hint(name: str) -> str:
    return f"{name}_compressed" if name else "compressed"


def _dtype(like: Atom) -> str:
    found = str(getattr(like.type, "dtype", "float64"))
    return found if has_derivative(like.type) else "float64"


__all__ = ["compressed"]
