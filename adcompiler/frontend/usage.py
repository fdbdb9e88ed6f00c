"""What the body of a function tells about a parameter: a number, an integer, an array of some rank."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from adcompiler.source import FunctionNode

_ARRAY_ATTRIBUTES = {"shape", "size", "ndim", "dtype", "sum", "mean", "dot", "max", "min", "copy", "reshape", "ravel",
                     "flatten", "astype", "prod", "std", "var", "cumsum", "argmax", "argmin", "fill", "tolist"}
_REDUCTIONS = {"sum", "mean", "prod", "dot", "max", "min", "amax", "amin", "std", "var", "norm", "inner", "vdot",
               "cumsum", "linalg.norm", "average", "median", "argmax", "argmin", "outer", "flip", "diff", "cumprod"}
_MATRICES = {"linalg.solve", "linalg.inv", "linalg.det", "linalg.slogdet", "linalg.cholesky", "trace", "transpose",
             "linalg.eigh", "linalg.eigvalsh", "linalg.svd", "linalg.svdvals", "linalg.qr", "linalg.lstsq", "linalg.pinv",
             "linalg.matrix_power", "linalg.cond", "linalg.matrix_rank", "diag"}
_SIZES = {"zeros", "ones", "empty", "full", "eye", "arange", "identity"}
_OVER = {"len", "sum", "max", "min", "any", "all", "sorted", "list", "tuple", "enumerate", "zip", "reversed"}


@dataclass
class Use:
    """What is known of one name: `rank` 0 says nothing against a scalar."""

    rank: int = 0
    integer: bool = False
    opaque: bool = False
    """It is called, or has attributes that arrays have not: its value is needed."""
    loops: list[str] = field(default_factory=list)
    """Names that take its elements, one after the other."""


def uses_of(node: FunctionNode) -> dict[str, Use]:
    """What a function does with every name that it mentions."""
    found: dict[str, Use] = {}
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    for part in body:
        for inner in ast.walk(part):
            for name, use in _uses(inner):
                _merge(found.setdefault(name, Use()), use)
    for name in found:
        found[name].rank = max(found[name].rank, _rank_by_loops(name, found, ()))
    return found


def _merge(into: Use, use: Use) -> None:
    into.rank = max(into.rank, use.rank)
    into.integer |= use.integer
    into.opaque |= use.opaque
    into.loops += use.loops


def _rank_by_loops(name: str, found: dict[str, Use], outer: tuple[str, ...]) -> int:
    use = found.get(name, Use())
    inner = [_rank_by_loops(v, found, (*outer, name)) for v in use.loops if v not in (*outer, name)]
    return max([use.rank, *(1 + r for r in inner)])


def _uses(node: ast.AST) -> Iterator[tuple[str, Use]]:
    match node:
        case ast.Subscript(value=value, slice=index):
            yield from _subscript(value, index)
        case ast.Slice(lower=lower, upper=upper, step=step):
            for bound in (lower, upper, step):
                yield from _integers(bound)
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            known = attr in _ARRAY_ATTRIBUTES or attr == "T"
            yield name, Use(2 if attr == "T" else 1) if known else Use(opaque=True)
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            yield from _matmul(left, right)
        case ast.For(target=target, iter=iterated) | ast.comprehension(target=target, iter=iterated):
            yield from _iteration(target, iterated)
        case ast.Call():
            yield from _call(node)
        case _:
            pass


def _subscript(value: ast.expr, index: ast.expr) -> Iterator[tuple[str, Use]]:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    rank = sum(not (isinstance(p, ast.Constant) and p.value in (None, Ellipsis)) for p in parts)
    if isinstance(index, ast.Constant) and isinstance(index.value, str):
        yield from ((n, Use(opaque=True)) for n in _name(value))
        return
    while isinstance(value, ast.Subscript):
        inner = value.slice.elts if isinstance(value.slice, ast.Tuple) else [value.slice]
        rank += sum(not isinstance(p, ast.Slice) for p in inner)
        value = value.value
    yield from ((n, Use(rank)) for n in _name(value))
    for part in parts:
        yield from _integers(part)


def _matmul(left: ast.expr, right: ast.expr) -> Iterator[tuple[str, Use]]:
    same = ast.dump(left) == ast.dump(right)
    for name in _name(left):
        yield name, Use(1 if same else 2)
    for name in _name(right):
        yield name, Use(1)


def _iteration(target: ast.expr, iterated: ast.expr) -> Iterator[tuple[str, Use]]:
    match iterated:
        case ast.Name(id=name):
            yield name, Use(1, loops=[target.id] if isinstance(target, ast.Name) else [])
        case ast.Call(func=ast.Name(id="enumerate"), args=[ast.Name(id=name), *_]):
            match target:
                case ast.Tuple(elts=[_, ast.Name(id=element)]):
                    yield name, Use(1, loops=[element])
                case _:
                    pass
        case ast.Call(func=ast.Name(id="zip"), args=args) if isinstance(target, ast.Tuple):
            for arg, part in zip(args, target.elts, strict=False):
                if isinstance(arg, ast.Name) and isinstance(part, ast.Name):
                    yield arg.id, Use(1, loops=[part.id])
        case _:
            pass


def _call(node: ast.Call) -> Iterator[tuple[str, Use]]:
    called = ast.unparse(node.func)
    library, _, function = called.partition(".")
    if isinstance(node.func, ast.Name):
        yield node.func.id, Use(opaque=True)
    if called == "range":
        for arg in node.args:
            yield from _integers(arg)
    elif called in _OVER:
        single = called not in ("max", "min") or len(node.args) == 1
        for arg in node.args if single else []:
            yield from ((n, Use(1)) for n in _name(arg))
    elif library in ("np", "numpy"):
        yield from _numpy(function, node.args)


def _numpy(function: str, args: list[ast.expr]) -> Iterator[tuple[str, Use]]:
    if function in _SIZES and args:
        shape = args[0].elts if isinstance(args[0], ast.Tuple | ast.List) else [args[0]]
        for part in shape:
            yield from _integers(part)
    elif function == "einsum" and args and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
        terms = args[0].value.replace(" ", "").partition("->")[0].split(",")
        for term, arg in zip(terms, args[1:], strict=False):
            yield from ((name, Use(len(term.replace("...", "")))) for name in _name(arg))
    elif function in _MATRICES:
        for name in _name(args[0]) if args else ():
            yield name, Use(2)
    elif function in _REDUCTIONS:
        for arg in args if function in ("dot", "inner", "outer", "vdot") else args[:1]:
            yield from ((name, Use(1)) for name in _elementwise(arg))


def _elementwise(node: ast.expr) -> Iterator[str]:
    """The name whose elements an expression computes with, where there is just one."""
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Name):
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        plain = all(isinstance(n, ast.BinOp | ast.UnaryOp | ast.Name | ast.Constant | ast.operator | ast.unaryop
                               | ast.expr_context) for n in ast.walk(node))
        if plain and len(names) == 1:
            yield from names


def _integers(node: ast.expr | None) -> Iterator[tuple[str, Use]]:
    """The names in an index or a bound, a sum of names and numbers."""
    match node:
        case ast.Name(id=name):
            yield name, Use(integer=True)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod(), right=right):
            yield from _integers(left)
            yield from _integers(right)
        case ast.UnaryOp(operand=operand):
            yield from _integers(operand)
        case _:
            pass


def _name(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
