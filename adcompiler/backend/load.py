"""Generated source to a function, visible to tracebacks, `inspect` and `pdb`."""

from __future__ import annotations

import linecache
import threading
from collections.abc import Callable, Mapping
from typing import Any

_lock = threading.Lock()


def load(source: str, constants: Mapping[str, Any], function: str, filename: str) -> Callable[..., Any]:
    """Execute generated source in a namespace of its own and give back its function.

    `constants` are objects that the source names; they take precedence over definitions in the source, so that
    the function sees the objects of the running program. Safe to call from several threads.
    """
    namespace: dict[str, Any] = {"__name__": f"adcompiler.generated.{function}", **constants}
    code = compile(source, filename, "exec")
    with _lock:
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(code, namespace)
    namespace.update(constants)
    made: Callable[..., Any] = namespace[function]
    return made
