"""Gradients that accumulate in buffers, as users of PyTorch's `.grad` know them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adcompiler.frontend.arguments import layout_of

Step = Callable[[], object]
Update = Callable[[Callable[[Any], Any]], None]
"""Replaces a number in its container by a function of it."""


def accumulate(into: Any, gradient: Any) -> None:
    """Add a gradient to buffers of the same structure, in place.

    Arrays are added to where they are; numbers are replaced in the list, dict or object that holds them. Nothing
    changes when the structures do not match. Raises TypeError or ValueError then.
    """
    for step in list(_additions(into, gradient, None)):
        step()


def zero_grad(buffers: Any) -> None:
    """Set gradient buffers to zero, in place: arrays, and lists, tuples, dicts and objects of arrays and numbers.

    Raises TypeError for what cannot be changed in place.
    """
    for step in list(_clearings(buffers, None)):
        step()


def _additions(into: Any, gradient: Any, update: Update | None) -> Iterator[Step]:
    if isinstance(into, np.ndarray):
        if np.shape(gradient) != into.shape:
            raise ValueError(f"the buffer has shape {into.shape}, and the gradient {np.shape(gradient)}")
        if not np.can_cast(np.asarray(gradient).dtype, into.dtype, "same_kind"):
            raise TypeError(f"a gradient cannot be added to an array of {into.dtype}")
        yield lambda: np.add(into, gradient, out=into, casting="same_kind")
    elif isinstance(into, float | int | np.number):
        added = _number(gradient)
        yield _replacement(into, lambda old: old + added, update)
    elif (gradient is None or isinstance(gradient, str)) and (into is None or isinstance(into, str)):
        return
    else:
        yield from _inside(into, gradient)


def _inside(into: Any, gradient: Any) -> Iterator[Step]:
    buffers, parts = layout_of(into), layout_of(gradient)
    if buffers is None or parts is None or not _alike(buffers, parts):
        raise TypeError(f"a gradient of type {type(gradient).__name__} cannot be added to a buffer of type "
                        f"{type(into).__name__}: they have different structures")
    matching = dict(zip(parts[1], parts[2], strict=True))
    for key, buffer in zip(buffers[1], buffers[2], strict=True):
        yield from _additions(buffer, matching[key], _updater(into, buffers[0], key))


def _alike(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    return set(a[1]) == set(b[1]) and (a[0] == b[0] or {a[0], b[0]} == {"list", "tuple"} or "object" in (a[0], b[0]))


def _number(gradient: Any) -> Any:
    if isinstance(gradient, float | int | np.number):
        return gradient
    raise TypeError(f"a gradient of type {type(gradient).__name__} cannot be added to a number")


def _clearings(buffers: Any, update: Update | None) -> Iterator[Step]:
    if isinstance(buffers, np.ndarray):
        yield lambda: buffers.fill(0)
        return
    if isinstance(buffers, float | int | np.number):
        yield _replacement(buffers, lambda old: type(old)(0), update)
        return
    shape = layout_of(buffers)
    if shape is None:
        if buffers is None or isinstance(buffers, str):
            return
        raise TypeError(f"{type(buffers).__name__} is no gradient buffer: give arrays, or lists or dicts of them")
    for key, part in zip(shape[1], shape[2], strict=True):
        yield from _clearings(part, _updater(buffers, shape[0], key))


def _replacement(number: Any, function: Callable[[Any], Any], update: Update | None) -> Step:
    if update is None:
        raise TypeError(f"a {type(number).__name__} cannot be changed in place: give an array such as np.zeros(()), "
                        "or a list or dict that holds the numbers")
    return lambda: update(function)


def _updater(container: Any, kind: str, key: Any) -> Update | None:
    """How a number in a container is replaced; None where it cannot be."""
    if kind in ("list", "dict"):
        return lambda function: container.__setitem__(key, function(container[key]))
    frozen = kind == "dataclass" and type(container).__dataclass_params__.frozen
    if kind in ("dataclass", "object") and not frozen:
        return lambda function: setattr(container, key, function(getattr(container, key)))
    return None
