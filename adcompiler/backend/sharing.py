"""Which values may share memory: a relation between what values are and what they hold.

Every variable that is or holds memory has two nodes: its own memory, and for lists and tuples all the memory
inside. A set of nodes is an integer with a bit for each. Bit 0 stands for all memory that is not ours:
arguments, constants, results of code that we do not understand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adcompiler.ir.nodes import Atom, Prim, Var
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, List, Saved, Tuple, Type, Unknown

FOREIGN = 1
Nodes = int

def has_memory(type_: Type) -> bool:
    """Whether values of the type are or hold memory that can be written."""
    return isinstance(type_, Array | List | Saved | Unknown) or (
        isinstance(type_, Tuple) and any(map(has_memory, type_.items)))


def bits(nodes: Nodes) -> Iterator[int]:
    """The numbers of the nodes of a set."""
    while nodes:
        low = nodes & -nodes
        yield low.bit_length() - 1
        nodes ^= low


class Sharing:
    """The relation. It is symmetric among the nodes of live variables."""

    def __init__(self) -> None:
        self._number: dict[Var, int] = {}
        self._related: list[Nodes] = [0]

    # --- nodes ------------------------------------------------------------------------------------------

    def own(self, atom: Atom) -> Nodes:
        """The node of the memory that a value is; none for numbers."""
        return 1 << self._at(atom) if isinstance(atom, Var) and has_memory(atom.type) else 0

    def inner(self, atom: Atom) -> Nodes:
        """The node of the memory that a value holds; none for numbers."""
        return self.own(atom) << 1

    def both(self, atoms: Iterable[Atom]) -> Nodes:
        """All nodes of some values."""
        found = 0
        for a in atoms:
            found |= self.own(a) | self.inner(a)
        return found

    def _at(self, var: Var) -> int:
        if var not in self._number:
            self._number[var] = len(self._related)
            self._related += [0, 0]
        return self._number[var]

    # --- the relation -----------------------------------------------------------------------------------

    def shares_own(self, atom: Atom) -> Nodes:
        """What may share memory with what a value is, itself included."""
        node = self.own(atom)
        return node | self._related[node.bit_length() - 1] if node else 0

    def shares_inner(self, atom: Atom) -> Nodes:
        """What may share memory with what a value holds, itself included."""
        node = self.inner(atom)
        return node | self._related[node.bit_length() - 1] if node else 0

    def shares(self, atoms: Iterable[Atom]) -> Nodes:
        """What may share memory with anything of some values."""
        found = 0
        for a in atoms:
            found |= self.shares_own(a) | self.shares_inner(a)
        return found

    def repeats(self, atom: Atom) -> bool:
        """Whether a list may hold the same object twice."""
        node = self.inner(atom)
        return bool(node and self._related[node.bit_length() - 1] & node)

    def define(self, var: Var, own: Nodes, inner: Nodes, alive: Nodes, *, repeats: bool = False) -> None:
        """A new value: its memory may be that of `own`, what it holds that of `inner`."""
        if not has_memory(var.type):
            return
        at = self._at(var)
        self._related[at] = own & ~(1 << at)
        self._related[at + 1] = inner & ~(2 << at) | (2 << at if repeats else 0)
        self._mirror(own & alive, 1 << at)
        self._mirror(inner & alive, 2 << at)

    def relate(self, nodes: Nodes, to: Nodes) -> None:
        """All of `nodes` may share memory with all of `to`."""
        self._mirror(nodes, to)
        self._mirror(to & ~FOREIGN, nodes)

    def _mirror(self, nodes: Nodes, to: Nodes) -> None:
        for k in bits(nodes):
            self._related[k] |= to & ~(1 << k)

    # --- results of primitives --------------------------------------------------------------------------

    def result(self, op: Prim, var: Var, alive: Nodes) -> None:
        """Define the result of a primitive that changes nothing."""
        if not has_memory(var.type):
            return
        own, inner, repeats = self._result(op, var)
        self.define(var, own, inner, alive, repeats=repeats)

    def _result(self, op: Prim, var: Var) -> tuple[Nodes, Nodes, bool]:
        args = op.args
        first = args[0] if args else None
        match op.name:
            case "list" | "tuple" | "save":
                return 0, self.shares(args), self._overlap(args)
            case "repeat" if first is not None:
                return 0, self.shares_inner(first), self.inner(first) != 0
            case "add" if isinstance(var.type, List):
                return 0, self.shares_inner(args[0]) | self.shares_inner(args[1]), self._overlap(args)
            case "copy" if first is not None:
                return 0, self.shares_inner(first), self.repeats(first)
            case "load" if isinstance(args[0].type, List):
                inner = self.shares_inner(args[0])
                return (inner if op.param("index") == ("i",) else 0), inner, self.repeats(args[0])
            case "load" if isinstance(args[0].type, Array):
                return (0 if "a" in op.param("index") else self.shares_own(args[0])), 0, False
            case "item" | "saved_item":
                inner = self.shares_inner(args[0])
                return inner, inner, self.repeats(args[0])
            case name if name in OPS and OPS[name].makes_memory_of(args) and isinstance(var.type, Array):
                return 0, 0, False
            case name:
                extra = 0 if name in OPS and OPS[name].memory == "view" else FOREIGN
                own = inner = extra
                for a in args:
                    own |= self.shares_own(a)
                    inner |= self.shares_inner(a)
                return own, inner, any(map(self.repeats, args))

    def _overlap(self, atoms: Iterable[Atom]) -> bool:
        """Whether the values may hold or be the same object twice, taken together."""
        seen = 0
        for a in atoms:
            mine = self.both([a])
            if self.shares([a]) & seen or self.repeats(a):
                return True
            seen |= mine
        return False
