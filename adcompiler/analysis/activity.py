"""Which values vary with the inputs: they depend on one of them through operations that have derivatives."""

from __future__ import annotations

from collections.abc import Iterable

from adcompiler.ir.nodes import Atom, Bind, Block, Call, For, Foreign, If, Prim, Var, While
from adcompiler.ir.types import ANY, has_derivative


class Activity:
    """The varied variables of a program, found by walking it forwards; loops until nothing changes.

    `without_derivative`: primitives whose derivative is zero; `fixed`: variables that count as constants.
    """

    def __init__(self, without_derivative: Iterable[str], fixed: Iterable[Var] = ()) -> None:
        self.constant = frozenset(without_derivative)
        self.fixed = frozenset(fixed)
        self.varied: set[Var] = set()

    def is_varied(self, atom: Atom) -> bool:
        """Whether the value varies with the inputs."""
        return isinstance(atom, Var) and atom in self.varied

    def mark(self, var: Var, varied: bool) -> None:
        """Record that a variable varies, if its type can."""
        if varied and var not in self.fixed and (has_derivative(var.type) or var.type == ANY):
            self.varied.add(var)

    def block(self, block: Block) -> tuple[bool, ...]:
        """Walk a block; which of its results vary."""
        for bind in block.binds:
            self.bind(bind)
        return tuple(map(self.is_varied, block.results))

    def bind(self, bind: Bind) -> None:
        """Walk a binding."""
        op = bind.op
        match op:
            case Prim():
                varied = op.name not in self.constant and any(map(self.is_varied, op.args))
                flags: Iterable[bool] = [varied] * len(bind.targets)
            case Foreign():
                flags = [any(map(self.is_varied, op.args))] * len(bind.targets)
            case If():
                flags = [a or b for a, b in zip(self.block(op.then), self.block(op.orelse), strict=True)]
            case For() | While():
                flags = self._loop(op)
            case Call():
                flags = [any(map(self.is_varied, op.args))] * len(bind.targets)
            case _:
                raise TypeError(f"not an operation: {op!r}")
        for target, varied in zip(bind.targets, flags, strict=True):
            self.mark(target, varied)

    def _loop(self, op: For | While) -> list[bool]:
        flags = list(map(self.is_varied, op.inits))
        while True:
            for param, varied in zip(op.carried, flags, strict=True):
                self.mark(param, varied)
            results = self.block(op.body)[:len(flags)]
            after = [a or b for a, b in zip(flags, results, strict=True)]
            if after == flags:
                return flags
            flags = after
