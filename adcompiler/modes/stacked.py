"""vmap, of functions and gradients, of directional derivatives, and of Jacobians whose mode a call decides."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.frontend.arguments import Argument, argument_of, layout_of, leaves_of, rebuilt
from adcompiler.ir.nodes import Leaf, Node, Tree
from adcompiler.modes.batching import Axes, Batched, Mapped
from adcompiler.modes.directional import Hvp, Jvp, Tangent, Vjp, is_real
from adcompiler.modes.jacobians import Whichever

if TYPE_CHECKING:
    from adcompiler.pipeline import Artifact

_TANGENT = "the tangent of "


class BatchedTangent(Batched):
    """x, ..., x_dot, ... -> the tangents for all examples. The axes of the tangents come with the call."""

    def at(self, args: Sequence[Any], keywords: dict[str, Any], tangents: Sequence[Any], axes: Sequence[Axes]) -> Any:
        """The result at these arguments for tangents of what is differentiated."""
        values = self._bind(tuple(args), keywords)
        arguments = self._arguments(values)
        names = [_TANGENT + (w if isinstance(w, str) else f"{w[0]}_{w[1]}") for w in self._moving]
        given: dict[str, Argument] = {}
        for name, tangent, axis in zip(names, tangents, axes, strict=True):
            given[name] = self._mapped(name, argument_of(tangent, True, name, None), axis)
        self._check_sizes({**values, **dict(zip(names, tangents, strict=True))},
                          {n: a for n, a in {**arguments, **given}.items() if isinstance(a, Mapped)})
        artifact = self._compile({**arguments, **given})
        positional, named = self._spread(self._prepared(values, arguments))
        for name, tangent, added, w in zip(names, tangents, artifact.added, self._moving, strict=True):
            parameter, item = (w, None) if isinstance(w, str) else w
            like = values[parameter] if item is None else values[parameter][item]
            named[added] = self._like_all(added, given[name], tangent, self._selected_argument(arguments, w), like)
        return artifact.function(*positional, **named)

    @property
    def _moving(self) -> tuple[Any, ...]:
        tangent: Any = self.primal
        return tuple(tangent._selected)

    def _selected_argument(self, arguments: dict[str, Argument], w: Any) -> Mapped:
        """The argument that a tangent belongs to."""
        argument = arguments[w if isinstance(w, str) else w[0]]
        assert isinstance(argument, Mapped)
        if isinstance(w, str):
            return argument
        assert isinstance(argument.tree, Node)
        counts = [len(list(_leaf_trees(c))) for c in argument.tree.children]
        first, count = sum(counts[:w[1]]), counts[w[1]]
        return Mapped(argument.tree.children[w[1]], argument.types[first:first + count], argument.axes[first:first + count])

    def _like_all(self, name: str, given: Argument, tangent: Any, like: Mapped, value: Any) -> Any:
        """The tangent in the precision of its argument, with the shapes compared for one example."""
        assert isinstance(given, Mapped)
        mine = [np.delete(np.shape(v), [] if a is None else [a]).tolist()
                for (_, v), a in zip(leaves_of("", value), like.axes, strict=True)]
        theirs = [np.delete(np.shape(v), [] if a is None else [a]).tolist()
                  for (_, v), a in zip(leaves_of("", tangent), given.axes, strict=True)]
        if len(mine) != len(theirs) or mine != theirs:
            raise self._misfit_of(f"{name!r} has the shapes {theirs} for one example where its argument has {mine}",
                                  "a tangent is like its argument")
        return _converted(tangent, value)

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        from adcompiler.pipeline import compile_batched

        tangents = {n: a for n, a in arguments.items() if n.startswith(_TANGENT)}
        whole = {n: a for n, a in arguments.items() if isinstance(a, Mapped) and n not in tangents}
        example = self._example(whole)
        inner = self._inner(example)
        assert inner is not None
        last = [p.name for p in self._target.parameters if p.kind == "VAR_KEYWORD"]
        ordered = {**{n: a for n, a in whole.items() if n not in last}, **tangents, **{n: whole[n] for n in last if n in whole}}
        return compile_batched(self._target, dict(whole), example, self._examples(ordered), inner=inner)  # type: ignore[arg-type]


def _leaf_trees(tree: Tree) -> Iterator[Tree]:
    if isinstance(tree, Leaf):
        yield tree
    elif isinstance(tree, Node):
        for child in tree.children:
            yield from _leaf_trees(child)


def _converted(tangent: Any, value: Any) -> Any:
    """A tangent as generated code takes it: with the precision of the value that it belongs to."""
    if is_real(tangent):
        dtype = np.asarray(value).dtype
        wide = np.asarray(tangent, dtype=dtype if dtype.kind == "f" else float)
        return wide if wide.ndim else wide[()]
    mine, theirs = layout_of(tangent), layout_of(value)
    if mine is None or theirs is None:
        return tangent
    kind, keys, parts, cls = mine
    return rebuilt(kind, keys, [_converted(t, v) for t, v in zip(parts, theirs[2], strict=True)], cls)


class BatchedHvp:
    """`vmap(hvp(f))`: called as f, with the directions of all examples as one more argument at the end."""

    def __init__(self, primal: Hvp, in_axes: Axes, out_axes: Axes) -> None:
        self.primal, self.in_axes = primal, in_axes
        self._single = primal._single
        self._batched = BatchedTangent(primal._tangent, 0, out_axes)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        *primals, direction = args
        if isinstance(self.in_axes, tuple | list):
            if len(self.in_axes) != len(args):
                raise self._batched._misfit_of(f"in_axes has {len(self.in_axes)} entries for {len(args)} positional arguments",
                                               "one entry for each of them, the direction last")
            *axes, last = self.in_axes
        else:
            axes, last = [self.in_axes] * len(primals), self.in_axes
        self._batched.in_axes = tuple(axes)
        directions = [direction] if self._single else list(direction)
        spread = [last] * len(directions) if self._single or not isinstance(last, tuple | list) else list(last)
        return self._batched.at(primals, keywords, directions, spread)

    @property
    def source(self) -> str:
        """The generated source, for the types of the last call."""
        return self._batched.source


class BatchedJvp:
    """`vmap(jvp(f))`: called as `(primals, tangents)`; in_axes is one axis, or a pair for these two."""

    def __init__(self, primal: Jvp, in_axes: Axes, out_axes: Axes) -> None:
        self.primal, self.in_axes, self.out_axes = primal, in_axes, out_axes
        self._made: dict[tuple[int, ...], BatchedTangent] = {}
        self._last: BatchedTangent | None = None

    def __call__(self, primals: Sequence[Any], tangents: Sequence[Any], **keywords: Any) -> Any:
        if len(primals) != len(tangents):
            raise TypeError(f"there are {len(primals)} arguments and {len(tangents)} tangents; give None for what stays")
        pair = self.in_axes if isinstance(self.in_axes, tuple | list) else (self.in_axes, self.in_axes)
        first, second = (tuple(a) if isinstance(a, tuple | list) else (a,) * len(primals) for a in pair)
        moving = tuple(k for k, t in enumerate(tangents) if t is not None)
        if not moving:
            raise TypeError("no argument has a tangent")
        if moving not in self._made:
            self._made[moving] = BatchedTangent(Tangent(self.primal.primal, moving, False, True), 0, self.out_axes)
        self._last = self._made[moving]
        self._last.in_axes = first
        return self._last.at(primals, keywords, [tangents[k] for k in moving], [second[k] for k in moving])

    @property
    def source(self) -> str:
        """The generated source, for the types of the last call."""
        if self._last is None:
            raise TypeError("the source depends on the arguments of a call, and there was none")
        return self._last.source


class BatchedJacobian:
    """`vmap(jacobian(f))`, in the mode that is cheaper for one example."""

    def __init__(self, primal: Whichever, in_axes: Axes, out_axes: Axes) -> None:
        self.primal = primal
        self._modes = {forward: Batched(mode, in_axes, out_axes) for forward, mode in primal._modes.items()}
        self._last = self._modes[True]

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        self._last = self._modes[self._forward(args, keywords)]
        return self._last(*args, **keywords)

    def _forward(self, args: Any, keywords: Any) -> bool:
        mode = self._modes[True]
        values = mode._bind(args, keywords)
        arguments = mode._arguments(values)
        try:
            one = {n: first_of(copy.deepcopy(v), a.tree, iter(a.axes)) for (n, v), a in
                   zip(values.items(), arguments.values(), strict=True) if isinstance(a, Mapped)}
        except IndexError:
            return True
        positional, named = mode._spread(one)
        jacobian: Any = mode.primal
        chosen = [one[w] if isinstance(w, str) else one[w[0]][w[1]] for w in jacobian._selected]
        result = mode._held.function(*positional, **named)
        return sum(map(_size, chosen)) <= _size(result)

    @property
    def source(self) -> str:
        """The generated source, for the types and the mode of the last call."""
        return self._last.source


def first_of(value: Any, tree: Tree, axes: Iterator[int | None]) -> Any:
    """The first example in an argument. Raises IndexError where there is none."""
    match tree:
        case Leaf():
            axis = next(axes)
            return value if axis is None else np.take(value, 0, axis=axis)
        case Node(kind, keys, children, cls):
            layout = layout_of(value)
            assert layout is not None
            return rebuilt(kind, keys, [first_of(v, c, axes) for v, c in zip(layout[2], children, strict=True)], cls)
        case _:
            return value


def _size(value: Any) -> int:
    return sum(np.size(leaf) for _, leaf in leaves_of("value", value))


def vmap(f: Callable[..., Any] | None = None, in_axes: Axes = 0, out_axes: Axes = 0) -> Any:
    """The function for many examples at once, as array code: `vmap(f)(X)[i] = f(X[i])`, with no loop over i.

    in_axes: for each positional argument the axis of the examples, or None for what is the same for all of them; one axis for
    all arguments; or a dict by the names of parameters, of which those that are not named are the same for all. For a
    structured argument it may be a structure of axes. Arguments by keyword are mapped along axis 0, defaults are not. All
    these axes have the same size. out_axes: where the axis of the examples goes in the result (None: the result does not
    depend on the example, and comes once). f may be a gradient, a Jacobian, a Hessian or another `vmap`.

    Raises CompileError where there is no array code for f. Where Python raises an exception for a number (`math.log(-1.0)`,
    `1.0 / 0.0`), array code gives NaN or infinity.
    """
    if f is None:
        return lambda function: vmap(function, in_axes, out_axes)
    if isinstance(f, Vjp):
        raise TypeError("vjp(f) returns a function, which has no array code: use vmap(grad(f)), or vmap of a function that "
                        "contracts the result with the cotangent")
    if not callable(f):
        raise TypeError(f"the first argument must be a function, not {type(f).__name__}")
    match f:
        case Whichever():
            return BatchedJacobian(f, in_axes, out_axes)
        case Hvp():
            return BatchedHvp(f, in_axes, out_axes)
        case Jvp():
            return BatchedJvp(f, in_axes, out_axes)
    return Batched(f, in_axes, out_axes)


__all__ = ["vmap"]
