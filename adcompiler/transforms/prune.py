"""Remove what nobody needs: bindings, results of branches, and values that loops carry for themselves only."""

from __future__ import annotations

from collections.abc import Iterable
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
    Op,
    Prim,
    Program,
    Var,
    While,
    blocks_of,
    operands,
)
from adcompiler.ir.ops import OPS


def prune(program: Program) -> Program:
    """The program without dead code. Effects stay, in order."""
    entry = prune_function(program.entry)
    functions = {name: prune_function(f) for name, f in program.functions.items()}
    return without_unused(replace(program, entry=entry, functions=functions))


def without_unused(program: Program, *, derivatives: bool = True) -> Program:
    """The program without functions that nobody calls; with those that derivatives of the others need, if wanted."""
    live: set[str] = set()
    pending = [program.entry.block]
    while pending:
        for callee in _callees(pending.pop()):
            own = program.customs.get(callee) if derivatives else None
            for name in (callee, *(own.parts if own is not None else ())):
                if name not in live and name in program.functions:
                    live.add(name)
                    pending.append(program.functions[name].block)
    return replace(program, functions={name: f for name, f in program.functions.items() if name in live})


def _callees(block: Block) -> Iterable[str]:
    for bind in block.binds:
        if isinstance(bind.op, Call):
            yield bind.op.callee
        elif isinstance(bind.op, Foreign):
            yield from bind.op.calls
        for inner in blocks_of(bind.op):
            yield from _callees(inner)


def prune_function(function: Function) -> Function:
    """The function without dead code."""
    return replace(function, block=prune_block(function.block, set()))


def prune_block(block: Block, live: set[Var]) -> Block:
    """The block with what its results need, and its effects; `live` grows by the outer variables that it reads."""
    _read(block.results, live)
    kept: list[Bind] = []
    for bind in reversed(block.binds):
        new = _prune_bind(bind, live)
        if new is not None:
            kept.append(new)
    return replace(block, binds=tuple(reversed(kept)))


def _read(atoms: Iterable[Atom], live: set[Var]) -> None:
    live.update(a for a in atoms if isinstance(a, Var))


def _prune_bind(bind: Bind, live: set[Var]) -> Bind | None:
    if not any(t in live for t in bind.targets) and not has_effect(bind.op):
        return None
    match bind.op:
        case If():
            return _prune_if(bind, bind.op, live)
        case For() | While():
            return _prune_loop(bind, bind.op, live)
        case op:
            _read(operands(op), live)
            return bind


def has_effect(op: Op) -> bool:
    """Whether an operation must stay even when its results are not read."""
    match op:
        case Prim():
            return OPS[op.name].effect or bool(op.params and op.param("keep"))
        case Foreign():
            return not op.pure
        case Call():
            return False
        case _:
            return any(has_effect(b.op) for inner in blocks_of(op) for b in inner.binds)


def _prune_if(bind: Bind, op: If, live: set[Var]) -> Bind | None:
    keep = [k for k, t in enumerate(bind.targets) if t in live]
    then, orelse = (prune_block(replace(b, results=tuple(b.results[k] for k in keep)), live) for b in (op.then, op.orelse))
    if not keep and not then.binds and not orelse.binds:
        return None
    _read([op.cond], live)
    return replace(bind, targets=tuple(bind.targets[k] for k in keep), op=If(op.cond, then, orelse))


def _prune_loop(bind: Bind, op: For | While, live: set[Var]) -> Bind:
    keep = _needed_slots(bind, op, live)
    inits = tuple(op.inits[k] for k in keep)
    first = 1 if isinstance(op, For) else 0
    params = (*op.body.params[:first], *(op.carried[k] for k in keep))
    results = (*(op.yields[k] for k in keep), *op.body.results[len(op.inits):])
    body = prune_block(Block(params, op.body.binds, results), live)
    targets = tuple(bind.targets[k] for k in keep)
    if isinstance(op, While):
        cond = prune_block(replace(op.cond, params=tuple(op.cond.params[k] for k in keep)), live)
        new: Op = replace(op, inits=inits, cond=cond, body=body)
    else:
        new = replace(op, inits=inits, body=body)
    _read(operands(new), live)
    return replace(bind, targets=targets, op=new)


def _needed_slots(bind: Bind, op: For | While, live: set[Var]) -> list[int]:
    """The carried values that are read after the loop, decide about its end, or are needed by such a one."""
    needed = {k for k, t in enumerate(bind.targets) if t in live}
    while True:
        inside: set[Var] = set()
        results = (*(op.yields[k] for k in sorted(needed)), *op.body.results[len(op.inits):])
        prune_block(replace(op.body, results=results), inside)
        if isinstance(op, While):
            tested: set[Var] = set()
            prune_block(op.cond, tested)
            inside |= {c for c, p in zip(op.carried, op.cond.params, strict=True) if p in tested}
        grown = needed | {k for k, c in enumerate(op.carried) if c in inside}
        if grown == needed:
            return sorted(needed)
        needed = grown


__all__ = ["has_effect", "prune", "prune_block", "prune_function", "without_unused"]
