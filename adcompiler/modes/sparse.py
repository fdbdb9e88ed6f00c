"""Sparse Jacobians and Hessians: a pattern, colours, a few directions, and a check.

For each structure of a call (`_Plan`): the pattern is found by running the program once (`adcompiler.analysis.sparsity`), or
given; its columns or rows are coloured (`adcompiler.analysis.colouring`). Each call then runs the generated function, which
computes one tangent or cotangent for each colour, and one more along a random direction, which the entries are checked with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.analysis.structure import ANYTHING, deciding
from adcompiler.api import Derivative, Wrt
from adcompiler.diagnostics import fail
from adcompiler.frontend.arguments import Argument, layout_of, rebuilt
from adcompiler.ir.nodes import Constant, Leaf, Node, Tree
from adcompiler.modes.directional import Generated
from adcompiler.modes.places import Places, compressed_by
from adcompiler.source import header_span

if TYPE_CHECKING:
    from adcompiler.pipeline import Artifact

_MOST_PLANS = 16


class _Primal(Generated):
    """The function as a program, with the leaves of its arguments."""

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        from adcompiler.pipeline import compile_primal

        return compile_primal(self._target, arguments, self._selected, inner=self._inner(arguments))

    def at(self, args: Sequence[Any], keywords: dict[str, Any]) -> tuple[Artifact, list[Any]]:
        """The program for these arguments, and their leaves."""
        values = self._bind(tuple(args), keywords)
        arguments = self._arguments(values)
        artifact = self._compile(arguments)
        self._check_overlap(artifact, values)
        ready = self._prepared(values, arguments)
        return artifact, [leaf for name, a in artifact.arguments for leaf in _leaves(a.tree, ready[name])]

    def tree(self, artifact: Artifact) -> Tree:
        """The structure of the Jacobians."""
        from adcompiler.pipeline import sparse_tree

        return sparse_tree(artifact, self._target, self._selected, self._single)

    def error(self, code: str, message: str, hint: str) -> Exception:
        """A refusal at the function."""
        return fail(code, f"{self._target.name}(): {message}", header_span(self._target), hint)


class _Entries(Generated):
    """The generated function: chosen entries of the Jacobian, from seeds."""

    forward: bool
    base: _Primal
    symmetric: bool

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        from adcompiler.pipeline import compile_compressed

        plain, primal = self._target.name.strip("<>"), self.base._compile(arguments)
        title = f"Hessian of `{plain}`" if self.symmetric else f"Jacobian of `{primal.name}`"
        return compile_compressed(self._target, primal, self._selected, forward=self.forward, title=title,
                                  name=f"{plain}_sparse_{'hessian' if self.symmetric else 'jacobian'}")

    def at(self, args: Sequence[Any], keywords: dict[str, Any], added: Sequence[Any]) -> list[Any]:
        """The vectors of entries for these arguments, seeds and places."""
        artifact, positional, named, _ = self._ready(args, keywords)
        found = artifact.function(*positional, **named, **dict(zip(artifact.added, added, strict=True)))
        return list(found) if isinstance(found, tuple) else [found]


@dataclass(frozen=True)
class _Plan:
    """What calls of one structure share. `artifact` keeps the program alive that it was made for."""

    artifact: Artifact
    places: Places
    tree: Tree


class SparseJacobian:
    """A function of the same arguments whose results are sparse matrices; see `jacobian` and `hessian`."""

    __adcompiler_refused__ = "sparse=True"

    def __init__(self, primal: Callable[..., Any], wrt: Wrt, mode: str, pattern: Any, verify: bool,
                 symmetric: bool = False) -> None:
        _scipy_sparse()
        self.primal = primal
        differentiated = Derivative(primal, wrt, False, False) if symmetric else primal
        self._mode, self._pattern, self._verify, self._symmetric = mode, pattern, verify, symmetric
        self._base = _Primal(differentiated, wrt, False, False)
        self._modes = {forward: _Entries(differentiated, wrt, False, False) for forward in (True, False)}
        for forward, entries in self._modes.items():
            entries.forward, entries.base, entries.symmetric = forward, self._base, symmetric
        self._deciding: dict[int, tuple[Artifact, frozenset[int | str]]] = {}
        self._plans: dict[Any, _Plan] = {}
        self._last: _Plan | None = None

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        plan = self._last = self._plan(args, keywords)
        places = plan.places
        outputs = self._modes[places.forward].at(args, keywords, places.added)
        data, excess = places.data(outputs)
        if excess is not None:
            worst = places.missed(excess, self._modes[places.forward].at(args, keywords, places.probe()))
            if worst is not None:
                raise self._missed(worst, places)
        return _structured(plan.tree, iter(places.matrices(data, _scipy_sparse().csr_array)))

    @property
    def colours(self) -> int:
        """The number of directions that the last call needed, that of the check not counted."""
        if self._last is None:
            raise ValueError("there was no call yet")
        return self._last.places.colours

    def pattern_for(self, *args: Any, **keywords: Any) -> Any:
        """The pattern for these arguments: a sparse matrix of truth values.

        It has a row for each element of the results and a column for each element of the parameters `wrt`, one array after
        the other.
        """
        places = self._plan(args, keywords).places
        matrix = (np.ones(places.columns.size, bool), places.columns.copy(), places.starts.copy())
        return _scipy_sparse().csr_array(matrix, shape=(places.starts.size - 1, places.width))

    @property
    def source(self) -> str:
        """The generated source, for the types and the mode of the last call."""
        forward = self._last.places.forward if self._last is not None else self._mode != "reverse"
        return self._modes[forward].source

    # --- plans --------------------------------------------------------------------------------------------

    def _plan(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> _Plan:
        artifact, leaves = self._base.at(args, keywords)
        key = self._key(artifact, leaves)
        plan = self._plans.get(key) if key is not None else None
        if plan is None:
            plan = self._planned(artifact, leaves)
            if key is not None:
                if len(self._plans) >= _MOST_PLANS:
                    del self._plans[next(iter(self._plans))]
                self._plans[key] = plan
        return plan

    def _key(self, artifact: Artifact, leaves: Sequence[Any]) -> Any:
        """What the pattern depends on: shapes, and values of what decides about branches, indices and sizes."""
        known = self._deciding.get(id(artifact))
        if known is None:
            from adcompiler.transforms.reverse import varied

            found = deciding(artifact.primal, varied(artifact.primal, artifact.wrt))
            known = self._deciding[id(artifact)] = artifact, found
        sources = known[1]
        if ANYTHING in sources:
            return None
        constants = artifact.primal.constants
        contents = [_content(leaves[s] if isinstance(s, int) else constants[s]) for s in sorted(sources, key=str)]
        return None if None in contents else (id(artifact), tuple(map(_form, leaves)), tuple(contents))

    def _planned(self, artifact: Artifact, leaves: Sequence[Any]) -> _Plan:
        from adcompiler.analysis.sparsity import Pattern, pattern_of, precision
        from adcompiler.transforms.reverse import varied

        tree = self._base.tree(artifact)
        program = artifact.primal
        inputs = [np.shape(leaves[k]) for k in artifact.wrt]
        dtypes = [getattr(leaves[k], "dtype", np.dtype(float)) for k in artifact.wrt]
        with np.errstate(all="ignore"):  # the generated function warns of the same
            if self._pattern is None:
                pattern = pattern_of(program, leaves, artifact.wrt, varied(program, artifact.wrt))
            else:
                found = pattern_of(program, leaves, (), ())  # for the shapes alone
                pattern = Pattern(*self._given(found.shapes, inputs), found.shapes, found.dtypes)
        mode = "forward" if self._symmetric else "reverse" if program.customs and self._mode == "auto" else self._mode
        places = compressed_by(pattern, inputs, dtypes, mode, symmetric=self._symmetric, verify=self._verify,
                               eps=precision(program))
        return _Plan(artifact, places, tree)

    def _given(self, results: Sequence[tuple[int, ...]], inputs: Sequence[tuple[int, ...]]) -> tuple[Any, Any]:
        """The rows of the pattern that the user gave."""
        size = tuple(sum(int(np.prod(s, dtype=int)) for s in shapes) for shapes in (results, inputs))
        matrix = _scipy_sparse().csr_array(self._pattern)
        if matrix.shape != size:
            raise self._base.error("ADC511", f"the pattern has the shape {matrix.shape} where the matrix has {size}",
                                   "a row for each element of the results, a column for each element of the parameters")
        matrix = (matrix + matrix.T if self._symmetric else matrix).astype(bool)
        matrix.sum_duplicates()
        return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)

    def _missed(self, place: int, places: Places) -> Exception:
        what = f"{'row' if places.forward else 'column'} {place}"
        if self._pattern is not None:
            return self._base.error("ADC510", f"the given pattern misses derivatives that are not zero, in {what}"
                                    + (", or the matrix is not symmetric" if self._symmetric else ""),
                                    "add the entries, or leave the pattern out")
        if self._symmetric:
            return self._base.error("ADC512", f"the derivatives of the gradient are not symmetric, in {what}: a function with a "
                                    "derivative of its own, or a kink", "jacobian(grad(f), sparse=True)")
        return self._base.error("ADC510", f"the pattern that was found misses derivatives that are not zero, in {what}: "
                                "this is a mistake in adcompiler", "leave out sparse=True, and please report it")


def _scipy_sparse() -> Any:
    try:
        import scipy.sparse
    except ImportError:
        raise ImportError("sparse derivatives need SciPy: pip install 'adcompiler[scipy]'") from None
    return scipy.sparse


def _leaves(tree: Tree, value: Any) -> Iterator[Any]:
    match tree:
        case Leaf():
            yield value
        case Node(children=children):
            layout = layout_of(value)
            assert layout is not None
            for child, part in zip(children, layout[2], strict=True):
                yield from _leaves(child, part)


def _structured(tree: Tree, parts: Iterator[Any]) -> Any:
    match tree:
        case Leaf():
            return next(parts)
        case Node(kind, keys, children, cls):
            return rebuilt(kind, keys, [_structured(c, parts) for c in children], cls)
        case _:
            return getattr(tree, "value", None)


def _form(value: Any) -> Any:
    """The shapes of a leaf."""
    if isinstance(value, list | tuple):
        return tuple(map(_form, value)) if any(isinstance(v, list | tuple | np.ndarray) for v in value) else len(value)
    return np.shape(value) if isinstance(value, np.ndarray) else ()


def _content(value: Any) -> Any:
    """A name for the value of a leaf or a constant, the same only for equal values; None where there is none."""
    if isinstance(value, Constant):
        return ("text", value.text) if value.value is None else _content(value.value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value.dtype.str, value.shape, hashlib.sha256(np.ascontiguousarray(value).tobytes()).digest()
    if isinstance(value, bool | int | float | np.number | np.bool_ | str):
        return type(value), repr(value)
    if isinstance(value, list | tuple):
        parts = tuple(map(_content, value))
        return None if None in parts else (type(value), parts)
    return None


__all__ = ["SparseJacobian"]
