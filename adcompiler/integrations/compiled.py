"""The first call of a function that Numba compiles: progress on a terminal, and errors in our form."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from adcompiler.diagnostics import CompileError, Span, fail

_WAIT = 1.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def first_call(function: Callable[..., Any], args: tuple[Any, ...], keywords: Mapping[str, Any], name: str) -> Any:
    """Call a function that is compiled now, or loaded from the cache.

    After a second of compiling, a line on the terminal says so. Raises CompileError (ADC702) where Numba refuses the code.
    """
    notice = threading.Timer(_WAIT, _say, [f"compiling {name} with Numba ..."])
    notice.daemon = True
    if sys.stderr.isatty():
        notice.start()
    try:
        return function(*args, **keywords)
    except Exception as error:
        if type(error).__module__.startswith("numba."):
            raise _refusal(error, name) from None
        raise
    finally:
        notice.cancel()


def _say(text: str) -> None:
    print(f"adcompiler: {text}", file=sys.stderr, flush=True)


def _refusal(error: Exception, name: str) -> CompileError:
    """What Numba says, with the line of the generated source."""
    said = [line.strip() for line in _COLOURS.sub("", str(error)).splitlines()]
    telling = [line for line in said if line and not line.startswith(("Failed in", "During", "File", "-", "There", ">>>"))]
    loc = getattr(error, "loc", None)
    span = Span("<generated>", 1, 1, 1, 2)
    if loc is not None and loc.line:
        text = _line(loc.filename, loc.line)
        column = len(text) - len(text.lstrip()) + 1
        span = Span(loc.filename, loc.line, column, loc.line, len(text) + 1, text)
    return fail("ADC702", f"Numba does not compile {name}: {telling[0] if telling else type(error).__name__}", span,
                "use target='python' for this function, or write this step in another way")


def _line(filename: str, line: int) -> str:
    import linecache

    return linecache.getline(filename, line).rstrip("\n")


__all__ = ["first_call"]
