"""Flags of loops that are left early, put where `break` belongs.

The front end turns `break` and `return` into truth values that come out of branches; a loop ends after the
iteration in which one of them is true. Two things make that read (and run) as it was written: the flag of the
loop becomes a result of the branch itself, and a flag that nobody raised is passed on rather than set to False.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Bind, Block, For, Function, If, Op, Prim, Program, Var, While
from adcompiler.ir.types import BOOL

_FALSE, _TRUE = const(False), const(True)


def settle_flags(program: Program) -> Program:
    """The program with loop flags decided inside the branches that raise them."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_block(function.block))


def _block(block: Block) -> Block:
    return replace(block, binds=tuple(replace(b, op=_op(b.op)) for b in block.binds))


def _op(op: Op) -> Op:
    match op:
        case If():
            return replace(op, then=_block(op.then), orelse=_block(op.orelse))
        case For() | While():
            body = _block(op.body)
            if op.exits:
                body = _passed_on(_direct(body), op)
            return replace(op, body=body)
        case _:
            return op


def _direct(body: Block) -> Block:
    """`or(a, b)` of results of the last branch becomes a result of that branch."""
    flag = body.results[-1]
    made = next((b for b in body.binds if flag in b.targets), None)
    if made is None or not isinstance(made.op, Prim) or made.op.name != "or":
        return body
    found = _pushed(list(body.binds), made.op.args)
    if found is None:
        return body
    binds, atom = found
    return replace(body, binds=tuple(b for b in binds if b is not made), results=(*body.results[:-1], atom))


def _pushed(binds: list[Bind], args: Sequence[Atom]) -> tuple[list[Bind], Atom] | None:
    """The disjunction of `args` as an atom at the end of `binds`, if no operation is needed for it."""
    left = [a for a in args if a != _FALSE]
    if _TRUE in left:
        return binds, _TRUE
    if not left:
        return binds, _FALSE
    if len(set(left)) == 1:
        return binds, left[0]
    at = max((k for k, b in enumerate(binds) if any(a in b.targets for a in left)), default=None)
    if at is None or not isinstance(binds[at].op, If):  # the last of them: the others are bound before it
        return None
    bind = binds[at]
    assert isinstance(bind.op, If)
    sides = []
    for side in (bind.op.then, bind.op.orelse):
        names = dict(zip(bind.targets, side.results, strict=True))
        pushed = _pushed(list(side.binds), [names.get(a, a) if isinstance(a, Var) else a for a in left])
        if pushed is None:
            return None
        sides.append(replace(side, binds=tuple(pushed[0]), results=(*side.results, pushed[1])))
    target = Var("", BOOL)
    new = replace(bind, targets=(*bind.targets, target), op=If(bind.op.cond, *sides))
    return [*binds[:at], new, *binds[at + 1:]], target


def _passed_on(body: Block, op: For | While) -> Block:
    """A carried flag is false when an iteration begins, if raising it ends the loop: False is the flag itself."""
    first = 1 if isinstance(op, For) else 0
    body = _with_own_flag(body)
    for k, init in enumerate(op.inits):
        param, last = body.params[first + k], body.results[k]
        if init == _FALSE and isinstance(last, Var) and _implies(body, last, body.results[-1]):
            body = _replaced(body, last, param)
    return body


def _with_own_flag(block: Block) -> Block:
    """The block with its last result, made by branches, as a result of its own."""
    flag = block.results[-1]
    binds = []
    for bind in block.binds:
        if flag in bind.targets and isinstance(bind.op, If):
            k = bind.targets.index(flag)
            sides = [_with_own_flag(replace(s, results=(*s.results, s.results[k]))) for s in (bind.op.then, bind.op.orelse)]
            own = Var("", BOOL)
            bind = replace(bind, targets=(*bind.targets, own), op=If(bind.op.cond, *sides))
            block = replace(block, results=(*block.results[:-1], own))
        binds.append(bind)
    return replace(block, binds=tuple(binds))


def _implies(block: Block, a: Atom, b: Atom) -> bool:
    """Whether b is true wherever a is, for results of the same branches."""
    if a == _FALSE or b == _TRUE or a is b:
        return True
    if not (isinstance(a, Var) and isinstance(b, Var)):
        return False
    made = next((x for x in block.binds if b in x.targets), None)
    if made is not None and isinstance(made.op, Prim) and made.op.name == "or":
        return any(_implies(block, a, x) for x in made.op.args)
    both = next((x for x in block.binds if a in x.targets and b in x.targets), None)
    if both is None or not isinstance(both.op, If):
        return False
    i, j = both.targets.index(a), both.targets.index(b)
    return all(_implies(side, side.results[i], side.results[j]) for side in (both.op.then, both.op.orelse))


def _replaced(block: Block, flag: Var, param: Var) -> Block:
    """The block with False for `flag` replaced by `param` where branches merge."""
    binds = []
    for bind in block.binds:
        if flag in bind.targets and isinstance(bind.op, If):
            k = bind.targets.index(flag)
            bind = replace(bind, op=If(bind.op.cond, _side(bind.op.then, k, param), _side(bind.op.orelse, k, param)))
        binds.append(bind)
    return replace(block, binds=tuple(binds))


def _side(side: Block, k: int, param: Var) -> Block:
    result = side.results[k]
    if result == _FALSE:
        return replace(side, results=(*side.results[:k], param, *side.results[k + 1:]))
    return _replaced(side, result, param) if isinstance(result, Var) else side


