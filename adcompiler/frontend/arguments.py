"""What the values of a call tell about types: the structure of every argument and the types of its leaves."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from adcompiler.diagnostics import Span, fail
from adcompiler.ir.nodes import Leaf, Node, Static, Tree
from adcompiler.ir.types import BOOL, FLOAT, INT, Array, List, Scalar, Type

_REAL = ("float16", "float32", "float64")
_INTEGER = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_HEAP_TYPE = 1 << 9
_NOWHERE = Span("<argument>", 1, 1, 1, 2)
_ATOMS = (str, bytes, bool, int, float, complex, type(None))


@dataclass(frozen=True, eq=False)
class Argument:
    """The structure of one argument and the types of its leaves. Equal where the same code serves both."""

    tree: Tree
    types: tuple[Type, ...]

    @cached_property
    def _key(self) -> tuple[Any, ...]:
        return _tree_key(self.tree), self.types

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Argument) and self._key == other._key


def _tree_key(tree: Tree) -> Any:
    match tree:
        case Node(kind, keys, children, cls):
            return kind, keys, cls, tuple(map(_tree_key, children))
        case Static(value):
            if isinstance(value, MethodType):  # made anew by every access
                return MethodType, id(value.__func__), id(value.__self__)
            return type(value), repr(value) if isinstance(value, _ATOMS) else id(value)
        case _:
            return None


def argument_of(value: Any, differentiated: bool, name: str = "a", span: Span | None = None) -> Argument:
    """The argument that a value is.

    Numbers, arrays and lists of plain numbers are leaves; tuples, lists, dicts, named tuples, dataclasses and instances
    of plain classes are nodes; all else is a value known when compiling. Where `differentiated`, integers and
    truth values are taken as real numbers. `name` names the dimensions of arrays and `span` is the place to
    blame. Raises CompileError ADC601 for a differentiated array whose elements are not real numbers.
    """
    types: list[Type] = []
    tree = _Reader(differentiated, span or _NOWHERE, types).tree(value, name, ())
    return Argument(tree, tuple(types))


@dataclass
class _Reader:
    differentiated: bool
    span: Span
    types: list[Type]

    def tree(self, value: Any, name: str, outer: tuple[int, ...]) -> Tree:
        type_ = self._leaf_type(value, name)
        if type_ is not None:
            self.types.append(type_)
            return Leaf()
        if id(value) in outer:
            return Static(value)
        return self._node(value, name, (*outer, id(value)))

    def _leaf_type(self, value: Any, name: str) -> Type | None:
        match value:
            case enum.Enum():
                return None
            case np.generic():
                return self._number(value)
            case bool():
                return FLOAT if self.differentiated else BOOL
            case int():
                return FLOAT if self.differentiated else INT
            case float():
                return FLOAT
            case np.ndarray():
                return self._array(value, name)
            case list():
                return self._plain_list(value)
            case _:
                return None

    def _number(self, value: np.generic) -> Type | None:
        dtype = str(value.dtype)
        if dtype in _INTEGER and self.differentiated:
            return FLOAT
        return Scalar(dtype, weak=False) if dtype in _INTEGER + _REAL else None

    def _array(self, value: np.ndarray[Any, Any], name: str) -> Type | None:
        dtype = str(value.dtype)
        if self.differentiated and dtype not in _REAL:
            hint = f"pass an array of floats: {name.split('.')[0]}.astype(float)"
            raise fail("ADC601", f"an array of {dtype} has no derivative", self.span, hint)
        if dtype not in _INTEGER + _REAL or type(value) not in (np.ndarray, np.memmap):
            return None
        if value.ndim == 0:  # NumPy's arithmetic makes scalars of them
            return Scalar(dtype, weak=False)
        return Array(dtype, tuple(1 if n == 1 else f"{name}_{axis}" for axis, n in enumerate(value.shape)))

    def _plain_list(self, value: list[Any]) -> Type | None:
        kinds = set(map(type, value))
        if not kinds <= {int, float} and not (self.differentiated and kinds <= {int, float, bool}):
            return None
        return List(INT if kinds == {int} and not self.differentiated else FLOAT)

    def _node(self, value: Any, name: str, outer: tuple[int, ...]) -> Tree:
        shape = layout_of(value)
        if shape is None:
            return Static(value)
        kind, keys, parts, cls = shape
        children = tuple(self.tree(v, f"{name}.{k}", outer) for k, v in zip(keys, parts, strict=True))
        return Node(kind, keys, children, cls)


def layout_of(value: Any) -> tuple[str, tuple[Any, ...], tuple[Any, ...], Any] | None:
    """Kind, keys, parts and class of a structured value as in `ir.nodes.Node`; None for any other value."""
    cls = type(value)
    if cls is tuple or cls is list:
        return cls.__name__, tuple(range(len(value))), tuple(value), None
    if cls is dict:
        plain = all(isinstance(k, str | int) for k in value)
        return ("dict", tuple(value), tuple(value.values()), None) if plain else None
    kind, keys = _kind_of(cls)  # type: ignore[arg-type]
    if kind == "namedtuple":
        return kind, keys, tuple(value), cls
    if kind == "dataclass":
        return kind, keys, tuple([getattr(value, k) for k in keys]), cls
    if kind == "object" and hasattr(value, "__dict__"):
        fields = vars(value)
        return kind, tuple(fields), tuple(fields.values()), cls
    return None


@lru_cache(maxsize=1024)
def _kind_of(cls: type) -> tuple[str, tuple[str, ...]]:
    """The kind of the instances of a class ("" where they have no known layout), and their fields if they are fixed."""
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return "namedtuple", tuple(cls._fields)
    if dataclasses.is_dataclass(cls):
        return "dataclass", tuple(f.name for f in dataclasses.fields(cls))
    if issubclass(cls, type | enum.Enum | FunctionType | ModuleType) or cls is object:
        return "", ()
    bases = [c for c in cls.__mro__ if c is not object]
    plain = all(c.__flags__ & _HEAP_TYPE and "__slots__" not in vars(c) for c in bases)
    foreign = hasattr(cls, "__array__") or hasattr(cls, "__adcompiler__")
    return ("object" if plain and not foreign else ""), ()


def bound_leaves(arguments: Mapping[str, Argument]) -> Iterator[tuple[str, int, Type]]:
    """For every leaf of a call, in order: the parameter, the position among all leaves, and the type."""
    types = [(name, type_) for name, argument in arguments.items() for type_ in argument.types]
    for k, (name, type_) in enumerate(types):
        yield name, k, type_


def leaves_of(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The leaves of a value with their names (`p.a`), as `argument_of` finds them."""
    yield from _leaves(name, value, argument_of(value, False, name).tree)


