"""The plain function behind a callable, and the arguments that the callable already holds."""

from __future__ import annotations

import functools
import inspect
import linecache
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any

from adcompiler.diagnostics import Span, fail
from adcompiler.ir.given import given_parameters


@dataclass(frozen=True, eq=False)
class Held:
    """A plain function, with positional arguments that come first and keywords that may be overridden."""

    function: FunctionType
    args: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)


def calling(name: str, signature: str, passed: str, function: Callable[..., Any]) -> FunctionType:
    """A function that calls another one, so that there is a source to read: `def f(signature): return f_itself(passed)`."""
    name = name if name.isidentifier() else "function"
    text = f"def {name}{signature}:\n    return {name}_itself({passed})\n"
    filename = f"<call of {name} {id(function)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {f"{name}_itself": function, "__name__": getattr(function, "__module__", None) or "adcompiler"}
    exec(compile(text, filename, "exec"), space)
    made: FunctionType = space[name]
    return made


def held(callable_: Callable[..., Any]) -> Held:
    """Look through bound methods, `functools.partial`, caches and instances with `__call__`.

    Raises CompileError: ADC101 for what is not written in Python, ADC203 for a function behind a decorator whose effect
    is not known, ADC505 for a derivative that is not differentiated again.
    """
    value: Any = callable_
    args: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    if (params := ", ".join(given_parameters(value))):
        value = calling(getattr(value, "__name__", "f"), f"({params})", params, value)
    while not isinstance(value, FunctionType):
        match value:
            case MethodType():
                args = (value.__self__, *args)
                value = value.__func__
            case functools.partial():
                args, keywords = (*value.args, *args), {**value.keywords, **keywords}
                value = value.func
            case functools._lru_cache_wrapper():
                value = value.__wrapped__
            case _ if hasattr(type(value), "__adcompiler_refused__"):
                what = type(value).__adcompiler_refused__
                raise fail("ADC505", f"what {what} gives is not differentiated again", _place_of(value),
                           "differentiate grad(f), or a function that calls grad(f), such as np.sum(grad(f)(x) * v)")
            case _ if inspect.getattr_static(type(value), "__adcompiler_call__", None) is not None:
                value = value.__adcompiler_call__
            case _:
                call = inspect.getattr_static(type(value), "__call__", None)
                if isinstance(value, type) or not isinstance(call, FunctionType):
                    name = getattr(value, "__name__", type(value).__name__)
                    raise fail("ADC101", f"{name!r} is not written in Python, so that there is no source to read",
                               Span("<built-in>", 1, 1, 1, 2), "differentiate a function that calls it")
                args, value = (value, *args), call
    if inspect.unwrap(value) is not value:
        raise fail("ADC203", f"{value.__name__!r} is wrapped by a decorator that we cannot see through", _place_of(value),
                   "differentiate first: put @grad under the decorator")
    return Held(value, args, keywords)


def _place_of(callable_: Any) -> Span:
    """Where the function begins that a callable is, or is made from."""
    while not isinstance(callable_, FunctionType) and hasattr(callable_, "primal"):
        callable_ = callable_.primal
    code = getattr(callable_, "__code__", None)
    return Span("<built-in>", 1, 1, 1, 2) if code is None else Span(code.co_filename, code.co_firstlineno, 1,
                                                                     code.co_firstlineno, 2)
