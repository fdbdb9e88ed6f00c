"""Smaller programs that fail in the same way: statements, branches and operands are taken out one after another."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np
from random_arrays import Program

MOST_TRIALS = 1500


def shrunk(program: Program, fails: Callable[[Program], bool]) -> Program:
    """The smallest program found by small steps for which `fails` still holds."""
    trials = 0
    again = True
    while again and trials < MOST_TRIALS:
        again = False
        for smaller in _steps(program):
            trials += 1
            if trials >= MOST_TRIALS:
                break
            if fails(smaller):
                program, again = smaller, True
                break
    return program


def _steps(program: Program) -> Iterator[Program]:
    tree = ast.parse(program.source)
    for count in range(len(_edits(tree))):
        changed = deepcopy(tree)
        _edits(changed)[count]()
        yield Program(ast.unparse(changed) + "\n", program.args, program.wrt, program.seed)
    yield from _fewer_arguments(program)


def _edits(tree: ast.Module) -> list[Callable[[], None]]:
    """Ways to make the module smaller, the largest first."""
    edits: list[Callable[[], None]] = []
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                edits += _of_block(node, field, block)
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.expr) and isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
                edits += [_put(node, field, part) for part in _parts(value)]
            if isinstance(value, list):
                edits += [_put_at(value, k, part) for k, item in enumerate(value) if isinstance(item, ast.expr)
                          for part in _parts(item)]
                if isinstance(node, ast.Tuple | ast.List | ast.Call) and len(value) > 1:
                    edits += [_remove(value, k) for k in range(len(value))]
    return edits


def _of_block(node: ast.AST, field: str, block: list[Any]) -> list[Callable[[], None]]:
    edits: list[Callable[[], None]] = []
    for k, statement in enumerate(block):
        if len(block) > 1 or field == "orelse":
            edits.append(_remove(block, k))
        inner = getattr(statement, "body", None)
        if isinstance(inner, list) and not isinstance(statement, ast.FunctionDef):
            edits.append(_splice(block, k, inner))
    return edits


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Constant | ast.Name):
        return []
    found = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    found += [n.value for n in ast.iter_child_nodes(node) if isinstance(n, ast.keyword)]
    return [n for n in found if not isinstance(n, ast.Slice) and isinstance(getattr(n, "ctx", ast.Load()), ast.Load)]


def _remove(block: list[Any], k: int) -> Callable[[], None]:
    return lambda: block.pop(k)


def _splice(block: list[Any], k: int, inner: list[Any]) -> Callable[[], None]:
    def edit() -> None:
        block[k:k + 1] = inner
    return edit


def _put(node: ast.AST, field: str, part: ast.expr) -> Callable[[], None]:
    return lambda: setattr(node, field, part)


def _put_at(items: list[Any], k: int, part: ast.expr) -> Callable[[], None]:
    def edit() -> None:
        items[k] = part
    return edit


def _fewer_arguments(program: Program) -> Iterator[Program]:
    names = program.source.rpartition("def f(")[2].partition(")")[0].split(", ")
    for k, name in enumerate(names):
        head = f"def f({', '.join(names)})"
        rest = names[:k] + names[k + 1:]
        if len(program.wrt) > 1 or name not in program.wrt:
            yield Program(program.source.replace(head, f"def f({', '.join(rest)})"), program.args[:k] + program.args[k + 1:],
                          tuple(n for n in program.wrt if n != name), program.seed)
        for smaller in _smaller(program.args[k]):
            yield Program(program.source, (*program.args[:k], smaller, *program.args[k + 1:]), program.wrt, program.seed)


def _smaller(value: Any) -> Iterator[Any]:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        if value.dtype == np.float32:
            yield value.astype(float)
        for axis, size in enumerate(value.shape):
            if size > 2:
                yield np.take(value, [0, 1], axis=axis)
            yield np.take(value, 0, axis=axis) if size > 0 and value.ndim > 1 else value[:size // 2]
