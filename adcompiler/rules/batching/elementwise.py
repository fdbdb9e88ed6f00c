"""Elementwise functions: the ranks of their operands are aligned, and broadcasting does the rest.

Functions of `math` become those of NumPy. Where the former raise (a logarithm of -1, a division of Python's numbers by zero, an
overflow), the latter give NaN or infinity, as for all of NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const, Prim
from adcompiler.ir.ops import OPS, double_type
from adcompiler.ir.types import BOOL, FLOAT, Array, List, Scalar, Type, promote
from adcompiler.rules.batching.table import Batch, NoRule, Value, batched

_NUMPY = {
    "math.sqrt": "numpy.sqrt", "math.exp": "numpy.exp", "math.log": "numpy.log", "math.sin": "numpy.sin", "math.cos": "numpy.cos",
    "math.tan": "numpy.tan", "math.asin": "numpy.arcsin", "math.acos": "numpy.arccos", "math.atan": "numpy.arctan",
    "math.atan2": "numpy.arctan2", "math.sinh": "numpy.sinh", "math.cosh": "numpy.cosh", "math.tanh": "numpy.tanh",
    "math.asinh": "numpy.arcsinh", "math.acosh": "numpy.arccosh", "math.atanh": "numpy.arctanh", "math.expm1": "numpy.expm1",
    "math.log1p": "numpy.log1p", "math.log2": "numpy.log2", "math.log10": "numpy.log10", "math.exp2": "numpy.exp2",
    "math.cbrt": "numpy.cbrt", "math.pow": "pow", "math.fabs": "numpy.fabs", "math.degrees": "numpy.degrees",
    "math.radians": "numpy.radians", "math.copysign": "numpy.copysign", "math.fmod": "numpy.fmod", "math.hypot": "numpy.hypot",
    "math.isnan": "numpy.isnan", "math.isinf": "numpy.isinf", "math.isfinite": "numpy.isfinite",
    "math.nextafter": "numpy.nextafter", "math.erf": "scipy.special.erf", "math.erfc": "scipy.special.erfc",
    "math.gamma": "scipy.special.gamma", "math.lgamma": "scipy.special.gammaln", "math.ldexp": "numpy.ldexp",
    "math.modf": "numpy.modf", "math.frexp": "numpy.frexp",
}
_ROUNDED = {"math.floor": "numpy.floor", "math.ceil": "numpy.ceil", "math.trunc": "numpy.trunc"}
_NARROWER = frozenset([("float64", "float32"), ("float64", "float16"), ("float32", "float16")])
"""Pairs of a type and one that a value of it may have: a sum that begins with Python's 0.0."""
_ARITHMETIC = frozenset("add sub mul truediv floordiv mod pow neg pos abs".split())


def elementwise(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    """Any function that works element by element."""
    if any(isinstance(a.type, List) for a in args):
        return _joined(batch, args)
    if any(not isinstance(a.type, Scalar | Array) for a in args):
        raise NoRule("an operand is no number or array")
    rank = max(a.rank for a in args)
    atoms = [batch.lifted(a, rank) for a in _like_one(batch, op, args, types[0])]
    params: dict[str, Any] = {k: v for k, v in op.params if k != "keep"}
    if OPS[op.name].several:
        return list(batch.builder.prims(op.name, *atoms, **params))
    return [batch.prim(op.name, *atoms, **params)]


def _joined(batch: Batch, args: Sequence[Value]) -> list[Atom]:
    """Two lists, one after the other."""
    return [batch.prim("add", *map(batch.full, args))]


def _like_one(batch: Batch, op: Prim, args: Sequence[Value], target: Type) -> list[Value]:
    """The operands such that the result has the dtype that it has for one example.

    Python's numbers adapt to the dtype that they meet, but an array of them does not.
    """
    if OPS[op.name].type_rule is double_type:
        return list(args)
    wanted, _ = promote(*(_numeric(a.type) for a in args))
    got, _ = promote(*(_numeric(a.atom.type) for a in args))
    if op.name in _ARITHMETIC and isinstance(target, Scalar | Array) and op.name != "truediv":
        if wanted == "bool" and target.dtype == "int64":  # True + True is 2 in Python
            wanted, got = "int64", "bool"
        elif op.name == "pow" and wanted == "int64":
            if target.dtype == "float64":
                wanted, got = "float64", "int64"
            elif isinstance(target, Scalar) and target.weak and not _is_natural(args[1].atom):
                raise NoRule("a power of integers whose exponent may be negative", loop=True)
    if wanted == got or (wanted, got) in _NARROWER:
        return list(args)
    return [_cast(batch, a, wanted) if a.batched and isinstance(a.type, Scalar) and a.type.weak else a for a in args]


def _numeric(type_: Type) -> Scalar | Array:
    assert isinstance(type_, Scalar | Array)
    return type_


def _is_natural(atom: Atom) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, int) and atom.value >= 0


