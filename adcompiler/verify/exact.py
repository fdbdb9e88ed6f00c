"""Runs the IR on exact numbers: on mpmath numbers of many digits, or on SymPy expressions.

Both are the same program over another library `M` (an mpmath context, or the module `sympy`), so every meaning
below is written once. What is not analytic (a comparison, the side of a maximum, a rounding) is a *decision*: a
run on numbers records it, and the run on symbols repeats it. That makes the second run a straight line, valid
on the path that the decisions describe.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adcompiler.ir.evaluate import PRIMITIVES, Interpreter, Primitive, gathered
from adcompiler.ir.nodes import Block, Const, Program, Var
from adcompiler.ir.types import is_float
from adcompiler.verify.meanings import MEANINGS, NotExact, entrywise

CONSTANTS: dict[float, Callable[[Any, Any], Any]] = {
    math.e: lambda M, pi: M.exp(1),
    math.log(2): lambda M, pi: M.log(2),
    math.log(10): lambda M, pi: M.log(10),
    1 / math.log(2): lambda M, pi: 1 / M.log(2),
    1 / math.log(10): lambda M, pi: 1 / M.log(10),
    math.sqrt(2): lambda M, pi: M.sqrt(2),
    math.sqrt(0.5): lambda M, pi: 1 / M.sqrt(2),
    math.sqrt(math.pi): lambda M, pi: M.sqrt(pi),
    math.sqrt(2 * math.pi): lambda M, pi: M.sqrt(2 * pi),
    1 / math.sqrt(2 * math.pi): lambda M, pi: 1 / M.sqrt(2 * pi),
    2 / math.sqrt(math.pi): lambda M, pi: 2 / M.sqrt(pi),
}
"""What a program means by the floats of these values; rules and folding leave such numbers in programs."""

MULTIPLES_OF_PI = {math.pi * p / q: (p, q) for p in (1, 2, 4) for q in (1, 2, 3, 4, 6, 180) if p == 1 or q % 2}


class TimeUp(Exception):
    """The time for the check is over."""


@dataclass(slots=True)
class Tape:
    """What a run decided, what foreign code returned, the values that `stop_gradient` held fast; all in order.

    `varies`: a decision depended on a real number, so that other points may take other paths.
    """

    decisions: list[Any] = field(default_factory=list)
    foreign: list[Any] = field(default_factory=list)
    stopped: list[Any] = field(default_factory=list)
    varies: bool = False

    def path(self) -> tuple[Any, ...]:
        """The decisions as a value to compare with those of another run."""
        return tuple(d.tobytes() if isinstance(d, np.ndarray) else d for d in self.decisions)


class Exact(Interpreter):
    """Runs a program over the library `M`. Subclasses say what a number, a decision and a stopped value is."""

    def __init__(self, program: Program, M: Any, deadline: float) -> None:
        super().__init__(program)
        self.M = M
        self._deadline = deadline

    def number(self, text: str) -> Any:
        """The number that a decimal text stands for."""
        raise NotImplementedError

    def decide(self, name: str, args: Sequence[Any], compute: Callable[[], Any]) -> Any:
        """The outcome of a decision; `compute` finds it from numbers."""
        raise NotImplementedError

    def stop(self, value: Any) -> Any:
        """A value that has no derivative."""
        raise NotImplementedError

    def foreign(self, template: str, args: Sequence[Any], compute: Callable[[], Any]) -> Any:
        """The value of foreign code; `compute` runs it."""
        raise NotImplementedError

    # --- the hooks of the interpreter -------------------------------------------------------------------

    def constant(self, const: Const) -> Any:
        value = const.value
        return self.real(float(value)) if isinstance(value, float) or is_float(const.type) else value

    def real(self, value: float) -> Any:
        """The number that the program's text means by a float: 0.1 is one tenth, 3.141592653589793 is pi."""
        sign = -1 if value < 0 else 1
        if abs(value) in MULTIPLES_OF_PI:
            p, q = MULTIPLES_OF_PI[abs(value)]
            return self.number("pi") * (sign * p) / q
        if abs(value) in CONSTANTS:
            return sign * CONSTANTS[abs(value)](self.M, self.number("pi"))
        return self.number(repr(value))

    def _block(self, block: Block, args: Sequence[Any], env: dict[Var, Any]) -> tuple[Any, ...]:
        self._look_at_the_clock()
        return super()._block(block, args, env)

    def _look_at_the_clock(self) -> None:
        if time.monotonic() > self._deadline:
            raise TimeUp

    def _prim(self, name: str, args: Sequence[Any], params: dict[str, Any]) -> Any:
        self._look_at_the_clock()
        meaning: Primitive | None = MEANINGS.get(name)
        if meaning is not None:
            return self.tidy(meaning(self, *gathered(name, args), **params))
        if name == "stop_gradient":
            return entrywise(self.stop, args[0])
        if name in PRIMITIVES:
            return self.tidy(PRIMITIVES[name](*args, **params))
        raise NotExact(f"{name} has no symbolic meaning here")

    def _foreign(self, template: str, args: Sequence[Any], is_statement: bool) -> Any:
        if is_statement:
            return None

        def compute() -> Any:
            value = Interpreter._foreign(self, template, args, is_statement)
            if isinstance(value, float | int | np.ndarray | np.generic) and any(map(_has_numbers, args)):
                raise NotExact(f"{template!r} is foreign code")
            return value

        return self.foreign(template, args, compute)

    def tidy(self, value: Any) -> Any:
        """The value with machine numbers made exact: floats to numbers, NumPy scalars to Python ones."""
        if isinstance(value, np.generic):
            return self.real(float(value)) if value.dtype.kind == "f" else value.item()
        if isinstance(value, float):
            return self.real(value)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return entrywise(lambda v: self.real(float(v)), value)
        if isinstance(value, np.ndarray) and value.dtype == object and value.size:
            kinds = {type(v) for v in value.flat}
            if kinds <= {int, bool}:
                return value.astype(bool if kinds == {bool} else np.int64)
        return value


