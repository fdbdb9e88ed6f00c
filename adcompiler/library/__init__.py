"""NumPy's and SciPy's functions that are compositions of others, each written in the language that the compiler accepts.

A call of such a function is replaced by its body, so that it needs no derivative rule: `np.average(x, weights=w)` is
differentiated as what `average` in `numpy/statistics.py` says. The functions are also plain Python, and are tested as such
against the originals. The folders mirror the namespaces: `numpy/*.py` holds functions of `numpy`, `numpy/linalg.py` those
of `numpy.linalg`, `scipy/stats/norm.py` those of `scipy.stats.norm`. An argument that is not supported is refused by
`raise NotImplementedError("...")`, which stops the compiler with the text at the user's call.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
_NAMESPACES = frozenset(["linalg", "fft"])
"""Modules of the folder `numpy` that are namespaces of their own."""


def defined(dotted: str) -> Path | None:
    """The file that defines a function such as "numpy.average", or None."""
    namespace, _, name = dotted.rpartition(".")
    return functions(namespace).get(name)


@cache
def functions(namespace: str) -> dict[str, Path]:
    """The functions that are defined for a namespace, with their files."""
    place = HERE.joinpath(*namespace.split("."))
    files = [place.with_suffix(".py")] if place.with_suffix(".py").is_file() else [
        f for f in sorted(place.glob("*.py")) if f.stem not in _NAMESPACES]
    return {name: file for file in files for name in re.findall(r"(?m)^def ([a-z]\w*)\(", file.read_text("utf-8"))}
