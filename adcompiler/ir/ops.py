"""The primitives: for each its name, the type of its result, whether it has effects and what it costs.

Derivatives live in `adcompiler.rules`, Python spelling in `adcompiler.backend`, meaning in
`adcompiler.ir.evaluate`. Names with a dot are calls of that function (`math.sin`, `numpy.sum`); the others are
operators and the few primitives listed here:

    add sub mul truediv floordiv mod pow matmul neg pos      arithmetic, broadcasting
        (a division with keep=True may raise, and stays even when its result is not read)
    lt le gt ge eq ne not and or xor is in                   predicates ("and", "or": both sides are evaluated)
    select(c, a, b)                                          `a if c else b` on scalars, both sides evaluated
    float int bool abs round min max                         the builtins, on scalars (min/max of two or more)
    len(x)  shape(x, axis=k)  size(x)                        sizes
    load(x, *i, index=p)                                     `x[...]`; see `Index patterns`
    store(x, v, *i, index=p)  accumulate(x, v, *i, index=p)  x with `x[...] = v`, `x[...] += v` done
                                                             (with arrays of positions, those that occur twice add up)
                                                             (unique=True on these three: no position occurs twice)
    list(*items)  append(l, v)  pop(l) -> (l, v)             lists; concat is add; repeat(l, n) is `l * n`
    tuple(*items)  item(t, k=0)                              tuples
    copy(x)                                                  the same value in memory of its own
    spread(v, like)  unbroadcast(v, like)                    v broadcast to, or summed back to, the shape of `like`
    save(*items, function=f)  saved_item(s, k=0, type=t)     what the forward part of an outlined function keeps
    stop_gradient(x)                                         x, as a constant
    einsum_view(x, subscripts=s)                             einsum of one operand without sums, which is a view
    cholesky_solve(L, b, K, by=f)                            f(L.T, f(L, b)), with the derivative of the solution of K x = b
    assert(c[, message])  raise(e)                           statements; `raise` does not come back

Index patterns: one entry an index, "i" (an integer operand), "a" (an array or mask operand), "n" (newaxis),
"e" (ellipsis), or "s" followed by three of "01", saying which of start, stop, step are operands: "s010" is
`x[:stop]`. Operands stand in order of appearance. "|" between entries starts another pair of brackets: ("s100", "|", "i")
is `x[start:][i]`, and a write to it is a write to x (so only the last pair may hold an "a").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.ir.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    Array,
    Dim,
    List,
    Never,
    Scalar,
    Tuple,
    Type,
    Unknown,
    broadcast_dims,
    dims,
    join,
    promote,
    unknown_dim,
)

Params = Mapping[str, Any]
TypeRule = Callable[[Sequence[Atom], Params], Type]


class IrTypeError(TypeError):
    """The operands do not fit the primitive; the text says why (the front end adds the place)."""


@dataclass(frozen=True, slots=True)
class OpInfo:
    """What the compiler knows of a primitive.

    `cost`: time in CPython relative to an addition of two floats, to weigh recomputing against saving.
    `effect`: it may not be dropped, moved or repeated.
    `signature`: how a Python call maps to operands and static parameters, "operands; params" in positional order:
    "a; axis dtype keepdims" is `sum(a, axis=..., ...)`; "*shape; dtype" takes the integers of a tuple (or of the
    remaining arguments) as operands, "*items; axis" the arrays of a sequence. Empty: operands only.
    `memory`: of an array that it gives: "new", always memory of its own; "view", that of an operand or its own;
    "any", nobody knows, or it must not be written (the least that is assumed); "matrix", that of a matrix is new where the
    operand is a vector, else "any". Elementwise functions always give new memory.
    `boxes`: where its result is typed as a number, NumPy gives an array without axes, which could be changed in place. The
    interpreter and generated code take the number out of it.
    `several`: the results are several, each with a target of its own; the type rule gives the tuple of their types.
    """

    name: str
    type_rule: TypeRule
    cost: float = 1.0
    effect: bool = False
    signature: str = ""
    memory: str = "any"
    several: bool = False
    boxes: bool = False

    @property
    def elementwise(self) -> bool:
        """Whether it works element by element, with broadcasting."""
        return self.type_rule in _ELEMENTWISE

    @property
    def makes_memory(self) -> bool:
        """Whether an array that it gives is always new memory."""
        return self.memory == "new" or self.type_rule in _ELEMENTWISE

    def makes_memory_of(self, args: Sequence[Atom]) -> bool:
        """Whether an array that it gives of these operands is always new memory."""
        return self.makes_memory or (self.memory == "matrix" and len(dims(args[0].type)) == 1)


OPS: dict[str, OpInfo] = {}


def define(names: str, rule: TypeRule, cost: float = 1.0, effect: bool = False, signature: str = "",
           memory: str = "any", several: bool = False, boxes: bool = False) -> None:
    """Add primitives (names separated by blanks) to the table."""
    for name in names.split():
        OPS[name] = OpInfo(name, rule, cost, effect, signature, memory, several, boxes)


def result_type(name: str, args: Sequence[Atom], params: Params) -> Type:
    """The type of `name(*args, **params)`; raises IrTypeError when they do not fit."""
    if name not in OPS:
        raise IrTypeError(f"there is no primitive {name!r}")
    return OPS[name].type_rule(args, params)


# --- type rules -------------------------------------------------------------------------------------------


def make(dtype: str, shape: tuple[Dim, ...], weak: bool = False) -> Type:
    """An array type, or the scalar type when there are no axes."""
    return Array(dtype, shape) if shape else Scalar(dtype, weak)


def result_types(name: str, args: Sequence[Atom], params: Params) -> tuple[Type, ...]:
    """The types of all results of `name(*args, **params)`: one, but for the primitives with several."""
    found = result_type(name, args, params)
    return found.items if OPS[name].several and isinstance(found, Tuple) else (found,)


def is_unknown(args: Sequence[Atom]) -> bool:
    return any(isinstance(a.type, Unknown) for a in args)


def numbers(args: Sequence[Atom]) -> list[Scalar | Array]:
    out: list[Scalar | Array] = []
    for a in args:
        if isinstance(a.type, Never):
            continue
        if not isinstance(a.type, Scalar | Array):
            raise IrTypeError(f"a number or an array is needed here, not {describe(a.type)}")
        out.append(a.type)
    return out


def describe(type_: Type) -> str:
    """A type in words, for messages."""
    match type_:
        case List():
            return "a list"
        case Tuple():
            return "a tuple"
        case Array():
            return f"an array of {type_.dtype} with {type_.rank} axes"
        case Scalar():
            return f"a {type_.dtype.rstrip('0123456789')}"
        case Never():
            return "an unbound name"
        case _:
            return "an object of unknown type"


def _all_dims(types: Sequence[Scalar | Array]) -> tuple[Dim, ...]:
    shape: tuple[Dim, ...] = ()
    for t in types:
        shape = broadcast_dims(shape, dims(t))
    return shape


def elementwise(args: Sequence[Atom], dtype: str | None = None, floating: bool = False, strong: bool = False) -> Type:
    """The type of an elementwise function: dims broadcast, dtypes promoted (to a float where `floating`)."""
    if is_unknown(args):
        return ANY
    types = numbers(args)
    if not types:
        return NEVER
    kind, weak = promote(*types)
    if floating and not kind.startswith(("float", "complex")):
        kind = "float64"
    return make(dtype or kind, _all_dims(types), weak and not strong)


def _arithmetic(args: Sequence[Atom], params: Params) -> Type:
    result = elementwise(args)
    if isinstance(result, Scalar) and result.dtype == "bool" and result.weak:
        return INT
    return result


def _bits(args: Sequence[Atom], params: Params) -> Type:
    """Of truth values a truth value, also of Python's."""
    return elementwise(args)


