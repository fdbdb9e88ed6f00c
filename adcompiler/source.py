"""Source text, syntax trees and places: of a live function, or of a file that is never executed."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from adcompiler.diagnostics import CompileError, Span, fail

MISSING = object()
"""Stands for a default that a parameter has not, or that cannot be known without running the file."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class SourceFile:
    """One file: its name, its text and its syntax tree."""

    filename: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module; raises CompileError ADC100 where it is not Python."""
        try:
            return ast.parse(self.text, self.filename)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None) or 1
            column = getattr(error, "offset", None) or 1
            text = self.lines[line - 1] if line <= len(self.lines) else ""
            span = Span(self.filename, line, column, line, column + 1, text)
            message = getattr(error, "msg", None) or str(error) or "the file is too deeply nested"
            raise fail("ADC100", f"this is not valid Python: {message}", span) from None

    def defines(self, code: CodeType) -> bool:
        """Whether code that was compiled from this file, perhaps long ago, is what the file says now."""
        if _rewritten(code):  # pytest rewrites `assert`: there is nothing to compare with
            return True
        return any(_same_code(code, found) for found in self._codes.get((code.co_name, code.co_firstlineno), ()))

    @cached_property
    def _codes(self) -> dict[tuple[str, int], list[CodeType]]:
        found: dict[tuple[str, int], list[CodeType]] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            waiting = [compile(self.text, self.filename, "exec", dont_inherit=True)]
        while waiting:
            code = waiting.pop()
            found.setdefault((code.co_name, code.co_firstlineno), []).append(code)
            waiting += [c for c in code.co_consts if isinstance(c, CodeType)]
        return found

    def span(self, node: ast.AST) -> Span:
        """The place of a node, in characters."""
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", None) or line
        return Span(
            self.filename, line, self._column(line, getattr(node, "col_offset", 0)),
            end_line, self._column(end_line, getattr(node, "end_col_offset", None) or 0),
            self.lines[line - 1] if line <= len(self.lines) else "",
        )

    def _column(self, line: int, byte_offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode()[:byte_offset].decode(errors="ignore")) + 1

    def statement_text(self, node: ast.AST) -> str:
        """A statement as one line: the header of a compound one, blanks collapsed, cut at 88 characters."""
        if isinstance(node, ast.If | ast.For | ast.While | ast.With):
            first = node.body[0]
            last_line, last = first.lineno - 1, None
            if first.lineno == node.lineno:
                last_line, last = first.lineno, first.col_offset
        else:
            last_line, last = getattr(node, "end_lineno", None) or 1, getattr(node, "end_col_offset", None)
        start, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        taken = [line.encode() for line in self.lines[start - 1:last_line]]
        if not taken:
            return ""
        if last is not None:
            taken[-1] = taken[-1][:last]
        taken[0] = taken[0][column:]
        text = " ".join(b"\n".join(_without_comment(t) for t in taken).decode(errors="ignore").split()).rstrip(" ;")
        return text if len(text) <= 88 else text[:85] + "..."


def _without_comment(line: bytes) -> bytes:
    if b"#" not in line or b"'" in line or b'"' in line:
        return line
    return line.split(b"#")[0]


@lru_cache(maxsize=64)
def _parsed(filename: str, text: str) -> SourceFile:
    return SourceFile(filename, text)


def read_source(path: str | Path) -> SourceFile:
    """The source in a file; raises OSError, or CompileError for bytes that are not text."""
    data = Path(path).read_bytes()
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise fail("ADC100", f"the file is not UTF-8 text ({error.reason})", Span(str(path), 1, 1, 1, 2)) from None
    return _parsed(str(path), text)


@dataclass(frozen=True, eq=False)
class Parameter:
    """A parameter as it is written."""

    name: str
    kind: str
    default: ast.expr | None
    annotation: ast.expr | None
    node: ast.arg


@dataclass(frozen=True, eq=False)
class Target:
    """A function to differentiate: its tree, the file around it and, when it is live, the function itself."""

    node: FunctionNode
    file: SourceFile
    live: Any = None

    @property
    def name(self) -> str:
        """The function's name."""
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def filename(self) -> str:
        """The file that the function stands in."""
        return self.file.filename

    @property
    def doc(self) -> str:
        """The docstring, or ""."""
        return "" if isinstance(self.node, ast.Lambda) else (ast.get_docstring(self.node) or "")

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters in order."""
        return tuple(parameters_of(self.node))

    def default(self, name: str) -> Any:
        """The value of a parameter's default, or MISSING: of the live function, or of a literal in a file."""
        live: Any = self.live
        if live is not None:
            names = [q.name for q in self.parameters if q.kind.startswith("POSITIONAL")]
            given = live.__defaults__ or ()
            values = dict(zip(names[len(names) - len(given):], given, strict=True))
            values.update(live.__kwdefaults__ or {})
            return values.get(name, MISSING)
        written = next(p.default for p in self.parameters if p.name == name)
        try:
            return MISSING if written is None else ast.literal_eval(written)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return MISSING

    def span_of(self, node: ast.AST) -> Span:
        """The place of a node of this function."""
        return self.file.span(node)

    @property
    def source(self) -> str:
        """The text of the function, dedented, with its decorators."""
        first = min([d.lineno for d in getattr(self.node, "decorator_list", [])] + [self.node.lineno])
        last = self.node.end_lineno or first
        return textwrap.dedent("\n".join(self.file.lines[first - 1:last])) + "\n"

    @staticmethod
    def of_live(function: Any) -> Target:
        """The target of a Python function object; raises CompileError ADC101 when its source cannot be had."""
        function = inspect.unwrap(function)
        code = function.__code__
        filename = code.co_filename
        linecache.checkcache(filename)
        text = "".join(linecache.getlines(filename, function.__globals__))
        if not text:
            raise fail("ADC101", f"the source of {function.__name__!r} is not available",
                       Span(filename, code.co_firstlineno, 1, code.co_firstlineno, 2),
                       "define the function in a file or a notebook cell, not in exec or at the bare prompt")
        file = _parsed(filename, text)
        node = _find(file.tree, code)
        if node is None or not file.defines(code):
            shared = ", or it is one of several lambdas on its line" * (code.co_name == "<lambda>")
            raise fail("ADC101", f"the source of {function.__name__!r} has changed since it was loaded{shared}",
                       Span(filename, code.co_firstlineno, 1, code.co_firstlineno, 2),
                       "reload the module" + ", or write one lambda a line" * bool(shared))
        return Target(node, file, function)

    @staticmethod
    def in_file(path: str | Path, name: str) -> Target:
        """The target of the top-level function `name` of a file, which is read and not run. Raises KeyError."""
        file = read_source(path)
        for node in reversed(file.tree.body):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                return Target(node, file)
        raise KeyError(name)


