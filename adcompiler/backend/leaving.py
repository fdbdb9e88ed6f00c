"""Where control goes at the end of a block, and whether it can go there at once.

At the end of a branch it is known which constants its results are. When what follows only looks at such flags
and passes values on, the branch may as well end in `return`, `break` or `continue`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from adcompiler.backend.code import FALSE, TRUE, Move
from adcompiler.ir.nodes import UNDEFINED, Atom, Block, Const, For, If, Prim, Var, While, operands
from adcompiler.ir.types import BOOL


class Destination:
    """What becomes of the results of a block."""


class Done(Destination):
    """They are the results of the function."""


class Kept(Destination):
    """They are taken by whoever shapes the block."""


@dataclass(eq=False)
class Join(Destination):
    """They are the results of a branch, and `rest` follows."""

    targets: tuple[Var, ...]
    rest: Rest
    arrivals: list[list[Atom]] = field(default_factory=list)


@dataclass(eq=False)
class Next(Destination):
    """They go into the next iteration of a loop; `rest` follows the loop."""

    op: For | While
    targets: tuple[Var, ...]
    rest: Rest
    continues: list[list[Atom]] = field(default_factory=list)
    breaks: list[tuple[list[Atom], Move | None]] = field(default_factory=list)


@dataclass(eq=False)
class Rest:
    """What remains to be done of a block."""

    block: Block
    position: int
    dest: Destination


@dataclass(eq=False)
class Leap:
    """Control leaves a branch: `return`, `break` or `continue`, with values."""

    kind: str
    values: list[Atom]
    loop: Next | None = None


@dataclass(eq=False)
class Inline(Destination):
    """They are the results of a branch that is always taken, and `rest` follows at once."""

    targets: tuple[Var, ...]
    rest: Rest


class Leaps:
    """Follows control through what remains to be done.

    `known` gives what a variable is known to be, `uses` how often each is read.
    """

    def __init__(self, known: Callable[[Atom], Atom], uses: Mapping[Var, int]) -> None:
        self._known, self._uses = known, uses
        self.results: dict[int, tuple[Atom, ...]] = {}

    def results_of(self, block: Block) -> tuple[Atom, ...]:
        """The results of a block, or those that `results` puts in their place."""
        return self.results.get(id(block), block.results)

    def after(self, rest: Rest, env: dict[Var, Atom]) -> Leap | None:
        """Where control goes after `rest` when the values in `env` are known, if no work remains to be done."""
        def value(atom: Atom) -> Atom:
            while isinstance(atom, Var) and atom in env:
                atom = env[atom]
            return self._known(atom)

        for k in range(rest.position, len(rest.block.binds)):
            bind = rest.block.binds[k]
            match bind.op:
                case Prim(name, args) if name in ("and", "or", "not"):
                    folded = logic(name, [value(a) for a in args])
                    if folded is None:
                        return None
                    env[bind.targets[0]] = folded
                case If(cond, then, orelse):
                    test = value(cond)
                    if not isinstance(test, Const) or test.value is UNDEFINED:
                        return None
                    branch = then if test.value else orelse
                    return self.after(Rest(branch, 0, Join(bind.targets, Rest(rest.block, k + 1, rest.dest))), env)
                case _:
                    return None
        values = [value(a) for a in self.results_of(rest.block)]
        match rest.dest:
            case Done():
                return Leap("return", values)
            case Join(targets, after) | Inline(targets, after):
                return self.after(after, {**env, **dict(zip(targets, values, strict=True))})
            case Next() as loop:
                return self.next(values, loop, env)
        return None

    def next(self, values: list[Atom], loop: Next, env: Mapping[Var, Atom] | None = None) -> Leap | None:
        """Where control goes after an iteration with these results, if that is known."""
        if not loop.op.exits:
            return Leap("continue", values, loop)
        *carried, flag = values
        if flag == TRUE:
            after = self.after(loop.rest, {**(env or {}), **dict(zip(loop.targets, carried, strict=True))})
            return after if after is not None and after.kind == "return" else Leap("break", carried, loop)
        return Leap("continue", carried, loop) if flag == FALSE else None

    def decided(self, rest: Rest, env: dict[Var, Atom]) -> tuple[int, Block] | None:
        """The first branch after a loop and which side of it is taken, if only flags are looked at before it."""
        for k in range(rest.position, len(rest.block.binds)):
            bind = rest.block.binds[k]
            values = [env.get(a, a) if isinstance(a, Var) else a for a in operands(bind.op)]
            match bind.op:
                case Prim(name) if name in ("and", "or", "not") and self._uses[bind.targets[0]] == 1:
                    folded = logic(name, [self._known(v) for v in values])
                    if folded is None:
                        return None
                    env[bind.targets[0]] = folded
                case If(_, then, orelse) if isinstance(values[0], Const) and values[0].value is not UNDEFINED:
                    return k, then if values[0].value else orelse
                case _:
                    return None
        return None


def logic(name: str, values: Sequence[Atom]) -> Atom | None:
    """The value of `and`, `or` or `not`, if the constants among the operands decide it."""
    constants = [v.value if isinstance(v, Const) and isinstance(v.value, bool) else None for v in values]
    if name == "not":
        return None if constants[0] is None else (FALSE if constants[0] else TRUE)
    stop = name == "or"
    if stop in constants:
        return TRUE if stop else FALSE
    rest = [v for v, c in zip(values, constants, strict=True) if c is None]
    if not rest:
        return FALSE if stop else TRUE
    return rest[0] if len(rest) == 1 and rest[0].type == BOOL else None