def _has_numbers(value: Any) -> bool:
    """Whether a number of the library is in a value."""
    if isinstance(value, np.ndarray | list | tuple):
        return any(map(_has_numbers, value))
    return hasattr(value, "_mpf_")


class Digits(Exact):
    """Runs on mpmath numbers and records.

    `known`: what foreign code returned in other runs, so that a random number is the same in all of them.
    `stopped`: stopped values of a run nearby, which hold here too.
    """

    def __init__(self, program: Program, M: Any, deadline: float, known: dict[tuple[str, str, int], Any],
                 stopped: Sequence[Any] | None = None) -> None:
        super().__init__(program, M, deadline)
        self.tape = Tape()
        self._known = known
        self._stopped: Iterator[Any] | None = None if stopped is None else iter(stopped)
        self._seen: Counter[tuple[str, str]] = Counter()

    def number(self, text: str) -> Any:
        return +self.M.pi if text == "pi" else self.M.mpf(text)

    def decide(self, name: str, args: Sequence[Any], compute: Callable[[], Any]) -> Any:
        outcome = compute()
        self.tape.decisions.append(outcome)
        self.tape.varies = self.tape.varies or any(map(_has_numbers, args))
        return outcome

    def stop(self, value: Any) -> Any:
        value = value if self._stopped is None else next(self._stopped)
        self.tape.stopped.append(value)
        return value

    def foreign(self, template: str, args: Sequence[Any], compute: Callable[[], Any]) -> Any:
        call = (template, repr(args))
        key = (*call, self._seen[call])
        self._seen[call] += 1
        if key not in self._known:
            self._known[key] = compute()
        self.tape.foreign.append(self._known[key])
        return self.tidy(self._known[key])
