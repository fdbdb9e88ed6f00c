"""Tangents and cotangents: jvp, vjp, linearize, hvp."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.api import Derivative, Wrt
from adcompiler.diagnostics import fail
from adcompiler.frontend.arguments import Argument, argument_of, layout_of
from adcompiler.ir.nodes import Leaf, Node, Tree
from adcompiler.source import header_span

if TYPE_CHECKING:
    from adcompiler.pipeline import Artifact


class Generated(Derivative):
    """A function made from another one, whose source has parameters that the other one has not: tangents or cotangents."""

    def _inner(self, arguments: dict[str, Argument]) -> Artifact | None:
        """The derivative that is differentiated again, if it is one."""
        return self.primal._compile(arguments) if isinstance(self.primal, Derivative) else None

    def _ready(self, args: Sequence[Any], keywords: Mapping[str, Any],
               ) -> tuple[Artifact, list[Any], dict[str, Any], dict[str, Any]]:
        """What is compiled for these arguments, the arguments as it takes them, and those that were given by parameter."""
        values = self._bind(tuple(args), keywords)
        arguments = self._arguments(values)
        artifact = self._compile(arguments)
        self._check_overlap(artifact, values)
        positional, named = self._spread(self._prepared(values, arguments))
        return artifact, positional, named, values


class Tangent(Generated):
    """x, ..., x_dot, ... -> (f(x, ...), f'(x, ...) x_dot), or the second alone."""

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        from adcompiler.pipeline import compile_jvp

        inner = self._inner(arguments)
        name = f"{self._target.name.strip('<>')}_hvp" if not self._value else None
        return compile_jvp(self._target, arguments, self._selected, inner=inner, value=self._value, name=name)

    def at(self, args: Sequence[Any], keywords: Mapping[str, Any], tangents: Sequence[Any]) -> Any:
        """Value and tangent at these arguments, for tangents of what is differentiated."""
        artifact, positional, named, values = self._ready(args, keywords)
        arguments = dict(artifact.arguments)
        for selected, name, given in zip(self._selected, artifact.added, tangents, strict=True):
            parameter, item = selected if isinstance(selected, tuple) else (selected, None)
            value, tree = values[parameter], arguments[parameter].tree
            if item is not None and isinstance(tree, Node):
                value, tree = value[item], tree.children[item]
            named[name] = self._like(parameter, tree, value, given)
        return artifact.function(*positional, **named)

    def _like(self, name: str, tree: Tree, value: Any, given: Any) -> Any:
        """A tangent as the generated function takes it: of the structure, shapes and precision of the value."""
        match tree:
            case Leaf():
                return self._leaf(name, value, given)
            case Node() if given is None:
                return self._like(name, tree, value, _zero(value))
            case Node(children=children):
                mine, theirs = layout_of(value), layout_of(given)
                if mine is None or theirs is None or mine[:2] != theirs[:2]:
                    raise self._unlike(name, f"another structure than the {type(value).__name__} that it belongs to")
                parts = [self._like(f"{name}.{k}", child, v, g)
                         for k, child, v, g in zip(mine[1], children, mine[2], theirs[2], strict=True)]
                return rebuilt(mine, parts)
            case _:
                return None

    def _leaf(self, name: str, value: Any, given: Any) -> Any:
        if given is None:
            return self._leaf(name, value, _zero(value)) if is_real(value) else None
        if not is_real(given):
            raise self._unlike(name, f"no real number in it but {_described(given)}")
        if np.shape(given) != np.shape(value):
            raise self._unlike(name, f"the shape {np.shape(given)} where the argument has {np.shape(value)}")
        if isinstance(value, np.ndarray) and value.ndim:
            return np.asarray(given, dtype=value.dtype)
        if isinstance(value, np.ndarray | np.floating) and not isinstance(value, float):
            return value.dtype.type(given)
        return [float(v) for v in given] if isinstance(value, list) else float(given)

    def _unlike(self, name: str, what: str) -> Exception:
        return fail("ADC608", f"the tangent of {name!r} has {what}", header_span(self._target),
                    "a tangent is like its argument, with None for what stays or has no derivative")


class Pullback(Generated):
    """x, ..., result_bar -> the cotangents of what is differentiated."""

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        from adcompiler.pipeline import compile_vjp

        return compile_vjp(self._target, arguments, self._selected, inner=self._inner(arguments), single=self._single)

    def at(self, args: Sequence[Any], keywords: Mapping[str, Any]) -> tuple[Any, Callable[[Any], Any]]:
        """The value at these arguments, and the map from its cotangent to those of the arguments."""
        artifact, positional, named, _ = self._ready(args, keywords)
        (name,) = artifact.added
        positional, named = [copied(v) for v in positional], {n: copied(v) for n, v in named.items()}
        value = self.primal(*map(copied, args), **{n: copied(v) for n, v in keywords.items()})  # it may write to them

        def pull(cotangent: Any) -> Any:
            if cotangent is None:
                raise self._mismatch("no real number in it but None")
            return artifact.function(*positional, **named, **{name: _cotangent(cotangent, value, self._mismatch)})

        return value, pull

    def _mismatch(self, what: str) -> Exception:
        return fail("ADC608", f"the cotangent of the result of {self._target.name}() has {what}", header_span(self._target),
                    "a cotangent is like the result, with None for what is zero or has no derivative")


def is_real(value: Any) -> bool:
    """Whether a value is a real number, an array of them or a list of Python's."""
    if isinstance(value, list):
        return all(isinstance(v, int | float) for v in value)
    return isinstance(value, int | float | np.number | np.ndarray) and np.asarray(value).dtype.kind in "fiub"


def _described(given: Any) -> str:
    return f"an array of {given.dtype}" if isinstance(given, np.ndarray) else type(given).__name__


def rebuilt(layout: tuple[str, tuple[Any, ...], tuple[Any, ...], Any], parts: list[Any]) -> Any:
    """A value of the layout with other parts."""
    kind, keys, _, cls = layout
    match kind:
        case "tuple" | "list":
            return tuple(parts) if kind == "tuple" else parts
        case "dict":
            return dict(zip(keys, parts, strict=True))
        case "namedtuple":
            return cls(*parts)
    made = object.__new__(cls)
    for key, part in zip(keys, parts, strict=True):
        object.__setattr__(made, key, part)
    return made


def _cotangent(given: Any, value: Any, mismatch: Callable[[str], Exception]) -> Any:
    """A cotangent as the generated function takes it."""
    if given is None:
        return _zero(value)
    layout = layout_of(value)
    if layout is not None and not is_real(value):
        theirs = layout_of(given)
        if theirs is None or layout[:2] != theirs[:2]:
            raise mismatch(f"another structure than the {type(value).__name__} that it belongs to")
        return rebuilt(layout, [_cotangent(g, v, mismatch) for g, v in zip(theirs[2], layout[2], strict=True)])
    if not is_real(value):
        return given
    if not is_real(given):
        raise mismatch(f"no real number in it but {_described(given)}")
    if np.shape(given) != np.shape(value):
        raise mismatch(f"the shape {np.shape(given)} where the result has {np.shape(value)}")
    if isinstance(value, np.ndarray) and value.ndim:
        return np.asarray(given, dtype=value.dtype)
    if isinstance(value, list):
        return [float(v) for v in given]
    return value.dtype.type(given) if isinstance(value, np.floating) else float(given)


# --- what users call ----------------------------------------------------------------------------------------


class Jvp:
    """`jvp(f)`: called as `(primals, tangents)`."""

    __adcompiler_refused__ = "jvp"

    def __init__(self, primal: Callable[..., Any]) -> None:
        self.primal = _function(primal)
        self._made: dict[tuple[int, ...], Tangent] = {}
        self._last: Tangent | None = None

    def __call__(self, primals: Sequence[Any], tangents: Sequence[Any], **keywords: Any) -> tuple[Any, Any]:
        if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
            raise TypeError("jvp(f) is called with two tuples: the arguments, and a tangent for each")
        if len(primals) != len(tangents):
            raise TypeError(f"there are {len(primals)} arguments and {len(tangents)} tangents; give None for what stays")
        moving = tuple(k for k, t in enumerate(tangents) if t is not None)
        if not moving:
            raise TypeError("no argument has a tangent")
        if moving not in self._made:
            self._made[moving] = Tangent(self.primal, moving, False, True)
        self._last = self._made[moving]
        value, tangent = self._last.at(primals, keywords, [tangents[k] for k in moving])
        return value, tangent

    @property
    def source(self) -> str:
        """The generated source, for the types of the last call; before any, for the tangent of the first argument."""
        if self._last is None:
            self._last = self._made.setdefault((0,), Tangent(self.primal, (0,), False, True))
        return self._last.source


def jvp(f: Callable[..., Any]) -> Jvp:
    """The directional derivative: `jvp(f)((x, n), (x_dot, None))` is the pair (f(x, n), d f / d x x_dot).

    Each tangent is like its argument (of the same structure and shapes), or None for an argument, or a part of one, that
    stays. Computed in forward mode, in one pass with the value. Raises CompileError where f cannot be differentiated.
    """
    return Jvp(f)


class Vjp:
    """`vjp(f)`: called as f; gives the value and the pullback."""

    __adcompiler_refused__ = "vjp"

    def __init__(self, primal: Callable[..., Any], wrt: Wrt | None) -> None:
        self.primal, self._wrt = _function(primal), wrt
        self._made: dict[Any, Pullback] = {}
        self._last: Pullback | None = None if wrt is None else self._of(wrt)

    def _of(self, wrt: Wrt) -> Pullback:
        key = tuple(wrt) if isinstance(wrt, list) else wrt
        if key not in self._made:
            self._made[key] = Pullback(self.primal, wrt, False, False)
        self._last = self._made[key]
        return self._last

    def __call__(self, *args: Any, **keywords: Any) -> tuple[Any, Callable[[Any], Any]]:
        if self._wrt is not None:
            return self._of(self._wrt).at(args, keywords)
        moving = tuple(k for k, a in enumerate(args) if varies(a))
        if not moving:
            raise TypeError("no positional argument holds a real number; name what is differentiated with wrt=")
        value, pull = self._of(moving).at(args, keywords)

        def whole(cotangent: Any) -> tuple[Any, ...]:
            found = iter(pull(cotangent))
            return tuple(next(found) if k in moving else None for k in range(len(args)))

        return value, whole

    @property
    def source(self) -> str:
        """The generated source of the pullback, for the types of the last call."""
        return (self._last or self._of(0 if self._wrt is None else self._wrt)).source


def varies(value: Any) -> bool:
    """Whether an argument holds a float or an array of floats."""
    if isinstance(value, float | np.floating):
        return True
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "f")
    layout = layout_of(value)
    return layout is not None and any(map(varies, layout[2]))


