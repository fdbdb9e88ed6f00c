"""Arguments and results as a person sees them: parameters with defaults, parts of structures, the `return`."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from adcompiler.backend.code import Apply, Assign, Branch, ForLoop, Move, Statement, Update, WhileLoop, reads, variables
from adcompiler.backend.printer import constant
from adcompiler.backend.spell import Speller, attribute, call, name, names_in
from adcompiler.ir.nodes import Foreign, Function, Leaf, Node, Static, Tree, Var, leaves


def arguments_of(function: Function) -> ast.arguments:
    """The parameters with their kinds and defaults."""
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


def leaves_of(function: Function) -> tuple[dict[Var, str], dict[Var, ast.expr]]:
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


def unpacked(access: dict[Var, ast.expr], code: Sequence[Statement]) -> list[Statement]:
    """Assignments for the parts of arguments that are read more than once, or in a loop; `access` loses them."""
    counts: Counter[Var] = Counter()
    _count(code, counts, 1)
    out: list[Statement] = []
    for var in [v for v in access if counts[v] > 1]:
        template = ast.unparse(access.pop(var)).replace("{", "{{").replace("}", "}}")
        out.append(Assign((var,), Apply(Foreign(template, (), pure=True), (), var.type)))
    return out


def _count(code: Sequence[Statement], counts: Counter[Var], weight: int) -> None:
    for s in code:
        again = 2 if isinstance(s, WhileLoop) else weight
        for e in reads(s):
            for v in variables(e):
                counts[v] += again
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


Returner = Callable[[Sequence[ast.expr]], ast.stmt]


def returner(function: Function, speller: Speller, outlined: bool) -> Returner:
    """What makes the `return` statement of the leaves of the result: of outlined functions a plain tuple of them."""

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
