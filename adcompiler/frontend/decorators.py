"""Decorators of ours in a file that is only read, by whatever name they were imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from adcompiler.source import SourceFile

DECORATORS = ("grad", "value_and_grad")


def own_decorator(file: SourceFile, node: ast.expr) -> str | None:
    """Whether a decorator is "grad" or "value_and_grad"; None for any other."""
    modules, names = _imported(file)
    match node.func if isinstance(node, ast.Call) else node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=ast.Name(id=module), attr=attr) if module in modules and attr in DECORATORS:
            return attr
        case _:
            return None


def _imported(file: SourceFile) -> tuple[set[str], dict[str, str]]:
    """The names that mean our module, and those that mean our decorators (by default their own)."""
    modules: set[str] = set()
    names: dict[str, str] = {name: name for name in DECORATORS}
    for node, alias in _imports(file.tree):
        bound = alias.asname or alias.name.split(".")[0]
        names.pop(bound, None)
        origin = alias.name if isinstance(node, ast.Import) else node.module or ""
        if origin.split(".")[0] != "adcompiler":
            continue
        if isinstance(node, ast.Import):
            modules.add(bound)
        elif alias.name in DECORATORS:
            names[bound] = alias.name
    for statement in file.tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names.pop(statement.name, None)
    return modules, names


def _imports(tree: ast.Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, ast.alias]]:
    """The imports of a module, those in `if` and `try` too."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node, alias) for alias in node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting += [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.stmt | ast.ExceptHandler)]