def _leaves(name: str, value: Any, tree: Tree) -> Iterator[tuple[str, Any]]:
    match tree:
        case Leaf():
            yield name, value
        case Node(_, keys, children):
            shape = layout_of(value)
            assert shape is not None
            for key, part, child in zip(keys, shape[2], children, strict=True):
                yield from _leaves(f"{name}.{key}", part, child)


def prepared(value: Any, tree: Tree, differentiated: bool) -> Any:
    """What the generated code gets for a value: arrays without axes as scalars and, where `differentiated`, integers
    and truth values as floats. The same object where nothing changes."""
    match tree:
        case Leaf():
            if isinstance(value, np.ndarray):
                return value if value.ndim else value[()]
            if not differentiated:
                return value
            if isinstance(value, list):
                return value if all(type(v) is float for v in value) else [float(v) for v in value]
            return float(value) if isinstance(value, int | np.integer | np.bool_) else value
        case Node(kind, _, children):
            shape = layout_of(value)
            assert shape is not None
            parts = shape[2]
            new = [prepared(v, c, differentiated) for v, c in zip(parts, children, strict=True)]
            unchanged = all(a is b for a, b in zip(new, parts, strict=True))
            return value if unchanged else rebuilt(kind, shape[1], new, shape[3])
        case _:
            return value


def rebuilt(kind: str, keys: tuple[Any, ...], parts: list[Any], cls: Any) -> Any:
    """A structured value from its kind, keys, parts and class, as `layout_of` takes it apart."""
    match kind:
        case "tuple":
            return tuple(parts)
        case "list":
            return parts
        case "dict":
            return dict(zip(keys, parts, strict=True))
        case "namedtuple":
            return cls(*parts)
        case _:
            made = object.__new__(cls)  # without __init__, which may do anything
            for key, part in zip(keys, parts, strict=True):
                object.__setattr__(made, key, part)
            return made
