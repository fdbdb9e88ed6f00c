"""The table of batching rules, and what they are written with.

A value of the program for one example becomes, in the program for many, either the same value (nothing in it depends on
the example) or an array with one more axis in front: the examples. A rule gets the operands so and emits array code.

Source of the method: Frostig, Johnson and Leary, "Compiling machine learning programs via high-level tracing" (2018), `vmap`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adcompiler.ir.build import UNDEF, Builder, const
from adcompiler.ir.nodes import Atom, Bind, Const, For, Prim, Var
from adcompiler.ir.types import INT, NEVER, Array, Dim, List, Scalar, Tuple, Type, dims, promote, rank


@dataclass(frozen=True, slots=True)
class Value:
    """A value in the new program, its type for one example, and whether it has an axis of examples."""

    atom: Atom
    type: Type
    batched: bool

    @property
    def rank(self) -> int:
        """The number of axes for one example."""
        return rank(self.type)

    @property
    def dtype(self) -> str:
        """The element type."""
        return self.type.dtype if isinstance(self.type, Array | Scalar) else "object"


def common_dtype(values: Sequence[Value]) -> str | None:
    """The element type of values that are joined: Python's numbers adapt to the others."""
    types = [v.atom.type for v in values if v.atom != UNDEF]
    found = [t for t in types if isinstance(t, Scalar | Array)]
    return promote(*found)[0] if found and len(found) == len(types) else None


class NoRule(Exception):
    """There is no array code for these operands; the text says why. `loop`: a loop over the examples will do."""

    def __init__(self, why: str, loop: bool = False) -> None:
        super().__init__(why)
        self.loop = loop


Rule = Callable[["Batch", Prim, Sequence[Value], Sequence[Type]], "Sequence[Atom | Value]"]
"""Emits a primitive for all examples. It gives atoms with the axis of examples, or `Value`s where that is not so."""
BATCHED: dict[str, Rule] = {}


def batched(names: str) -> Callable[[Rule], Rule]:
    """Make the decorated function the rule of these primitives."""
    def enter(rule: Rule) -> Rule:
        BATCHED.update(dict.fromkeys(names.split(), rule))
        return rule
    return enter


def batched_type(type_: Type, dim: Dim, dtype: str | None = None) -> Type:
    """The type of the values of all examples; `dtype`: that of the elements where it is another than the type says."""
    match type_:
        case Scalar() | Array() if dtype is not None:
            return Array(dtype, (dim, *dims(type_)))
        case Scalar(dtype):
            return Array(dtype, (dim,))
        case Array(dtype, shape):
            return Array(dtype, (dim, *shape))
        case List(element):
            return List(batched_type(element, dim))
        case Tuple(items):
            return Tuple(tuple(batched_type(t, dim) for t in items))
        case _ if type_ == NEVER:
            return type_
    raise NoRule("a value that is no number, array, list or tuple of them depends on the example")


