"""Derivatives in pickles: by name where another process finds them, else with the function that they were made from."""

from __future__ import annotations

import importlib
import linecache
import os
import pickle
import sys
from collections.abc import Callable, Mapping
from typing import Any

Made = tuple[Callable[..., Any], tuple[Any, ...], dict[str, str]]
"""What makes a derivative, its arguments, and the texts of notebook cells that it may need."""


def reduced(derivative: Any, make: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """What `__reduce__` returns for a derivative that is `make(*args)`.

    A decorated function is known by the name of its module. The workers of joblib have another `__main__`: for them,
    the pickle holds what makes the derivative too, where cloudpickle, which joblib uses, can write it.
    """
    module, qualname = derivative.__module__, derivative.__qualname__
    made: Made = make, args, _cells()
    if found(module, qualname) is not derivative:
        return made_again, made
    return found_again, (module, qualname, _by_value(made) if module == "__main__" else None)


def found(module: str, qualname: str) -> Any:
    """What a loaded module calls by this name; None if there is none."""
    value: Any = sys.modules.get(module)
    for part in qualname.split("."):
        value = getattr(value, part, None)
    return value


def found_again(module: str, qualname: str, by_value: bytes | None) -> Any:
    """The derivative that a module defines under this name. Raises UnpicklingError."""
    importlib.import_module(module)
    value = found(module, qualname)
    if value is not None:
        return value
    if by_value is None:
        raise pickle.UnpicklingError(f"there is no {qualname!r} in the module {module}")
    return made_again(*pickle.loads(by_value))


def made_again(make: Callable[..., Any], args: tuple[Any, ...], cells: Mapping[str, str]) -> Any:
    """`make(*args)`, with the texts of notebook cells at hand."""
    for filename, text in cells.items():
        linecache.cache.setdefault(filename, (len(text), None, text.splitlines(keepends=True), filename))
    return make(*args)


def _cells() -> dict[str, str]:
    """The texts that only this process has: those of notebook cells, not those that we generated."""
    return {filename: "".join(entry[2]) for filename, entry in linecache.cache.items()
            if len(entry) == 4 and entry[1] is None and not filename.startswith("<adcompiler ")
            and not os.path.exists(filename)}


def _by_value(made: Made) -> bytes | None:
    for name in ("cloudpickle", "joblib.externals.cloudpickle"):
        cloudpickle: Any = sys.modules.get(name)
        if cloudpickle is not None:
            try:
                text: bytes = cloudpickle.dumps(made)
            except (pickle.PicklingError, TypeError, RecursionError):
                return None
            return text
    return None
