"""Which functions of a file are meant, and which gradient of each: from the words of a command and from decorators."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from adcompiler.backend.native import Native
from adcompiler.diagnostics import Span, fail
from adcompiler.frontend.decorators import own_decorator
from adcompiler.source import ModuleFunction, SourceFile, Target, module_functions, read_source

Wrt = int | str | tuple[int | str, ...]


class UsageError(Exception):
    """A command that makes no sense; the text says why."""


@dataclass(frozen=True)
class Choice:
    """One function, and what is asked of it."""

    target: Target
    wrt: Wrt = 0
    value: bool = False
    has_aux: bool = False
    native: Native | None = None

    @property
    def name(self) -> str:
        """The name of the generated function."""
        return f"{self.target.name}_{'value_and_grad' if self.value else 'grad'}"

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters to differentiate with respect to; raises CompileError ADC602 where there is none such."""
        known = [p.name for p in self.target.parameters]
        chosen = []
        for which in self.wrt if isinstance(self.wrt, tuple) else (self.wrt,):
            if isinstance(which, int) and -len(known) <= which < len(known):
                chosen.append(known[which])
            elif which in known:
                chosen.append(str(which))
            else:
                listed = ", ".join(known) or "none"
                raise fail("ADC602", f"{self.target.name}() has no parameter {which!r}", _first_line(self.target),
                           f"its parameters are {listed}")
        return tuple(chosen)


def _first_line(target: Target) -> Span:
    whole = target.span_of(target.node)
    return replace(whole, end_line=whole.line, end_column=len(whole.text.rstrip()) + 1)


def choices(word: str, function: str | None) -> list[Choice]:
    """What `FILE[:FUNC]` means; `function` is the one to take where the word names none.

    Decorators say with respect to what, and whether the value comes too. Raises UsageError where the file cannot be
    read, has no such function, or leaves open which one is meant; CompileError where it is not Python.
    """
    path, named = split_word(word)
    functions = _functions(path)
    wanted = named or function
    file = read_source(path)
    if wanted is not None:
        return [_choice(file, _by_name(path, wanted, functions))]
    decorated = [f for f in functions if _decorator(file, f) is not None]
    public = [f for f in functions if f.public]
    if not decorated and len(public) != 1:
        raise UsageError(_which(path, public or functions))
    return [_choice(file, f) for f in decorated or public]


def split_word(word: str) -> tuple[str, str | None]:
    """`FILE` or `FILE:FUNC` in two."""
    path, colon, name = word.rpartition(":")
    if colon and path and name.isidentifier() and not Path(word).exists():
        return path, name
    return word, None


def _functions(path: str) -> list[ModuleFunction]:
    try:
        return module_functions(path)
    except IsADirectoryError:
        raise UsageError(f"{path} is a directory; name a file") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def _by_name(path: str, name: str, functions: Sequence[ModuleFunction]) -> ModuleFunction:
    for f in functions:
        if f.name == name:
            return f
    names = [f.name for f in functions]
    near = difflib.get_close_matches(name, names, 1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    listed = f" (it has {', '.join(names)})" if names else " (it has none)"
    raise UsageError(f"{path} has no top-level function {name!r}{listed}{meant}")


def _which(path: str, candidates: Sequence[ModuleFunction]) -> str:
    if not candidates:
        return f"{path} has no top-level function"
    first = candidates[0].name
    return (f"{path}: which function? Name one, as in {path}:{first}, or decorate it with @grad; "
            f"candidates: {', '.join(f.name for f in candidates)}")


# --- decorators -------------------------------------------------------------------------------------------


def _choice(file: SourceFile, function: ModuleFunction) -> Choice:
    choice = Choice(Target(function.node, file))
    found = _decorator(file, function)
    if found is None:
        return choice
    node, kind = found
    choice = replace(choice, value=kind == "value_and_grad")
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        if keyword.arg is None:
            raise fail("ADC606", "the arguments of this decorator must be written out", file.span(keyword.value),
                       "write wrt=... itself")
        value = _constant(file, keyword)
        if keyword.arg in ("wrt", "argnums") and value is not None:
            choice = replace(choice, wrt=_as_wrt(file, keyword, value))
        elif keyword.arg == "has_aux":
            choice = replace(choice, has_aux=bool(value))
        elif keyword.arg == "target" and value == "numba":
            choice = replace(choice, native=choice.native or Native())
        elif keyword.arg in ("debug", "fastmath") and value:
            choice = replace(choice, native=replace(choice.native or Native(), **{keyword.arg: True}))
    return choice


def _constant(file: SourceFile, keyword: ast.keyword) -> object:
    try:
        return ast.literal_eval(keyword.value)
    except ValueError:
        raise fail("ADC606", f"{keyword.arg or '**'}= of this decorator is not a constant", file.span(keyword.value),
                   "write a number, a name in quotes, or a tuple of them") from None


def _as_wrt(file: SourceFile, keyword: ast.keyword, value: object) -> Wrt:
    parts = tuple(value) if isinstance(value, tuple | list) else (value,)
    if not all(isinstance(p, int | str) for p in parts):
        raise fail("ADC606", f"{keyword.arg}= of this decorator is neither a position nor a name",
                   file.span(keyword.value), "write a number, a name in quotes, or a tuple of them")
    return parts if isinstance(value, tuple | list) else parts[0]


def _decorator(file: SourceFile, function: ModuleFunction) -> tuple[ast.expr, str] | None:
    """The decorator of ours, and whether it is `grad` or `value_and_grad`."""
    for node in function.decorators:
        kind = own_decorator(file, node)
        if kind is not None:
            return node, kind
    return None
