"""Python syntax trees to text, by astor, with comments and without its oddities."""

from __future__ import annotations

import ast
import math
import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # astor asks for names that newer Pythons removed
    import astor
    from astor.code_gen import SourceGenerator


class Comment(ast.stmt):
    """A line of its own that begins with `#`; not a node that Python knows."""

    _fields = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Generator(SourceGenerator):  # type: ignore[misc]
    def visit_Comment(self, node: Comment) -> None:
        self.statement(node, "# ", node.text)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            text = node.value.value.replace("\\", "\\\\").replace('"""', r'\"\"\"')
            self.statement(node, '"""', text, '"""')
        else:
            super().visit_Expr(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.write(ast.unparse(node))

    def visit_Constant(self, node: ast.Constant) -> None:
        self.write(repr(node.value))

    visit_Str = visit_Num = visit_Bytes = visit_NameConstant = visit_Constant


def _on_one_line(source: list[str]) -> str:
    return "".join(source)


def expression_text(node: ast.expr) -> str:
    """One expression as text."""
    return ast.unparse(node)


def to_text(module: ast.Module) -> str:
    """The text of a module."""
    text: str = astor.to_source(module, indent_with="    ", pretty_source=_on_one_line, source_generator_class=_Generator)
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")) + "\n"


def constant(value: Any) -> ast.expr:
    """A literal; negative numbers as a minus sign, infinities and NaN by name."""
    if isinstance(value, float):
        if math.isnan(value):
            return ast.Attribute(ast.Name("math", ast.Load()), "nan", ast.Load())
        if math.isinf(value):
            inf: ast.expr = ast.Attribute(ast.Name("math", ast.Load()), "inf", ast.Load())
            return inf if value > 0 else ast.UnaryOp(ast.USub(), inf)
    if isinstance(value, int | float) and not isinstance(value, bool) and (value < 0 or str(value) == "-0.0"):
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)