def _cast(batch: Batch, value: Value, dtype: str) -> Value:
    if value.dtype == dtype:
        return value
    return Value(batch.prim("numpy.astype", value.atom, dtype=dtype), Scalar(dtype, weak=False) if value.rank == 0
                 else Array(dtype, value.type.dims if isinstance(value.type, Array) else ()), True)


def aligned(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    """Functions with broadcasting that are not in the class of elementwise ones: `where`, `choose`, `round`."""
    rank = max(a.rank for a in args)
    first, *rest = args
    chosen = _like_one(batch, Prim("add", ()), rest, types[0]) if op.name == "numpy.where" else rest
    return [batch.prim(op.name, *[batch.lifted(a, rank) for a in (first, *chosen)], **dict(op.params))]


for _name in ("numpy.where", "numpy.choose", "numpy.round", "numpy.around"):
    batched(_name)(aligned)
for _name in ("numpy.modf", "numpy.frexp"):
    batched(_name)(elementwise)


@batched("select")
def _select(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    cond, a, b = args
    if not cond.batched:
        if isinstance(types[0], List):
            return [batch.prim("select", cond.atom, batch.full(a), batch.full(b))]
        rank = max(a.rank, b.rank)
        return [batch.prim("select", cond.atom, *[batch.lifted(Value(batch.full(v), v.type, True), rank) for v in (a, b)])]
    return [chosen(batch, truth(batch, cond), a, b, types[0])]


def chosen(batch: Batch, mask: Atom, a: Value, b: Value, target: Type) -> Atom:
    """`a` for the examples of the mask, `b` for the others."""
    if not (isinstance(a.type, Scalar | Array) and isinstance(b.type, Scalar | Array)):
        raise NoRule("a choice between things that are no numbers or arrays depends on the example")
    if a.type == b.type == BOOL and (made := _bits(batch, mask, a, b)) is not None:
        return made
    rank = max(a.rank, b.rank)
    first, second = _like_one(batch, Prim("add", ()), (a, b), target)
    test = batch.lifted(Value(mask, BOOL, True), rank)
    return batch.prim("numpy.where", test, batch.lifted(first, rank), batch.lifted(second, rank))


def _bits(batch: Batch, mask: Atom, a: Value, b: Value) -> Atom | None:
    """A choice between truth values of which one is known."""
    known = [v.atom.value if isinstance(v.atom, Const) else None for v in (a, b)]
    match known:
        case [True, False]:
            return mask
        case [False, True]:
            return batch.prim("invert", mask)
        case [None, False] if a.batched:
            return batch.prim("bitand", mask, a.atom)
        case [True, None] if b.batched:
            return batch.prim("bitor", mask, b.atom)
    return None


def truth(batch: Batch, value: Value) -> Atom:
    """The truth of a number."""
    if value.dtype == "bool":
        return value.atom
    if not isinstance(value.type, Scalar):
        raise NoRule("the truth of something that is no number depends on the example")
    return batch.prim("ne", value.atom, const(0))


@batched("and or")
def _logic(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    name = "bitand" if op.name == "and" else "bitor"
    total: Atom | None = None
    for value in args:
        side = truth(batch, value) if value.batched or value.dtype == "bool" else batch.prim("bool", value.atom)
        total = side if total is None else batch.prim(name, total, side)
    assert total is not None
    return [total]


@batched("not")
def _not(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.prim("invert", truth(batch, args[0]))]


@batched("bool")
def _bool(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [truth(batch, _number(args[0]))]


def _number(value: Value) -> Value:
    """A number, where one of an array of one element is taken."""
    if not isinstance(value.type, Scalar):
        raise NoRule("a conversion of something that is no number", loop=True)
    return value


@batched("float")
def _float(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [_cast(batch, _number(args[0]), "float64").atom]


@batched("int")
def _int(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    if len(args) > 1:
        raise NoRule("a conversion with a base")
    return [_cast(batch, _number(args[0]), "int64").atom]


@batched("round")
def _round(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    if len(args) > 1:
        raise NoRule("Python rounds to digits otherwise than NumPy", loop=True)
    whole = batch.prim("numpy.round", _number(args[0]).atom)
    return [batch.prim("numpy.astype", whole, dtype="int64")]


@batched("abs")
def _abs(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.prim("numpy.abs", args[0].atom)]


@batched("min max")
def _extremum(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    """`min(a, b)`; NaN in either operand gives NaN."""
    if len(args) == 1:
        raise NoRule("the extreme element of a list", loop=False)
    name = f"numpy.{op.name}imum"
    total = args[0]
    for value in args[1:]:
        pair = _like_one(batch, Prim(name, ()), (total, value), types[0])
        atom = batch.prim(name, *[v.atom for v in pair])
        total = Value(atom, types[0], total.batched or value.batched)
    return [total.atom]


# --- the functions of `math` ----------------------------------------------------------------------------------


def _in_double(batch: Batch, args: Sequence[Value], integers: bool) -> list[Atom]:
    """The operands in double precision; integers of 64 bits become so by themselves but where `integers`."""
    enough = ("float64",) if integers else ("float64", "int64")
    return [_cast(batch, _number(a), "float64").atom if a.batched and a.dtype not in enough else a.atom for a in args]


def _mathematical(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    if op.name == "math.hypot" and len(args) != 2:
        raise NoRule("a norm of more than two numbers", loop=True)
    name = _NUMPY[op.name]
    if op.name == "math.ldexp":
        return [batch.prim(name, *_in_double(batch, args[:1], False), args[1].atom)]
    atoms = _in_double(batch, args, op.name in ("math.pow", "math.fmod", "math.fabs", "math.nextafter"))
    if OPS[op.name].several:
        return list(batch.builder.prims(name, *atoms))
    return [batch.prim(name, *[_double(a) for a in atoms])]


def _double(atom: Atom) -> Atom:
    """A Python integer among the operands counts as a float."""
    if isinstance(atom, Const) and type(atom.value) is int:
        return Const(float(atom.value), FLOAT)
    return atom


for _name in _NUMPY:
    batched(_name)(_mathematical)


@batched(" ".join(_ROUNDED))
def _rounded(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    (value,) = args
    if value.dtype.startswith(("int", "bool")):
        return [_cast(batch, _number(value), "int64").atom]
    return [batch.prim("numpy.astype", batch.prim(_ROUNDED[op.name], _number(value).atom), dtype="int64")]


@batched("copy stop_gradient")
def _same(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    return [batch.prim(op.name, args[0].atom)]


@batched("numpy.astype numpy.asarray")
def _astype(batch: Batch, op: Prim, args: Sequence[Value], types: Sequence[Type]) -> list[Atom]:
    if isinstance(args[0].type, List):
        from adcompiler.rules.batching.containers import array_of_list

        return [array_of_list(batch, args[0], op.param("dtype"))]
    if op.name == "numpy.asarray" and op.param("dtype") in (None, args[0].dtype):
        return [args[0].atom]
    return [batch.prim("numpy.astype", args[0].atom, dtype=op.param("dtype"))]




__all__ = ["aligned", "chosen", "elementwise", "truth"]
