"""Arguments and results of native code are numbers and arrays: structures are taken apart and put together around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    For,
    Foreign,
    Function,
    If,
    Leaf,
    Node,
    Parameter,
    Program,
    Tree,
    Var,
    While,
    blocks_of,
)
from adcompiler.ir.rename import renamed_block


def with_kernel(program: Program) -> Program:
    """The program with a kernel of plain parameters, called by a function with the signature of before.

    Objects from outside (arrays of the module around) become parameters, too, so that native code sees what they hold when
    it is called. Nothing changes where the function is its own kernel.
    """
    entry = program.entry
    outside = _outside(entry.block, program)
    if not outside and _is_plain(entry.result) and all(
            isinstance(p.tree, Leaf) and p.kind == "POSITIONAL_OR_KEYWORD" and p.default is None for p in entry.signature):
        return program
    names = _names(entry, list(outside))
    given = [Var(p.hint, p.type) for p in entry.block.params]
    taken = [Var(t, v.type) for t, v in outside.items()]
    targets = tuple(Var(r.hint if isinstance(r, Var) else "", r.type) for r in entry.block.results)
    call = Bind(targets, Call(entry.name, (*given, *taken)))
    made = [Bind((v,), Foreign(t, (), pure=True)) for t, v in zip(outside, taken, strict=True)]
    signature = tuple(Parameter(n, Leaf()) for n in names)
    params = tuple(outside.values())
    names_inside: dict[Var, Atom] = {}
    bare = _without(entry.block, outside, names_inside)
    block = renamed_block(replace(bare, params=(*bare.params, *params)), names_inside)
    flat = Node("tuple", tuple(range(len(targets))), (Leaf(),) * len(targets))
    kernel = Function(entry.name, signature, flat, block)
    around = replace(entry, block=Block(tuple(given), (*made, call), targets))
    return replace(program, entry=around, functions={**program.functions, entry.name: kernel})


def _is_plain(tree: Tree) -> bool:
    match tree:
        case Leaf():
            return True
        case Node("tuple", children=children):
            return bool(children) and all(map(_is_plain, children))
        case _:
            return False


def _names(entry: Function, outside: list[str]) -> list[str]:
    """Names for the kernel's parameters: those of plain parameters, the others after the part that they are."""
    names: list[str] = []
    for p in entry.signature:
        for path in _paths(p.tree, p.name):
            names.append(_other(path, names))
    for name in outside:
        names.append(_other(name, names))
    return names


def _other(wanted: str, names: list[str]) -> str:
    return wanted if wanted not in names else next(n for k in range(1, len(names) + 2) if (n := f"{wanted}_{k}") not in names)


def _paths(tree: Tree, name: str) -> Iterator[str]:
    match tree:
        case Leaf():
            yield name
        case Node(keys=keys, children=children):
            for key, child in zip(keys, children, strict=True):
                part = f"{name}_{key}"
                yield from _paths(child, part if part.isidentifier() else f"{name}_{len(part)}")


def _outside(block: Block, program: Program) -> dict[str, Var]:
    """The objects from outside that a block reads, each as one variable."""
    found: dict[str, Var] = {}
    for bind in block.binds:
        if isinstance(bind.op, Foreign) and _is_outside(bind.op, program):
            found.setdefault(bind.op.template, bind.targets[0])
        for inner in blocks_of(bind.op):
            found = {**_outside(inner, program), **found}
    return found


def _is_outside(op: Foreign, program: Program) -> bool:
    return op.pure and not op.args and op.template in program.constants


def _without(block: Block, outside: dict[str, Var], names: dict[Var, Atom]) -> Block:
    """The block without the bindings that read such objects; `names` says which parameters stand for them."""
    kept: list[Bind] = []
    for bind in block.binds:
        op = bind.op
        match op:
            case Foreign(template, (), True) if template in outside:
                names[bind.targets[0]] = outside[template]
                continue
            case If():
                op = replace(op, then=_without(op.then, outside, names), orelse=_without(op.orelse, outside, names))
            case For():
                op = replace(op, body=_without(op.body, outside, names))
            case While():
                op = replace(op, cond=_without(op.cond, outside, names), body=_without(op.body, outside, names))
            case _:
                pass
        kept.append(replace(bind, op=op))
    return replace(block, binds=tuple(kept))


__all__ = ["with_kernel"]
