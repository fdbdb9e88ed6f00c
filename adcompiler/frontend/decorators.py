"""Decorators of ours in a file that is only read, by whatever name they were imported."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from adcompiler.source import SourceFile

DECORATORS = ("grad", "value_and_grad")
CUSTOM = {"custom_jvp": "defjvp", "custom_vjp": "defvjp"}
"""The decorators of functions that bring their derivative, and the method that it is given by."""


def own_decorator(file: SourceFile, node: ast.expr, known: Collection[str] = DECORATORS) -> str | None:
    """Whether a decorator is "grad" or "value_and_grad" (or another one `known`); None for any other."""
    modules, names = _imported(file, known)
    match node.func if isinstance(node, ast.Call) else node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=ast.Name(id=module), attr=attr) if module in modules and attr in known:
            return attr
        case _:
            return None


def given_derivative(file: SourceFile, function: ast.FunctionDef) -> list[ast.expr] | None:
    """What a decorated function of a file was given as its derivative, at the top of the module: `f.defjvp(f_tangent)`.

    None where the decorator is none of `CUSTOM`; empty where nothing was given, or more than once.
    """
    (decorator,) = function.decorator_list if len(function.decorator_list) == 1 else (None,)
    method = CUSTOM.get((decorator is not None and own_decorator(file, decorator, CUSTOM)) or "")
    if method is None:
        return None
    given = [n for n in ast.walk(file.tree) if isinstance(n, ast.Attribute) and n.attr in CUSTOM.values()
             and isinstance(n.value, ast.Name) and n.value.id == function.name]
    for statement in file.tree.body:
        match statement:
            case ast.Expr(ast.Call(func=ast.Attribute(attr=attr) as called, args=args, keywords=[])) \
                    if attr == method and given == [called] and len(args) == (1 if method == "defjvp" else 2):
                return args
    return []


def _imported(file: SourceFile, known: Collection[str]) -> tuple[set[str], dict[str, str]]:
    """The names that mean our module, and those that mean our decorators (by default their own)."""
    modules: set[str] = set()
    names: dict[str, str] = {name: name for name in known}
    for node, alias in _imports(file.tree):
        bound = alias.asname or alias.name.split(".")[0]
        names.pop(bound, None)
        origin = alias.name if isinstance(node, ast.Import) else node.module or ""
        if origin.split(".")[0] != "adcompiler":
            continue
        if isinstance(node, ast.Import):
            modules.add(bound)
        elif alias.name in known:
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
