"""Arrays that are written in full before they are read need nothing of what they held before.

    d = np.zeros(3)                             for i in range(n):
    for i in range(n):                              d = np.empty(3)
        for p in range(3):              ->          for p in range(3):
            d[p] = x[i, p] - y[p]                       d[p] = x[i, p] - y[p]
        ...                                         ...

So the outer loop does not carry them, and its iterations do not depend on each other through them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, For, Function, If, Prim, Program, Var, While, blocks_of, operands
from adcompiler.ir.ops import size_of
from adcompiler.ir.types import Array, varies


def free_scratch(program: Program) -> Program:
    """The program with new arrays where loops overwrite all of what an outer loop carries."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_Scratch(function.block).block(function.block))


class _Scratch:
    def __init__(self, top: Block) -> None:
        self.uses: Counter[Var] = Counter()
        self.users: dict[Var, list[Bind]] = {}
        self.start: dict[Var, Atom] = {}
        self._collect(top)

    def _collect(self, block: Block) -> None:
        for bind in block.binds:
            for a in operands(bind.op):
                if isinstance(a, Var):
                    self.uses[a] += 1
                    self.users.setdefault(a, []).append(bind)
            if isinstance(bind.op, For | While):
                self.start.update(zip(bind.op.carried, bind.op.inits, strict=True))
            for inner in blocks_of(bind.op):
                self._collect(inner)
        self.uses.update(a for a in block.results if isinstance(a, Var))

    def block(self, block: Block) -> Block:
        """The block with new arrays for the loops in it."""
        if not any(blocks_of(b.op) for b in block.binds):
            return block
        out = Builder()
        for bind in block.binds:
            match bind.op:
                case If() as op:
                    bind = replace(bind, op=replace(op, then=self.block(op.then), orelse=self.block(op.orelse)))
                case While() as op:
                    bind = replace(bind, op=replace(op, body=self.block(op.body)))
                case For() as op:
                    inits = tuple(self._new(op, k, out) if self._is_scratch(op, k) else a for k, a in enumerate(op.inits))
                    out.note = ""
                    bind = replace(bind, op=replace(op, inits=inits, body=self.block(op.body)))
                case _:
                    pass
            out.binds.append(bind)
        return replace(block, binds=tuple(out.binds))

    def _is_scratch(self, op: For, k: int) -> bool:
        """Whether a loop writes all of an array that a loop around it carries."""
        init = op.inits[k]
        if init not in self.start or not isinstance(init.type, Array) or not self._written(op, k, ()):
            return False
        first = self._first(init)
        same = isinstance(first.type, Array) and first.type.dims == init.type.dims and not any(map(varies, init.type.dims))
        return same or len(self._sizes(op, k)) == init.type.rank

    def _first(self, init: Atom) -> Atom:
        """What the outermost of the loops that carry an array began with."""
        while isinstance(init, Var) and init in self.start:
            init = self.start[init]
        return init

    def _new(self, op: For, k: int, out: Builder) -> Atom:
        """An array of the shape that the outermost loop began with."""
        first, type_ = op.inits[k], op.inits[k].type
        assert isinstance(type_, Array)
        sizes = self._sizes(op, k)
        if len(sizes) == type_.rank:
            dtype = {"dtype": type_.dtype} if type_.dtype != "float64" else {}
            return out.prim("numpy.empty", *sizes, hint=first.hint if isinstance(first, Var) else "", **dtype)
        hint = first.hint if isinstance(first, Var) else ""
        made = out.prim("numpy.empty_like", self._first(first), hint=hint)
        made.type = op.inits[k].type
        return made

    def _sizes(self, op: For, k: int) -> list[Atom]:
        """How often the loop runs, and the loops inside that write at more positions, as far as that is known before it."""
        (bind,) = self.users[op.carried[k]]
        inner = bind.op
        if not isinstance(inner, For):
            return [op.stop]
        mine = {t for b in op.body.binds for t in b.targets}
        rest = self._sizes(inner, inner.inits.index(op.carried[k]))
        return [op.stop, *rest] if mine.isdisjoint(rest) else []

    def _written(self, op: For, k: int, before: tuple[Var, ...]) -> bool:
        """Whether a loop writes all elements at the positions `before` of what it carries, and reads only what it wrote."""
        carried, type_ = op.carried[k], op.carried[k].type
        assert isinstance(type_, Array)
        whole = op.start == const(0) and op.step == const(1) and not op.exits and _is_size(op.stop, type_, len(before))
        if not whole or self.uses[carried] != 1 or carried not in self.users:
            return False
        place = (*before, op.index)
        (bind,) = self.users[carried]
        if bind not in op.body.binds:
            return False
        match bind.op:
            case Prim("store", (base, _, *where)) if base is carried and bind.op.param("index") == ("i",) * len(place):
                return tuple(where) == place and self._stays(bind.targets[0], place, op, k)
            case For() as inner if len(place) < type_.rank:
                at = inner.inits.index(carried)
                return self._written(inner, at, place) and self._stays(bind.targets[at], place, op, k)
            case _:
                return False

    def _stays(self, version: Var, place: tuple[Var, ...], op: For, k: int) -> bool:
        """Whether what follows in the iteration reads and writes at the same positions alone, and then goes on."""
        uses = 0
        if op.yields[k] is version:
            uses += 1
        for bind in self.users.get(version, []):
            match bind.op:
                case Prim("load", (base, *where)) if base is version and _begins(bind.op, where, place):
                    pass
                case Prim("store" | "accumulate", (base, _, *where)) if base is version and _begins(bind.op, where, place):
                    if not self._stays(bind.targets[0], place, op, k):
                        return False
                case _:
                    return False
            uses += 1
        return self.uses[version] == uses


def _begins(op: Prim, where: Sequence[Atom], place: tuple[Var, ...]) -> bool:
    return op.param("index")[:len(place)] == ("i",) * len(place) and tuple(where[:len(place)]) == place


def _is_size(stop: Atom, type_: Array, axis: int) -> bool:
    """Whether a number is the size of an axis."""
    if axis >= type_.rank:
        return False
    dim = size_of(stop)
    return dim is not None and dim == type_.dims[axis] and not varies(dim)


__all__ = ["free_scratch"]
