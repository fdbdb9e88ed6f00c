"""Proves derivatives with SymPy. This is the program of the process that `prover` starts; it alone imports SymPy."""

from __future__ import annotations

import json
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import sympy

from adcompiler.ir.nodes import Program
from adcompiler.verify.exact import Exact, Tape
from adcompiler.verify.meanings import NotExact
from adcompiler.verify.parts import parts, rebuild
from adcompiler.verify.prover import Task

_SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TOO_LARGE = 20_000
_TOO_LARGE_TO_SIMPLIFY = 2_000
_SPECIAL = {"pi": sympy.pi, "inf": sympy.oo, "-inf": -sympy.oo, "nan": sympy.nan}


Goal = tuple[int, int, list[Any]]
"""The number of a task, the position in its `wrt`, the expressions that have to be zero."""


Condition = tuple[str, tuple[Any, ...], Any]
"""The name of a decision, its scalar operands, its outcome."""


class Library:
    """SymPy under the names that mpmath has."""

    asin, acos, atan, atan2 = sympy.asin, sympy.acos, sympy.atan, sympy.atan2
    exp, log, sqrt, sin, cos, tan = sympy.exp, sympy.log, sympy.sqrt, sympy.sin, sympy.cos, sympy.tan
    sinh, cosh, tanh, asinh, acosh, atanh = (sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh,
                                             sympy.atanh)
    erf, erfc, gamma, loggamma = sympy.erf, sympy.erfc, sympy.gamma, sympy.loggamma
    digamma, polygamma, pi = sympy.digamma, sympy.polygamma, sympy.pi


class Symbols(Exact):
    """Runs on SymPy expressions and repeats the decisions of a tape."""

    def __init__(self, program: Program, tape: Tape, hold: bool) -> None:
        super().__init__(program, Library, float("inf"))
        self.conditions: list[Condition] = []
        self.held: dict[Any, Any] = {}
        self._hold = hold
        self._sizes: dict[Any, int] = {}
        self._decisions = iter(tape.decisions)
        self._returned = iter(tape.foreign)

    def number(self, text: str) -> Any:
        return _SPECIAL[text] if text in _SPECIAL else sympy.Rational(text)

    def decide(self, name: str, args: Sequence[Any], compute: Callable[[], Any]) -> Any:
        outcome = next(self._decisions)
        if any(getattr(a, "free_symbols", None) or isinstance(a, np.ndarray) for a in args):
            self.conditions += _conditions(name, args, outcome)
        return outcome

    def tidy(self, value: Any) -> Any:
        """The exact value; raises NotExact where an expression is too large for proofs."""
        value = super().tidy(value)
        for entry in value.flat if isinstance(value, np.ndarray) else (value,):
            if isinstance(entry, sympy.Basic) and self._size(entry) > _TOO_LARGE:
                raise NotExact("the expression is too large")
        return value

    def _size(self, expression: Any) -> int:
        """The number of nodes of the expression as a tree, though many of them are shared."""
        if expression not in self._sizes:
            self._sizes[expression] = 1 + sum(map(self._size, expression.args))
        return self._sizes[expression]

    def stop(self, value: Any) -> Any:
        if not self._hold:
            return value
        symbol = sympy.Dummy(real=True)
        self.held[symbol] = value
        return symbol

    def foreign(self, template: str, args: Sequence[Any], compute: Callable[[], Any]) -> Any:
        return self.tidy(next(self._returned))


def _conditions(name: str, args: Sequence[Any], outcome: Any) -> Iterator[Condition]:
    """A decision, or those on the entries of arrays; without those that hold for all inputs."""
    if name in _SIGNS:
        entries = np.broadcast_arrays(*(np.asarray(a, dtype=object) for a in (*args, outcome)))
        for a, b, true in zip(*(e.flat for e in entries), strict=True):
            if getattr(a, "free_symbols", None) or getattr(b, "free_symbols", None):
                yield name, (a, b), true
    elif np.ndim(outcome) == 0 and not any(map(np.ndim, args)):
        yield name, tuple(args), outcome


