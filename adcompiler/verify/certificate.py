"""The certificate of a gradient: what was checked, how, and what came out.

    certificate = certify(primal, gradient, arguments, wrt,
                          primal_call=f, gradient_call=df, checks=("sympy", "numeric"), time_limit=10.0)
    print(certificate)          # a table
    assert certificate.ok

`primal` and `gradient` are IR programs over the same leaf parameters; `arguments` are the values of these leaves and
`wrt` the positions of the differentiated ones. The first leaf of the primal's result is the value, a float; the
results of `gradient` are the derivatives with respect to the leaves at `wrt`, in this order.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.ir.evaluate import evaluate
from adcompiler.ir.nodes import Block, Op, Prim, Program, blocks_of
from adcompiler.verify import numeric, symbolic
from adcompiler.verify.parts import as_real
from adcompiler.verify.rows import Row

CHECKS = ("sympy", "numeric")


@dataclass(frozen=True, slots=True)
class Certificate:
    """The rows of all checks. `str` gives an aligned table."""

    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether no check found a difference, and at least one derivative was checked."""
        verdicts = {row.verdict for row in self.rows}
        return "differs" not in verdicts and bool(verdicts & {"proved", "agrees"})

    def __bool__(self) -> bool:
        return self.ok

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __str__(self) -> str:
        head = ("parameter", "check", "path", "verdict")
        body = [(r.parameter, r.check, r.path or "all", r.outcome) for r in self.rows]
        widths = [max(len(line[k]) for line in (head, *body)) for k in range(len(head))]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
                 for line in (head, *body)]
        return "\n".join(lines)

    def __repr__(self) -> str:
        counts = Counter(row.verdict for row in self.rows)
        return f"<Certificate {'ok' if self.ok else 'NOT ok'}: {', '.join(f'{n} {v}' for v, n in counts.items())}>"


def certify(
    primal: Program,
    gradient: Program,
    arguments: Sequence[Any],
    wrt: Sequence[int],
    *,
    primal_call: Callable[..., Any] | None = None,
    gradient_call: Callable[..., Sequence[Any]] | None = None,
    names: Sequence[str] = (),
    checks: Sequence[str] = CHECKS,
    time_limit: float = 10.0,
) -> Certificate:
    """Check a gradient program against its primal.

    "sympy": both programs run with 120 digits at random points of every path that is found, and the gradient is
    compared with differences of the primal that are exact to 1e-30; then both run on SymPy symbols, path by path, and
    the gradient is compared with `sympy.diff`. Arrays are cut to a few entries and integers to 0..3 for this.
    "numeric": `gradient_call(*arguments)` is compared with extrapolated central differences of
    `primal_call(*arguments)` at the arguments themselves.

    `primal_call` takes the leaf values and returns the value, `gradient_call` returns the sequence of leaf
    gradients; without them the reference interpreter runs the programs. `names` are the names of the leaves for the
    table (by default those in the program). The arguments are not modified. It ends about `time_limit` seconds
    after the start, as long as single calls of `primal_call` and `gradient_call` do; what is not done by then is
    *not checked*, or *agrees* where a proof was under way. Raises ValueError for an unknown check.
    """
    for check in checks:
        if check not in CHECKS:
            raise ValueError(f"unknown check {check!r}; the checks are {', '.join(CHECKS)}")
    params = primal.entry.block.params
    arguments = [as_real(v, p.type) for v, p in zip(arguments, params, strict=True)]
    end = time.monotonic() + time_limit
    shown = list(names) or [p.hint or f"argument {k}" for k, p in enumerate(params)]
    rows: list[Row] = []
    if "numeric" in checks and _stops_gradients(primal):
        reason = "the program stops gradients, which differences cannot see"
        rows = [Row(shown[k], "at the arguments", "not checked", reason, "numeric") for k in wrt]
    elif "numeric" in checks:
        share = time.monotonic() + time_limit / (3 if "sympy" in checks else 1)
        f = primal_call or (lambda *leaves: evaluate(primal, *leaves)[0])
        df = gradient_call or (lambda *leaves: evaluate(gradient, *leaves))
        rows = numeric.check(f, df, arguments, wrt, shown, share)
    if "sympy" in checks:
        rows = symbolic.check(primal, gradient, arguments, wrt, shown, end) + rows
    return Certificate(tuple(rows))


def _stops_gradients(program: Program) -> bool:
    return any(isinstance(op, Prim) and op.name == "stop_gradient"
               for fn in (program.entry, *program.functions.values()) for op in _operations(fn.block))


def _operations(block: Block) -> Iterator[Op]:
    for bind in block.binds:
        yield bind.op
        for inner in blocks_of(bind.op):
            yield from _operations(inner)
