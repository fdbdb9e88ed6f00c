"""What a reverse sweep needs of the forward sweep: which values to keep, which to compute again.

A minimum cut. Every value that is needed is either kept, at a price, or computed again at the price of its
operation, and then its operands are needed too. The cheapest choice is a minimum cut of a network with two
nodes for each value (Ford and Fulkerson 1956): the value is needed; the value is computed again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from adcompiler.ir.nodes import Bind, Foreign, Prim, Var
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, Scalar

KEEP_SCALAR, KEEP_OTHER, KEEP_ARRAY = 2.0, 4.0, 40.0
"""Prices of an entry of a tape, in additions of two floats; of an array, mostly for the memory that is not used again."""
ARRAY_SUM, ARRAY_FUNCTION, ARRAY_PRODUCT = 25.0, 100.0, 400.0
"""The least price of operations on arrays: arithmetic, functions such as exp, products of matrices. Views cost little."""

UNNAMED, UNNAMED_SCALAR = 3.0, 1.8
"""What keeping an array, or a number, costs more where the user gave it no name."""
OUTSIDE = 1.0
"""The price of reading an object of the module around."""
STEADY = 2.5
"""How much more it costs to keep a value that is the same in every iteration."""

Node = tuple[str, Var] | str


@dataclass(frozen=True)
class Kept:
    """Values to keep, and bindings to compute again, in order."""

    saved: tuple[Var, ...]
    again: tuple[Bind, ...]


def keep_or_recompute(needed: Collection[Var], binds: Sequence[Bind], params: Collection[Var],
                      free: Collection[Var] = (), price: float = 1.0, native: bool = False) -> Kept:
    """How to have the values `needed`, of those that `binds` and `params` define, in the reverse sweep.

    `free` are parameters that the reverse sweep has anyway (a loop counter); `price` scales the prices of
    keeping, where keeping means more than an entry of a list. `native`: for compiled code, where arithmetic costs next to
    nothing, and keeping as much as a function such as exp.
    """
    makers = {t: b for b in binds for t in b.targets}
    local = {*makers, *params}
    network = _Network()
    pending, seen = list(needed), set(needed)
    for v in needed:
        network.edge(("need", v), "sink", math.inf)
    steady = _steady(binds, local)
    while pending:
        v = pending.pop()
        again = 0.0 if v in free else _native_cost_of(makers.get(v)) if native else _cost_of(makers.get(v))
        network.edge("source", ("again", v), again)
        network.edge(("again", v), ("need", v), price * _price(v) * (STEADY if v in steady else 1.0))
        if math.isinf(again) or v in free:
            continue
        for a in _operands(makers[v]):
            if a in local:
                network.edge(("need", a), ("again", v), math.inf)
                if a not in seen:
                    seen.add(a)
                    pending.append(a)
    kept_side = network.source_side()
    computed = {v for v in seen if ("again", v) not in kept_side and v not in free and v in makers}
    saved = [v for v in [*params, *makers] if v in seen and v not in free
             and ("need", v) not in kept_side and ("again", v) in kept_side]
    return Kept(tuple(saved), tuple(b for b in binds if any(t in computed for t in b.targets)))


def _steady(binds: Sequence[Bind], local: Collection[Var]) -> set[Var]:
    """The values that do not depend on anything local."""
    found: set[Var] = set()
    for bind in binds:
        if not math.isinf(_cost_of(bind)) and all(a in found or a not in local for a in _operands(bind)):
            found.update(bind.targets)
    return found


def _operands(bind: Bind) -> list[Var]:
    return [a for a in bind.op.args if isinstance(a, Var)] if isinstance(bind.op, Prim) else []


def _cost_of(bind: Bind | None) -> float:
    """The price of computing a value again; infinite where that is not possible."""
    if bind is not None and isinstance(bind.op, Foreign) and bind.op.pure and not bind.op.args:
        return OUTSIDE
    if bind is None or not isinstance(bind.op, Prim) or len(bind.targets) != 1:
        return math.inf
    info = OPS[bind.op.name]
    if info.effect or bind.op.name in ("append", "store", "accumulate", "pop", "copy"):
        return math.inf
    if isinstance(bind.targets[0].type, Array):
        return _cost_of_array(bind.op)
    return info.cost


def _native_cost_of(bind: Bind | None) -> float:
    """The price of computing a value again in compiled code."""
    cost = _cost_of(bind)
    if math.isinf(cost) or bind is None or not isinstance(bind.targets[0].type, Scalar) or not isinstance(bind.op, Prim):
        return cost
    if bind.op.name == "load" or "." not in bind.op.name:
        return _NATIVE.get(bind.op.name, 0.4)
    return max(cost, NATIVE_FUNCTION)


NATIVE_FUNCTION = 6.0
"""The least price of a function such as exp in compiled code; more than that of keeping a number."""
_NATIVE = {"truediv": 1.5, "pow": 3.0, "floordiv": 1.0, "mod": 1.0}


def _cost_of_array(op: Prim) -> float:
    info = OPS[op.name]
    if op.name in ("matmul", "numpy.matmul", "numpy.dot") or op.name.startswith(("numpy.linalg.", "scipy.linalg.")):
        return max(info.cost, ARRAY_PRODUCT)
    if info.memory == "view" or (op.name == "load" and "a" not in op.param("index")):
        return info.cost
    return max(info.cost, ARRAY_SUM if info.cost <= 1 else ARRAY_FUNCTION if info.elementwise else ARRAY_SUM)


def _price(v: Var) -> float:
    match v.type:
        case Scalar():
            return KEEP_SCALAR if v.hint else KEEP_SCALAR + UNNAMED_SCALAR
        case Array():
            return KEEP_ARRAY if v.hint else KEEP_ARRAY + UNNAMED
        case _:
            return KEEP_OTHER


class _Network:
    """A flow network, and its minimum cut by augmenting along shortest paths (Edmonds and Karp 1972)."""

    def __init__(self) -> None:
        self.capacity: dict[Node, dict[Node, float]] = {"source": {}, "sink": {}}

    def edge(self, a: Node, b: Node, capacity: float) -> None:
        """Add an edge."""
        out = self.capacity.setdefault(a, {})
        out[b] = out.get(b, 0.0) + capacity
        self.capacity.setdefault(b, {}).setdefault(a, 0.0)

    def source_side(self) -> set[Node]:
        """The nodes on the source's side of a minimum cut: the largest such set, so that ties are computed again late."""
        while True:
            parents = self._reach()
            if "sink" not in parents:
                return set(parents)
            path: list[tuple[Node, Node]] = []
            node: Node = "sink"
            while node != "source":
                path.append((parents[node], node))
                node = parents[node]
            amount = min(self.capacity[a][b] for a, b in path)
            if math.isinf(amount):
                raise ValueError("a value is needed that can be neither kept nor computed")
            for a, b in path:
                self.capacity[a][b] -= amount
                self.capacity[b][a] += amount

    def _reach(self) -> dict[Node, Node]:
        parents: dict[Node, Node] = {"source": "source"}
        queue: deque[Node] = deque(["source"])
        while queue:
            a = queue.popleft()
            for b, left in self.capacity[a].items():
                if left > 1e-12 and b not in parents:
                    parents[b] = a
                    if b == "sink":
                        return parents
                    queue.append(b)
        return parents
