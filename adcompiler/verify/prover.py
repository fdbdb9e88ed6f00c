"""Proofs by SymPy, in a process of their own: it can be killed when the time is over."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adcompiler.ir.nodes import Block, Function, Leaf, Node, Program
from adcompiler.verify.exact import Tape

_START = "import sys, pickle; sys.path[:] = pickle.load(sys.stdin.buffer); " \
         "from adcompiler.verify.proofs import main; main()"


@dataclass(slots=True)
class Task:
    """Two programs to compare on one path: their leaves, what was decided there, the names for symbols.

    `goals` are the positions in `wrt` that are worth a proof.
    """

    primal: Program
    gradient: Program
    leaves: list[Any]
    wrt: list[int]
    goals: list[int]
    names: list[str]
    primal_tape: Tape
    gradient_tape: Tape

    @classmethod
    def of(cls, primal: Program, gradient: Program, leaves: Sequence[Any], wrt: Sequence[int], goals: Sequence[int],
           names: Sequence[str], primal_tape: Tape, gradient_tape: Tape) -> Task:
        """A task without what may not be sent to another process: the user's classes, constants, stopped values."""
        return cls(_bare(primal), _bare(gradient), list(leaves), list(wrt), list(goals), list(names),
                   replace(primal_tape, stopped=[]), replace(gradient_tape, stopped=[]))


@dataclass(slots=True)
class Proof:
    """What came out for one task: the conditions of the path (None: unknown), what is proved (positions in `wrt`)."""

    conditions: list[str] | None = None
    proved: set[int] = field(default_factory=set)


def _bare(program: Program) -> Program:
    def bare(fn: Function) -> Function:
        tree = Node("tuple", tuple(range(len(fn.block.results))), (Leaf(),) * len(fn.block.results))
        return Function(fn.name, (), tree, Block(fn.block.params, fn.block.binds, fn.block.results))

    return Program(bare(program.entry), {name: bare(fn) for name, fn in program.functions.items()})


def prove(tasks: Sequence[Task], deadline: float) -> list[Proof]:
    """Try to prove the tasks until the deadline; what cannot be sent or is not done in time is not proved."""
    proofs = [Proof() for _ in tasks]
    if not any(task.goals or task.primal_tape.varies for task in tasks):
        return proofs
    remaining = deadline - time.monotonic()
    try:
        message = pickle.dumps(sys.path) + pickle.dumps((list(tasks), remaining))
    except Exception:
        return proofs
    for answer in _answers(message, remaining):
        proof = proofs[answer["task"]]
        proof.conditions = answer.get("conditions", proof.conditions)
        proof.proved.update(answer.get("proved", ()))
    return proofs


def _answers(message: bytes, seconds: float) -> Iterator[dict[str, Any]]:
    """What the process answers to a message within a time: one JSON object a line."""
    try:
        process = subprocess.Popen([sys.executable or "python", "-I", "-c", _START], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return
    with process:
        try:
            output, _ = process.communicate(message, timeout=max(0.1, seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
    for line in output.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return