def vjp(f: Callable[..., Any], *, wrt: Wrt | None = None) -> Vjp:
    """The pullback: `value, pullback = vjp(f)(x, y)`, and `pullback(bar)` is the pair of bar d f / d x and bar d f / d y.

    `bar` is like the value, with None for what is zero or has no derivative. Without `wrt` there is one cotangent for each
    positional argument, None for those that hold no floats; with it, as for `grad`, those of the chosen parameters. Each
    call of `pullback` runs f and its reverse sweep, with copies of the arguments: what you do to yours has no influence.
    """
    return Vjp(f, wrt)


class Linearize:
    """`linearize(f)`: called as f; gives the value and the map of tangents."""

    __adcompiler_refused__ = "linearize"

    def __init__(self, primal: Callable[..., Any]) -> None:
        self.primal, self._along = primal, jvp(primal)

    def __call__(self, *args: Any, **keywords: Any) -> tuple[Any, Callable[..., Any]]:
        zeros = tuple(_zero(a) if varies(a) else None for a in args)
        value, _ = self._along(args, zeros, **keywords)
        args = tuple(map(copied, args))
        keywords = {n: copied(v) for n, v in keywords.items()}

        def push(*tangents: Any) -> Any:
            return self._along(args, tangents, **keywords)[1]

        return value, push

    @property
    def source(self) -> str:
        """The generated source of the map of tangents, which computes the value as well."""
        return self._along.source


