"""Arrays that are bound on one path only: on the others their adjoints need a shape, which an empty array gives.

`if n > 1: y = x * x` and later `if n > 1: z = np.sum(y)`: the adjoint of y is zero where n is 1, in the shape of y,
which does not exist then. Nothing reads it, but the code that makes it must run.
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.build import const
from adcompiler.ir.nodes import UNDEFINED, Atom, Bind, Block, Const, For, Function, If, Prim, Program, Var, While, blocks_of
from adcompiler.ir.types import Array, Type, unknown_dim

_SHAPED_LIKE = {"numpy.zeros_like": 0, "numpy.full_like": 0, "spread": 1, "unbroadcast": 1, "shape": 0, "size": 0}


def bind_shapes(program: Program) -> Program:
    """The program with empty arrays where an array is not bound although code may ask for its shape."""
    functions = {name: _bound(f) for name, f in program.functions.items()}
    return replace(program, entry=_bound(program.entry), functions=functions)


def _bound(function: Function) -> Function:
    if not _leaves_unbound(function.block):
        return function
    asked: set[Var] = set()
    _collect(function.block, asked)
    while True:
        before = len(asked)
        _spread(function.block, asked)
        if len(asked) == before:
            return replace(function, block=_filled(function.block, asked))


def _is_undefined(atom: Atom) -> bool:
    return isinstance(atom, Const) and atom.value is UNDEFINED


def _leaves_unbound(block: Block) -> bool:
    """Whether a branch or a loop gives an array no value on some path."""
    for bind in block.binds:
        given = [a for b in blocks_of(bind.op) for a in b.results] + list(getattr(bind.op, "inits", ()))
        if any(map(_is_undefined, given)) and any(isinstance(t.type, Array) for t in bind.targets):
            return True
        if any(map(_leaves_unbound, blocks_of(bind.op))):
            return True
    return False


def _collect(block: Block, asked: set[Var]) -> None:
    """The arrays whose shapes are asked for."""
    for bind in block.binds:
        if isinstance(bind.op, Prim) and bind.op.name in _SHAPED_LIKE:
            like = bind.op.args[_SHAPED_LIKE[bind.op.name]]
            if isinstance(like, Var):
                asked.add(like)
        for inner in blocks_of(bind.op):
            _collect(inner, asked)


def _spread(block: Block, asked: set[Var]) -> None:
    """What gives a value to an array that is asked for is asked for, too."""
    for bind in block.binds:
        for inner in blocks_of(bind.op):
            _spread(inner, asked)
        match bind.op:
            case If(_, then, orelse):
                for k, target in enumerate(bind.targets):
                    if target in asked:
                        asked.update(a for a in (then.results[k], orelse.results[k]) if isinstance(a, Var))
            case For(inits=inits, body=body) | While(inits=inits, body=body):
                params = body.params[-len(inits):] if inits else ()
                for target, init, param, result in zip(bind.targets, inits, params, body.results, strict=False):
                    if target in asked or param in asked:
                        asked.update(a for a in (target, init, param, result) if isinstance(a, Var))


def _filled(block: Block, asked: set[Var]) -> Block:
    binds: list[Bind] = []
    for bind in block.binds:
        op = bind.op
        match op:
            case If(cond, then, orelse):
                sides = [_with_results(_filled(b, asked), [t.type if t in asked else None for t in bind.targets])
                         for b in (then, orelse)]
                for k, target in enumerate(bind.targets):
                    if target in asked and any(map(_is_undefined, (then.results[k], orelse.results[k]))):
                        target.type = _of_any_size(target.type)
                op = If(cond, *sides)
            case For(inits=inits, body=body) | While(inits=inits, body=body):
                for target, param, init in zip(bind.targets, body.params[len(body.params) - len(inits):], inits, strict=True):
                    if target in asked and _is_undefined(init):
                        target.type, param.type = _of_any_size(target.type), _of_any_size(param.type)
                op = replace(op, body=_filled(body, asked),
                             inits=tuple(_empty(t.type, binds) if t in asked and _is_undefined(a) else a
                                         for t, a in zip(bind.targets, inits, strict=True)))
        binds.append(replace(bind, op=op))
    return replace(block, binds=tuple(binds))


def _with_results(block: Block, types: list[Type | None]) -> Block:
    binds = list(block.binds)
    results = tuple(_empty(type_, binds) if type_ is not None and _is_undefined(a) else a
                    for a, type_ in zip(block.results, types, strict=True))
    return replace(block, binds=tuple(binds), results=results)


def _of_any_size(type_: Type) -> Type:
    """The type, with sizes that are not those of the values bound on the other path."""
    return Array(type_.dtype, tuple(1 if d == 1 else unknown_dim() for d in type_.dims)) if isinstance(type_, Array) else type_


def _empty(type_: Type, binds: list[Bind]) -> Atom:
    if not isinstance(type_, Array):
        return const(UNDEFINED)
    made = Var("", _of_any_size(type_))
    sizes = tuple(const(1 if d == 1 else 0) for d in type_.dims)
    binds.append(Bind((made,), Prim("numpy.zeros", sizes, (("dtype", type_.dtype),))))
    return made
