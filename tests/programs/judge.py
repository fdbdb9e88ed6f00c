"""Compares gradients with differences, component by component, inside arguments of any structure."""

from copy import deepcopy
from functools import reduce
from operator import getitem

import numpy as np
from differences import slope

TOLERANCE = 1e-6


def compare(primal, args, wrt, gradients, tally):
    """Every component of every gradient against differences, wherever there is a derivative."""
    names = primal.__code__.co_varnames[: len(args)]
    for name, gradient in zip(wrt, gradients, strict=True):
        position = names.index(name)
        at = args[position]
        assert type(gradient) is type(at)
        assert list(leaves(gradient)) == list(leaves(at))
        for path in leaves(at):
            tally["slopes"] += 1
            expected = slope(lambda h, p=position, path=path: moved(primal, args, p, path, h))
            if not expected.trusted:
                continue
            scale = max(1.0, abs(expected.value))
            tally["slopes checked"] += 1
            tally["slopes not zero"] += expected.value != 0
            got = reduce(getitem, path, gradient)
            assert abs(got - expected.value) <= TOLERANCE * scale + 10 * expected.error, (
                f"d f / d {name}{list(path) or ''}: {got}, but differences give {expected}")


def leaves(value):
    """The paths to the numbers inside a value."""
    match value:
        case np.ndarray():
            yield from ((index,) for index in np.ndindex(value.shape))
        case dict():
            yield from ((key, *path) for key, item in value.items() for path in leaves(item))
        case tuple() | list():
            yield from ((key, *path) for key, item in enumerate(value) for path in leaves(item))
        case _:
            yield ()


def parts(value):
    """The scalars, arrays and lists inside tuples and dicts, in order."""
    match value:
        case dict():
            return [part for item in value.values() for part in parts(item)]
        case tuple():
            return [part for item in value for part in parts(item)]
        case _:
            return [value]


def shifted(value, path, h):
    """The value with the number at `path` moved by `h`."""
    match value:
        case np.ndarray():
            value = value.copy()
            value[path[0]] += h
            return value
        case dict():
            return {**value, path[0]: shifted(value[path[0]], path[1:], h)}
        case tuple() | list():
            items = [shifted(item, path[1:], h) if key == path[0] else item for key, item in enumerate(value)]
            return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        case _:
            return value + h


def moved(primal, args, position, path, h):
    """The primal's value with one number moved by `h`."""
    args = copies(args)
    args[position] = shifted(args[position], path, h)
    return float(primal(*args))


def copies(args):
    """The arguments, copied."""
    return list(deepcopy(args))


def same(left, right):
    """Whether two sequences of arguments hold the same numbers (nan equals nan)."""
    return all(np.array_equal(reduce(getitem, path, a), reduce(getitem, path, b), equal_nan=True)
               for a, b in zip(left, right, strict=True) for path in leaves(a))
