"""Generated source to a function, visible to tracebacks, `inspect` and `pdb`."""

from __future__ import annotations

import linecache
import threading
from collections.abc import Mapping
from typing import Any

_lock = threading.Lock()


def load(source: str, constants: Mapping[str, Any], function: str, filename: str) -> Any:
    """Execute generated source in a namespace of its own and return its function."""
    namespace: dict[str, Any] = {"__name__": f"adcompiler.generated.{function}", "__builtins__": __builtins__}
    code = compile(source, filename, "exec")
    with _lock:
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace.update(constants)
    exec(code, namespace)
    namespace.update(constants)
    return namespace[function]
