"""One line of a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["proved", "agrees", "differs", "not checked"]


@dataclass(frozen=True, slots=True)
class Row:
    """What one check says about the derivative with respect to one parameter on one path.

    `path` is the condition under which the statement holds ("x > 0, n = 2"; "" for all inputs), `detail`
    completes the verdict: the accuracy and the number of points, the counter-example, or the reason why nothing
    was checked.
    """

    parameter: str
    path: str
    verdict: Verdict
    detail: str = ""
    check: str = "sympy"

    @property
    def outcome(self) -> str:
        """The verdict with its detail: "agrees to 1e-30 at 5 points"."""
        separator = " " if self.verdict == "agrees" else ": "
        return f"{self.verdict}{separator}{self.detail}" if self.detail else self.verdict
