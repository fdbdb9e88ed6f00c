"""The types of IR values.

A type says what the emitter and the derivative rules need to know and no more: is it a scalar, an array
(of which element type and shape), a list, a tuple. Types are inferred, never demanded.

Scalars are *weak* when they are Python numbers (they adapt to the dtype that they meet, NEP 50) and strong
when they are NumPy scalars.

A dimension of an array is one of
    1            known to be one: it broadcasts,
    "n"          a name: some size, known not to be one (so it never broadcasts),
    "?k"         unknown, may be one. Equal strings are equal sizes.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

Dim = int | str


class Type:
    """Base of all types."""

    __slots__ = ()


class HasType(Protocol):
    """A variable or a constant."""

    @property
    def type(self) -> Type: ...


@dataclass(frozen=True, slots=True)
class Scalar(Type):
    """One number: `dtype` is bool, int64, float64, float32, ...; `weak` for a Python number."""

    dtype: str
    weak: bool = True

    def __str__(self) -> str:
        return _WEAK_NAMES[self.dtype] if self.weak else _STRONG_NAMES.get(self.dtype, _short(self.dtype))


@dataclass(frozen=True, slots=True)
class Array(Type):
    """A NumPy array with element type `dtype` and one entry of `dims` an axis."""

    dtype: str
    dims: tuple[Dim, ...]

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.dims)

    def __str__(self) -> str:
        return f"{_short(self.dtype)}[{', '.join(map(str, self.dims))}]"


@dataclass(frozen=True, slots=True)
class List(Type):
    """A Python list whose length is known only at run time, all elements of one type."""

    element: Type

    def __str__(self) -> str:
        return f"list[{self.element}]"


@dataclass(frozen=True, slots=True)
class Tuple(Type):
    """A tuple of known length, of any types."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))}{',' if len(self.items) == 1 else ''})"


@dataclass(frozen=True, slots=True)
class Saved(Type):
    """What the forward part of the outlined function `function` keeps for its reverse part."""

    function: str

    def __str__(self) -> str:
        return f"saved[{self.function}]"


@dataclass(frozen=True, slots=True)
class Unknown(Type):
    """Some Python object that we know nothing about (a file, a string, a parsed document)."""

    def __str__(self) -> str:
        return "any"


@dataclass(frozen=True, slots=True)
class Never(Type):
    """The type of a value that does not exist: a name unbound on a path, an element of an empty list."""

    def __str__(self) -> str:
        return "never"


BOOL: Final = Scalar("bool")
INT: Final = Scalar("int64")
FLOAT: Final = Scalar("float64")
ANY: Final = Unknown()
NEVER: Final = Never()

_WEAK_NAMES = {"bool": "bool", "int64": "int", "float64": "float", "complex128": "complex"}
_STRONG_NAMES = {"bool": "bool_"}
_SHORT = {"float": "f", "int": "i", "uint": "u", "complex": "c"}
_counter = itertools.count(1)
_MERGED = "?*"  # a size where control flow merges: whatever comes in, so that a loop's types settle


def _short(dtype: str) -> str:
    stem = dtype.rstrip("0123456789")
    return _SHORT.get(stem, stem) + dtype[len(stem):]


def unknown_dim() -> Dim:
    """A dimension of which nothing is known, different from all others."""
    return f"?{next(_counter)}"


def never_one(dim: Dim) -> bool:
    """Whether the size is known to differ from one."""
    return (isinstance(dim, int) and dim != 1) or (isinstance(dim, str) and not dim.startswith("?"))


def is_float(type_: Type) -> bool:
    """Whether values of the type are real floating-point numbers, or arrays of them."""
    return isinstance(type_, Scalar | Array) and type_.dtype.startswith("float")


def is_integer(type_: Type) -> bool:
    """Whether values of the type are integers or truth values, or arrays of them."""
    return isinstance(type_, Scalar | Array) and not type_.dtype.startswith(("float", "complex", "object"))


def has_derivative(type_: Type) -> bool:
    """Whether a value of the type can carry a derivative: it is or it contains a float."""
    match type_:
        case List(element):
            return has_derivative(element)
        case Tuple(items):
            return any(has_derivative(item) for item in items)
        case Saved():
            return True
        case _:
            return is_float(type_)


def rank(type_: Type) -> int:
    """The number of axes; 0 for a scalar."""
    return len(type_.dims) if isinstance(type_, Array) else 0


def dims(type_: Type) -> tuple[Dim, ...]:
    """The dimensions; () for a scalar."""
    return type_.dims if isinstance(type_, Array) else ()


