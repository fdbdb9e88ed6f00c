"""Python names for variables: those with the same hint share one where they are never alive together."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from adcompiler.backend.liveness import Lives
from adcompiler.ir.nodes import Var

_TRIES = 8


@dataclass(eq=False)
class _Class:
    """Variables that share a name."""

    hint: str
    members: int
    clashes: int
    word: str = ""
    fixed: str = ""
    into: _Class | None = None


def name_all(lives: Lives, fixed: Mapping[Var, str], taken: Collection[str],
             words: Mapping[Var, str], joined: Sequence[tuple[Var, Var]] = ()) -> dict[Var, str]:
    """The name of every variable. `fixed`: those that have one already; `taken`: names that must not be used; `words`:
    names for variables without hints; `joined`: pairs that share memory and would do well to share a name."""
    classes = _Classes(lives, fixed, words)
    for a, b in lives.updates:
        classes.merge(a, b, any_hint=True)
    for a, b in lives.moves:
        classes.merge(a, b)
    for a, b in joined:
        classes.merge(a, b)
    classes.merge_hints()
    return classes.names(set(taken) | set(fixed.values()))


class _Classes:
    def __init__(self, lives: Lives, fixed: Mapping[Var, str], words: Mapping[Var, str]) -> None:
        self.lives = lives
        self._of = {v: _Class(v.hint, 1 << k, lives.clashes[k], "" if v.hint else words.get(v, ""), fixed.get(v, ""))
                    for k, v in enumerate(lives.order)}

    def of(self, var: Var) -> _Class:
        """The class that a variable is in."""
        found = self._of[var]
        while found.into is not None:
            found = found.into
        self._of[var] = found
        return found

    def merge(self, a: Var, b: Var, *, any_hint: bool = False) -> bool:
        """Give two variables one name, if they are never alive together and no name of the user gets lost."""
        p, q = self.of(a), self.of(b)
        if p is q:
            return True
        compatible = p.hint == q.hint or (not p.hint and not q.fixed) or (not q.hint and not p.fixed) or any_hint
        if not compatible or (p.fixed and q.fixed) or p.clashes & q.members or q.clashes & p.members:
            return False
        p.hint, p.fixed = p.hint or q.hint, p.fixed or q.fixed
        p.word = p.word or q.word
        p.members |= q.members
        p.clashes |= q.clashes
        q.into = p
        return True

    def merge_hints(self) -> None:
        """Let variables with the same hint share a name wherever that is possible."""
        by_hint: dict[str, list[Var]] = {}
        done: set[_Class] = set()
        for v in self.lives.order:
            if self.of(v) in done:
                continue
            same = by_hint.setdefault(self.of(v).hint or self.of(v).word, [])
            if not any(self.merge(other, v) for other in [*same[:_TRIES], *same[_TRIES:][-_TRIES:]]):
                same.append(v)
            done.add(self.of(v))

    def names(self, taken: set[str]) -> dict[Var, str]:
        """A name for each class, in the order of appearance."""
        chosen: dict[_Class, str] = {}
        last: dict[str, int] = {}
        for v in self.lives.order:
            c = self.of(v)
            if c not in chosen:
                chosen[c] = c.fixed or _fresh(c.hint or c.word or "t", taken, last)
                taken.add(chosen[c])
        return {v: chosen[self.of(v)] for v in self.lives.order}


def _fresh(stem: str, taken: set[str], last: dict[str, int]) -> str:
    stem = "".join(c if c.isalnum() or c == "_" else "_" for c in stem)
    stem = stem if stem.isidentifier() else f"v_{stem}"
    if stem not in taken and not keyword.iskeyword(stem):
        return stem
    k = last.get(stem, 0) + 1
    while f"{stem}_{k}" in taken:
        k += 1
    last[stem] = k
    return f"{stem}_{k}"
