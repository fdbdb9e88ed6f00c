"""One generated module from several."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from adcompiler.commandline.choice import UsageError

_STANDARD = ("math", "types")


@dataclass(frozen=True)
class _Piece:
    """A statement of a module with the comments before it, and the names that it binds."""

    text: str
    node: ast.stmt

    @property
    def binds(self) -> list[str]:
        match self.node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                return [name]
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                return [a.asname or a.name.split(".")[0] for a in names]
            case _:
                return [n.id for n in ast.walk(self.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def merge(texts: Sequence[str]) -> str:
    """The statements of all modules, each once: imports, constants, functions.

    Private functions and constants of the same name that differ get numbers. Raises UsageError where public names
    or imports collide.
    """
    if len(texts) == 1:
        return texts[0]
    taken: dict[str, str] = {}
    merged: list[_Piece] = []
    for text in texts:
        for piece in _pieces(_without_collisions(text, taken)):
            names = piece.binds
            if not all(n in taken for n in names):
                merged.append(piece)
            taken.update(dict.fromkeys(names, piece.text))
    return _laid_out(merged)


def _without_collisions(text: str, taken: dict[str, str]) -> str:
    """The module with other names where its own mean something else in `taken`."""
    clash: dict[str, str] = {}
    for piece in _pieces(text):
        for name in piece.binds:
            if taken.get(name, piece.text) == piece.text:
                continue
            if isinstance(piece.node, ast.Import | ast.ImportFrom) or not (
                    name.startswith("_") or isinstance(piece.node, ast.Assign)):
                raise UsageError(f"two of the functions need different things called {name!r}; "
                                 "write them to separate files")
            clash[name] = _fresh(name, taken, text)
    return _renamed(text, clash) if clash else text


def _fresh(name: str, taken: dict[str, str], text: str) -> str:
    number = 2
    while f"{name}_{number}" in taken or f"{name}_{number}" in text:
        number += 1
    return f"{name}_{number}"


def _renamed(text: str, names: dict[str, str]) -> str:
    lines = text.splitlines(keepends=True)
    before = ""
    edits: list[tuple[int, int, int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and token.string in names and before != ".":
            edits.append((token.start[0] - 1, token.start[1], token.end[1], names[token.string]))
        before = token.string
    for row, start, end, new in reversed(edits):
        lines[row] = lines[row][:start] + new + lines[row][end:]
    return "".join(lines)


def _pieces(text: str) -> list[_Piece]:
    lines = text.splitlines()
    pieces: list[_Piece] = []
    start = 0
    for node in ast.parse(text).body:
        end = node.end_lineno or node.lineno
        if isinstance(node, ast.Import | ast.ImportFrom):
            pieces += [_import(node, alias) for alias in node.names]
        else:
            pieces.append(_Piece("\n".join(lines[start:end]).strip("\n"), node))
        start = end
    return pieces


def _import(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> _Piece:
    one = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)
    return _Piece(ast.unparse(one), one)


def _laid_out(pieces: Sequence[_Piece]) -> str:
    imports = [p.node for p in pieces if isinstance(p.node, ast.Import | ast.ImportFrom)]
    functions = [p.text for p in pieces if isinstance(p.node, ast.FunctionDef)]
    constants = [p.text for p in pieces if not isinstance(p.node, ast.Import | ast.ImportFrom | ast.FunctionDef)]
    lines = _import_lines(imports)
    standard = [line for line in lines if line.split()[1] in _STANDARD]
    libraries = [line for line in lines if line not in standard]
    head = "\n\n".join("\n".join(group) for group in (standard, libraries, constants) if group)
    return "\n\n\n".join(part for part in (head, *functions) if part) + "\n"


def _import_lines(imports: Sequence[ast.Import | ast.ImportFrom]) -> list[str]:
    """`import` lines first, then one `from` line a module."""
    plain = sorted(ast.unparse(node) for node in imports if isinstance(node, ast.Import))
    chosen: dict[str, set[str]] = {}
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            chosen.setdefault("." * node.level + (node.module or ""), set()).add(ast.unparse(node.names[0]))
    return plain + [f"from {module} import {', '.join(sorted(chosen[module]))}" for module in sorted(chosen)]
