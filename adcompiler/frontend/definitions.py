"""Library functions that `adcompiler.library` defines by other functions: a call is replaced by the definition's body."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from adcompiler.diagnostics import Span
from adcompiler.frontend.resolve import static_scope
from adcompiler.frontend.values import FunctionV
from adcompiler.library import HERE, defined
from adcompiler.library.emitted import EMITTED
from adcompiler.source import SourceFile


@dataclass(frozen=True, eq=False)
class Quoted(SourceFile):
    """A file of the library, read on behalf of a call: whatever happens in it happens, for the user, at the call."""

    place: Span
    statement: str

    def span(self, node: ast.AST) -> Span:
        """The place of the user's call."""
        return self.place

    def statement_text(self, node: ast.AST) -> str:
        """The statement that the user's call is in."""
        return self.statement


def definition(dotted: str, place: Span, statement: str) -> FunctionV | None:
    """The function that defines a library function, to be called at `place`; None if there is none."""
    path = defined(dotted)
    if path is None:
        return None
    found: Any = static_scope(str(path)).lookup(dotted.rpartition(".")[2])
    assert isinstance(found, FunctionV), dotted
    return quoted(found, Quoted(found.file.filename, found.file.text, place, statement))


@cache
def _dumps() -> dict[str, str]:
    return {f"_{name}": ast.dump(ast.parse(text).body[0]) for name, text in EMITTED.items()}


def emitted_primitive(function: FunctionV) -> str | None:
    """The primitive that a function is which our own generated code brings along."""
    known = _dumps().get(function.name)
    return function.name[1:] if known is not None and ast.dump(function.node) == known else None


def quoted(function: FunctionV, caller: SourceFile) -> FunctionV:
    """A function of the library that is called from a quoted one is quoted too."""
    if isinstance(caller, Quoted) and function.file.filename.startswith(str(HERE)):
        return replace(function, file=caller)
    return function
