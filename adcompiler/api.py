"""The public functions: grad, value_and_grad, stop_gradient, no_grad, zero_grad."""

from __future__ import annotations

import functools
import html
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from adcompiler.diagnostics import Span, fail
from adcompiler.frontend.arguments import Argument, argument_of, as_differentiated, layout_of, leaves_of
from adcompiler.frontend.check import check_syntax
from adcompiler.frontend.signature import arguments_of_signature
from adcompiler.ir.nodes import Leaf, Node
from adcompiler.ir.text import show
from adcompiler.output import header_of, write_generated
from adcompiler.pipeline import Artifact, compile_again, compile_gradient, header_span
from adcompiler.source import Target

if TYPE_CHECKING:
    from adcompiler.verify.certificate import Certificate

Wrt = int | str | tuple[int | str, ...] | Sequence[int | str]
_PLAIN = (float, int, bool)


class Derivative:
    """A function that returns the gradient of another one, from generated source.

    Called with the primal's own arguments, keywords and defaults. The source is specialised to the types of the
    arguments and kept; it is made again when a function or a global that it was made from is bound anew.
    """

    def __init__(self, primal: Callable[..., Any], wrt: Wrt, has_aux: bool, value: bool) -> None:
        self.primal = primal
        function: Any = primal
        while isinstance(function, Derivative):
            function = function.primal
        self._owner, self._function = _unbound(function)
        functools.update_wrapper(self, primal, updated=())  # type: ignore[arg-type]
        self.__signature__ = inspect.signature(primal)
        self.target = Target.of_live(self._function)
        check_syntax(self.target)
        self._value, self._has_aux = value, has_aux
        self._single = not isinstance(wrt, tuple | list)
        self._names = tuple(p.name for p in self.target.parameters)
        self._wrt = tuple(self._parameter(w) for w in (wrt if isinstance(wrt, tuple | list) else (wrt,)))
        self._real = tuple(n in self._wrt for n in self._names)
        self._defaults = inspect.signature(self._function)
        self._lock = threading.RLock()
        self._compiled: dict[Any, Artifact] = {}
        self._fast: dict[Any, tuple[Callable[..., Any], tuple[Any, ...], tuple[int, ...]]] = {}
        self._last: Artifact | None = None

    def _parameter(self, wrt: int | str) -> str:
        """The name of the parameter that a position or a name means."""
        names = self._names[1:] if self._owner is not None else self._names
        if isinstance(wrt, str):
            if wrt in names:
                return wrt
        elif -len(names) <= wrt < len(names):
            return names[wrt]
        raise fail("ADC602", f"{self.target.name}() has no parameter {wrt!r}", header_span(self.target),
                   f"its parameters are {', '.join(names) or 'none'}")

    # --- calling --------------------------------------------------------------------------------------

    def __call__(self, *args: Any, into: Any = None, **keywords: Any) -> Any:
        if not keywords and into is None:
            entry = self._fast.get(tuple(map(type, args)))
            if entry is not None:
                function, dependencies, convert = entry
                for space, key, value in dependencies:
                    if space.get(key) is not value:
                        break
                else:
                    if convert:
                        args = tuple(float(a) if k in convert else a for k, a in enumerate(args))
                    return function(*args)
        result = self._call(args, keywords)
        return result if into is None else _accumulate(into, result[1] if self._value else result)

    def _call(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        values = self._bind(args, keywords)
        artifact = self._artifact(values)
        if artifact.mutated:
            self._refuse_overlap(values, artifact.mutated)
        self._remember(args, keywords, artifact)
        positional, named = self._spread(values)
        return artifact.function(*positional, **named)

    def _bind(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
        """The value of every parameter; differentiated integers become real numbers."""
        if self._owner is not None:
            args = (self._owner, *args)
        bound = self._defaults.bind(*args, **keywords)
        bound.apply_defaults()
        values = dict(bound.arguments)
        for name in self._wrt:
            values[name] = as_differentiated(values[name], argument_of(values[name], True, name, self._span_of(name)).tree)
        return values

    def _spread(self, values: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Values by parameter as the arguments of a call."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for p in self.target.parameters:
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

    def _remember(self, args: tuple[Any, ...], keywords: dict[str, Any], artifact: Artifact) -> None:
        """Calls with plain numbers alone go straight to the generated function next time."""
        plain = all(type(a) in _PLAIN for a in args) and not keywords and self._owner is None
        simple = all(p.kind in ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD") for p in self.target.parameters)
        if not (plain and simple and len(args) == len(self._names)):
            return
        dependencies = tuple(d.place for d in artifact.dependencies)
        if None in dependencies:
            return
        convert = tuple(k for k, a in enumerate(args) if self._real[k] and type(a) is int)
        self._fast[tuple(map(type, args))] = (artifact.function, dependencies, convert)

    def _artifact(self, values: dict[str, Any]) -> Artifact:
        """The compiled derivative for the types of these values."""
        arguments = {n: argument_of(v, n in self._wrt, n, self._span_of(n)) for n, v in values.items()}
        return self._compile(arguments)

    def _span_of(self, name: str) -> Span:
        return next(self.target.span_of(p.node) for p in self.target.parameters if p.name == name)

    def _compile(self, arguments: dict[str, Argument]) -> Artifact:
        key = tuple(arguments.items())
        artifact = self._compiled.get(key)
        if artifact is None or any(d.changed() for d in artifact.dependencies):
            with self._lock:
                artifact = self._compiled.get(key)
                if artifact is None or any(d.changed() for d in artifact.dependencies):
                    self._fast.clear()
                    artifact = self._made(arguments)
                    self._compiled[key] = artifact
        self._last = artifact
        return artifact

    def _made(self, arguments: dict[str, Argument]) -> Artifact:
        target = Target.of_live(self._function)
        if isinstance(self.primal, Derivative):
            inner = self.primal._compile(arguments)
            return compile_again(inner, target, arguments, self._wrt, value=self._value, single=self._single)
        return compile_gradient(target, arguments, self._wrt, value=self._value, has_aux=self._has_aux, single=self._single)

    def _refuse_overlap(self, values: dict[str, Any], mutated: tuple[str, ...]) -> None:
        arrays = {n: v for n, v in values.items() if isinstance(v, np.ndarray)}
        for name in mutated:
            for other, value in arrays.items():
                if other != name and name in arrays and np.may_share_memory(arrays[name], value):
                    raise fail("ADC408", f"{name!r} and {other!r} share memory, and the function modifies {name!r}",
                               self._span_of(name), "pass a copy of one of them")

    # --- looking --------------------------------------------------------------------------------------

    def _ahead(self) -> Artifact:
        """What was compiled last; before any call, what the signature suggests."""
        if self._last is not None:
            return self._last
        arguments = arguments_of_signature(self.target, self._wrt)
        if self._owner is not None:
            first = self._names[0]
            arguments[first] = argument_of(self._owner, False, first)
        return self._compile(arguments)

    @property
    def source(self) -> str:
        """The generated source, for the types of the last call, or of annotations, defaults and use before any."""
        return self._ahead().source

    def source_for(self, *args: Any, **keywords: Any) -> str:
        """The generated source for the types of these arguments."""
        return self._artifact(self._bind(args, keywords)).source

    @property
    def ir(self) -> str:
        """The intermediate representation of the gradient, as text."""
        return show(self._ahead().program)

    def save(self, path: str) -> None:
        """Write the generated source as a module of its own. Never over a file that was not generated (OSError)."""
        artifact = self._ahead()
        write_generated(path, header_of(self.target) + artifact.source)

    def value_and_grad(self, *args: Any, **keywords: Any) -> Any:
        """The pair (value, gradient) at these arguments."""
        return self._with_value(*args, **keywords)

    @functools.cached_property
    def _with_value(self) -> Derivative:
        if self._value:
            return self
        return Derivative(self.primal, self._wrt if not self._single else self._wrt[0], self._has_aux, True)

    def verify(self, *args: Any, time_limit: float = 10.0, checks: tuple[str, ...] = ("sympy", "numeric"),
               **keywords: Any) -> Certificate:
        """Check the gradient at these arguments against SymPy and differences; see `adcompiler.verify`."""
        from adcompiler.verify.certificate import certify

        values = self._bind(args, keywords)
        arguments = {n: argument_of(v, n in self._wrt, n, self._span_of(n)) for n, v in values.items()}
        artifact = self._compile(arguments) if not self._value else self._plain._compile(arguments)
        program = artifact.program
        block = replace(program.entry.block, results=program.entry.block.results[:len(artifact.wrt)])
        gradient = replace(program, entry=replace(program.entry, block=block, result=Node(
            "tuple", tuple(range(len(artifact.wrt))), (Leaf(),) * len(artifact.wrt))))
        named = [pair for n, v in values.items() for pair in leaves_of(n, v)]
        return certify(artifact.primal, gradient, [v for _, v in named], artifact.wrt, names=[n for n, _ in named],
                       checks=checks, time_limit=time_limit)

    @functools.cached_property
    def _plain(self) -> Derivative:
        """The same derivative without the value."""
        return Derivative(self.primal, self._wrt if not self._single else self._wrt[0], self._has_aux, False)

    def __repr__(self) -> str:
        kind = "value_and_grad" if self._value else "grad"
        wrt = self._wrt[0] if self._single else self._wrt
        return f"<{kind} of {self.target.name} wrt {wrt!r}>"

    def _repr_html_(self) -> str:
        try:
            from pygments import highlight
            from pygments.formatters import HtmlFormatter
            from pygments.lexers import PythonLexer
        except ImportError:
            return f"<pre><code>{html.escape(self.source)}</code></pre>"
        text: str = highlight(self.source, PythonLexer(), HtmlFormatter(noclasses=True))
        return text

    # --- being a function -----------------------------------------------------------------------------

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self.__call__, instance)

    def __reduce__(self) -> Any:
        if _found(self.__module__, self.__qualname__) is self:
            return self.__qualname__ if self.__module__ == "__main__" else (_lookup, (self.__module__, self.__qualname__))
        wrt = self._wrt[0] if self._single else self._wrt
        if self._owner is None and _found(self.__module__, self.__qualname__) is not self.primal:
            raise TypeError(f"{self!r} cannot be pickled: its function is not found in the module {self.__module__}")
        return Derivative, (self.primal, wrt, self._has_aux, self._value)


def _found(module: str, qualname: str) -> Any:
    import sys

    value: Any = sys.modules.get(module)
    for part in qualname.split("."):
        value = getattr(value, part, None)
    return value


def _lookup(module: str, qualname: str) -> Any:
    import importlib

    importlib.import_module(module)
    return _found(module, qualname)


def _unbound(function: Any) -> tuple[Any, FunctionType]:
    """The object that a function is bound to (None for a plain function), and the plain function."""
    if isinstance(function, MethodType):
        return function.__self__, function.__func__  # type: ignore[return-value]
    if isinstance(function, FunctionType):
        return None, function
    if isinstance(function, functools.partial):
        raise TypeError("grad of a functools.partial is not supported: use a lambda or a def")
    call = getattr(type(function), "__call__", None)
    if isinstance(call, FunctionType):
        return function, call
    raise TypeError(f"grad needs a Python function, not {type(function).__name__}")


def leaves_of(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The leaves of an argument, in order, each with a name."""
    tree = argument_of(value, False, name).tree
    if isinstance(tree, Leaf):
        yield name, value
    elif isinstance(tree, Node) and (shape := layout_of(value)) is not None:
        for key, part in zip(shape[1], shape[2], strict=True):
            yield from leaves_of(f"{name}.{key}", part)


# --- accumulation, as users of `.grad` know it ------------------------------------------------------------


def _accumulate(into: Any, gradient: Any) -> Any:
    """Add a gradient to the caller's arrays, in place; the structures must match."""
    if isinstance(into, np.ndarray):
        into += gradient
        return into
    if isinstance(into, dict):
        for key in gradient:
            into[key] = _accumulate(into[key], gradient[key])
        return into
    if isinstance(into, list):
        if not isinstance(gradient, list | tuple) or len(into) != len(gradient):
            raise TypeError("the buffers and the gradient have different structures")
        for k, part in enumerate(gradient):
            into[k] = into[k] + part if isinstance(part, float) else _accumulate(into[k], part)
        return into
    if isinstance(into, tuple) and isinstance(gradient, list | tuple) and len(into) == len(gradient):
        for buffer, part in zip(into, gradient, strict=True):
            _accumulate(buffer, part)
        return into
    if isinstance(into, float | int) and isinstance(gradient, float):
        raise TypeError("a number cannot be added to in place: give an array np.zeros(()), or a list or dict of numbers")
    raise TypeError(f"cannot accumulate a gradient into {type(into).__name__}")


def zero_grad(buffers: Any) -> None:
    """Set gradient buffers (arrays, or lists, tuples and dicts of them) to zero, in place."""
    if isinstance(buffers, np.ndarray):
        buffers.fill(0)
    elif isinstance(buffers, dict | list):
        for key in buffers if isinstance(buffers, dict) else range(len(buffers)):
            if isinstance(buffers[key], float | int):
                buffers[key] = 0.0
            else:
                zero_grad(buffers[key])
    elif isinstance(buffers, tuple):
        for part in buffers:
            zero_grad(part)
    else:
        raise TypeError(f"{type(buffers).__name__} is no gradient buffer: give arrays, or lists or dicts of them")


# --- the functions ----------------------------------------------------------------------------------------


def grad(f: Callable[..., Any] | None = None, *, wrt: Wrt = 0, argnums: Wrt | None = None, has_aux: bool = False) -> Any:
    """The gradient of a function that returns a real number: d f / d wrt, as a function of the same arguments.

    Usable as `grad(f)`, `@grad` and `@grad(wrt=...)`. `wrt` is a position, a name or a tuple of them (then a tuple of
    gradients comes back); `argnums` is another name for it. With `has_aux`, f returns a pair (value, aux) and the result
    is (gradient, aux). Raises CompileError where f cannot be differentiated.
    """
    return _make(f, wrt if argnums is None else argnums, has_aux, False)


def value_and_grad(f: Callable[..., Any] | None = None, *, wrt: Wrt = 0, argnums: Wrt | None = None,
                   has_aux: bool = False) -> Any:
    """As `grad`, with the pair (value, gradient) as the result; with `has_aux`, ((value, aux), gradient)."""
    return _make(f, wrt if argnums is None else argnums, has_aux, True)


def _make(f: Callable[..., Any] | None, wrt: Wrt, has_aux: bool, value: bool) -> Any:
    if f is None:
        return lambda function: Derivative(function, wrt, has_aux, value)
    if not callable(f):
        raise TypeError(f"the first argument must be a function, not {type(f).__name__}; parameters are named by wrt=")
    return Derivative(f, wrt, has_aux, value)


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


for _marked in (stop_gradient, detach, no_grad):
    _marked.__adcompiler__ = _marked.__name__  # type: ignore[attr-defined]
