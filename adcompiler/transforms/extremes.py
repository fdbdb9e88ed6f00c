"""A running minimum or maximum (or any other "the last one that ...") is known by where it was found.

    best = inf                              best, j_best = inf, -1
    for j in range(k):                      for j in range(k):
        d = distance(x, c[j])       ->          d = distance(x, c[j])
        if d < best:                            if d < best:
            best = d                                best, j_best = d, j
                                            if j_best >= 0:
                                                best = distance(x, c[j_best])

The value is the same, to the last bit. But now nothing flows back through the loop, which may be long, and whose branches
need not be remembered: only through the one iteration that counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Const,
    For,
    Foreign,
    Function,
    If,
    Op,
    Prim,
    Program,
    Var,
    blocks_of,
    free_vars,
    operands,
)
from adcompiler.ir.ops import OPS
from adcompiler.ir.rename import mapped, renamed, renamed_binds
from adcompiler.ir.types import INT, Scalar, is_float

_TESTS = frozenset(["lt", "le", "gt", "ge", "eq", "ne"])


def find_extremes(program: Program) -> Program:
    """The program with running extremes computed from the iteration in which they were found."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_block(function.block))


def _block(block: Block) -> Block:
    out = Builder()
    read = {a for b in block.binds for a in _reads(b.op)} | {a for a in block.results if isinstance(a, Var)}
    for bind in block.binds:
        bind = mapped(bind, _block)
        found = [e for k in range(len(bind.targets)) if bind.targets[k] in read and (e := _extreme(bind, k)) is not None]
        if found:
            _rewrite(bind, found, out)
        else:
            out.binds.append(bind)
    return replace(block, binds=tuple(out.binds))


@dataclass(frozen=True)
class _Extreme:
    """The place of a carried value; the branch that chooses it, and whether it does when its condition is true; its value."""

    slot: int
    branch: Bind
    when: bool
    value: Atom
    steps: tuple[Bind, ...]
    """What computes the value in an iteration."""


def _extreme(bind: Bind, k: int) -> _Extreme | None:
    """The running extreme that a loop carries at place k, if it is one."""
    op = bind.op
    if not isinstance(op, For) or op.exits or not isinstance(op.start, Const) or op.start.value < 0:
        return None
    if not isinstance(op.step, Const) or op.step.value <= 0 or not is_float(op.carried[k].type):
        return None
    carried, last = op.carried[k], op.yields[k]
    if not isinstance(carried.type, Scalar) or not isinstance(last, Var):
        return None
    branch = next((b for b in op.body.binds if last in b.targets), None)
    if branch is None or not isinstance(branch.op, If):
        return None
    m = branch.targets.index(last)
    then, orelse = branch.op.then.results[m], branch.op.orelse.results[m]
    if (then is carried) == (orelse is carried) or _count(op.body, last) != 1:
        return None
    when = orelse is carried
    value = then if when else orelse
    side = branch.op.then if when else branch.op.orelse
    if _count(op.body, carried) != 1 + _tests_of(carried, op.body.binds):
        return None
    steps = _steps(value, op, side)
    return None if steps is None else _Extreme(k, branch, when, value, steps)


def _steps(value: Atom, op: For, side: Block) -> tuple[Bind, ...] | None:
    """The bindings of an iteration that compute a value from the counter and from outside alone; None where there are others."""
    makers = {t: b for b in (*op.body.binds, *side.binds) for t in b.targets}
    needed: set[int] = set()
    pending = [value]
    while pending:
        atom = pending.pop()
        if atom in op.carried:
            return None
        made = makers.get(atom) if isinstance(atom, Var) else None
        if made is None or id(made) in needed:
            continue
        if _acts(made.op):
            return None
        needed.add(id(made))
        pending += _reads(made.op)
    return tuple(b for b in (*op.body.binds, *side.binds) if id(b) in needed) or None


def _acts(op: Op) -> bool:
    match op:
        case Prim(name):
            return OPS[name].effect
        case Foreign():
            return True
        case _:
            return any(_acts(b.op) for inner in blocks_of(op) for b in inner.binds)


def _reads(op: Op) -> list[Var]:
    found = [a for a in operands(op) if isinstance(a, Var)]
    for inner in blocks_of(op):
        found += free_vars(inner)
    return found


def _count(block: Block, var: Var) -> int:
    """How often a variable is read in a block and those inside."""
    mine = sum(a is var for a in block.results)
    for bind in block.binds:
        mine += sum(a is var for a in operands(bind.op)) + sum(_count(inner, var) for inner in blocks_of(bind.op))
    return mine


def _tests_of(var: Var, binds: Sequence[Bind]) -> int:
    """How often a variable is compared, here or inside."""
    found = 0
    for bind in binds:
        if isinstance(bind.op, Prim) and bind.op.name in _TESTS:
            found += sum(a is var for a in bind.op.args)
        for inner in blocks_of(bind.op):
            found += _tests_of(var, inner.binds)
    return found


def _rewrite(bind: Bind, found: Sequence[_Extreme], out: Builder) -> None:
    """The loop, which also says where each was found; then the values, computed again from there."""
    op = bind.op
    assert isinstance(op, For)
    where = {id(e): Var(_hint(op, e), INT) for e in found}
    inits, params, yields = list(op.inits), list(op.carried), list(op.yields)
    targets, binds = list(bind.targets), list(op.body.binds)
    for e in found:
        carried, chosen = Var(where[id(e)].hint, INT), Var(where[id(e)].hint, INT)
        at = next(k for k, b in enumerate(binds) if op.yields[e.slot] in b.targets)
        binds[at] = _also(binds[at], e, op.index, carried, chosen)
        inits.append(const(-1))
        params.append(carried)
        yields.append(chosen)
        targets[e.slot] = Var(bind.targets[e.slot].hint, bind.targets[e.slot].type)
        targets.append(where[id(e)])
    body = Block((op.index, *params), tuple(binds), tuple(yields))
    out.binds.append(replace(bind, targets=tuple(targets), op=replace(op, inits=tuple(inits), body=body)))
    for e in found:
        _compute_again(bind, op, e, where[id(e)], out)


def _hint(op: For, extreme: _Extreme) -> str:
    names = [n for n in (op.index.hint, op.carried[extreme.slot].hint) if n]
    return "_".join(names) if len(names) == 2 else ""


def _also(branch: Bind, extreme: _Extreme, index: Var, carried: Var, chosen: Var) -> Bind:
    """The branch that chooses an extreme, choosing also the number of the iteration."""
    op = branch.op
    assert isinstance(op, If)
    then, orelse = (index, carried) if extreme.when else (carried, index)
    op = replace(op, then=replace(op.then, results=(*op.then.results, then)),
                 orelse=replace(op.orelse, results=(*op.orelse.results, orelse)))
    return replace(branch, targets=(*branch.targets, chosen), op=op)


def _compute_again(bind: Bind, op: For, extreme: _Extreme, where: Var, out: Builder) -> None:
    out.span, out.note = extreme.branch.span, ""
    names: dict[Var, Atom] = {op.index: where}
    again = renamed_binds(extreme.steps, names)
    found = out.prim("ge", where, const(0))
    then = Block((), tuple(again), (renamed(extreme.value, names),))
    out.binds.append(Bind((bind.targets[extreme.slot],), If(found, then, Block((), (), (op.inits[extreme.slot],))), bind.span))


__all__ = ["find_extremes"]
