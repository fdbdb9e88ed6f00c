"""Sums over a loop that go to one element of an array are made in a number.

    for j in range(n):                          total = 0.0
        y_bar[i] += a[i, j] * z[j]    ->        for j in range(n):
                                                    total += a[i, j] * z[j]
                                                y_bar[i] += total

The element is written once, and the compiler keeps the sum in a register. Where the loop may not run at all and the
element may then not exist, it is written only if the loop runs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, Const, For, Function, If, Prim, Program, Var, bound_vars
from adcompiler.ir.ops import size_of
from adcompiler.ir.rename import mapped
from adcompiler.ir.types import FLOAT, Array, Scalar, is_float
from adcompiler.transforms.arrays import count_uses


def sum_in_numbers(program: Program) -> Program:
    """The program with such sums in numbers."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_Sums(count_uses(function.block)).block(function.block))


@dataclass(frozen=True)
class _Sum:
    """What a loop adds to one element of the array that it carries at a place."""

    slot: int
    bind: Bind
    where: tuple[Atom, ...]


class _Sums:
    def __init__(self, uses: Counter[Var]) -> None:
        self.uses = uses
        self.ranges: dict[Atom, For] = {}

    def block(self, block: Block) -> Block:
        """The block with such sums in numbers."""
        out = Builder()
        for bind in block.binds:
            if isinstance(bind.op, For):
                self.ranges[bind.op.index] = bind.op
            bind = mapped(bind, self.block)
            found = self._sums(bind)
            if found:
                self._rewrite(bind, found, out)
            else:
                out.binds.append(bind)
        return replace(block, binds=tuple(out.binds))

    def _sums(self, bind: Bind) -> list[_Sum]:
        op = bind.op
        if not isinstance(op, For) or op.exits:
            return []
        inside = set(bound_vars(op.body))
        found = []
        for k, (carried, last) in enumerate(zip(op.carried, op.yields, strict=True)):
            made = next((b for b in op.body.binds if last in b.targets), None)
            if made is None or not isinstance(made.op, Prim) or made.op.name != "accumulate" or made.op.args[0] is not carried:
                continue
            value, *where = made.op.args[1:]
            plain = set(made.op.param("index")) == {"i"} and isinstance(carried.type, Array) and len(where) == carried.type.rank
            if plain and is_float(carried.type) and isinstance(value.type, Scalar) and inside.isdisjoint(where) \
                    and self._once(carried) and self._once(last):
                found.append(_Sum(k, made, tuple(where)))
        return found

    def _once(self, atom: Atom) -> bool:
        return isinstance(atom, Var) and self.uses[atom] == 1

    def _rewrite(self, bind: Bind, found: list[_Sum], out: Builder) -> None:
        op = bind.op
        assert isinstance(op, For)
        inits, params, yields, targets = list(op.inits), list(op.carried), list(op.yields), list(bind.targets)
        binds = list(op.body.binds)
        for s in found:
            hint = f"{op.carried[s.slot].hint}_sum" if op.carried[s.slot].hint else ""
            before, after, total = (Var(hint, FLOAT) for _ in range(3))
            value = s.bind.op.args[1]  # type: ignore[attr-defined]
            at = next(k for k, b in enumerate(binds) if b is s.bind)
            binds[at] = replace(s.bind, targets=(after,), op=Prim("add", (before, value)))
            inits[s.slot], params[s.slot], yields[s.slot], targets[s.slot] = const(0.0), before, after, total
        body = Block((op.index, *params), tuple(binds), tuple(yields))
        out.binds.append(replace(bind, targets=tuple(targets), op=replace(op, inits=tuple(inits), body=body)))
        for s in found:
            total, base, target = targets[s.slot], op.inits[s.slot], bind.targets[s.slot]
            add = Prim("accumulate", (base, total, *s.where), s.bind.op.params)  # type: ignore[attr-defined]
            if self._exists(base, s.where):
                out.binds.append(Bind((target,), add, s.bind.span))
                continue
            out.span, out.note = s.bind.span, ""
            runs = out.prim("ne", total, const(0.0))
            changed = Var(target.hint, target.type)
            then = Block((), (Bind((changed,), add, s.bind.span),), (changed,))
            out.binds.append(Bind((target,), If(runs, then, Block((), (), (base,))), s.bind.span))

    def _exists(self, array: Atom, where: tuple[Atom, ...]) -> bool:
        """Whether an array certainly has an element at these positions: counters of loops over its sizes."""
        assert isinstance(array.type, Array)
        for atom, dim in zip(where, array.type.dims, strict=True):
            loop = self.ranges.get(atom)
            if loop is None or not isinstance(loop.start, Const) or loop.start.value < 0 or not isinstance(loop.step, Const) \
                    or loop.step.value < 0 or dim is None or size_of(loop.stop) != dim:
                return False
        return True


__all__ = ["sum_in_numbers"]
