"""Running a function of a file, for the check: the one place where the user's file is executed."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any


class NotRunnable(Exception):
    """The file cannot be executed; the text says why."""


@contextlib.contextmanager
def imported(path: str) -> Iterator[ModuleType]:
    """The module in a file, which finds the modules beside it; what it prints goes to stderr. Raises NotRunnable."""
    place = Path(path).resolve()
    name = f"_{place.stem}" if place.stem in sys.modules or place.stem in sys.stdlib_module_names else place.stem
    spec = importlib.util.spec_from_file_location(name, place)
    if spec is None or spec.loader is None:
        raise NotRunnable(f"{path} cannot be run: its name does not end in .py")
    module = importlib.util.module_from_spec(spec)
    written = sys.dont_write_bytecode
    sys.modules[name], sys.dont_write_bytecode = module, True
    sys.path.insert(0, str(place.parent))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            try:
                spec.loader.exec_module(module)
            except (Exception, SystemExit) as error:
                raise NotRunnable(f"{path} cannot be run: {type(error).__name__}: {error}") from None
            yield module
    finally:
        sys.path.remove(str(place.parent))
        sys.modules.pop(name, None)
        sys.dont_write_bytecode = written


def primal_of(module: ModuleType, name: str) -> Callable[..., Any]:
    """The function itself, without a decorator of ours."""
    found: Any = getattr(module, name)
    return getattr(found, "primal", found)  # type: ignore[no-any-return]
