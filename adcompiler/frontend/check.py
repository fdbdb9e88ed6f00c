"""Syntax that is refused whatever the types: every place of a function at once."""

from __future__ import annotations

import ast
from functools import lru_cache

from adcompiler.diagnostics import CompileError, Diagnostic
from adcompiler.source import FunctionNode, SourceFile, Target

_REFUSED: dict[type[ast.AST], tuple[str, str, str]] = {
    ast.Try: ("ADC110", "`try` is not supported: an exception would leave the derivative undefined",
              "test the condition before, with `if`"),
    ast.TryStar: ("ADC110", "`try` is not supported: an exception would leave the derivative undefined",
                  "test the condition before, with `if`"),
    ast.Yield: ("ADC111", "generators are not supported", "build a list"),
    ast.YieldFrom: ("ADC111", "generators are not supported", "build a list"),
    ast.Await: ("ADC112", "asynchronous code is not supported", "write a plain function"),
    ast.AsyncFor: ("ADC112", "asynchronous code is not supported", "write a plain function"),
    ast.AsyncWith: ("ADC112", "asynchronous code is not supported", "write a plain function"),
    ast.AsyncFunctionDef: ("ADC112", "asynchronous code is not supported", "write a plain function"),
    ast.Global: ("ADC113", "writing to a global would be lost to the derivative", "pass the value in and return it"),
    ast.Nonlocal: ("ADC113", "writing to a variable of an enclosing function is not supported",
                   "pass the value in and return it"),
    ast.Delete: ("ADC114", "`del` is not supported", "leave the name alone, or build a new object without the item"),
    ast.Match: ("ADC116", "`match` is not supported", "use `if` and `elif`"),
    ast.ClassDef: ("ADC117", "a class inside a function is not supported", "define it at the top of the module"),
    ast.Set: ("ADC119", "sets are not supported", "use a list or a tuple"),
    ast.SetComp: ("ADC119", "sets are not supported", "use a list"),
}


def check_syntax(target: Target) -> None:
    """Raise CompileError with every construct of the function that is refused whatever the types."""
    check_function(target.node, target.file)


@lru_cache(maxsize=4096)
def check_function(node: FunctionNode, file: SourceFile) -> None:
    """As `check_syntax`, for one definition."""
    problems: list[Diagnostic] = []
    if isinstance(node, ast.AsyncFunctionDef):
        _report(node, file, problems)
    for child in ast.iter_child_nodes(node):
        if not isinstance(node, ast.Lambda) and child in node.decorator_list:
            continue
        _visit(child, file, problems)
    if problems:
        raise CompileError(sorted(problems, key=lambda p: (p.span.line, p.span.column)))


def _visit(node: ast.AST, file: SourceFile, problems: list[Diagnostic]) -> None:
    if type(node) in _REFUSED:
        _report(node, file, problems)
        if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef):
            return
    if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
        problems.append(Diagnostic("ADC115", "`import *` inside a function is not supported", file.span(node)))
    if isinstance(node, ast.Constant) and isinstance(node.value, complex):
        problems.append(Diagnostic("ADC118", "complex numbers are not supported", file.span(node),
                                   "compute with real and imaginary parts"))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec", "compile"):
        problems.append(Diagnostic("ADC120", f"{node.func.id}() is not supported", file.span(node),
                                   "write the code that it would run"))
    for child in ast.iter_child_nodes(node):
        _visit(child, file, problems)


def _report(node: ast.AST, file: SourceFile, problems: list[Diagnostic]) -> None:
    code, message, hint = _REFUSED[type(node)]
    problems.append(Diagnostic(code, message, file.span(node), hint))
