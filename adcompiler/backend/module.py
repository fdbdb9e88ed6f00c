"""A generated module around its functions: imports, constants, helpers, and the names that are taken."""

from __future__ import annotations

import ast
import keyword
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from adcompiler.backend.spell import BUILTINS, Speller, names_in, private
from adcompiler.ir.nodes import Block, Call, Foreign, Op, Prim, Program, Var, blocks_of
from adcompiler.ir.ops import OPS
from adcompiler.library.emitted import EMITTED

_ALWAYS = frozenset(["np", "math", "SimpleNamespace", "range", "reversed", "zip", "enumerate", *keyword.kwlist])


@dataclass(frozen=True)
class Facts:
    """What is true of the whole program.

    `taken`: names that variables must not have; `hints`: those that they want, which a bare import would hide;
    `impure`: the outlined functions that have effects; `arity`: how many values each saves for its reverse part.
    """

    taken: frozenset[str]
    hints: frozenset[str]
    impure: frozenset[str]
    arity: dict[str, int]


def facts_of(program: Program, entry: str) -> Facts:
    """Look through all functions of a program."""
    functions = [program.entry, *program.functions.values()]
    ops = [op for f in functions for op in _ops(f.block)]
    hints = {p.name for f in functions for p in f.signature} | {v.hint for f in functions for v in _variables(f.block)}
    taken = {entry, *program.constants, *map(private, program.functions), *(f"_{h}" for h in EMITTED), *_ALWAYS}
    bare = {b.partition(".")[0] for b in program.bare}
    for op in ops:
        if isinstance(op, Prim):
            module, _, last = op.name.rpartition(".")
            taken |= {last} & (BUILTINS if not module else {last} - hints if module in bare else set())
            taken |= {*module.split(".")[:2]} - hints if module.startswith("scipy.") else set()
        elif isinstance(op, Foreign):
            taken |= names_in(ast.parse(op.template.format(*["_"] * len(op.args)))) - {"_"}
    arity = {op.param("function"): len(op.args) for op in ops if isinstance(op, Prim) and op.name == "save"}
    return Facts(frozenset(taken), frozenset(hints), _impure(program), arity)


def _ops(block: Block) -> Iterator[Op]:
    for bind in block.binds:
        yield bind.op
        for inner in blocks_of(bind.op):
            yield from _ops(inner)


def _variables(block: Block) -> Iterator[Var]:
    yield from block.params
    for bind in block.binds:
        yield from bind.targets
        for inner in blocks_of(bind.op):
            yield from _variables(inner)


def _impure(program: Program) -> frozenset[str]:
    """The outlined functions that have effects, or call one that has."""
    impure = {f for f, fn in program.functions.items() if any(map(_has_effect, _ops(fn.block)))}
    calls = {f: {op.callee for op in _ops(fn.block) if isinstance(op, Call)} for f, fn in program.functions.items()}
    while more := {f for f, called in calls.items() if called & impure} - impure:
        impure |= more
    return frozenset(impure)


def _has_effect(op: Op) -> bool:
    return (isinstance(op, Prim) and OPS[op.name].effect) or (isinstance(op, Foreign) and not op.pure)


def head_of(program: Program, speller: Speller) -> str:
    """The imports and constants that the text of the functions needs."""
    lines = _constants(program, speller.mentioned)
    imported = [line for line in lines if line.startswith(("from ", "import "))]
    values = [line for line in lines if line not in imported]
    mentioned = speller.mentioned.union(*(names_in(ast.parse(line)) for line in values)) - set(program.constants)
    imports = speller.imports | {(m, "") for n, m in (("np", "numpy"), ("math", "math")) if n in mentioned}
    imports |= {(n, "") for n in mentioned & sys.stdlib_module_names}
    standard, others = _import_lines(imports, "SimpleNamespace" in mentioned)
    groups = ["\n".join(g) for g in (standard, others + imported, values) if g]
    return "\n\n".join(groups) + "\n" if groups else ""


def _import_lines(imports: set[tuple[str, str]], namespace: bool) -> tuple[list[str], list[str]]:
    """Import statements: those of the standard library, and the others."""
    names: dict[str, list[str]] = {}
    for module, member in sorted(imports):
        names.setdefault(module, []).append(member)
    standard: list[str] = []
    others: list[str] = []
    for module, members in names.items():
        group = others if module.partition(".")[0] in ("numpy", "scipy", "numba") else standard
        if "" in members:
            group.append("import numpy as np" if module == "numpy" else f"import {module}")
        if any(members):
            group.append(f"from {module} import {', '.join(m for m in members if m)}")
    standard += ["from types import SimpleNamespace"] if namespace else []
    return sorted(standard, key=lambda line: line.startswith("from")), others


def _constants(program: Program, mentioned: set[str]) -> list[str]:
    """The definitions of the constants that the text names, and of those that they name, in order."""
    needed: set[str] = set()
    waiting = mentioned & set(program.constants)
    while waiting:
        needed |= waiting
        texts = [program.constants[n].text for n in waiting]
        waiting = set().union(*(names_in(ast.parse(t)) for t in texts)) & set(program.constants) - needed
    return list(dict.fromkeys(c.text for n, c in program.constants.items() if n in needed and c.text))
