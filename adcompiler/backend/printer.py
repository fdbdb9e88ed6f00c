"""Python syntax trees to text, by astor, with comments and without its oddities."""

from __future__ import annotations

import ast
import itertools
import math
import re
import warnings
from collections.abc import Iterator
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # astor asks for names that newer Pythons removed
    import astor
    from astor.code_gen import SourceGenerator

LINE = 100


class Comment(ast.stmt):
    """A line of its own that begins with `#`; not a node that Python knows."""

    _fields = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Generator(SourceGenerator):  # type: ignore[misc]
    """`delimited`: expressions that need no parentheses where they stand, whatever they are."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.delimited: set[ast.expr] = set()

    def visit_Comment(self, node: Comment) -> None:
        self.statement(node, f"# {node.text}")

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self.statement(node, _docstring(node.value.value))
        else:
            super().visit_Expr(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.write(ast.unparse(node))

    def visit_Constant(self, node: ast.Constant) -> None:
        self.write("..." if node.value is ... else _literal(node.value))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        text = ast.unparse(node)
        self.write(text if node in self.delimited else f"({text})")

    def visit_Call(self, node: ast.Call, len: Any = len) -> None:
        self.delimited |= {a for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Lambda)}
        super().visit_Call(node, len)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.delimited.add(node.value)
        super().visit_Assign(node)

    def visit_Return(self, node: ast.Return) -> None:
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
            self.statement(node, "return ")
            self.comma_list(node.value.elts)
        else:
            super().visit_Return(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        if any(isinstance(o, ast.UnaryOp) and isinstance(o.op, ast.Not) for o in operands):
            self.write(f"({ast.unparse(node)})")
        else:
            super().visit_Compare(node)


def _literal(value: Any) -> str:
    text = repr(value)
    if isinstance(value, str) and '"' not in text and "\\" not in text:
        return f'"{value}"'
    return text


def _docstring(text: str) -> str:
    plain = text.isprintable() and "\\" not in text and '"""' not in text and not text.endswith('"')
    return f'"""{text}"""' if plain else repr(text)


def to_text(module: ast.Module) -> str:
    """The text of a module; lines that are too long are broken at their brackets."""
    text: str = astor.to_source(module, indent_with="    ", pretty_source="".join, source_generator_class=_Generator)
    lines = (part for line in text.strip("\n").split("\n") for part in _wrapped(line.rstrip()))
    return "\n".join(lines) + "\n"


def _wrapped(line: str) -> Iterator[str]:
    """A long line as several: what stands in the last outermost brackets gets lines of its own."""
    code = line.lstrip()
    indent = line[: len(line) - len(code)]
    if len(line) <= LINE or code.startswith(("#", '"""', "'")):
        yield line
        return
    start, end = _last_brackets(code) or (0, 0)
    if end - start < 20:
        code, start, end = _bracketed(code)
    if end - start < 20:
        yield line
        return
    yield indent + code[:start + 1]
    parts = _parts(code[start + 1:end])
    current = ""
    for part in parts:
        if current and len(indent) + 4 + len(current) + len(part) > LINE:
            yield f"{indent}    {current.rstrip()}"
            current = ""
        current += part
    yield f"{indent}    {current.rstrip()}"
    yield indent + code[end:]


def _last_brackets(code: str) -> tuple[int, int] | None:
    stack: list[int] = []
    found = None
    for k, char in _outside_quotes(code):
        if char in "([{":
            stack.append(k)
        elif char in ")]}":
            start = stack.pop()
            if not stack:
                found = (start, k) if found is None or k - start > 20 or found[1] - found[0] <= 20 else found
    return found


def _bracketed(code: str) -> tuple[str, int, int]:
    """A statement with brackets around its expression, and their places."""
    found = re.match(r"return |[^=(\[]+ [-+*/]?= ", code)
    if found is None:
        return code, 0, 0
    whole = f"{found[0]}({code[found.end():]})"
    return whole, found.end(), len(whole) - 1


def _parts(code: str) -> list[str]:
    """The pieces between commas, each with its comma; without commas those between sums, each with its sign."""
    places = [(k, char) for k, char in _outside_quotes(code)]
    depth = 0
    commas, signs = [], []
    for k, char in places:
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and char == ",":
            commas.append(k + 2)
        elif depth == 0 and char in "+-" and code[k - 1:k + 2] == f" {char} ":
            signs.append(k)
    cuts = [0, *(commas or signs), len(code)]
    return [code[a:b] for a, b in itertools.pairwise(cuts)]


def _outside_quotes(code: str) -> Iterator[tuple[int, str]]:
    quote, escaped = "", False
    for k, char in enumerate(code):
        if quote:
            quote = "" if char == quote and not escaped else quote
            escaped = char == "\\" and not escaped
        elif char in "'\"":
            quote = char
        else:
            yield k, char


def constant(value: Any) -> ast.expr:
    """A literal: negative numbers with a minus sign, infinities and NaN by name."""
    if isinstance(value, float) and not math.isfinite(value):
        named: ast.expr = ast.Attribute(ast.Name("math", ast.Load()), "nan" if math.isnan(value) else "inf", ast.Load())
        return ast.UnaryOp(ast.USub(), named) if value < 0 else named
    if isinstance(value, int | float) and not isinstance(value, bool) and math.copysign(1.0, value) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if isinstance(value, tuple):
        return ast.Tuple([constant(v) for v in value], ast.Load())
    return ast.Constant(value)