def _add(args: Sequence[Atom], params: Params) -> Type:
    a, b = args[0].type, args[1].type
    if isinstance(a, List) and isinstance(b, List):
        joined = join(a, b)
        if joined is None:
            raise IrTypeError(f"cannot join a {a} and a {b}")
        return joined
    return _arithmetic(args, params)


def _divide(args: Sequence[Atom], params: Params) -> Type:
    return elementwise(args, floating=True)


def _power(args: Sequence[Atom], params: Params) -> Type:
    result = _arithmetic(args, params)
    exponent = args[1]
    negative = isinstance(exponent, Const) and isinstance(exponent.value, int | float) and exponent.value < 0
    if isinstance(result, Scalar) and result.weak and result.dtype == "int64" and negative:
        return FLOAT
    return result


def _predicate(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args) or not all(isinstance(a.type, Scalar | Array) for a in args):
        return ANY if any(isinstance(a.type, Unknown) for a in args) else BOOL
    return elementwise(args, dtype="bool")


def _truth(args: Sequence[Atom], params: Params) -> Type:
    return BOOL


def _select(args: Sequence[Atom], params: Params) -> Type:
    joined = join(args[1].type, args[2].type)
    if joined is None:
        raise IrTypeError(f"the two sides are {describe(args[1].type)} and {describe(args[2].type)}")
    return joined


