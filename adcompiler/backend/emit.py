"""IR to Python source: what a careful engineer would have written by hand."""

from __future__ import annotations

import ast
import builtins
import keyword
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from adcompiler.backend.advance import advance
from adcompiler.backend.code import (
    Apply,
    Assign,
    Branch,
    Effect,
    Expr,
    ForLoop,
    Move,
    Return,
    Statement,
    Update,
    WhileLoop,
    variables,
)
from adcompiler.backend.inplace import insert_copies
from adcompiler.backend.liveness import analyse, everything, undefined
from adcompiler.backend.naming import name_all
from adcompiler.backend.printer import constant, to_text
from adcompiler.backend.render import Renderer
from adcompiler.backend.shape import shape
from adcompiler.backend.spell import Speller, attribute, call, name, names_in, private
from adcompiler.backend.split import split
from adcompiler.backend.tidy import tidied
from adcompiler.ir.nodes import (
    UNDEFINED,
    Block,
    Call,
    Const,
    Foreign,
    Function,
    Leaf,
    Node,
    Prim,
    Program,
    Static,
    Tree,
    Var,
    blocks_of,
    leaves,
)
from adcompiler.ir.ops import OPS

HELPERS = {
    "unbroadcast": '''
def _unbroadcast(value, like):
    """Sum over the axes along which `like` was broadcast to the shape of `value`."""
    value = np.sum(value, axis=tuple(range(np.ndim(value) - np.ndim(like))))
    ones = tuple(k for k, n in enumerate(np.shape(like)) if n == 1 and np.shape(value)[k] != 1)
    return np.sum(value, axis=ones, keepdims=True) if ones else value
''',
}


def emit(program: Program, *, name: str | None = None, doc: str = "") -> str:
    """The text of a module: imports, constants, outlined functions, and the entry function.

    `name`: of the entry function, if not its own; `doc`: its docstring. The same program gives the same bytes.
    """
    taken = _taken(program, name or program.entry.name)
    speller = Speller(program.bare, taken.local)
    impure = _impure(program)
    arity = {op.param("function"): len(op.args) for f in program.functions.values() for _, op in _ops(f.block)
             if isinstance(op, Prim) and op.name == "save"}
    functions = [_define(f, private(f.name), "", speller, taken, impure, arity, outlined=True)
                 for f in program.functions.values()]
    entry = _define(program.entry, name or program.entry.name, doc, speller, taken, impure, arity)
    parts = [to_text(ast.Module([d], [])) for d in (*functions, entry)]
    helpers = [HELPERS[h].strip("\n") + "\n" for h in sorted(speller.helpers)]
    head = _head(program, speller)
    return "\n\n".join([head, *helpers, *parts] if head else [*helpers, *parts])


# --- names of the module -------------------------------------------------------------------------------------


class _Taken:
    """Names that variables must not have (`all`), and those of variables that a bare import would hide (`local`)."""

    def __init__(self, used: set[str], local: frozenset[str]) -> None:
        self.all, self.local = used, local


def _taken(program: Program, entry: str) -> _Taken:
    functions = [program.entry, *program.functions.values()]
    used = {"np", "math", "special", "SimpleNamespace", entry, *program.constants, *keyword.kwlist}
    used |= {private(f) for f in program.functions} | {f"_{h}" for h in HELPERS}
    local = {p.name for f in functions for p in f.signature}
    for f in functions:
        for v, op in _ops(f.block):
            local.add(v)
            if isinstance(op, Prim) and "." not in op.name:
                used.add(op.name)
            elif isinstance(op, Foreign):
                used |= {n.id for n in ast.walk(ast.parse(op.template.format(*["_0"] * len(op.args)))) if isinstance(n, ast.Name)}
    used |= {"range", "reversed", "zip", "enumerate", "float", "int", "bool", "len"}
    bare = {b.partition(".")[0] for b in program.bare}
    for f in functions:
        for _, op in _ops(f.block):
            if isinstance(op, Prim) and op.name.rpartition(".")[0] in bare:
                last = op.name.rpartition(".")[2]
                if last not in local:
                    used.add(last)
    return _Taken(used & (set(dir(builtins)) | used), frozenset(local))


def _ops(block: Block) -> Iterator[tuple[str, Any]]:
    for p in block.params:
        yield p.hint, None
    for bind in block.binds:
        yield "", bind.op
        for t in bind.targets:
            yield t.hint, None
        for inner in blocks_of(bind.op):
            yield from _ops(inner)


