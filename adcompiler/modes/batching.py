"""vmap: a function for one example as array code for many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.api import Derivative
from adcompiler.diagnostics import CompileError, fail
from adcompiler.frontend.arguments import Argument, argument_of, layout_of, leaves_of
from adcompiler.integrations.pickling import reduced
from adcompiler.ir.nodes import Leaf, Node, Tree
from adcompiler.ir.types import FLOAT, INT, Array, Dim, List, Scalar, Type, dims, is_integer
from adcompiler.modes.directional import Generated
from adcompiler.source import header_span

if TYPE_CHECKING:
    from adcompiler.pipeline import Artifact, Examples

Axes = Any
"""An axis, None, or a tuple, list or dict of them for the parts of a structured argument or result."""


@dataclass(frozen=True, eq=False)
class Mapped(Argument):
    """An argument with, for each leaf, its axis of the examples (None: it is the same for all)."""

    axes: tuple[int | None, ...] = ()

    @cached_property
    def _key(self) -> tuple[Any, ...]:
        return (*Argument(self.tree, self.types)._key, self.axes)


class Batched(Generated):
    """A function of the arguments of another one for many examples: what that one gives for each of them."""

    def __init__(self, primal: Callable[..., Any], in_axes: Axes, out_axes: Axes) -> None:
        super().__init__(primal, 0, False, False)
        self.in_axes, self.out_axes = in_axes, out_axes

    def _follow(self) -> None:
        axes = self.in_axes, self.out_axes
        super()._follow()
        self.in_axes, self.out_axes = axes

    # --- arguments ------------------------------------------------------------------------------------

    def _arguments(self, values: Mapping[str, Any]) -> dict[str, Argument]:
        """The types of the arguments and their axes of the examples."""
        specs = values.specs if isinstance(values, _Bound) else self._specs_of(values)
        found = {n: self._mapped(n, argument_of(v, False, n, self._span_of(n)), specs.get(n)) for n, v in values.items()}
        self._check_sizes(values, found)
        return dict(found)

    def _bind(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
        return _Bound(super()._bind(args, keywords), self._specs(args, keywords))

    def _specs(self, args: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Axes]:
        """The axes by parameter: those of positional arguments in their order, 0 for keywords, None for defaults."""
        if isinstance(self.in_axes, dict):
            return dict(self.in_axes)
        given = list(self.in_axes) if isinstance(self.in_axes, tuple | list) else [self.in_axes] * len(args)
        if len(given) != len(args):
            raise self._misfit_of(f"in_axes has {len(given)} entries for {len(args)} positional arguments",
                                  "one entry for each of them; arguments by keyword are mapped along axis 0")
        held_keywords = {k: None for k in self._held.keywords if k not in keywords}
        bound = self._binding.bind_partial(*[None] * len(self._held.args), *given, **held_keywords, **dict.fromkeys(keywords, 0))
        return dict(bound.arguments)

    def _specs_of(self, arguments: Mapping[str, Any]) -> dict[str, Axes]:
        """The axes by parameter where it is not known how the arguments were given."""
        if isinstance(self.in_axes, dict):
            return dict(self.in_axes)
        names = list(arguments)[len(self._held.args):]
        if isinstance(self.in_axes, tuple | list):
            return dict(zip(names, self.in_axes, strict=False))
        defaults = {p.name for p in self._target.parameters if p.default is not None}
        return {n: self.in_axes for n in names if n not in defaults}

    def _mapped(self, name: str, argument: Argument, spec: Axes) -> Mapped:
        found = list(self._axes(name, argument.tree, iter(argument.types), spec))
        return Mapped(argument.tree, argument.types, tuple(found))

    def _axes(self, name: str, tree: Tree, types: Iterator[Type], spec: Axes) -> Iterator[int | None]:
        """The axis of each leaf of an argument."""
        match tree:
            case Leaf():
                yield self._axis(name, next(types), spec)
            case Node(_, keys, children):
                for key, child, part in zip(keys, children, self._parts(name, tree, spec), strict=True):
                    yield from self._axes(f"{name}.{key}", child, types, part)

    def _parts(self, name: str, tree: Node, spec: Axes) -> list[Axes]:
        """The entries of in_axes or out_axes for the parts of a structured value."""
        if spec is None or (isinstance(spec, int) and not isinstance(spec, bool)):
            return [spec] * len(tree.children)
        layout = layout_of(spec)
        if layout is not None and len(layout[1]) == len(tree.keys) and (
                layout[1] == tree.keys or set(layout[1]) == set(tree.keys) or tree.kind == "namedtuple"):
            by_key = dict(zip(layout[1], layout[2], strict=True))
            return [by_key[k] for k in tree.keys] if set(by_key) == set(tree.keys) else list(layout[2])
        raise self._misfit_of(f"the axes {spec!r} do not fit {name!r}, which is a {tree.kind} of {len(tree.children)} parts",
                              "one axis or None, or the structure of the value with an axis or None for each part")

    def _axis(self, name: str, type_: Type, spec: Axes) -> int | None:
        if spec is None:
            return None
        if not isinstance(spec, int) or isinstance(spec, bool):
            raise self._misfit_of(f"the axes {spec!r} do not fit {name!r}, which is one value", "an axis or None")
        rank = len(dims(type_))
        if not rank:
            what = "a list" if isinstance(type_, List) else "a number"
            raise self._misfit_of(f"{name!r} is {what}, which has no axis {spec} for the examples",
                                  "an array, or None in in_axes for what is the same for all examples")
        if not -rank <= spec < rank:
            raise self._misfit_of(f"{name!r} has {rank} axes, and none is axis {spec}", "another axis in in_axes")
        return spec % rank

    def _misfit_of(self, what: str, hint: str) -> Exception:
        return fail("ADC527", what, header_span(self._target), hint)

    def _check_sizes(self, values: Mapping[str, Any], found: Mapping[str, Mapped]) -> None:
        """All arguments have the same number of examples."""
        sizes: dict[str, int] = {}
        for name, argument in found.items():
            for (path, leaf), axis in zip(leaves_of(name, values[name]), argument.axes, strict=True):
                if axis is not None:
                    sizes[path] = np.shape(leaf)[axis]
        if not sizes:
            raise self._misfit_of("no argument is mapped", "an axis in in_axes for at least one")
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"{path} has {n}" for path, n in sizes.items())
            raise self._misfit_of(f"the numbers of examples differ: {listed}",
                                  "arrays of the same size along the axes of in_axes")

    def _prepared(self, values: Mapping[str, Any], arguments: Mapping[str, Argument]) -> dict[str, Any]:
        """The values as the generated function takes them: differentiated integers have become real numbers."""
        found = super()._prepared(values, {n: Argument(a.tree, a.types) for n, a in arguments.items()})
        for name in self._real():
            argument = arguments.get(name)
            if isinstance(argument, Mapped) and isinstance(argument.tree, Leaf):
                found[name] = _real(found[name])
        return found

    def _real(self) -> set[str]:
        """The parameters that the function is differentiated by."""
        names: set[str] = set()
        inner = self.primal
        while isinstance(inner, Derivative) and not isinstance(inner, Batched):
            names |= {w for w in inner._selected if isinstance(w, str)}
            inner = inner.primal
        return names

    # --- compiling ------------------------------------------------------------------------------------

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        from adcompiler.pipeline import compile_batched

        specs = self._specs_of(arguments)
        whole = {n: a if isinstance(a, Mapped) else self._mapped_plain(n, a, specs) for n, a in arguments.items()}
        example = self._example(whole)
        examples = self._examples(whole)
        try:
            return compile_batched(self._target, arguments, example, examples, inner=self._inner(example))
        except CompileError as error:
            made = self._gradient(error, arguments, example, examples)
            if made is None:
                raise
            return made

    def _gradient(self, error: CompileError, arguments: dict[str, Argument], example: dict[str, Argument],
                  examples: Examples) -> Artifact | None:
        """A gradient whose reverse sweep has no array code: that of array code for the function."""
        from adcompiler.pipeline import compile_batched_gradient

        of = self.primal
        if error.code != "ADC526" or type(of) is not Derivative or of._has_aux:
            return None
        inner = of.primal._compile(example) if isinstance(of.primal, Derivative) else None
        try:
            return compile_batched_gradient(self._target, arguments, example, examples, of._selected, inner=inner,
                                            single=of._single, value=of._value)
        except CompileError:
            return None

    def _mapped_plain(self, name: str, argument: Argument, specs: Mapping[str, Axes]) -> Mapped:
        if name not in specs and any(isinstance(t, Array) for t in argument.types) and not isinstance(self.in_axes, dict) \
                and not list(specs)[:len(self._held.args)]:
            raise self._misfit_of(f"in_axes does not say whether {name!r} is mapped", "in_axes as a tuple, or as a dict of names")
        return self._mapped(name, argument, specs.get(name))

    def _example(self, whole: Mapping[str, Mapped]) -> dict[str, Argument]:
        """The types of the arguments for one example."""
        real = self._real()
        return {n: Argument(a.tree, tuple(_of_one(t, axis, n in real) for t, axis in zip(a.types, a.axes, strict=True)))
                for n, a in whole.items()}

    def _examples(self, whole: Mapping[str, Mapped]) -> Examples:
        from adcompiler.pipeline import Examples

        pairs = [(t, axis) for a in whole.values() for t, axis in zip(a.types, a.axes, strict=True)]
        size: Dim = next((dims(t)[axis] for t, axis in pairs if axis is not None), "")
        if size == "":
            raise self._misfit_of("no argument is mapped", "an axis in in_axes for at least one")
        return Examples(tuple(axis for _, axis in pairs), size, self._placed)

    def _placed(self, tree: Tree) -> list[int | None]:
        """The axis of the examples for each leaf of a result."""
        return list(self._result_axes("the result", tree, self.out_axes))

    def _result_axes(self, name: str, tree: Tree, spec: Axes) -> Iterator[int | None]:
        match tree:
            case Leaf():
                if not (spec is None or (isinstance(spec, int) and not isinstance(spec, bool))):
                    raise self._misfit_of(f"out_axes is {spec!r} for {name}, which is one value", "an axis or None")
                yield spec
            case Node(_, keys, children):
                for key, child, part in zip(keys, children, self._parts(name, tree, spec), strict=True):
                    yield from self._result_axes(f"{name}.{key}", child, part)

    def _shape_checked(self, call: Callable[..., Any], *_: Any) -> Callable[..., Any]:
        return call

    def _ahead(self) -> Artifact:
        if self._last is None:
            raise fail("ADC605", "the source depends on the arguments of a call, and there was none", header_span(self._target),
                       "call it first, or source_for(...)")
        return super()._ahead()

    def value_and_grad(self, *args: Any, **keywords: Any) -> Any:
        """Refused: a result for many examples is no number."""
        raise TypeError("vmap(f) gives arrays, which have no gradient: use vmap(value_and_grad(f)), or jacobian(vmap(f))")

    def verify(self, *args: Any, **keywords: Any) -> Any:
        """Refused: what is verified is a gradient."""
        raise TypeError("verify the function for one example: grad(f).verify(...)")

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self, Batched, (self.primal, self.in_axes, self.out_axes))

    def __repr__(self) -> str:
        of = repr(self.primal) if isinstance(self.primal, Derivative) else self._target.name
        return f"<vmap of {of} in_axes {self.in_axes!r}>"


class _Bound(dict[str, Any]):
    """The values of the parameters of a call, with their axes of the examples."""

    def __init__(self, values: Mapping[str, Any], specs: Mapping[str, Axes]) -> None:
        super().__init__(values)
        self.specs = specs


def _of_one(type_: Type, axis: int | None, real: bool) -> Type:
    """The type of one example. `real`: it is differentiated, so that integers count as real numbers."""
    if axis is not None:
        assert isinstance(type_, Array)
        rest = type_.dims[:axis] + type_.dims[axis + 1:]
        type_ = Array(type_.dtype, rest) if rest else Scalar(type_.dtype, weak=False)
    if real and isinstance(type_, Scalar) and is_integer(type_):
        return FLOAT
    return List(FLOAT) if real and type_ == List(INT) else type_


def _real(value: Any) -> Any:
    """Integers as real numbers."""
    if isinstance(value, np.ndarray):
        return value.astype(float) if value.dtype.kind in "iub" else value
    if isinstance(value, list):
        return [float(v) for v in value]
    return float(value) if isinstance(value, int | np.integer | np.bool_) else value


__all__ = ["Axes", "Batched", "Mapped"]