def _in_words(condition: Condition) -> str:
    name, args, outcome = condition
    if name in _SIGNS:
        return f"{args[0]} {_SIGNS[name] if outcome else _OPPOSITE[_SIGNS[name]]} {args[1]}"
    if name == "sign":
        return f"{args[0]} {'=><'[outcome]} 0"
    if name in ("argmax", "argmin"):
        others = [str(a) for k, a in enumerate(args) if k != outcome]
        return f"{args[outcome]} {'>' if name == 'argmax' else '<'} {', '.join(others)}"
    return f"{name}({', '.join(map(str, args))}) = {outcome}"


def _short(conditions: Sequence[Condition], length: int = 60) -> list[str]:
    """The conditions in words, once each, and not more than fit a table."""
    kept: list[str] = []
    unique = list(dict.fromkeys(conditions))
    for condition in unique:
        large = any(sympy.count_ops(a) > length for a in condition[1])
        words = "" if large else _in_words(condition)
        if large or sum(map(len, kept)) + len(words) > length:
            return [*kept, f"{len(unique) - len(kept)} more conditions"] if kept else [f"{len(unique)} conditions"]
        kept.append(words)
    return kept


def main() -> None:
    """Read tasks and the seconds there are from stdin; write an answer a line to stdout."""
    sys.setrecursionlimit(20_000)
    tasks, seconds = pickle.load(sys.stdin.buffer)
    end = time.monotonic() + seconds
    goals: list[Goal] = []
    for number, task in enumerate(tasks):
        with limited(0.5 * (end - time.monotonic()) / (len(tasks) - number)):
            goals += [(number, n, entries) for n, entries in prepare(number, task)]
    hard = list(attempt(goals, quickly_zero, end, 0.3))
    hard.sort(key=lambda goal: sum(map(sympy.count_ops, goal[2])))
    for _ in attempt(hard, is_zero, end, 1.0):
        pass


def attempt(goals: Sequence[Goal], test: Callable[[Any], bool], end: float, share: float) -> Iterator[Goal]:
    """Prove what `test` can prove in a share of the time that is left; yields the other goals."""
    for k, goal in enumerate(goals):
        number, n, entries = goal
        proved = False
        with limited(share * (end - time.monotonic()) / (len(goals) - k)):
            proved = all(map(test, entries))
        if proved:
            answer(number, proved=[n])
        else:
            yield goal


def answer(task: int, **fields: Any) -> None:
    """Tell the parent something about a task, now: the process may be killed at any time."""
    print(json.dumps({"task": task, **fields}), flush=True)


class _Late(BaseException):
    pass


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Leave the block after a time, or when something in it fails."""
    def late(*_: object) -> None:
        raise _Late

    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, max(0.01, seconds))
    try:
        yield
    except (_Late, Exception):  # whatever goes wrong, there is no proof; the next one may work
        pass
    finally:
        if hasattr(signal, "SIGALRM"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def prepare(number: int, task: Task) -> Iterator[tuple[int, list[Any]]]:
    """Tell the conditions of the path; for each goal its position in `wrt` and the expressions to prove zero."""
    symbols = {}
    for k, (name, leaf) in enumerate(zip(task.names, task.leaves, strict=True)):
        symbols[k] = [sympy.Symbol(name + label, real=True) for label, _ in parts(leaf)]
    values = [rebuild(leaf, iter(symbols[k]), exact=True) for k, leaf in enumerate(task.leaves)]
    primal = Symbols(task.primal, task.primal_tape, hold=True)
    gradient = Symbols(task.gradient, task.gradient_tape, hold=False)
    value = primal.run(*values)[0]
    answer(number, conditions=_short(primal.conditions))
    slopes = gradient.run(*values) if task.goals else ()
    for n in task.goals:
        own, given = symbols[task.wrt[n]], np.ravel(np.asarray(slopes[n], dtype=object))
        yield n, [sympy.diff(value, s).subs(primal.held) - g for s, g in zip(own, given, strict=True)]


def quickly_zero(expression: Any) -> bool:
    """Whether SymPy sees at once that an expression is zero."""
    return bool(expression == 0) or bool(sympy.expand(expression) == 0)


def is_zero(expression: Any) -> bool:
    """Whether an expression is proved to be zero."""
    if sympy.count_ops(expression) > _TOO_LARGE_TO_SIMPLIFY:
        return False
    return bool(sympy.simplify(expression) == 0) or expression.equals(0) is True