_ORDER = ["bool", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128"]


def promote(*types: Scalar | Array) -> tuple[str, bool]:
    """The dtype and the weakness of an arithmetic result, by NumPy's promotion rules (NEP 50)."""
    strong = [t.dtype for t in types if isinstance(t, Array) or not t.weak]
    weak = [t.dtype for t in types if isinstance(t, Scalar) and t.weak]
    if not strong:
        return max(weak, key=_rank_of), True
    dtype = _promote_strong(strong)
    for kind in weak:
        if kind == "float64" and not dtype.startswith(("float", "complex")):
            dtype = "float64"
        elif kind == "int64" and dtype == "bool":
            dtype = "int64"
    return dtype, False


def _rank_of(dtype: str) -> int:
    return _ORDER.index(dtype) if dtype in _ORDER else len(_ORDER)


def _promote_strong(dtypes: list[str]) -> str:
    top = max(dtypes, key=_rank_of)
    if top in ("float16", "float32") and any(d in ("int32", "int64", "uint32", "uint64") for d in dtypes):
        return "float64"
    return top


def broadcast_dim(a: Dim, b: Dim) -> Dim:
    """The size of an axis after broadcasting `a` against `b`."""
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if never_one(a):
        return a
    if never_one(b):
        return b
    return unknown_dim()


def broadcast_dims(a: tuple[Dim, ...], b: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """The shape after broadcasting, axes aligned at the right."""
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    return tuple(broadcast_dim(p, q) for p, q in zip(a, b, strict=True))


def join(a: Type, b: Type) -> Type | None:
    """The smallest type that holds the values of both, where control flow merges; None if there is none."""
    if a == b or isinstance(b, Never):
        return a
    if isinstance(a, Never):
        return b
    match a, b:
        case (Unknown(), other) | (other, Unknown()):
            return None if has_derivative(other) else ANY
        case Scalar(), Scalar():
            return _join_scalars(a, b)
        case Array(), Array() if a.rank == b.rank and a.dtype == b.dtype:
            return Array(a.dtype, tuple(_join_dim(p, q) for p, q in zip(a.dims, b.dims, strict=True)))
        case List(), List():
            element = join(a.element, b.element)
            return None if element is None else List(element)
        case Tuple(), Tuple() if len(a.items) == len(b.items):
            items = [join(p, q) for p, q in zip(a.items, b.items, strict=True)]
            return None if None in items else Tuple(tuple(i for i in items if i is not None))
        case _:
            return None


def _join_scalars(a: Scalar, b: Scalar) -> Scalar:
    dtype = max(a.dtype, b.dtype, key=_rank_of)
    kinds_match = a.dtype == b.dtype
    weak = (a.weak and b.weak) if kinds_match else (a if a.dtype == dtype else b).weak
    return Scalar(dtype, weak)


def _join_dim(a: Dim, b: Dim) -> Dim:
    return a if a == b or varies(a) else _merged_dim()


def _merged_dim() -> Dim:
    return f"{_MERGED}{next(_counter)}"


def varies(dim: Dim) -> bool:
    """Whether a size may be another in the next iteration of a loop."""
    return isinstance(dim, str) and _MERGED in dim


def varying(type_: Type, fixed: Collection[Dim]) -> Type:
    """The type of a value that every iteration makes anew: only the sizes in `fixed` stay the same."""
    match type_:
        case Array(dtype, shape):
            return Array(dtype, tuple(d if isinstance(d, int) or d in fixed or varies(d) else _merged_dim() for d in shape))
        case List(element):
            return List(varying(element, fixed))
        case Tuple(items):
            return Tuple(tuple(varying(t, fixed) for t in items))
        case _:
            return type_


def of_other_sizes(type_: Type) -> Type:
    """The type with sizes of which nothing is known, those of ones and of literal sizes apart."""
    match type_:
        case Array(dtype, shape):
            return Array(dtype, tuple(d if isinstance(d, int) or d.startswith("=") else unknown_dim() for d in shape))
        case List(element):
            return List(of_other_sizes(element))
        case Tuple(items):
            return Tuple(tuple(map(of_other_sizes, items)))
        case _:
            return type_


def sizes_of(params: Iterable[HasType], args: Iterable[HasType]) -> dict[Dim, Dim]:
    """What the sizes in the types of a function's parameters are for these arguments."""
    sizes: dict[Dim, Dim] = {}
    for p, a in zip(params, args, strict=False):
        if isinstance(p.type, Array) and isinstance(a.type, Array) and p.type.rank == a.type.rank:
            sizes.update((d, e) for d, e in zip(p.type.dims, a.type.dims, strict=True) if isinstance(d, str))
    return sizes


def resized(type_: Type, sizes: Mapping[Dim, Dim]) -> Type:
    """The type with some sizes replaced."""
    match type_:
        case Array(dtype, shape):
            return Array(dtype, tuple(sizes.get(d, d) for d in shape))
        case List(element):
            return List(resized(element, sizes))
        case Tuple(items):
            return Tuple(tuple(resized(t, sizes) for t in items))
        case _:
            return type_


def dims_within(type_: Type) -> Iterator[Dim]:
    """The sizes of the arrays in a value of the type."""
    match type_:
        case Array(_, shape):
            yield from shape
        case List(element):
            yield from dims_within(element)
        case Tuple(items):
            for item in items:
                yield from dims_within(item)


def type_of_dtype(dtype: str) -> Scalar:
    """The type of an element of an array: a NumPy scalar."""
    return Scalar(dtype, weak=False)
