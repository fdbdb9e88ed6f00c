"""What we tell the user when a program cannot be differentiated: place, code, reason, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of source text. Lines count from 1, columns (in characters) from 1; the end is exclusive."""

    filename: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str = ""
    """The source line `line`, without its newline."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem."""

    code: str
    message: str
    span: Span
    hint: str = ""

    def __str__(self) -> str:
        s = self.span
        lines = [f"{s.filename}:{s.line}:{s.column}: {self.code} {self.message}"]
        if s.text:
            lines += [f"    {s.text}", "    " + _carets(s)]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


def _carets(span: Span) -> str:
    end = span.end_column if span.end_line == span.line else len(span.text.rstrip()) + 1
    pad = "".join("\t" if c == "\t" else " " for c in span.text[: span.column - 1])
    return pad + "^" * max(1, end - span.column)


class CompileError(SyntaxError):
    """A program that is refused. The text lists every problem found; the attributes are those of the first."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        first = self.diagnostics[0]
        super().__init__("\n".join(map(str, self.diagnostics)))
        self.code = first.code
        self.hint = first.hint
        self.filename = first.span.filename
        self.lineno = first.span.line
        self.offset = first.span.column

    def __str__(self) -> str:
        return "\n".join(map(str, self.diagnostics))

    def __reduce__(self) -> tuple[type[CompileError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


def fail(code: str, message: str, span: Span, hint: str = "") -> CompileError:
    """The error for a single problem."""
    return CompileError([Diagnostic(code, message, span, hint)])
