"""The live functions for which users gave rules (`adcompiler.rules.given`)."""

from __future__ import annotations

from typing import Any

GIVEN: dict[str, tuple[Any, str]] = {}
"""The functions by the last part of their primitive, each with the module that the rule names."""
_names: dict[int, tuple[Any, str, list[str]]] = {}


def given_name(function: Any) -> str | None:
    """The primitive that a live function is by a rule of the user's."""
    found = _names.get(id(function))
    return found[1] if found is not None and found[0] is function else None


def given_parameters(function: Any) -> list[str]:
    """The parameters of a live function by a rule of the user's; none for others."""
    found = _names.get(id(function))
    return found[2] if found is not None and found[0] is function else []


def note(function: Any, primitive: str, params: list[str]) -> None:
    """Know a function again."""
    _names[id(function)] = function, primitive, params


__all__ = ["GIVEN", "given_name", "given_parameters", "note"]
