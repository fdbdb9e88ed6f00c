"""Parameters that derivatives have and their primals have not: tangents, cotangents."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.ir.nodes import Function, Parameter, Var, leaves


def extended(entry: Function, more: Sequence[Parameter], given: Sequence[Var]) -> tuple[tuple[Parameter, ...], tuple[Var, ...]]:
    """Signature and leaf parameters of a function with more of them, the last ones (but for `**keywords`)."""
    last = [p for p in entry.signature if p.kind == "VAR_KEYWORD"]
    at = len(entry.block.params) - sum(1 for p in last for _ in leaves(p.tree))
    signature = (*(p for p in entry.signature if p.kind != "VAR_KEYWORD"), *more, *last)
    return signature, (*entry.block.params[:at], *given, *entry.block.params[at:])
