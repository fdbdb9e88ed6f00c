"""The public functions: grad, value_and_grad, stop_gradient, no_grad, zero_grad."""

from __future__ import annotations

import functools
import inspect
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.backend.files import header_of, write_generated
from adcompiler.backend.native import Native
from adcompiler.diagnostics import Span, fail
from adcompiler.frontend.arguments import Argument, argument_of, layout_of, leaves_of, prepared
from adcompiler.frontend.callables import held
from adcompiler.frontend.check import check_syntax
from adcompiler.frontend.resolve import Definition
from adcompiler.integrations.buffers import accumulate, zero_grad
from adcompiler.integrations.compiled import first_call
from adcompiler.integrations.pickling import reduced
from adcompiler.integrations.shapes import Layout, with_shapes_checked
from adcompiler.ir.given import given_parameters
from adcompiler.ir.nodes import Node
from adcompiler.source import Target, header_span

if TYPE_CHECKING:  # the compiler itself is imported when it is first needed, so that `import adcompiler` is quick
    from adcompiler.pipeline import Artifact
    from adcompiler.pipeline import Wrt as Selected
    from adcompiler.verify.certificate import Certificate

Wrt = int | str | Sequence[int | str]
_PLAIN = frozenset([float, int, bool])
_CONSTANT = (float, int, bool, str, type(None))
_MOST_ENTRIES = 512


@dataclass(slots=True, eq=False)
class _Entry:
    """The way from a call to the generated function.

    It is valid while `space.get(key) is value` in all `places`, and code and defaults of all `definitions` are the same.
    """

    call: Callable[..., Any]
    places: tuple[tuple[Any, str, Any], ...]
    definitions: tuple[tuple[FunctionType, Any, Any], ...]
    artifact: Artifact


