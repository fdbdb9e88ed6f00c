"""Arguments to run a function at: those that the command gives, defaults, and numbers made up for the rest."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from adcompiler.commandline.choice import UsageError
from adcompiler.frontend.arguments import Argument, argument_of
from adcompiler.ir.nodes import Leaf, Node, Static, Tree
from adcompiler.ir.types import Array, List, Scalar, Type, is_float
from adcompiler.source import Parameter, Target

SIZE = 3
"""The length of every axis of an array that is made up: equal lengths fit together."""


def parse_at(text: str) -> dict[str, Any]:
    """`x=1.5, n=10` as values by name: literals, arrays as nested lists. Raises UsageError."""
    try:
        call = ast.parse(f"_({text}\n)", mode="eval").body
        if not isinstance(call, ast.Call) or call.args or not isinstance(call.func, ast.Name):
            raise ValueError("write name=value pairs")
        if any(k.arg is None for k in call.keywords):
            raise ValueError("** is not understood")
        return {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise UsageError(f"--at {text!r} is not understood ({reason}); "
                         'write it as in --at "x=1.5, n=10, a=[1.0, 2.0]"') from None


def sample(target: Target, expected: Mapping[str, Argument], given: Mapping[str, Any],
           classes: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """A value for every parameter: given, or its default where that is a literal, or made up from its type.

    `classes` are what the names of classes mean. Raises UsageError.
    """
    names = [p.name for p in target.parameters]
    unknown = [name for name in given if name not in names]
    if unknown:
        raise UsageError(f"--at: {target.name}() has no parameter {unknown[0]!r}; it has {', '.join(names) or 'none'}")
    numbers = _Numbers(classes)
    return {p.name: _value(p, expected[p.name], given, numbers) for p in target.parameters}


def _value(parameter: Parameter, expected: Argument, given: Mapping[str, Any], numbers: _Numbers) -> Any:
    if parameter.name in given:
        return _fitted(given[parameter.name], expected)
    if parameter.default is not None:
        try:
            return _fitted(ast.literal_eval(parameter.default), expected)
        except ValueError:
            pass
    return numbers.of_tree(expected.tree, iter(expected.types))


def _fitted(value: Any, expected: Argument) -> Any:
    """A literal as the type that is expected: lists as arrays, integers as real numbers."""
    type_ = expected.types[0] if isinstance(expected.tree, Leaf) else None
    if isinstance(type_, List) and isinstance(value, list | tuple):
        return [float(v) if is_float(type_.element) else v for v in value]
    if isinstance(type_, Array) and isinstance(value, list):
        return _array(value, type_.dtype)
    if isinstance(type_, Scalar) and is_float(type_) and isinstance(value, int):
        return float(value)
    return value if isinstance(expected.tree, Node) else _with_arrays(value)


def _with_arrays(value: Any) -> Any:
    """The literal with lists, also those in tuples and dicts, as arrays of real numbers."""
    match value:
        case list():
            array = _array(value, None)
            return array.astype(float) if array.dtype.kind in "iu" else array
        case tuple():
            return tuple(map(_with_arrays, value))
        case dict():
            return {key: _with_arrays(part) for key, part in value.items()}
        case _:
            return value


def _array(value: Any, dtype: str | None) -> np.ndarray[Any, Any]:
    try:
        return np.array(value, dtype=dtype)
    except (ValueError, TypeError) as error:
        raise UsageError(f"--at: {value!r} is no array ({error})") from None


class _Numbers:
    """Made-up values: reals that differ from each other and from 0 and 1, integers 3."""

    def __init__(self, classes: Mapping[str, Any]) -> None:
        self.classes = classes
        self.count = 0

    def real(self) -> float:
        """The next real number, between 0.5 and 1.5."""
        self.count += 1
        return round(0.5 + (self.count * 0.381966) % 1.0, 6)

    def of_tree(self, tree: Tree, types: Any) -> Any:
        """A value with this structure."""
        match tree:
            case Leaf():
                return self.of_type(next(types))
            case Static(value):
                return value
            case Node(kind, keys, children, cls):
                parts = [self.of_tree(c, types) for c in children]
                return _structured(kind, keys, parts, self.classes.get(cls, cls) if isinstance(cls, str) else cls)
        raise TypeError(f"not a tree: {tree!r}")

    def of_type(self, type_: Type) -> Any:
        """A value of this type."""
        match type_:
            case Array(dtype, dims):
                shape = tuple(d if isinstance(d, int) else SIZE for d in dims)
                flat = [self.real() if is_float(type_) else k % 2 for k in range(int(np.prod(shape)))]
                return np.array(flat, dtype=dtype).reshape(shape)
            case List(element):
                return [self.of_type(element) for _ in range(SIZE)]
            case Scalar("bool"):
                return True
            case Scalar() if is_float(type_):
                return self.real()
            case Scalar():
                return SIZE
        raise UsageError(f"there is no sample of type {type_}; give one with --at")


def _structured(kind: str, keys: tuple[Any, ...], parts: list[Any], cls: Any) -> Any:
    match kind:
        case "tuple":
            return tuple(parts)
        case "list":
            return parts
        case "dict":
            return dict(zip(keys, parts, strict=True))
        case _ if isinstance(cls, type):
            return cls(**dict(zip(keys, parts, strict=True)))
        case _:
            raise UsageError(f"a sample of the class {cls} cannot be made up")


def fits(value: Any, expected: Argument, differentiated: bool) -> bool:
    """Whether code for arguments of the expected type serves this value."""
    actual = argument_of(value, differentiated)
    general = [_general(t) for t in actual.types]
    return general == [_general(t) for t in expected.types] and _same_shape(actual.tree, expected.tree)


def _general(type_: Type) -> Type:
    """The type without the names of its sizes."""
    if isinstance(type_, Array):
        return Array(type_.dtype, tuple(1 if d == 1 else "n" for d in type_.dims))
    return type_


def _same_shape(a: Tree, b: Tree) -> bool:
    match a, b:
        case Leaf(), Leaf():
            return True
        case Static(v), Static(w):
            return type(v) is type(w) and bool(v == w)
        case Node(), Node():
            return (a.kind, a.keys) == (b.kind, b.keys) and all(map(_same_shape, a.children, b.children))
        case _:
            return False
