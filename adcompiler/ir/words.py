"""Names for values that the user did not name: after what was computed, and of what.

`sqrt(years)` is `sqrt_years`, `spot / strike` is a `ratio`, `y[i]` is `y_i`, `x[1:-1]` is `x_part`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from adcompiler.ir.nodes import Atom, Block, Prim, Var, blocks_of
from adcompiler.ir.types import Array, Type

_LONGEST = 14
_NOUNS = {
    "add": "total", "sub": "difference", "mul": "product", "truediv": "ratio", "pow": "power", "matmul": "product",
    "mod": "remainder", "floordiv": "quotient", "neg": "opposite", "select": "chosen", "list": "items", "pop": "last",
    "numpy.where": "chosen", "numpy.arange": "positions", "numpy.linspace": "points", "numpy.outer": "product",
    "numpy.dot": "product", "numpy.vdot": "product", "numpy.inner": "product", "numpy.kron": "product",
    "numpy.zeros": "zeros", "numpy.zeros_like": "zeros", "numpy.ones": "ones", "numpy.ones_like": "ones",
    "numpy.full": "filled", "numpy.eye": "unit", "numpy.reshape": "reshaped", "numpy.concatenate": "joined",
    "numpy.stack": "stacked", "numpy.linalg.inv": "inverse", "numpy.linalg.cholesky": "factor", "spread": "spread",
    "unbroadcast": "summed", "numpy.tril": "lower", "numpy.triu": "upper",
    "numpy.linalg.solve": "solution", "numpy.linalg.det": "determinant", "numpy.array": "values",
}
_FUNCTION_NOUNS = {
    "exp": "exponential", "log": "logarithm", "sqrt": "root", "sin": "sine", "cos": "cosine", "tan": "tangent",
    "sum": "total", "mean": "mean", "max": "largest", "amax": "largest", "min": "smallest", "amin": "smallest",
    "prod": "product", "var": "variance", "std": "deviation", "abs": "magnitude", "len": "length", "size": "size",
    "shape": "size", "maximum": "larger", "minimum": "smaller", "trace": "trace", "norm": "norm",
}
_TESTS = frozenset("lt le gt ge eq ne not and or in notin is isnot bitand bitor invert".split())
_SUFFIXES = {"numpy.transpose": "T", "numpy.expand_dims": "column", "copy": "copy", "numpy.diagonal": "diagonal",
             "numpy.cumsum": "sums"}


def word_for(name: str, operands: Sequence[str], result: Type, index: Sequence[str] = ()) -> str:
    """A name for the result of a primitive, or "".

    `operands`: the names of its operands as far as they have some, literals as they are written, and a word after a
    blank for what is no variable; `index`: the pattern of a `load`.
    """
    if name in _TESTS:
        return "mask" if isinstance(result, Array) else "test"
    first = operands[0] if operands else ""
    if name == "load":
        return _element(first, operands[1:], index)
    if name in _NOUNS:
        return _NOUNS[name]
    if name == "copy" and " " in first:
        return first.strip()
    if name in _SUFFIXES:
        return _of(first, _SUFFIXES[name])
    family, _, function = name.rpartition(".")
    if family not in ("", "math", "numpy", "scipy.special", "numpy.linalg") or not function.isidentifier():
        return ""
    if name in ("float", "int", "bool", "save", "saved_item", "item", "tuple", "store", "accumulate", "append", "repeat"):
        return ""
    if len(operands) == 1 and re.fullmatch(r"\w+", first) and len(f"{function}_{first}") <= _LONGEST:
        return f"{function}_{first}"
    return _FUNCTION_NOUNS.get(function, "")


def _element(base: str, at: Sequence[str], index: Sequence[str]) -> str:
    if not _is_name(base):
        return "part" if any(p[0] == "s" for p in index) else "element"
    if set(index) == {"i"} and all(re.fullmatch(r"[A-Za-z]\w{0,3}|\d+", a) for a in at):
        return _of(base, "_".join(at))
    return _of(base, "chosen" if "a" in index else "part" if any(p[0] == "s" for p in index) else "item")


def _of(name: str, what: str) -> str:
    """`y_bar` and `i` are `y_i_bar`."""
    if not _is_name(name):
        return what if not what[0].isdigit() else "element"
    stem, bar = (name[:-4], "_bar") if name.endswith("_bar") else (name, "")
    made = f"{stem}_{what}{bar}"
    return made if len(made) <= _LONGEST + 4 else what if not what[0].isdigit() else "element"


def word_of(op: Prim, target: Var) -> str:
    """A name for the result of an operation of the IR."""
    index = op.param("index") if op.name == "load" else ()
    return word_for(op.name, [_text(a) for a in op.args], target.type, index)


_found: WeakKeyDictionary[Var, str] = WeakKeyDictionary()


def remember_words(block: Block) -> None:
    """Find names for the values of a block, and of those inside, that have none, for their adjoints."""
    for bind in block.binds:
        if isinstance(bind.op, Prim) and len(bind.targets) == 1 and not bind.targets[0].hint:
            _found[bind.targets[0]] = word_of(bind.op, bind.targets[0])
        for inner in blocks_of(bind.op):
            remember_words(inner)


def name_of(var: Var) -> str:
    """The hint of a variable, or the name that was found for it, or ""."""
    return var.hint or _found.get(var, "")


def _text(atom: Atom) -> str:
    if isinstance(atom, Var):
        return atom.hint
    return str(atom.value) if isinstance(atom.value, int) and not isinstance(atom.value, bool) and atom.value >= 0 else ""


def _is_name(text: str) -> bool:
    return text.isidentifier()