@dataclass
class Batch:
    """Where rules emit. `count` is the number of examples, `dim` its name as a size.

    `mask` says which examples take the branch or make the iteration that is emitted (None: all). `made` remembers what
    made a value of the new program.
    """

    builder: Builder
    count: Atom
    dim: Dim
    mask: Atom | None = None
    made: dict[Var, Prim] = field(default_factory=dict)

    def prim(self, name: str, *args: Atom, **params: Any) -> Var:
        """Bind the result of a primitive."""
        return self.builder.prim(name, *args, **params)

    def lifted(self, value: Value, to: int) -> Atom:
        """The atom with axes of one element between that of the examples and its own, so that it has `to` of its own.

        What is the same for all examples stays as it is: it is broadcast from the right.
        """
        missing = to - value.rank
        if not value.batched or missing <= 0:
            return value.atom
        if missing == 1:
            return self.prim("numpy.expand_dims", value.atom, axis=1)
        return self.prim("load", value.atom, index=("s000",) + ("n",) * missing)

    def full(self, value: Value) -> Atom:
        """The value with an axis of examples, also where it is the same for all of them."""
        if value.batched or value.atom == UNDEF:
            return value.atom
        match value.type:
            case Scalar():
                return self._filled(value.atom, value.type)
            case Array():
                return self._repeated(value.atom, value.type)
            case List(element):
                return self._list(value.atom, element)
        raise NoRule("a value that is no number, array or list of them depends on the example")

    def full_of(self, value: Value, dtype: str | None) -> Atom:
        """As `full`, with elements of this type."""
        if dtype is None or value.atom == UNDEF or not isinstance(value.atom.type, Scalar | Array):
            return self.full(value)
        atom = value.atom
        if not value.batched and isinstance(atom, Const) and isinstance(atom.value, int | float) and value.dtype != dtype:
            plain = float(atom.value) if dtype.startswith("float") else int(atom.value)
            value = Value(const(plain), const(plain).type, False)
        whole = self.full(value)
        if isinstance(whole.type, Array) and whole.type.dtype != dtype:
            if isinstance(whole, Var) and not value.batched and isinstance(value.atom, Const):
                return self.prim("numpy.full", self.count, value.atom, dtype=dtype)
            return self.prim("numpy.astype", whole, dtype=dtype)
        return whole

    def _filled(self, atom: Atom, type_: Scalar) -> Atom:
        if isinstance(atom, Const) and atom.value == 0 and type_.dtype in ("float64", "int64"):
            return self.prim("numpy.zeros", self.count, **({} if type_.dtype == "float64" else {"dtype": type_.dtype}))
        return self.prim("numpy.full", self.count, atom)

    def _repeated(self, atom: Atom, type_: Array) -> Atom:
        made = self.made.get(atom) if isinstance(atom, Var) else None
        if made is not None and made.name in ("numpy.zeros", "numpy.ones", "numpy.empty", "numpy.full"):
            return self._typed(self.prim(made.name, self.count, *made.args, **dict(made.params)), type_)
        if made is not None and made.name == "numpy.zeros_like":
            return self._typed(self.prim("numpy.zeros", self.count, *self.shape(atom), dtype=type_.dtype), type_)
        return self._typed(self.prim("numpy.broadcast_to", atom, self.count, *self.shape(atom)), type_)

    def _typed(self, var: Var, type_: Array) -> Var:
        var.type = Array(type_.dtype, (self.dim, *type_.dims))
        return var

    def _list(self, atom: Atom, element: Type) -> Atom:
        """The list of the elements with an axis of examples."""
        made = self.made.get(atom) if isinstance(atom, Var) else None
        if made is not None and made.name == "list":
            return self.prim("list", *[self.full(Value(a, a.type, False)) for a in made.args])
        type_ = List(batched_type(element, self.dim))
        start = Var("", type_)
        self.builder.binds.append(Bind((start,), Prim("list", ())))
        k, so_far, inner = Var("k", INT), Var("", type_), self.builder.child()
        outer, self.builder = self.builder, inner
        item = self.full(Value(self.prim("load", atom, k, index=("i",)), element, False))
        longer = self.prim("append", so_far, item)
        self.builder = outer
        stop = self.prim("len", atom)
        target = Var("", type_)
        self.builder.binds.append(Bind((target,), For(const(0), stop, const(1), (start,), inner.block([k, so_far], [longer]))))
        return target

    def shape(self, atom: Atom) -> list[Atom]:
        """The sizes of the axes of an array."""
        return [self.prim("shape", atom, axis=k) for k in range(rank(atom.type))]

    def sizes(self, value: Value) -> list[Atom]:
        """The sizes of the axes of a value for one example."""
        return self.shape(value.atom)[1:] if value.batched else self.shape(value.atom)

    def elements(self, value: Value) -> Atom:
        """How many elements a value has for one example."""
        total: Atom = const(1)
        for k, size in enumerate(self.sizes(value)):
            total = size if k == 0 else self.prim("mul", total, size)
        return total

    def flat(self, value: Value) -> Atom:
        """A batched value with all axes but that of the examples as one."""
        if value.rank == 1:
            return value.atom
        if value.rank == 0:
            return self.prim("numpy.expand_dims", value.atom, axis=1)
        return self.prim("numpy.reshape", value.atom, self.count, self.elements(value))

    def positions(self, axes: int = 0) -> Atom:
        """The numbers of the examples, with more axes of one element behind."""
        found = self.prim("numpy.arange", self.count)
        found.type = Array("int64", (self.dim,))
        return self.lifted(Value(found, INT, True), axes)

    def moved(self, atom: Atom, order: Sequence[int]) -> Atom:
        """The array with its axes in this order."""
        if list(order) == list(range(len(order))):
            return atom
        changed = [k for k, axis in enumerate(order) if k != axis]
        if len(changed) == 2:
            return self.prim("numpy.swapaxes", atom, axis1=changed[0], axis2=changed[1])
        return self.prim("numpy.transpose", atom, axes=tuple(order))

    def guarded(self, value: Value) -> Value:
        """A batched index: 0 for the examples that do not take this branch, whose index may be out of bounds."""
        if self.mask is None or not value.batched:
            return value
        mask = self.lifted(Value(self.mask, Scalar("bool"), True), value.rank)
        return Value(self.prim("numpy.where", mask, value.atom, const(0)), value.type, True)


def axis_after(axis: int | None, of: int) -> int:
    """The axis of an array of examples that is the axis `axis` of each; counted from the end it stays what it is."""
    if axis is None:
        raise NoRule("all axes at once")
    return axis + 1 if axis >= 0 else axis


def with_params(op: Prim, **changed: object) -> dict[str, object]:
    """The static parameters of an operation with some of them changed."""
    return {**dict(op.params), **changed}




__all__ = ["BATCHED", "Batch", "NoRule", "Rule", "Value", "axis_after", "batched", "batched_type", "common_dtype", "with_params"]
