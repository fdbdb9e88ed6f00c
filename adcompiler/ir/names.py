"""Display names: every variable that is visible at a place has a name of its own, made from its hint."""

from __future__ import annotations

import keyword
from collections import ChainMap
from typing import Final

from adcompiler.ir.nodes import Var

RESERVED: Final = frozenset({"inf", "nan", "undefined", "const"})


class Scope:
    """The names visible in a block: its own and those of the blocks around it."""

    def __init__(self, outer: Scope | None = None) -> None:
        self._names: ChainMap[str, Var] = outer._names.new_child() if outer else ChainMap()
        self._counts: ChainMap[str, int] = outer._counts.new_child() if outer else ChainMap()

    def child(self) -> Scope:
        """The scope of a block inside."""
        return Scope(self)

    def lookup(self, name: str) -> Var | None:
        """The variable called `name`, or None."""
        return self._names.get(name)

    def bind(self, name: str, var: Var) -> None:
        """Call `var` by `name` from here on."""
        self._names[name] = var

    def fresh(self, hint: str) -> str:
        """The name for a new variable: `y`, else `y_1`, `y_2`, ...; without a hint `t1`, `t2`, ..."""
        named = hint.isidentifier() and not keyword.iskeyword(hint)
        if named and hint not in self._names and hint not in RESERVED:
            return hint
        stem = hint + "_" if named else "t"
        k = self._counts.get(stem, 1)
        while f"{stem}{k}" in self._names:
            k += 1
        self._counts[stem] = k
        return f"{stem}{k}"

    def hint_of(self, name: str) -> str:
        """The hint from which `fresh` would make `name` now."""
        for hint in ("", name.rpartition("_")[0]):
            if self.fresh(hint) == name:
                return hint
        return name
