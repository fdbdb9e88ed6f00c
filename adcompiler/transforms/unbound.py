"""Values that are bound on one path only.

`if c: y = x * x` and later `if c: z = np.sum(y)` with the same value `c`: nothing reads y where `c` is false, so that
neither it nor what is made of it, such as its adjoint, exists there.

`if n > 1: y = x * x` and later `if n > 1: z = np.sum(y)`, which compares again: the adjoint of y is zero where n is 1,
in the shape of y, which does not exist then. Nothing reads it, but the code that makes it must run; an empty array
gives it a shape.
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.analysis.guards import Guarded, guards, meet
from adcompiler.ir.build import UNDEF, const
from adcompiler.ir.nodes import (
    UNDEFINED,
    Atom,
    Bind,
    Block,
    Const,
    For,
    Function,
    If,
    Prim,
    Program,
    Var,
    While,
    blocks_of,
    bound_vars,
)
from adcompiler.ir.types import Array, Type, varying

_SHAPED_LIKE = {"numpy.zeros_like": 0, "numpy.full_like": 0, "spread": 1, "unbroadcast": 1, "shape": 0, "size": 0}


def bind_shapes(program: Program) -> Program:
    """The program without values where nobody reads them, and with empty arrays where code may ask for the shape of
    an array that is not bound.
    """
    functions = {name: _bound(f) for name, f in program.functions.items()}
    return replace(program, entry=_bound(program.entry), functions=functions)


def _bound(function: Function) -> Function:
    function = replace(function, block=_undefined(function.block, guards(function.block)))
    if not _leaves_unbound(function.block):
        return function
    asked = guards(function.block, _asks)
    while True:
        before = dict(asked)
        _spread(function.block, asked)
        if asked == before:
            return replace(function, block=_filled(function.block, asked))


def _undefined(block: Block, read: Guarded) -> Block:
    """The block in which branches give no value to what is read only where the other side was taken."""
    binds = []
    for bind in block.binds:
        op = bind.op
        match op:
            case If(cond, then, orelse):
                sides = []
                for side, taken in ((then, True), (orelse, False)):
                    side = _undefined(side, read)
                    results = tuple(UNDEF if (cond, not taken) in read.get(t, ()) else a
                                    for t, a in zip(bind.targets, side.results, strict=True))
                    sides.append(replace(side, results=results))
                op = If(cond, *sides)
            case For(body=body):
                op = replace(op, body=_undefined(body, read))
            case While(cond=test, body=body):
                op = replace(op, cond=_undefined(test, read), body=_undefined(body, read))
        binds.append(replace(bind, op=op))
    return replace(block, binds=tuple(binds))


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


def _asks(bind: Bind) -> list[Atom]:
    """The array whose shape an operation asks for."""
    return [bind.op.args[_SHAPED_LIKE[bind.op.name]]] if isinstance(bind.op, Prim) and bind.op.name in _SHAPED_LIKE else []


def _spread(block: Block, asked: Guarded) -> None:
    """What gives a value to an array that is asked for is asked for, too."""
    for bind in block.binds:
        for inner in blocks_of(bind.op):
            _spread(inner, asked)
        match bind.op:
            case If(cond, then, orelse):
                for k, target in enumerate(bind.targets):
                    for side, taken in ((then, True), (orelse, False)):
                        if _is_asked(target, asked, (cond, taken)):
                            meet(asked, [side.results[k]], asked[target])
            case For(inits=inits, body=body) | While(inits=inits, body=body):
                params = body.params[-len(inits):] if inits else ()
                inside = set(bound_vars(body))
                for atoms in zip(bind.targets, inits, params, body.results, strict=False):
                    for asking in (atoms[0], atoms[2]):
                        if asking in asked:
                            # A condition of the body is another one in the next iteration.
                            meet(asked, atoms, frozenset(g for g in asked[asking] if g[0] not in inside))


def _is_asked(target: Var, asked: Guarded, where: tuple[Atom, bool]) -> bool:
    cond, taken = where
    return target in asked and (cond, not taken) not in asked[target]


def _filled(block: Block, asked: Guarded) -> Block:
    binds: list[Bind] = []
    for bind in block.binds:
        op = bind.op
        match op:
            case If(cond, then, orelse):
                sides = []
                for side, taken in ((then, True), (orelse, False)):
                    asking = [t.type if _is_asked(t, asked, (cond, taken)) else None for t in bind.targets]
                    sides.append(_with_results(_filled(side, asked), asking))
                    for target, type_, value in zip(bind.targets, asking, side.results, strict=True):
                        if type_ is not None and _is_undefined(value):
                            target.type = varying(target.type, ())
                op = If(cond, *sides)
            case For(inits=inits, body=body) | While(inits=inits, body=body):
                for target, param, init in zip(bind.targets, body.params[len(body.params) - len(inits):], inits, strict=True):
                    if target in asked and _is_undefined(init):
                        target.type, param.type = varying(target.type, ()), varying(param.type, ())
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


def _empty(type_: Type, binds: list[Bind]) -> Atom:
    if not isinstance(type_, Array):
        return UNDEF
    made = Var("", varying(type_, ()))
    sizes = tuple(const(1 if d == 1 else 0) for d in type_.dims)
    binds.append(Bind((made,), Prim("numpy.zeros", sizes, (("dtype", type_.dtype),))))
    return made