def linearize(f: Callable[..., Any]) -> Linearize:
    """`value, push = linearize(f)(x, y)`, and `push(x_dot, y_dot)` is the tangent of the value at this point.

    Each call of `push` runs f again, with copies of the arguments: what you do to yours after the call has no influence.
    """
    return Linearize(f)


def _function(f: Any) -> Any:
    if not callable(f):
        raise TypeError(f"the first argument must be a function, not {type(f).__name__}")
    return f


def _zero(value: Any) -> Any:
    """The tangent zero of an argument."""
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    if isinstance(value, int | float | np.number):
        return 0.0
    layout = layout_of(value)
    return None if layout is None else rebuilt(layout, [_zero(v) for v in layout[2]])


def copied(value: Any) -> Any:
    """An argument with arrays and lists of its own."""
    return _copied_like(argument_of(value, False).tree, value)


def _copied_like(tree: Tree, value: Any) -> Any:
    match tree:
        case Leaf():
            return value.copy() if isinstance(value, np.ndarray | list) else value
        case Node(children=children):
            layout = layout_of(value)
            assert layout is not None
            return rebuilt(layout, [_copied_like(c, v) for c, v in zip(children, layout[2], strict=True)])
        case _:
            return value


class Hvp:
    """`hvp(f)`: called as f, with a direction as one more argument at the end."""

    __adcompiler_refused__ = "hvp"

    def __init__(self, primal: Callable[..., Any], wrt: Wrt) -> None:
        self.primal = primal
        self._tangent = Tangent(Derivative(primal, wrt, False, False), wrt, False, False)
        self._single = not isinstance(wrt, tuple | list)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        *primals, direction = args or (None,)
        try:
            inspect.signature(self._tangent).bind(*primals, **keywords)
        except TypeError as error:
            raise TypeError(f"hvp(f) is called with the arguments of f and then the direction: {error}") from None
        if self._single:
            return self._tangent.at(primals, keywords, [direction])
        count = len(self._tangent._selected)
        if not isinstance(direction, tuple | list) or len(direction) != count:
            raise TypeError(f"the direction is a tuple of {count}, one for each parameter of wrt")
        return self._tangent.at(primals, keywords, direction)

    @property
    def source(self) -> str:
        """The generated source, for the types of the last call."""
        return self._tangent.source


def hvp(f: Callable[..., Any], *, wrt: Wrt = 0) -> Hvp:
    """The product of the Hessian with a direction: `hvp(f)(x, v)` is d/dt grad f(x + t v) at t = 0.

    The direction comes after all arguments of f and is like the parameter `wrt` (a tuple of directions where `wrt` is a
    tuple). Computed by forward mode over reverse mode: a small multiple of the cost of f, whatever the size of x.
    """
    return Hvp(f, wrt)


__all__ = ["Generated", "copied", "hvp", "is_real", "jvp", "linearize", "rebuilt", "varies", "vjp"]
