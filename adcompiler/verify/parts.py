"""The real numbers inside an argument: a float, the entries of an array, those of a list of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from adcompiler.ir.types import List, Tuple, Type, is_float


def as_real(value: Any, type_: Type) -> Any:
    """The value with Python integers turned into floats where the type says float."""
    match type_:
        case List(element):
            return [as_real(v, element) for v in value]
        case Tuple(items):
            return tuple(as_real(v, t) for v, t in zip(value, items, strict=True))
        case _:
            return float(value) if isinstance(value, int) and is_float(type_) else value


def parts(value: Any, label: str = "") -> Iterator[tuple[str, float]]:
    """The real numbers in a value, each with its index: ("", 1.5), ("[0, 1]", 2.5), ..."""
    if isinstance(value, float | np.floating):
        yield label, float(value)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
        for index in np.ndindex(value.shape):
            yield f"{label}[{', '.join(map(str, index))}]", float(value[index])
    elif isinstance(value, list | tuple):
        for k, item in enumerate(value):
            yield from parts(item, f"{label}[{k}]")


def rebuild(value: Any, numbers: Iterator[Any], *, exact: bool = False) -> Any:
    """A value of the same structure with other real numbers, of any kind where `exact`."""
    if isinstance(value, float | np.floating):
        number = next(numbers)
        return number if exact else type(value)(number)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        out = np.empty(value.shape, dtype=object if exact else value.dtype)
        for index in np.ndindex(value.shape):
            out[index] = next(numbers)
        return out
    if isinstance(value, list | tuple):
        return type(value)(rebuild(item, numbers, exact=exact) for item in value)
    return value