def _impure(program: Program) -> frozenset[str]:
    """The outlined functions that have effects, or call one that has."""
    impure = {f for f, fn in program.functions.items() if any(_has_effect(op) for _, op in _ops(fn.block))}
    calls = {f: {op.callee for _, op in _ops(fn.block) if isinstance(op, Call)} for f, fn in program.functions.items()}
    while more := {f for f, called in calls.items() if called & impure} - impure:
        impure |= more
    return frozenset(impure)


def _has_effect(op: Any) -> bool:
    return (isinstance(op, Prim) and OPS[op.name].effect) or (isinstance(op, Foreign) and not op.pure)


def _head(program: Program, speller: Speller) -> str:
    """Imports and constants."""
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
        group = others if module in ("numpy", "scipy") else standard
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


# --- one function ----------------------------------------------------------------------------------------------


def _define(function: Function, called: str, doc: str, speller: Speller, taken: _Taken, impure: frozenset[str],
            arity: dict[str, int], *, outlined: bool = False) -> ast.FunctionDef:
    function = replace(function, block=advance(split(function.block)))
    placed = insert_copies(function)
    code = shape(placed, impure, arity)
    fixed, access = _leaves(function)
    if access:
        code[:0] = _unpacked(access, code)
        access = {v: e for v, e in access.items() if not any(v in s.targets for s in code[:len(access)] if isinstance(s, Assign))}
    lives = analyse(code, function.block.params, impure)
    reserved = taken.all | {p.name for p in function.signature} - set(fixed.values())
    names = name_all(lives, fixed, reserved)
    speller.names = {v: name(n) for v, n in names.items()} | access
    read = {v for s in everything(code) for e in _reads(s) for v in variables(e)}
    none = _none_names(code, names)
    drop_copies(code, names, none)
    code = tidied(code)
    renderer = Renderer(speller, names, read, placed.augmentable, _returner(function, speller, outlined))
    body = renderer.block(code)
    if body and isinstance(body[-1], ast.Return) and body[-1].value is None:
        del body[-1]
    if doc:
        body.insert(0, ast.Expr(ast.Constant(doc)))
    made = ast.parse("def _(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)  # parsed, since its fields differ between versions of Python
    made.name, made.args, made.body = called, _arguments(function), body or [ast.Pass()]
    speller.mentioned |= names_in(made.args)
    return made


def drop_copies(code: list[Statement], names: dict[Var, str], none: set[str]) -> None:
    """Remove what would assign a name to itself, and missing values that nobody looks at."""
    for s in everything(code):
        if isinstance(s, Move):
            s.pairs[:] = [(t, _or_none(v), note) for t, v, note in s.pairs if not (
                (isinstance(v, Var) and names[v] == names[t]) or (_is_undefined(v) and names[t] not in none))]
    _drop_empty(code, names)


def _drop_empty(code: list[Statement], names: dict[Var, str]) -> None:
    for k in range(len(code) - 1, -1, -1):
        match code[k]:
            case Move([]):
                del code[k]
            case Assign((target,), Var() as value) if names[value] == names[target]:
                del code[k]
            case Branch(_, body, orelse):
                _drop_empty(body, names)
                _drop_empty(orelse, names)
            case ForLoop() | WhileLoop() as loop:
                _drop_empty(loop.body, names)
                _drop_empty(loop.orelse, names)


def _is_undefined(value: Expr) -> bool:
    return isinstance(value, Const) and value.value is UNDEFINED


def _or_none(value: Expr) -> Expr:
    return Const(None, value.type) if _is_undefined(value) else value


def _arguments(function: Function) -> ast.arguments:
    made = ast.arguments(posonlyargs=[], args=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[])
    for p in function.signature:
        arg = ast.arg(p.name, None)
        default = ast.parse(p.default, mode="eval").body if p.default is not None else None
        match p.kind:
            case "KEYWORD_ONLY":
                made.kwonlyargs.append(arg)
                made.kw_defaults.append(default)
            case "VAR_POSITIONAL":
                made.vararg = arg
            case "VAR_KEYWORD":
                made.kwarg = arg
            case kind:
                (made.posonlyargs if kind == "POSITIONAL_ONLY" else made.args).append(arg)
                made.defaults += [default] if default is not None else []
    return made


def _leaves(function: Function) -> tuple[dict[Var, str], dict[Var, ast.expr]]:
    """The names of plain parameters, and how the leaves of structured ones are reached."""
    params = iter(function.block.params)
    fixed: dict[Var, str] = {}
    access: dict[Var, ast.expr] = {}
    for p in function.signature:
        mine = [next(params) for _ in leaves(p.tree)]
        if isinstance(p.tree, Leaf):
            fixed[mine[0]] = p.name
        else:
            access.update(zip(mine, _paths(p.tree, name(p.name)), strict=True))
    return fixed, access


def _paths(tree: Tree, base: ast.expr) -> Iterator[ast.expr]:
    match tree:
        case Leaf():
            yield base
        case Node(kind, keys, children):
            for key, child in zip(keys, children, strict=True):
                dotted = kind in ("namedtuple", "dataclass", "object")
                inner = attribute(base, str(key)) if dotted else ast.Subscript(base, constant(key), ast.Load())
                yield from _paths(child, inner)


def _unpacked(access: dict[Var, ast.expr], code: Sequence[Statement]) -> list[Statement]:
    """Assignments for the parts of arguments that are read more than once, or in a loop."""
    counts: Counter[Var] = Counter()
    _count(code, counts, 1)
    out: list[Statement] = []
    for var, path in access.items():
        if counts[var] > 1:
            template = ast.unparse(path).replace("{", "{{").replace("}", "}}")
            out.append(Assign((var,), Apply(Foreign(template, (), pure=True), (), var.type)))
    return out


def _count(code: Sequence[Statement], counts: Counter[Var], weight: int) -> None:
    for s in code:
        for e in _reads(s):
            for v in variables(e):
                counts[v] += weight
        match s:
            case Branch(_, body, orelse):
                _count(body, counts, weight)
                _count(orelse, counts, weight)
            case ForLoop() | WhileLoop():
                _count(s.body, counts, 2)
                _count(s.orelse, counts, weight)
            case Update(targets) | Assign(targets):
                counts.update({t: 2 for t in targets})
            case Move(pairs):
                counts.update({t: 2 for t, _, _ in pairs})


def _reads(s: Statement) -> Iterator[Expr]:
    match s:
        case Assign(_, value):
            yield value
        case Move(pairs):
            yield from (v for _, v, _ in pairs)
        case Update():
            yield s.base
            yield from s.args
        case Effect(_, args):
            yield from args
        case Branch(cond):
            yield cond
        case WhileLoop(cond):
            yield cond
            yield cond
        case ForLoop():
            yield from s.bounds
            yield from s.sequences
        case Return(values):
            yield from values


def _none_names(code: Sequence[Statement], names: dict[Var, str]) -> set[str]:
    """The names that must be None where they have no value, because they are copied or passed on."""
    missing = undefined(code)
    if not missing:
        return set()
    found: set[str] = set()
    for s in everything(code):
        for e in _passed(s, names):
            found |= {names[v] for v in _passed_on(e) if v in missing}
    return found


def _passed(s: Statement, names: dict[Var, str]) -> Iterator[Expr]:
    """The expressions that only pass values on."""
    match s:
        case Move(pairs):
            yield from (v for t, v, _ in pairs if not (isinstance(v, Var) and names[v] == names[t]))
        case Update(args=args):
            yield from args[:1]
        case Return() | Assign() | Effect():
            yield from _reads(s)


def _passed_on(expr: Expr) -> Iterator[Var]:
    """The variables that an expression passes on without looking at them."""
    match expr:
        case Var():
            yield expr
        case Apply(op=Prim(op), args=args) if op not in ("list", "tuple", "save", "select", "and", "or", "is", "isnot"):
            return
        case Apply(args=args):
            for a in args:
                yield from _passed_on(a)


Returner = Callable[[Sequence[ast.expr]], ast.stmt]


def _returner(function: Function, speller: Speller, outlined: bool) -> Returner:
    def of_tree(values: Sequence[ast.expr]) -> ast.stmt:
        if isinstance(function.result, Static) and function.result.value is None:
            return ast.Return(None)
        return ast.Return(_built(function.result, iter(values), speller))

    def flat(values: Sequence[ast.expr]) -> ast.stmt:
        if not values:
            return ast.Return(None)
        return ast.Return(values[0] if len(values) == 1 else ast.Tuple(list(values), ast.Load()))

    return flat if outlined else of_tree


def _built(tree: Tree, values: Iterator[ast.expr], speller: Speller) -> ast.expr:
    """The result from its leaves."""
    match tree:
        case Leaf():
            return next(values)
        case Static(value):
            return constant(value)
        case Node(kind, keys, children, cls):
            parts = [_built(c, values, speller) for c in children]
            match kind:
                case "tuple":
                    return ast.Tuple(parts, ast.Load())
                case "list":
                    return ast.List(parts, ast.Load())
                case "dict":
                    return ast.Dict([constant(k) for k in keys], parts)
                case "object":
                    made: ast.expr = name("SimpleNamespace")
                case _:
                    made = name(cls if isinstance(cls, str) else cls.__name__)
            speller.mentioned |= names_in(made)
            return call(made, **dict(zip(map(str, keys), parts, strict=True)))
    raise TypeError(f"not a tree: {tree!r}")
