"""Gradients in memory of their own: none is an argument, a part of one, or another gradient.

The adjoint of x in `np.sum(x * y)` is y. A caller who scales the gradient in place must not change y by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adcompiler.ir.nodes import Atom, Bind, Block, For, If, Op, Prim, Program, Var, While
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array

_FOREIGN = Var("", Array("float64", ()))
"""Stands for all memory that is not ours."""


def own_results(program: Program) -> Program:
    """The program with arrays copied that it would return although they are, or may be, memory of something else."""
    entry = program.entry
    finder = _Finder()
    finder.enter(entry.block)
    taken = {_FOREIGN, *entry.block.params}
    binds, results = list(entry.block.binds), list(entry.block.results)
    for k, result in enumerate(results):
        if not isinstance(result, Var) or not isinstance(result.type, Array):
            continue
        found = finder.origins(result)
        if found & taken:
            copy = Var(result.hint if result not in entry.block.params else "", result.type)
            binds.append(Bind((copy,), Prim("copy", (result,))))
            results[k] = copy
        taken |= found
    block = replace(entry.block, binds=tuple(binds), results=tuple(results))
    return replace(program, entry=replace(entry, block=block))


class _Finder:
    """Finds which values' memory a value may be."""

    def __init__(self) -> None:
        self._makers: dict[Var, tuple[Op, int]] = {}
        self._known: dict[Var, frozenset[Var]] = {}

    def enter(self, block: Block) -> None:
        """Note what makes the variables of a block."""
        for bind in block.binds:
            for k, target in enumerate(bind.targets):
                self._makers[target] = bind.op, k

    def origins(self, atom: Atom) -> frozenset[Var]:
        """The values whose memory it may be; itself where it is new memory."""
        if not isinstance(atom, Var):
            return frozenset()
        if atom not in self._known:
            self._known[atom] = frozenset()  # a value that a loop carries adds nothing to itself
            self._known[atom] = self._found(atom)
        return self._known[atom]

    def _found(self, var: Var) -> frozenset[Var]:
        made = self._makers.get(var)
        match made:
            case None:
                return frozenset([var])
            case Prim() as op, _:
                return self._of_primitive(var, op)
            case If(_, then, orelse), k:
                return self._of_blocks([then, orelse], k)
            case For(inits=inits, body=body) | While(inits=inits, body=body), k:
                return self._carried(body, inits, k)
        return frozenset([_FOREIGN])

    def _carried(self, body: Block, inits: Sequence[Atom], k: int) -> frozenset[Var]:
        """What the k-th value that a loop carries may be in the end: also what others were before that it may have been."""
        carried = list(body.params[-len(inits):])
        self.enter(body)
        self._known.update({c: frozenset([c]) for c in carried})
        found: set[Var] = set()
        pending, seen = [k], {k}
        while pending:
            j = pending.pop()
            reached = self.origins(body.results[j])
            found |= self.origins(inits[j]) | reached.difference(carried)
            others = {carried.index(v) for v in reached.intersection(carried)} - seen
            pending += sorted(others)
            seen |= others
        return frozenset(found)

    def _of_blocks(self, blocks: Sequence[Block], k: int) -> frozenset[Var]:
        for block in blocks:
            self.enter(block)
        return frozenset().union(*(self.origins(block.results[k]) for block in blocks))

    def _of_primitive(self, var: Var, op: Prim) -> frozenset[Var]:
        if op.name == "load":
            if not isinstance(op.args[0].type, Array):
                return frozenset([_FOREIGN])
            return frozenset([var]) if "a" in op.param("index") else self.origins(op.args[0])
        if op.name in ("store", "accumulate") or OPS[op.name].makes_memory_of(op.args):
            return frozenset([var])
        arrays = [a for a in op.args if isinstance(a.type, Array)]
        return frozenset().union(*map(self.origins, arrays)) if arrays else frozenset([_FOREIGN])
