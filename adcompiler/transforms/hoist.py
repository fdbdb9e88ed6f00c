"""Arrays that every iteration of a loop would compute alike are computed once, before it.

Only what cannot fail moves, since the loop may not run at all: arithmetic on arrays that certainly fit together, and,
where the loop is known to run, any elementwise function.
"""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.nodes import Atom, Bind, Block, Const, For, Function, If, Prim, Program, Var, While, blocks_of, bound_vars
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, Scalar, dims, is_float

_HARMLESS = frozenset(["add", "sub", "mul", "neg", "numpy.exp", "numpy.sin", "numpy.cos", "numpy.tanh"])
_CHANGING = frozenset(["store", "accumulate", "append"])


def hoist(program: Program) -> Program:
    """The program with arrays computed before the loops in which they are always the same."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_block(function.block))


def _block(block: Block) -> Block:
    if not any(blocks_of(b.op) for b in block.binds):
        return block
    binds: list[Bind] = []
    for bind in block.binds:
        match bind.op:
            case If() as op:
                bind = replace(bind, op=replace(op, then=_block(op.then), orelse=_block(op.orelse)))
            case For() | While() as op:
                body = _block(op.body)
                moved = _Loop(body, _runs(op)).moved()
                binds += moved
                gone = set(map(id, moved))
                bind = replace(bind, op=replace(op, body=replace(body, binds=tuple(
                    b for b in body.binds if id(b) not in gone))))
            case _:
                pass
        binds.append(bind)
    return replace(block, binds=tuple(binds))


def _runs(op: For | While) -> bool:
    """Whether a loop certainly runs at least once."""
    if not isinstance(op, For):
        return False
    bounds = [a.value for a in (op.start, op.stop, op.step) if isinstance(a, Const)]
    return len(bounds) == 3 and len(range(*bounds)) > 0


class _Loop:
    def __init__(self, body: Block, runs: bool) -> None:
        self.body, self.runs = body, runs
        self.inside = set(bound_vars(body))
        self.makers = {t: b for b in body.binds for t in b.targets}
        self.changed = {a for a in body.results if isinstance(a, Var)} | set(_changed(body))

    def moved(self) -> list[Bind]:
        """The bindings that move out of the loop, in order."""
        wanted: set[int] = set()
        for bind in self.body.binds:
            found = self._needed(bind) if isinstance(bind.targets[0].type if bind.targets else None, Array) else None
            wanted.update(map(id, found or ()))
        return [b for b in self.body.binds if id(b) in wanted]

    def _needed(self, bind: Bind) -> list[Bind] | None:
        """The binding and those in the loop that it needs, if all of them may move."""
        op = bind.op
        if not isinstance(op, Prim) or len(bind.targets) != 1 or bind.targets[0] in self.changed or not self._may_move(op):
            return None
        found = [bind]
        for atom in op.args:
            if isinstance(atom, Var) and atom in self.inside:
                inner = self._needed(self.makers[atom]) if atom in self.makers else None
                if inner is None:
                    return None
                found += inner
        return found

    def _may_move(self, op: Prim) -> bool:
        if op.params or not OPS[op.name].elementwise or not all(isinstance(a.type, Array | Scalar) for a in op.args):
            return False
        arrays = [a for a in op.args if isinstance(a.type, Array)]
        if not arrays:
            return op.name in ("add", "sub", "mul", "neg") and all(is_float(a.type) or isinstance(a, Const) for a in op.args)
        return _fit(arrays) and all(map(_is_plain, arrays)) and (self.runs or op.name in _HARMLESS)


def _is_plain(atom: Atom) -> bool:
    return isinstance(atom.type, Array) and atom.type.dtype.startswith("float")


def _fit(arrays: list[Atom]) -> bool:
    """Whether shapes certainly broadcast against each other."""
    longest = max((dims(a.type) for a in arrays), key=len)
    return all(mine in (1, other) for a in arrays
               for mine, other in zip(dims(a.type)[::-1], longest[::-1], strict=False))


def _changed(block: Block) -> list[Var]:
    """The values in a block and those inside that are updated, or that lists take."""
    found: list[Var] = []
    for bind in block.binds:
        if isinstance(bind.op, Prim) and bind.op.name in _CHANGING:
            found += [a for a in bind.op.args[:2] if isinstance(a, Var)]
        for inner in blocks_of(bind.op):
            found += _changed(inner)
    return found
