"""Generated source to a function, visible to tracebacks, `inspect` and `pdb`."""

from __future__ import annotations

import ast
import contextlib
import linecache
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from adcompiler.backend.files import write_atomically

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


def load_compiled(source: str, constants: Mapping[str, Any], function: str, digest: str) -> Callable[..., Any]:
    """The function of a source for Numba, as a module in a file, beside which Numba keeps the compiled code.

    The file lies in the folder of the environment variable ADCOMPILER_CACHE, else in the user's folder for caches, and is
    named after its content, so that another process finds the compiled code again. Raises ModuleNotFoundError without Numba.
    """
    import importlib.util  # here, since what compiles nothing natively needs none of it

    if importlib.util.find_spec("numba") is None:
        raise ModuleNotFoundError('target="numba" needs Numba: pip install "adcompiler[numba]"', name="numba")
    name = f"adcompiler_generated_{digest}"  # the same in every process: compiled code refers to it
    with _lock:
        module = sys.modules.get(name)
        if module is None:
            path = _in_cache(f"{function}_{digest}.py", source)
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            vars(module).update(constants)
            sys.modules[name] = module  # before it runs: functions that call themselves look it up
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[name]
                raise
    made: Callable[..., Any] = getattr(module, function)
    return _with_constants(source, vars(module), constants, function) if constants else made


def _with_constants(source: str, module: Mapping[str, Any], constants: Mapping[str, Any], function: str) -> Callable[..., Any]:
    """The function around a kernel of a module, with objects of its own: the same text may belong to several closures."""
    tree = ast.parse(source)
    tree.body = [f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name == function and not f.decorator_list]
    namespace = {**module, **constants}
    exec(compile(tree, namespace["__file__"], "exec"), namespace)
    made: Callable[..., Any] = namespace[function]
    return made


def _in_cache(name: str, source: str) -> str:
    """The path of a file with this text in the cache."""
    for folder in _folders():
        path = os.path.join(folder, name)
        try:
            os.makedirs(folder, exist_ok=True)
            with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
                if file.read() == source:
                    return path
            write_atomically(path, source)
        except OSError:
            continue
        return path
    raise OSError("no folder for compiled code can be written; set ADCOMPILER_CACHE")


def _folders() -> Iterator[str]:
    """Where compiled code may be kept, the best place first."""
    chosen = os.environ.get("ADCOMPILER_CACHE")
    if chosen:
        yield chosen
    home = os.path.expanduser("~")
    local = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    yield os.path.join(local or os.path.join(home, ".cache"), "adcompiler")
    yield tempfile.mkdtemp(prefix="adcompiler-")