def matmul_type(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = numbers(args)
    if not (isinstance(a, Array) and isinstance(b, Array)):
        raise IrTypeError("`@` needs arrays on both sides, not a number")
    dtype, _ = promote(a, b)
    shape = broadcast_dims(a.dims[:-2], b.dims[:-2]) if a.rank > 1 and b.rank > 1 else (a.dims[:-2] or b.dims[:-2])
    return make(dtype, shape + a.dims[-2:-1] + (b.dims[-1:] if b.rank > 1 else ()))


def dot_type(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = numbers(args)
    if not (isinstance(a, Array) and isinstance(b, Array)):
        return elementwise(args, strong=True)
    dtype, _ = promote(a, b)
    return make(dtype, a.dims[:-1] + (b.dims[:-2] + b.dims[-1:] if b.rank > 1 else ()))


def outer_type(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    a, b = numbers(args)
    dtype, _ = promote(a, b)

    def flat(t: Scalar | Array) -> Dim:
        return 1 if not dims(t) else (dims(t)[0] if len(dims(t)) == 1 else unknown_dim())

    return Array(dtype, (flat(a), flat(b)))


def reduced_axes(rank: int, axis: Any) -> tuple[int, ...]:
    """The axes that `axis` (None, an integer or a tuple) names, each from 0 to rank - 1."""
    if axis is None:
        return tuple(range(rank))
    axes = axis if isinstance(axis, tuple) else (axis,)
    for k in axes:
        if not -rank <= k < rank:
            raise IrTypeError(f"axis {k} is out of bounds for an array with {rank} axes")
    return tuple(k % rank for k in axes)


def reduction(args: Sequence[Atom], params: Params, dtype: str | None = None, floating: bool = False) -> Type:
    """The type of a reduction with `axis` and `keepdims`."""
    if is_unknown(args):
        return ANY
    (t,) = numbers(args[:1])
    kind = dtype or str(params.get("dtype") or t.dtype)
    if floating and not kind.startswith("float"):
        kind = "float64"
    if kind == "bool" and dtype is None and not floating:
        kind = "int64"
    axes = reduced_axes(len(dims(t)), params.get("axis"))
    if params.get("keepdims"):
        return make(kind, tuple(1 if k in axes else d for k, d in enumerate(dims(t))))
    return make(kind, tuple(d for k, d in enumerate(dims(t)) if k not in axes))


def _builtin_float(args: Sequence[Atom], params: Params) -> Type:
    return FLOAT


def _builtin_round(args: Sequence[Atom], params: Params) -> Type:
    return elementwise(args[:1]) if len(args) > 1 else INT


def _weak_like(args: Sequence[Atom], params: Params) -> Type:
    return ANY if is_unknown(args) else elementwise(args)


def _extremum(args: Sequence[Atom], params: Params) -> Type:
    if is_unknown(args):
        return ANY
    if len(args) == 1 and isinstance(args[0].type, List):
        return args[0].type.element
    joined: Type | None = NEVER
    for a in args:
        joined = join(joined or NEVER, a.type)
    if not isinstance(joined, Scalar | Never):
        raise IrTypeError("min and max compare numbers; use np.minimum, np.maximum, np.min or np.max on arrays")
    return joined


def _load(args: Sequence[Atom], params: Params) -> Type:
    base = args[0].type
    pattern: tuple[str, ...] = params["index"]
    match base:
        case List():
            if pattern == ("i",):
                return _one_of_many(base.element)
            if len(pattern) == 1 and pattern[0][0] == "s":
                return base
            raise IrTypeError("a list is indexed by one integer or slice")
        case Array():
            return _path_type(base, args[1:], pattern)
        case Unknown() | Never():
            return base
        case _:
            raise IrTypeError(f"cannot index {describe(base)}")


def _one_of_many(element: Type) -> Type:
    """The type of one element of a list: sizes that are not known may be different in every element."""
    if isinstance(element, Array) and any(str(d).startswith("?") for d in element.dims):
        return Array(element.dtype, tuple(unknown_dim() if str(d).startswith("?") else d for d in element.dims))
    return element


def brackets(pattern: tuple[str, ...], operands: Sequence[Any]) -> list[tuple[tuple[str, ...], list[Any]]]:
    """The pairs of brackets of a path, each as its pattern and its operands."""
    out: list[tuple[tuple[str, ...], list[Any]]] = []
    rest = list(operands)
    for part in " ".join(pattern).split("|"):
        entries = tuple(part.split())
        count = sum(entry.count("1") if entry[0] == "s" else entry in "ia" for entry in entries)
        out.append((entries, rest[:count]))
        rest = rest[count:]
    return out


def _path_type(base: Type, operands: Sequence[Atom], pattern: tuple[str, ...]) -> Type:
    for entries, mine in brackets(pattern, operands):
        if not isinstance(base, Array):
            raise IrTypeError(f"cannot index {describe(base)}")
        base = indexed_type(base, mine, entries)
    return base


def indexed_type(base: Array, operands: Sequence[Atom], pattern: tuple[str, ...]) -> Type:
    """The type of `base[...]`."""
    consumed = sum(_axes_of(p, operand) for p, operand in zip(pattern, _first_operands(operands, pattern), strict=True))
    if consumed > base.rank:
        raise IrTypeError(f"too many indices: {consumed} for an array with {base.rank} axes")
    gap = ("s000",) * (base.rank - consumed)
    full: list[str] = []
    for p in pattern:
        full += gap or ("e",) if p == "e" else (p,)
    if "e" not in pattern:
        full += gap
    advanced = ("a", "i") if "a" in pattern else ()  # beside arrays, integers count as arrays without axes
    shape: list[Dim] = []
    fancy: tuple[Dim, ...] = ()
    at, last, split = 0, -1, False
    axis = position = 0
    for k, p in enumerate(full):
        if p in advanced:
            if last < 0:
                at = len(shape)
            elif last != k - 1:
                split = True
            last = k
        if p == "n":
            shape.append(1)
        elif p == "i":
            position += 1
            axis += 1
        elif p == "a":
            inner, width = _array_index(operands[position])
            position += 1
            axis += width
            fancy = broadcast_dims(fancy, inner)
        elif p != "e":
            count = p.count("1")
            shape.append(_sliced(base.dims[axis], operands[position:position + count], p))
            position += count
            axis += 1
    at = 0 if split else at
    shape[at:at] = list(fancy)
    return make(base.dtype, tuple(shape))


def _first_operands(operands: Sequence[Atom], pattern: tuple[str, ...]) -> list[Atom | None]:
    out: list[Atom | None] = []
    position = 0
    for p in pattern:
        count = 1 if p in "ia" else p.count("1") if p[0] == "s" else 0
        out.append(operands[position] if count else None)
        position += count
    return out


def _axes_of(entry: str, operand: Atom | None) -> int:
    if entry == "a" and operand is not None and isinstance(operand.type, Array) and operand.type.dtype == "bool":
        return operand.type.rank
    return 0 if entry in "ne" else 1


_chosen: WeakKeyDictionary[Var, Dim] = WeakKeyDictionary()  # how many elements a mask chooses
_sizes: WeakKeyDictionary[Var, Dim] = WeakKeyDictionary()  # the sizes of which an integer is known to be one
_bounds_of: WeakKeyDictionary[Var, str] = WeakKeyDictionary()  # names for the bounds of slices


def size_of(atom: Atom) -> Dim | None:
    """The dimension that an integer is known to be: `x.shape[0]`, `len(x)`, a literal."""
    if isinstance(atom, Const):
        return None if not isinstance(atom.value, int) or atom.value < 0 else atom.value if atom.value == 1 else f"={atom.value}"
    return _sizes.get(atom)


def note_size(name: str, args: Sequence[Atom], params: Params, result: Var) -> None:
    """Remember of which axis the result of `shape`, `len` or `size` is the size."""
    type_ = args[0].type if args else None
    if isinstance(type_, Array) and type_.rank and (name != "size" or type_.rank == 1):
        _sizes[result] = type_.dims[params.get("axis", 0)]


def rename_size(var: Var, sizes: Callable[[Dim], Dim]) -> None:
    """Give a size that is remembered for a variable its new name."""
    for table in (_sizes, _chosen):
        if var in table:
            table[var] = sizes(table[var])


def _array_index(operand: Atom) -> tuple[tuple[Dim, ...], int]:
    match operand.type:
        case Array("bool", shape) if isinstance(operand, Var):
            return (_chosen.setdefault(operand, unknown_dim()),), len(shape)
        case Array("bool", shape):
            return (unknown_dim(),), len(shape)
        case Array(_, shape):
            return shape, 1
        case List():
            return (unknown_dim(),), 1
        case _:
            raise IrTypeError(f"cannot index with {describe(operand.type)}")


def _sliced(dim: Dim, bounds: Sequence[Atom], entry: str) -> Dim:
    if entry == "s000":
        return dim
    if dim == 1:
        return unknown_dim()
    if not all(isinstance(b, Const) for b in bounds):
        return f"?{dim}[{':'.join(map(_bound, bounds))}{entry}]"
    start, stop, step = _bounds(bounds, entry)
    if entry == "s001" and step == -1:
        return dim
    if not _exact(start, stop, step):
        return unknown_dim()
    if isinstance(dim, str) and dim.startswith("="):
        count = len(range(*slice(start, stop, step).indices(int(dim[1:])))) if step != 0 else 0
        return 1 if count == 1 else f"={count}"
    if step in (None, 1) and (start or 0) >= 0 and (stop is None or stop < 0):
        cut = (start or 0) - (stop or 0)  # max(0, n - cut) elements are left, however the cut is shared by the ends
        return _shortened(dim, cut) if cut else dim
    return f"?{dim}[{start}:{stop}:{step}]"


def _shortened(dim: Dim, cut: int) -> Dim:
    """The size of an axis without `cut` elements: of `x` and 3 more without 1 that of `x` and 2 more."""
    joined = re.fullmatch(r"\??\((.+)\+(\d+)\)", str(dim))
    left = int(joined[2]) - cut if joined else -1
    if joined is None or left < 0:
        return f"?{dim}-{cut}"
    if left == 0:
        return f"({joined[1]})" if "+" in joined[1] else joined[1]
    return f"{'?' if left == 1 else ''}({joined[1]}+{left})"


def _bound(atom: Atom) -> str:
    """A name for the bound of a slice: the same for the same value."""
    if isinstance(atom, Const):
        return repr(atom.value)
    return str(_sizes.get(atom) or _bounds_of.setdefault(atom, str(unknown_dim())))


def _bounds(bounds: Sequence[Atom], entry: str) -> tuple[Any, Any, Any]:
    values = iter(b.value for b in bounds if isinstance(b, Const))
    start, stop, step = (next(values) if flag == "1" else None for flag in entry[1:])
    return start, stop, step


def _exact(start: Any, stop: Any, step: Any) -> bool:
    return all(v is None or isinstance(v, int) for v in (start, stop, step))


def _store(args: Sequence[Atom], params: Params) -> Type:
    base, value = args[0].type, args[1].type
    if isinstance(base, List) and params["index"] == ("i",):
        element = join(base.element, value)
        if element is None:
            raise IrTypeError(f"{describe(value)} does not fit a list of {base.element}")
        return List(element)
    if isinstance(base, Array) and not isinstance(value, Scalar | Array | Unknown | Never):
        raise IrTypeError(f"cannot write {describe(value)} into an array")
    return base


def _list(args: Sequence[Atom], params: Params) -> Type:
    element: Type | None = NEVER
    for a in args:
        element = join(element or NEVER, a.type)
        if element is None:
            raise IrTypeError("the elements of this list have different types")
    return List(element or NEVER)


def _append(args: Sequence[Atom], params: Params) -> Type:
    lst = args[0].type
    if not isinstance(lst, List):
        raise IrTypeError(f"append needs a list, not {describe(lst)}")
    element = join(lst.element, args[1].type)
    if element is None:
        raise IrTypeError(f"{describe(args[1].type)} does not fit a list of {lst.element}")
    return List(element)


def _pop(args: Sequence[Atom], params: Params) -> Type:
    lst = args[0].type
    if not isinstance(lst, List):
        raise IrTypeError(f"pop needs a list, not {describe(lst)}")
    return Tuple((lst, _one_of_many(lst.element)))


def _same(args: Sequence[Atom], params: Params) -> Type:
    return args[0].type


def _int(args: Sequence[Atom], params: Params) -> Type:
    return INT


def _bool(args: Sequence[Atom], params: Params) -> Type:
    return BOOL


def _float(args: Sequence[Atom], params: Params) -> Type:
    return FLOAT


def _tuple(args: Sequence[Atom], params: Params) -> Type:
    return Tuple(tuple(a.type for a in args))


def _item(args: Sequence[Atom], params: Params) -> Type:
    t = args[0].type
    return t.items[params["k"]] if isinstance(t, Tuple) else ANY


define("add", _add)
define("sub mul", _arithmetic)
define("neg pos", _arithmetic, cost=0.7)
define("floordiv mod", _arithmetic)
define("truediv", _divide)
define("pow", _power, cost=2)
define("matmul", matmul_type, cost=50, memory="new")
define("bitand bitor bitxor", _bits)
define("lshift rshift invert", _arithmetic)
define("lt le gt ge eq ne", _predicate)
define("not and or is isnot in notin", _truth, cost=0.5)
define("xor", _predicate)
define("select", _select, memory="view")
define("float", _builtin_float, cost=1.5)
define("int", _int, cost=1.5)
define("bool", _bool, cost=1.5)
define("round", _builtin_round, cost=2)
define("abs", _weak_like, cost=1.5, memory="new")
define("min max", _extremum, cost=2.5)
define("len size", _int, cost=1)
define("shape", _int, cost=1.5)
define("load", _load, cost=1.2, boxes=True)
define("store accumulate", _store, cost=1.5)
define("list", _list, cost=1.5)
define("append", _append, cost=1)
define("pop", _pop, cost=1, several=True)
define("repeat", _same, cost=5)
define("copy", _same, cost=20, memory="new")
define("tuple", _tuple, cost=1)
define("item", _item, cost=0.7)
define("int_power", _int, cost=3)  # of native code: a power of integers with an exponent that is not negative
define("reused", _same, cost=1, memory="new")  # of native code: the memory of an array that nobody reads any more
define("stop_gradient", _same, cost=0, memory="view")
define("assert raise", _int, effect=True)


def floating_type(args: Sequence[Atom], params: Params) -> Type:
    return elementwise(args, floating=True, strong=True)


def double_type(args: Sequence[Atom], params: Params) -> Type:
    """As `floating_type`, of functions to which Python's numbers are float64."""
    types = [Var("", Scalar(a.type.dtype, weak=False)) if isinstance(a.type, Scalar) else a for a in args]
    return elementwise(types, floating=True, strong=True)


def given_type(args: Sequence[Atom], params: Params) -> Type:
    """As `double_type`, of functions that may also have arguments that are no numbers."""
    return double_type([a for a in args if isinstance(a.type, Scalar | Array)] or args, params)


def _numpy_same(args: Sequence[Atom], params: Params) -> Type:
    return elementwise(args, strong=True)


def _clipped(args: Sequence[Atom], params: Params) -> Type:
    """A Python number is made an array before it is clipped."""
    first = args[0].type
    value = Var("", Scalar(first.dtype, weak=False)) if isinstance(first, Scalar) else args[0]
    return elementwise([value, *args[1:]], strong=True)


def _like_first(args: Sequence[Atom], params: Params) -> Type:
    """`ldexp(x, n)`: the type of x, in the shape of both."""
    first = floating_type(args[:1], params)
    return make(first.dtype, _all_dims(numbers(args))) if isinstance(first, Scalar | Array) else first


def _double_power(args: Sequence[Atom], params: Params) -> Type:
    """`float_power` computes with float64 or more."""
    return elementwise([*args, Var("", Scalar("float64", weak=False))], strong=True)


def _numpy_predicate(args: Sequence[Atom], params: Params) -> Type:
    return elementwise(args, dtype="bool", strong=True)


define("math.sqrt math.fabs math.degrees math.radians math.copysign math.fmod math.remainder", _float, cost=2)
define("math.exp math.log math.sin math.cos math.tan math.asin math.acos math.atan math.atan2 math.sinh math.cosh "
       "math.tanh math.asinh math.acosh math.atanh math.expm1 math.log1p math.log2 math.log10 math.exp2 math.pow "
       "math.hypot math.erf math.erfc math.gamma math.lgamma math.cbrt math.ldexp math.nextafter math.ulp math.fma",
       _float, cost=2.5)
define("math.floor math.ceil math.trunc math.factorial math.comb math.perm math.gcd math.lcm math.isqrt", _int, cost=2)
define("math.isnan math.isinf math.isfinite", _bool, cost=2)
define("math.isclose", _bool, cost=2, signature="a b; rel_tol abs_tol")
define("math.dist math.fsum math.prod math.sumprod", _float, cost=10)

define("numpy.exp numpy.expm1 numpy.exp2 numpy.log numpy.log1p numpy.log2 numpy.log10 numpy.sqrt numpy.cbrt "
       "numpy.sin numpy.cos numpy.tan numpy.arcsin numpy.arccos numpy.arctan numpy.sinh numpy.cosh numpy.tanh "
       "numpy.arcsinh numpy.arccosh numpy.arctanh numpy.arctan2 numpy.hypot numpy.logaddexp numpy.logaddexp2 "
       "numpy.divide numpy.true_divide numpy.rad2deg numpy.deg2rad numpy.degrees numpy.radians numpy.sinc numpy.copysign "
       "numpy.nextafter numpy.spacing numpy.angle", floating_type, cost=20)
define("numpy.i0", floating_type, cost=20, boxes=True)
define("numpy.add numpy.subtract numpy.multiply numpy.power numpy.negative numpy.positive numpy.absolute numpy.abs "
       "numpy.square numpy.reciprocal numpy.maximum numpy.minimum numpy.fmax numpy.fmin numpy.mod "
       "numpy.remainder numpy.fmod numpy.floor numpy.ceil numpy.trunc numpy.sign numpy.floor_divide "
       "numpy.fix numpy.conjugate", _numpy_same, cost=20)
define("numpy.nan_to_num", _numpy_same, cost=30, signature="x; nan posinf neginf")
define("numpy.ldexp", _like_first, cost=20)
define("numpy.rint numpy.fabs numpy.heaviside", floating_type, cost=20)
define("numpy.clip", _clipped, cost=20)
define("numpy.float_power", _double_power, cost=20)
define("numpy.isfinite numpy.isnan numpy.isinf numpy.logical_and numpy.logical_or numpy.logical_not numpy.logical_xor "
       "numpy.greater numpy.greater_equal numpy.less numpy.less_equal numpy.equal numpy.not_equal "
       "numpy.signbit numpy.isposinf numpy.isneginf numpy.isreal numpy.iscomplex", _numpy_predicate, cost=20)

define("numpy.isclose", _numpy_predicate, cost=30, signature="a b; rtol atol equal_nan")

_ELEMENTWISE = frozenset([_arithmetic, _add, _divide, _power, _predicate, floating_type, _numpy_same, _numpy_predicate, _clipped,
                          _double_power, double_type, given_type, _like_first, _bits])