def header_span(target: Target) -> Span:
    """The place of a function's first line: `def name`."""
    whole = target.span_of(target.node)
    end = len(whole.text.rstrip()) + 1
    return replace(whole, end_line=whole.line, end_column=end)


def parameters_of(node: FunctionNode) -> Iterator[Parameter]:
    """The parameters of a definition in order."""
    a = node.args
    positional = [(p, "POSITIONAL_ONLY") for p in a.posonlyargs] + [(p, "POSITIONAL_OR_KEYWORD") for p in a.args]
    padding: list[ast.expr | None] = [None] * (len(positional) - len(a.defaults))
    for (p, kind), default in zip(positional, padding + list(a.defaults), strict=True):
        yield Parameter(p.arg, kind, default, p.annotation, p)
    if a.vararg:
        yield Parameter(a.vararg.arg, "VAR_POSITIONAL", None, a.vararg.annotation, a.vararg)
    for p, default in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        yield Parameter(p.arg, "KEYWORD_ONLY", default, p.annotation, p)
    if a.kwarg:
        yield Parameter(a.kwarg.arg, "VAR_KEYWORD", None, a.kwarg.annotation, a.kwarg)


def _find(tree: ast.Module, code: CodeType) -> FunctionNode | None:
    found: list[FunctionNode] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>":
            if node.lineno == code.co_firstlineno and _is_lambda(node, code):
                found.append(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == code.co_name:
            first = min([d.lineno for d in node.decorator_list] + [node.lineno])
            if code.co_firstlineno in (first, node.lineno):
                found.append(node)
    if len(found) > 1 and not _places(code):
        found = [node for node in found if isinstance(node, ast.Lambda) and _compiles_to(node, code)]
        if len({ast.dump(node) for node in found}) > 1:
            return None  # several lambdas on one line, and nothing that tells them apart
    return found[-1] if found else None  # the innermost: `ast.walk` goes from outside to inside


def _compiles_to(node: ast.Lambda, code: CodeType) -> bool:
    whole = compile(ast.Expression(node), "", "eval", dont_inherit=True)
    return any(isinstance(c, CodeType) and _same_code(c, code) for c in whole.co_consts)


def _rewritten(code: CodeType) -> bool:
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return any(name.startswith("@py") for name in code.co_varnames + code.co_names) or any(map(_rewritten, inner))


def _same_code(a: CodeType, b: CodeType) -> bool:
    if (a.co_code, a.co_names, a.co_varnames, a.co_freevars) != (b.co_code, b.co_names, b.co_varnames, b.co_freevars):
        return False
    return len(a.co_consts) == len(b.co_consts) and all(map(_same_constant, a.co_consts, b.co_consts))


def _same_constant(a: object, b: object) -> bool:
    if isinstance(a, CodeType) and isinstance(b, CodeType):
        return _same_code(a, b)
    return type(a) is type(b) and (a == b or repr(a) == repr(b))


def _is_lambda(node: ast.Lambda, code: CodeType) -> bool:
    """Whether parameters and places of the code are those of the node; those inside it match as well."""
    a = node.args
    plain = [p.arg for p in (*a.posonlyargs, *a.args)]
    starred = [p.arg for p in (a.vararg, a.kwarg) if p is not None]
    names = [*plain, *(p.arg for p in a.kwonlyargs), *starred]
    flags = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    counts = (code.co_argcount, code.co_kwonlyargcount, flags)
    body = node.body
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return counts == (len(plain), len(a.kwonlyargs), len(starred)) and names == [*code.co_varnames[:len(names)]] \
        and all(start <= first and last <= end for first, last in _places(code))


def _places(code: CodeType) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Start and end of what each instruction stands for, as far as Python has kept them."""
    return [((line, column), (end_line, end_column)) for line, end_line, column, end_column in code.co_positions()
            if line is not None and end_line is not None and column is not None and end_column is not None
            and (line, column) != (end_line, end_column)]


@dataclass(frozen=True)
class ModuleFunction:
    """A top-level function of a file, as the command line lists it."""

    name: str
    decorators: tuple[ast.expr, ...]
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def public(self) -> bool:
        """Whether the name has no leading underscore."""
        return not self.name.startswith("_")


def module_functions(path: str | Path) -> list[ModuleFunction]:
    """The top-level functions of a file, in order."""
    found: dict[str, ModuleFunction] = {}
    for node in read_source(path).tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = ModuleFunction(node.name, tuple(node.decorator_list), node)
    return list(found.values())


__all__ = ["MISSING", "CompileError", "FunctionNode", "ModuleFunction", "Parameter", "SourceFile", "Target",
           "module_functions", "parameters_of", "read_source"]