class Derivative:
    """A function that returns the gradient of another one, from generated source.

    Called with the primal's own arguments, keywords and defaults. The source is specialised to the types of the
    arguments and kept; it is made again when a function or a global that it was made from is bound anew.
    """

    primal: Callable[..., Any]
    """The function that was differentiated."""
    __module__: str
    __qualname__: str

    def __init__(self, primal: Callable[..., Any], wrt: Wrt, has_aux: bool, value: bool, native: Native | None = None) -> None:
        primal = getattr(primal, "__adcompiler_derivative__", primal)
        original: Any = primal
        if not callable(original):
            raise TypeError(f"the first argument must be a function, not {type(original).__name__}")
        while isinstance(original, Derivative):
            original = original.primal
        self._held = held(original)
        self._definition = _definition(self._held.function)
        self._target = Target.of_live(self._held.function)
        check_syntax(self._target)
        functools.update_wrapper(self, self._held.function, updated=())
        self.primal = primal
        self.__signature__ = inspect.signature(self._held.function if given_parameters(original) else original)
        self._value, self._has_aux, self._native = value, has_aux, native
        self._binding = inspect.signature(self._held.function)
        self._wrt, self._single = wrt, not isinstance(wrt, tuple | list)
        chosen: Any = (wrt,) if self._single else wrt
        self._selected = tuple(self._parameter(w) for w in chosen)
        if not self._selected:
            raise fail("ADC602", "wrt is empty", header_span(self._target), "name at least one parameter")
        self._lock = threading.RLock()
        self._compiled: dict[tuple[tuple[str, Argument], ...], Artifact] = {}
        self._entries: dict[Any, _Entry] = {}
        self._last: Artifact | None = None

    def _parameter(self, wrt: int | str) -> Selected:
        """What a position or a name means: a parameter, or one of the values of `*args`."""
        parameters = list(self.__signature__.parameters.values())
        names = [p.name for p in parameters]
        starred = next((k for k, p in enumerate(parameters) if p.kind is p.VAR_POSITIONAL), None)
        if isinstance(wrt, str) and wrt in names:
            return wrt
        if isinstance(wrt, int) and not isinstance(wrt, bool):
            if starred is not None and wrt >= starred:
                return names[starred], wrt - starred
            if (0 if starred is not None else -len(names)) <= wrt < len(names):
                return names[wrt]
        raise fail("ADC602", f"{self._target.name}() has no parameter {wrt!r}", header_span(self._target),
                   f"its parameters are {', '.join(names) or 'none'}")

    # --- calling --------------------------------------------------------------------------------------

    def __call__(self, *args: Any, into: Any = None, **keywords: Any) -> Any:
        if into is not None:
            return self._into(into, args, keywords)
        entry = None if keywords else self._entries.get(tuple(map(type, args)))
        if entry is None:
            entry = self._entries.get(self._key(args, keywords))
        if entry is not None:
            for space, key, value in entry.places:
                if space.get(key) is not value:
                    return self._call(args, keywords)
            for function, code, defaults in entry.definitions:
                if function.__code__ is not code or function.__defaults__ is not defaults:
                    return self._call(args, keywords)
            self._last = entry.artifact
            return entry.call(*args, **keywords)
        return self._call(args, keywords)

    def _into(self, into: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The call whose gradient is added to buffers; the buffers take the place of the gradient in the result."""
        if "into" in self.__signature__.parameters:
            return self._call(args, {**keywords, "into": into})
        result = self(*args, **keywords)
        if self._value:
            accumulate(into, result[1])
            return result[0], into
        accumulate(into, result[0] if self._has_aux else result)
        return (into, result[1]) if self._has_aux else into

    def _call(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        values = self._bind(args, keywords)
        arguments = self._arguments(values)
        artifact = self._compile(arguments)
        call = self._shape_checked(self._direct(artifact, arguments, values, args, keywords), args, keywords)
        key = self._key(args, keywords)
        if key is not None and all(type(v) in _CONSTANT for v in self._omitted(args, keywords, values).values()):
            if len(self._entries) >= _MOST_ENTRIES:
                self._entries.clear()
            definitions = tuple(d.state for d in artifact.dependencies if isinstance(d, Definition))
            places = tuple(d.place for d in artifact.dependencies if not isinstance(d, Definition))
            self._entries[key] = _Entry(call, places, definitions, artifact)
        return first_call(call, args, keywords, artifact.name) if artifact.native else call(*args, **keywords)

    def _key(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """A cheap name for the types of a call; None where there is none."""
        if keywords or self._held.args or self._held.keywords:
            parts = (*self._held.args, *self._held.keywords.values(), *args, *keywords.values())
            key = (len(args), tuple(keywords), *[_key(p) for p in parts])
        else:
            key = tuple([_key(a) for a in args])
        return None if None in key else key

    def _follow(self) -> None:
        """Begin anew when the function was replaced in place, as tools that reload modules do."""
        if any(now is not then for now, then in zip(_definition(self._held.function), self._definition, strict=True)):
            self.__init__(self.primal, self._wrt, self._has_aux, self._value, self._native)  # type: ignore[misc]

    def _bind(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
        """The value of every parameter. Raises TypeError where the primal would."""
        self._follow()
        bound = self._binding.bind(*self._held.args, *args, **{**self._held.keywords, **keywords})
        bound.apply_defaults()
        return dict(bound.arguments)

    def _arguments(self, values: Mapping[str, Any]) -> dict[str, Argument]:
        return {n: self._argument(n, v) for n, v in values.items()}

    def _argument(self, name: str, value: Any) -> Argument:
        span = self._span_of(name)
        items = {w[1] for w in self._selected if isinstance(w, tuple) and w[0] == name}
        if not items:
            return argument_of(value, name in self._selected, name, span)
        parts = [argument_of(v, k in items or name in self._selected, f"{name}.{k}", span) for k, v in enumerate(value)]
        tree = Node("tuple", tuple(range(len(parts))), tuple(p.tree for p in parts))
        return Argument(tree, tuple(t for p in parts for t in p.types))

    def _prepared(self, values: Mapping[str, Any], arguments: Mapping[str, Argument]) -> dict[str, Any]:
        """The values as the generated function takes them: differentiated integers have become real numbers."""
        found = {n: prepared(v, arguments[n].tree, n in self._selected) for n, v in values.items()}
        for w in self._selected:
            if isinstance(w, tuple):
                name, item = w
                tree, value = arguments[name].tree, found[name]
                if isinstance(tree, Node) and item < len(value):
                    real = prepared(value[item], tree.children[item], True)
                    if real is not value[item]:
                        found[name] = (*value[:item], real, *value[item + 1:])
        return found

    def _spread(self, values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Values by parameter as the arguments of a call."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for p in self._target.parameters:
            match p.kind:
                case "VAR_POSITIONAL":
                    positional += values[p.name]
                case "VAR_KEYWORD":
                    named.update(values[p.name])
                case "KEYWORD_ONLY":
                    named[p.name] = values[p.name]
                case _:
                    positional.append(values[p.name])
        return positional, named

    def _omitted(self, args: tuple[Any, ...], keywords: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that neither the call nor what is held gives, with their defaults."""
        given = self._binding.bind_partial(*self._held.args, *args, **{**self._held.keywords, **keywords}).arguments
        starred = [p.name for p in self._target.parameters if p.kind.startswith("VAR_")]
        return {n: v for n, v in values.items() if n not in given and n not in starred}

    def _direct(self, artifact: Artifact, arguments: Mapping[str, Argument], values: Mapping[str, Any],
                args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Callable[..., Any]:
        """The function for calls with arguments of these types: as little as is needed around the generated one."""
        function = artifact.function
        ready = self._prepared(values, arguments)
        before = self._held.args
        held_keywords = {n: v for n, v in self._held.keywords.items() if n not in keywords}
        fixed = {n: ready[n] for n in self._omitted(args, keywords, values)} | held_keywords
        changed = [n for n, v in ready.items() if v is not values[n] and n not in fixed]
        kinds = {p.name: p.kind for p in self._target.parameters}
        plain = not any(kinds.get(n) == "POSITIONAL_ONLY" for n in fixed) and held_keywords.keys() <= kinds.keys() \
            and not any(n in self._selected for n in held_keywords)
        if plain and not changed and not artifact.mutated:
            if not before and not fixed:
                return function  # type: ignore[no-any-return]
            return lambda *args, **keywords: function(*before, *args, **fixed, **keywords)
        positional = [p.name for p in self._target.parameters if p.kind.startswith("POSITIONAL")][:len(args)]
        if plain and not artifact.mutated and not before and not keywords and len(positional) == len(args) \
                and all(type(values[n]) in (int, bool) for n in changed):
            real = [n in changed for n in positional]
            return lambda *args: function(*[float(a) if r else a for a, r in zip(args, real, strict=True)], **fixed)
        return lambda *args, **keywords: self._checked_call(artifact, arguments, args, keywords)

    def _shape_checked(self, call: Callable[..., Any], args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Callable[..., Any]:
        """The call, with the shapes of gradients of arrays compared with the arrays'."""
        given = self._binding.bind_partial(*self._held.args, *args, **{**self._held.keywords, **keywords}).arguments
        positional = {n: k - len(self._held.args) for k, n in enumerate(given)}
        places: list[tuple[int, int | str]] = []
        for k, name in enumerate(self._selected):
            if isinstance(name, str) and isinstance(given.get(name), np.ndarray) and given[name].ndim:
                if name in keywords:
                    places.append((k, name))
                elif 0 <= positional[name] < len(args) and args[positional[name]] is given[name]:
                    places.append((k, positional[name]))
        layout = Layout(self._single, self._value, self._has_aux)
        return with_shapes_checked(call, layout, places, self._misfit) if places else call

    def _misfit(self, k: int, argument: Any, gradient: Any) -> Exception:
        name = self._selected[k]
        return fail("ADC604", f"the gradient with respect to {name!r} has the shape {np.shape(gradient)} where the argument "
                    f"has {argument.shape}: sizes in the function do not fit each other", header_span(self._target),
                    "call the function itself with these arguments: the error says where")

    def _checked_call(self, artifact: Artifact, arguments: Mapping[str, Argument], args: tuple[Any, ...],
                      keywords: Mapping[str, Any]) -> Any:
        values = self._bind(args, keywords)
        self._check_overlap(artifact, values)
        positional, named = self._spread(self._prepared(values, arguments))
        return artifact.function(*positional, **named)

    def _span_of(self, name: str) -> Span:
        return next(self._target.span_of(p.node) for p in self._target.parameters if p.name == name)

    def _compile(self, arguments: dict[str, Argument]) -> Artifact:
        key = tuple(arguments.items())
        artifact = self._compiled.get(key)
        if artifact is None or _stale(artifact):
            with self._lock:
                artifact = self._compiled.get(key)
                if artifact is None or _stale(artifact):
                    artifact = self._made(arguments)
                    if len(self._compiled) >= _MOST_ENTRIES:
                        self._compiled.clear()
                    self._compiled[key] = artifact
        self._last = artifact
        return artifact

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        from adcompiler.pipeline import compile_again, compile_gradient

        if isinstance(self.primal, Derivative):
            inner = self.primal._compile(arguments)
            return compile_again(inner, self._target, arguments, self._selected, value=self._value,
                                 has_aux=self._has_aux, single=self._single, native=self._native)
        return compile_gradient(self._target, arguments, self._selected, value=self._value, has_aux=self._has_aux,
                                single=self._single, native=self._native)

    def _check_overlap(self, artifact: Artifact, values: Mapping[str, Any]) -> None:
        """The primal may write to an array and see the change in another one; derivatives of that are refused."""
        if not artifact.mutated:
            return
        arrays = [(n, v) for name, value in values.items() for n, v in leaves_of(name, value)
                  if isinstance(v, np.ndarray)]
        arrays += [(n, c.value) for n, c in artifact.primal.constants.items() if isinstance(c.value, np.ndarray)]
        for k, (name, array) in enumerate(arrays):
            if name.split(".")[0] not in artifact.mutated:
                continue
            for other, value in arrays[:k] + arrays[k + 1:]:
                if np.may_share_memory(array, value):
                    raise fail("ADC408", f"{name!r} and {other!r} share memory, and the function modifies {name!r}",
                               self._span_of(name.split(".")[0]), "pass a copy of one of them")

    # --- looking --------------------------------------------------------------------------------------

    def _ahead(self) -> Artifact:
        """What was compiled last; before any call, what the signature suggests."""
        self._follow()
        if self._last is not None:
            return self._compile(dict(self._last.arguments))
        from adcompiler.frontend.signature import arguments_of_signature

        names = [w if isinstance(w, str) else w[0] for w in self._selected]
        held_values = self._binding.bind_partial(*self._held.args, **self._held.keywords).arguments
        arguments = arguments_of_signature(self._target, names, held_values)
        for name, value in held_values.items():
            arguments[name] = self._argument(name, value)
        return self._compile(arguments)

    @property
    def source(self) -> str:
        """The generated source, for the types of the last call, or of annotations, defaults and use before any."""
        return self._ahead().source

    def source_for(self, *args: Any, **keywords: Any) -> str:
        """The generated source for the types of these arguments."""
        return self._compile(self._arguments(self._bind(args, keywords))).source

    @property
    def ir(self) -> str:
        """The intermediate representation of the gradient, as text."""
        from adcompiler.ir.text import show

        return show(self._ahead().program)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the generated source as a module of its own.

        Raises FileExistsError rather than writing over a file that was not generated, and CompileError where the source names
        an object that no module has.
        """
        artifact = self._ahead()
        nameless = [n for n in artifact.named if not artifact.program.constants[n].text]
        if nameless:
            raise fail("ADC519", f"the file would need {nameless[0]!r}, an object that cannot be imported or written as source",
                       header_span(self._target), "define it at the top of a module")
        write_generated(os.fspath(path), header_of(self._target) + artifact.source)

    def value_and_grad(self, *args: Any, **keywords: Any) -> Any:
        """The pair (value, gradient) at these arguments; with has_aux, ((value, aux), gradient)."""
        return self._with_value(*args, **keywords)

    @functools.cached_property
    def _with_value(self) -> Derivative:
        return self if self._value else Derivative(self.primal, self._wrt, self._has_aux, True, self._native)

    def verify(self, *args: Any, time_limit: float = 10.0, checks: Sequence[str] = ("sympy", "numeric"),
               **keywords: Any) -> Certificate:
        """Check the gradient with SymPy and with differences at these arguments; `print` shows the outcome.

        It ends after about `time_limit` seconds, with a weaker verdict where that is too short.
        """
        from adcompiler.verify.calls import certify_artifact

        values = self._bind(args, keywords)
        arguments = self._arguments(values)
        artifact = self._compile(arguments)
        inner = self.primal._compile(arguments).function if isinstance(self.primal, Derivative) else self._held.function
        return certify_artifact(artifact, self._prepared(values, arguments), inner, checks=checks,
                                time_limit=time_limit)

    def __repr__(self) -> str:
        names = [w if isinstance(w, str) else f"{w[0]}[{w[1]}]" for w in self._selected]
        kind = "value_and_grad" if self._value else "grad"
        of = repr(self.primal) if isinstance(self.primal, Derivative) else self._target.name
        return f"<{kind} of {of} wrt {names[0] if self._single else ', '.join(names)}>"

    def _repr_html_(self) -> str:
        try:
            from pygments import highlight
            from pygments.formatters import HtmlFormatter
            from pygments.lexers import PythonLexer
        except ImportError:
            import html  # here, since it is slow to import

            return f"<pre><code>{html.escape(self.source)}</code></pre>"
        text: str = highlight(self.source, PythonLexer(), HtmlFormatter(noclasses=True))
        return text

    # --- being a function -----------------------------------------------------------------------------

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self, Derivative, (self.primal, self._wrt, self._has_aux, self._value, self._native))


def _definition(function: FunctionType) -> tuple[Any, ...]:
    return function.__code__, function.__defaults__, function.__kwdefaults__


def _with_floats(function: Callable[..., Any], positions: Sequence[int]) -> Callable[..., Any]:
    """The function with the arguments at these positions converted to floats."""
    if len(positions) == 1:
        k, after = positions[0], positions[0] + 1
        return lambda *args: function(*args[:k], float(args[k]), *args[after:])

    def call(*args: Any) -> Any:
        changed = list(args)
        for k in positions:
            changed[k] = float(changed[k])
        return function(*changed)

    return call


def _stale(artifact: Artifact) -> bool:
    return any(d.changed() for d in artifact.dependencies)


def _key(value: Any, depth: int = 0) -> Any:
    """A cheap name for the type of a value, such that equal names mean equal arguments; None where there is none."""
    kind = type(value)
    if kind is np.ndarray:
        return value.dtype, value.shape
    if kind in _PLAIN or isinstance(value, np.number | np.bool_):
        return kind
    if kind is list:
        kinds = frozenset(map(type, value))
        if kinds <= _PLAIN:
            return list, kinds
    if kind is str or value is None:
        return kind, value
    if kind in (FunctionType, BuiltinFunctionType):  # alive as long as what was compiled for it
        return kind, id(value)
    if depth > 10:
        return None
    if kind is dict:
        keys, parts = tuple(value), value.values()
    elif kind is tuple or kind is list:
        keys, parts = (), value
    else:
        layout = layout_of(value)
        if layout is None:
            return None
        _, keys, parts, _ = layout
    found = tuple([_key(p, depth + 1) for p in parts])
    return None if None in found else (kind, keys, found)


# --- the functions ----------------------------------------------------------------------------------------


def grad(f: Callable[..., Any] | None = None, *, wrt: Wrt = 0, argnums: Wrt | None = None,
         has_aux: bool = False, target: str = "python", debug: bool = False,
         fastmath: str | None = None) -> Any:
    """The gradient of a function that returns a real number: d f / d wrt, as a function of the same arguments.

    Usable as `grad(f)`, `@grad` and `@grad(wrt=...)`. `wrt` is a position, a name or a tuple of them (then a tuple of
    gradients comes back); `argnums` is another name for it. With `has_aux`, f returns a pair (value, aux) and the
    result is (gradient, aux). Raises CompileError where f cannot be differentiated.

    target: "python", or "numba" for source that Numba compiles when it is first called for arguments of some types; the
    compiled code is kept on disk for other processes. Then `debug=True` checks indices and divisions by zero, and
    `fastmath="safe"` lets sums be reordered (docs/performance.md).
    """
    return _make(f, _chosen(wrt, argnums), has_aux, False, _native(target, debug, fastmath))


def value_and_grad(f: Callable[..., Any] | None = None, *, wrt: Wrt = 0, argnums: Wrt | None = None,
                   has_aux: bool = False, target: str = "python", debug: bool = False,
                   fastmath: str | None = None) -> Any:
    """As `grad`, with the pair (value, gradient) as the result; with `has_aux`, ((value, aux), gradient)."""
    return _make(f, _chosen(wrt, argnums), has_aux, True, _native(target, debug, fastmath))


def _chosen(wrt: Wrt, argnums: Wrt | None) -> Wrt:
    if argnums is None:
        return wrt
    if wrt not in (0, argnums):
        raise TypeError(f"wrt={wrt!r} and argnums={argnums!r} are two names of one thing; give one of them")
    return argnums


def _native(target: str, debug: bool, fastmath: str | None) -> Native | None:
    if target not in ("python", "numba"):
        raise ValueError(f"target is 'python' or 'numba', not {target!r}")
    if fastmath not in (None, "safe"):
        raise ValueError(f"fastmath is None or 'safe', not {fastmath!r}")
    if target == "python" and (debug or fastmath):
        raise ValueError("debug and fastmath belong to target='numba'")
    return Native(debug, fastmath == "safe") if target == "numba" else None


def _make(f: Callable[..., Any] | None, wrt: Wrt, has_aux: bool, value: bool, native: Native | None) -> Any:
    if f is None:
        return lambda function: Derivative(function, wrt, has_aux, value, native)
    if not callable(f):
        raise TypeError(f"the first argument must be a function, not {type(f).__name__}; parameters are named by wrt=")
    return Derivative(f, wrt, has_aux, value, native)


def stop_gradient(x: Any) -> Any:
    """x itself; inside a differentiated function, a constant: nothing flows back through it."""
    return x


def detach(x: Any) -> Any:
    """The same as `stop_gradient`."""
    return x


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside a differentiated function: what is assigned in the block is constant. Outside it does nothing."""
    yield


for _name in ("stop_gradient", "detach", "no_grad", "grad", "value_and_grad"):
    globals()[_name].__adcompiler__ = _name  # how the front end knows them under any name

__all__ = ["Derivative", "detach", "grad", "no_grad", "stop_gradient", "value_and_grad", "zero_grad"]
