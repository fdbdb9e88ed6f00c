"""How each primitive is written in Python."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from adcompiler.backend.code import Apply, Expr
from adcompiler.backend.printer import constant
from adcompiler.ir.nodes import UNDEFINED, Call, Const, Foreign, Prim, Var
from adcompiler.ir.ops import OPS, brackets
from adcompiler.ir.types import Array, List, Scalar, is_float

BINARY: dict[str, ast.operator] = {
    "add": ast.Add(), "sub": ast.Sub(), "mul": ast.Mult(), "truediv": ast.Div(), "floordiv": ast.FloorDiv(),
    "mod": ast.Mod(), "pow": ast.Pow(), "matmul": ast.MatMult(), "bitand": ast.BitAnd(), "bitor": ast.BitOr(),
    "bitxor": ast.BitXor(), "xor": ast.BitXor(), "lshift": ast.LShift(), "rshift": ast.RShift(), "repeat": ast.Mult(),
}
_COMPARE: dict[str, ast.cmpop] = {
    "lt": ast.Lt(), "le": ast.LtE(), "gt": ast.Gt(), "ge": ast.GtE(), "eq": ast.Eq(), "ne": ast.NotEq(), "is": ast.Is(),
    "isnot": ast.IsNot(), "in": ast.In(), "notin": ast.NotIn(),
}
_UNARY: dict[str, ast.unaryop] = {"neg": ast.USub(), "pos": ast.UAdd(), "invert": ast.Invert()}
_OPPOSITE = {"eq": "ne", "ne": "eq", "is": "isnot", "isnot": "is", "in": "notin", "notin": "in"}
_OPPOSITE_ORDER = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
BUILTINS = frozenset("abs min max len float int bool round".split())
_SHORT_OF_FLOAT = 1e6
Tree = TypeVar("Tree", bound=ast.AST)


def name(identifier: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(identifier, ast.Load())


def attribute(value: ast.expr, *names: str) -> ast.expr:
    """`value.name.name`."""
    for n in names:
        value = ast.Attribute(value, n, ast.Load())
    return value


def call(function: ast.expr, *args: ast.expr, **keywords: ast.expr) -> ast.Call:
    """`function(*args, **keywords)`."""
    return ast.Call(function, list(args), [ast.keyword(k, v) for k, v in keywords.items()])


class Speller:
    """Writes expressions. Remembers what the text needs: modules, helper functions, names from foreign code."""

    def __init__(self, bare: frozenset[str], taken: frozenset[str] = frozenset(), *, native: bool = False) -> None:
        self._bare = {b.partition(".")[0] for b in bare}
        self._taken, self._native = taken, native
        self.imports: set[tuple[str, str]] = set()
        self.helpers: set[str] = set()
        self.mentioned: set[str] = set()
        self.names: dict[Var, ast.expr] = {}

    # --- atoms ------------------------------------------------------------------------------------------

    def expr(self, expr: Expr) -> ast.expr:
        """Any expression."""
        match expr:
            case Var():
                return self.names[expr]
            case Const():
                return self._constant(expr)
            case Apply(op=Prim() as op):
                return self._prim(op, expr)
            case Apply(op=Foreign() as op):
                return self.foreign(op, expr.args)
            case Apply(op=Call(callee)):
                return call(name(private(callee)), *map(self.expr, expr.args))
        raise TypeError(f"not an expression: {expr!r}")

    def _constant(self, const: Const) -> ast.expr:
        type_, value = const.type, const.value
        if value is UNDEFINED:
            return ast.Constant(None)
        if isinstance(type_, Scalar) and not type_.weak and isinstance(value, int | float) and type_.dtype != "bool":
            return call(self.function(f"numpy.{type_.dtype}"), self._number(value))
        return self._number(value)

    def _number(self, value: Any) -> ast.expr:
        if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
            self.imports.add(("math", ""))
        if hasattr(value, "item") and not isinstance(value, int | float):
            value = value.item()
        return constant(value)

    def operand(self, expr: Expr, other: Expr) -> ast.expr:
        """An operand of an operator: 3 for 3.0, and 3.0 for np.float64(3.0), where the other one is such a number."""
        if not isinstance(expr, Const) or not isinstance(expr.type, Scalar) or isinstance(other, Const):
            return self.expr(expr)
        value, theirs = expr.value, other.type
        same = isinstance(theirs, Array | Scalar) and theirs.dtype == expr.type.dtype and (
            isinstance(theirs, Array) or not theirs.weak)
        if not expr.type.weak and (not same or (self._native and expr.type.dtype == "float32")):
            return self.expr(expr)
        if isinstance(value, float) and is_float(theirs) and value == round_or_nan(value) and str(value) != "-0.0":
            return constant(int(value))
        return self._number(value)

    # --- primitives ---------------------------------------------------------------------------------------

    def _prim(self, op: Prim, expr: Apply) -> ast.expr:
        args = expr.args
        if op.name in BINARY:
            left, right = args
            return ast.BinOp(self.operand(left, right), BINARY[op.name], self.operand(right, left))
        if op.name in _COMPARE:
            left, right = args
            return ast.Compare(self.operand(left, right), [_COMPARE[op.name]], [self.operand(right, left)])
        if op.name in _UNARY:
            scaled = args[0]
            if op.name == "neg" and isinstance(scaled, Apply) and isinstance(scaled.op, Prim) and scaled.op.name == "mul" \
                    and is_float(scaled.type) and isinstance(factor := scaled.args[0], Const) and factor.value > 0:
                return ast.BinOp(self.operand(replace(factor, value=-factor.value), scaled.args[1]), ast.Mult(),
                                 self.operand(scaled.args[1], factor))
            return ast.UnaryOp(_UNARY[op.name], self.expr(args[0]))
        if op.name in BUILTINS:
            return call(name(op.name), *map(self.expr, args))
        special = _SPECIAL.get(op.name)
        made = special(self, op, expr) if special else self._call(op, args)
        if OPS[op.name].boxes and isinstance(expr.type, Scalar) and op.name not in ("numpy.astype", "load"):
            return ast.Subscript(made, ast.Tuple([], ast.Load()), ast.Load())
        return made

    def _call(self, op: Prim, args: Sequence[Expr]) -> ast.expr:
        operands = OPS[op.name].signature.partition(";")[0].split()
        rest = [self.expr(a) for a in args]
        given: list[ast.expr] = []
        for k, operand in enumerate(operands):
            if operand.startswith("*"):
                count = len(rest) - len(operands[k + 1:])
                group, rest = rest[:count], rest[count:]
                whole = self.shape_of(args[k:k + count]) if operand == "*shape" else None
                given.append(whole or (_shape(group) if operand == "*shape" else self._sequence(group)))
            elif rest:
                given.append(rest.pop(0))
        return call(self.function(op.name), *given, *rest, **self.keywords(op))

    def _sequence(self, items: list[ast.expr]) -> ast.expr:
        """`[a, b]`, as a tuple in native code, which knows no lists of arrays of several kinds."""
        return ast.Tuple(items, ast.Load()) if self._native else ast.List(items, ast.Load())

    def shape_of(self, sizes: Sequence[Expr]) -> ast.expr | None:
        """`x.shape` where the sizes are all those of one array, in order."""
        bases = [s.args[0] for s in sizes if isinstance(s, Apply) and isinstance(s.op, Prim) and s.op.name == "shape"]
        if not bases or not isinstance(base := bases[0], Var) or not isinstance(base.type, Array):
            return None
        dims = base.type.dims
        for k, size in enumerate(sizes):
            own = isinstance(size, Apply) and isinstance(size.op, Prim) and size.op.name == "shape" \
                and size.args[0] is base and size.op.param("axis") == k
            if not own and not (isinstance(size, Const) and k < len(dims) and size.value == dims[k] == 1):
                return None
        return attribute(self.expr(base), "shape") if len(dims) == len(sizes) else None

    def keywords(self, op: Prim) -> dict[str, ast.expr]:
        """The static parameters that are not the defaults."""
        return {k: self.dtype(str(v)) if k == "dtype" else self._number(v) for k, v in op.params
                if v is not None and k != "keep" and not (k == "keepdims" and v is False)}

    def dtype(self, dtype: str) -> ast.expr:
        """A dtype: Python's types for the usual ones."""
        usual = {"float64": "float", "int64": "int", "bool": "bool"}
        if dtype in usual and not self._native:
            return name(usual[dtype])
        return self.function(f"numpy.{dtype}" if dtype != "bool" else "numpy.bool_")

    def function(self, dotted: str) -> ast.expr:
        """A function of a library, by the name that the user's imports give it."""
        module, _, last = dotted.rpartition(".")
        root, *inner = module.split(".")
        if root == "given":
            self.mentioned.add(last)
            return name(last)
        if module in self._bare and module in ("math", "numpy") and last not in self._taken:
            self.imports.add((module, last))
            return name(last)
        if root == "scipy" and inner and inner[0] not in self._taken:
            self.imports.add(("scipy", inner[0]))
            return attribute(name(inner[0]), *inner[1:], last)
        self.imports.add((root, ""))
        return attribute(name("np" if root == "numpy" else root), *inner, last)

    def foreign(self, op: Foreign, args: Sequence[Expr]) -> ast.expr:
        """A Python expression with its operands filled in."""
        holes = [f"_argument_{k}" for k in range(len(args))]
        tree = ast.parse(op.template.format(*holes), mode="eval").body
        return self._filled(tree, dict(zip(holes, args, strict=True)))

    def foreign_statement(self, op: Foreign, args: Sequence[Expr]) -> list[ast.stmt]:
        """Python statements with their operands filled in."""
        holes = [f"_argument_{k}" for k in range(len(args))]
        body = ast.parse(op.template.format(*holes)).body
        return [self._filled(s, dict(zip(holes, args, strict=True))) for s in body]

    def _filled(self, tree: Tree, values: dict[str, Expr]) -> Tree:
        self.mentioned |= names_in(tree) - set(values)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "scipy":
                self.imports.add((f"scipy.{node.attr}", ""))
        filled: Tree = _Fill({hole: self.expr(a) for hole, a in values.items()}).visit(tree)
        return filled

    def subscript(self, base: ast.expr, pattern: tuple[str, ...], operands: Sequence[Expr], *,
                  scalar: bool = False) -> ast.Subscript:
        """`base[...]`, or `base[...][...]` for a path."""
        *views, (entries, mine) = brackets(pattern, operands)
        for part, bounds in views:
            base = ast.Subscript(base, self.index(part, bounds), ast.Load())
        return ast.Subscript(base, self.index(entries, mine, scalar=scalar), ast.Load())

    def index(self, pattern: Sequence[str], operands: Sequence[Expr], *, scalar: bool = False) -> ast.expr:
        """What stands between brackets. `scalar`: the element is a number, so that an ellipsis means nothing."""
        rest = iter(operands)
        parts: list[ast.expr] = []
        for entry in pattern:
            if entry == "n":
                parts.append(ast.Constant(None))
            elif entry == "e":
                if not scalar or pattern == ("e",):
                    parts.append(ast.Constant(...))
            elif entry[0] == "s":
                bounds = [self.expr(next(rest)) if flag == "1" else None for flag in entry[1:]]
                parts.append(ast.Slice(*bounds))
            else:
                parts.append(self._position(next(rest)))
        return parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())

    def _position(self, operand: Expr) -> ast.expr:
        """An index: an array of positions that is written here needs no `np.array`."""
        if not self._native and isinstance(operand, Apply) and isinstance(operand.op, Prim) and operand.op.name == "numpy.array" \
                and len(operand.op.param("shape") or ()) == 1 and operand.op.param("dtype") is None and operand.args:
            return ast.List([self.expr(a) for a in operand.args], ast.Load())
        return self.expr(operand)


def names_in(tree: ast.AST) -> set[str]:
    """The names that a piece of code reads."""
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


class _Fill(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


def round_or_nan(value: float) -> float:
    """The integer that a short float equals, else NaN."""
    return float(int(value)) if abs(value) < _SHORT_OF_FLOAT else float("nan")


def private(function: str) -> str:
    """The name of an outlined function."""
    return f"_{function.lstrip('_')}"


def _shape(sizes: list[ast.expr]) -> ast.expr:
    return sizes[0] if len(sizes) == 1 else ast.Tuple(sizes, ast.Load())


def negation(test: ast.expr, operand: Expr) -> ast.expr:
    """`not test`, by the opposite comparison where there is one (never `<` for floats: NaN)."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(operand, Apply) and isinstance(operand.op, Prim):
        opposite = _OPPOSITE.get(operand.op.name)
        if opposite is None and all(isinstance(a.type, Scalar) and a.type.dtype.startswith("int") for a in operand.args):
            opposite = _OPPOSITE_ORDER.get(operand.op.name)
        if opposite is not None and isinstance(operand.type, Scalar):
            return ast.Compare(test.left, [_COMPARE[opposite]], test.comparators)
    return ast.UnaryOp(ast.Not(), test)


# --- primitives with a notation of their own ------------------------------------------------------------------

Special = Callable[[Speller, Prim, Apply], ast.expr]


def _load(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    scalar = isinstance(expr.type, Scalar)
    return s.subscript(s.expr(expr.args[0]), op.param("index"), expr.args[1:], scalar=scalar)


def _select(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    cond, a, b = map(s.expr, expr.args)
    return ast.IfExp(cond, a, b)


def _not(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    return negation(s.expr(expr.args[0]), expr.args[0])


def _boolean(operator: ast.boolop) -> Special:
    def spell(s: Speller, op: Prim, expr: Apply) -> ast.expr:
        left, right = map(s.expr, expr.args)
        if isinstance(operator, ast.And) and isinstance(left, ast.Compare) and isinstance(right, ast.Compare) \
                and isinstance(right.left, ast.Name | ast.Constant) and _orders(left) and _orders(right) \
                and ast.dump(left.comparators[-1]) == ast.dump(right.left):
            return ast.Compare(left.left, [*left.ops, *right.ops], [*left.comparators, *right.comparators])
        values: list[ast.expr] = []
        for side in (left, right):
            values += side.values if isinstance(side, ast.BoolOp) and type(side.op) is type(operator) else [side]
        return ast.BoolOp(operator, values)
    return spell


def _orders(test: ast.Compare) -> bool:
    return all(isinstance(o, ast.Lt | ast.LtE) for o in test.ops) or all(isinstance(o, ast.Gt | ast.GtE) for o in test.ops)


def _copy(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    return call(attribute(s.expr(expr.args[0]), "copy"))


def _new_array(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    shape = op.param("shape")
    keywords = {k: v for k, v in s.keywords(op).items() if k == "dtype"}
    parts = [s.expr(a) for a in expr.args]
    if shape is not None:
        for n in reversed(shape):
            parts = [ast.List(parts[k:k + n], ast.Load()) for k in range(0, len(parts), n)] if n else [ast.List([], ast.Load())]
    return call(s.function("numpy.array"), parts[0], **keywords)


def _transpose(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    if op.param("axes") is None and isinstance(expr.args[0].type, Array):
        return attribute(s.expr(expr.args[0]), "T")
    return s._call(op, expr.args)


def _expand_dims(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    """`x[:, None]`."""
    type_, axis = expr.args[0].type, op.param("axis")
    if not isinstance(type_, Array) or not isinstance(axis, int) or axis < 0:
        return s._call(op, expr.args)
    before: list[ast.expr] = [constant(Ellipsis)] if axis == type_.rank > 1 else [ast.Slice(None, None, None)] * axis
    parts = [*before, constant(None)]
    return ast.Subscript(s.expr(expr.args[0]), ast.Tuple(parts, ast.Load()) if before else parts[0], ast.Load())


def _reshape(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    if not isinstance(expr.args[0].type, Array):
        return s._call(op, expr.args)
    shape = s.shape_of(expr.args[1:]) if len(expr.args) > 1 else ast.Tuple([], ast.Load())
    return call(attribute(s.expr(expr.args[0]), "reshape"), *([shape] if shape else map(s.expr, expr.args[1:])))


def _method(method: str) -> Special:
    def spell(s: Speller, op: Prim, expr: Apply) -> ast.expr:
        if isinstance(expr.args[0].type, Array):
            return call(attribute(s.expr(expr.args[0]), method), **s.keywords(op))
        return s._call(op, expr.args)
    return spell


def _astype(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    dtype = str(op.param("dtype"))
    if isinstance(expr.args[0].type, Array):
        return call(attribute(s.expr(expr.args[0]), "astype"), s.dtype(dtype))
    return call(s.function(f"numpy.{dtype}" if dtype != "bool" else "numpy.bool_"), s.expr(expr.args[0]))


def _spread(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    value, like = expr.args
    shape = attribute(s.expr(like), "shape")
    if isinstance(value.type, Array):
        return call(attribute(call(s.function("numpy.broadcast_to"), s.expr(value), shape), "copy"))
    if isinstance(value, Const) and value.value == 0 and isinstance(like.type, Array) and like.type.dtype == "float64":
        return call(s.function("numpy.zeros_like"), s.expr(like))
    return call(s.function("numpy.full"), shape, s.expr(value))


def _helper(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    s.helpers.add(op.name)
    s.imports.add(("numpy", ""))
    return call(name(f"_{op.name}"), *map(s.expr, expr.args))


def _size_of(attr: str, function: str) -> Special:
    def spell(s: Speller, op: Prim, expr: Apply) -> ast.expr:
        value = s.expr(expr.args[0])
        whole = attribute(value, attr) if isinstance(expr.args[0].type, Array) else call(s.function(function), value)
        return ast.Subscript(whole, constant(op.param("axis")), ast.Load()) if op.name == "shape" else whole
    return spell


def _item(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    return ast.Subscript(s.expr(expr.args[0]), constant(op.param("k")), ast.Load())


def _tuple(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    return ast.Tuple([s.expr(a) for a in expr.args], ast.Load())


def _list(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    return ast.List([s.expr(a) for a in expr.args], ast.Load())


def _same(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    return s.expr(expr.args[0])


def _einsum(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    keywords = {k: v for k, v in s.keywords(op).items() if k != "subscripts"}
    return call(s.function("numpy.einsum"), constant(op.param("subscripts")), *map(s.expr, expr.args), **keywords)


def _factored(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    """`cho_solve((c, lower), b)` and `lu_solve((lu, piv), b)`: the matrix itself is an operand for derivatives alone."""
    count = 1 if op.name.endswith("cho_solve") else 2
    parts = [s.expr(a) for a in expr.args[:count]]
    lower = [constant(bool(op.param("lower")))] if count == 1 else []
    keywords = {k: v for k, v in s.keywords(op).items() if k != "lower"}
    return call(s.function(op.name), ast.Tuple([*parts, *lower], ast.Load()), s.expr(expr.args[count]), **keywords)


def _cholesky_solve(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    """The two triangular systems of a lower Cholesky factor: `solve(L.T, solve(L, b))`."""
    factor, b = map(s.expr, expr.args[:2])
    by = str(op.param("by"))
    lower = {"lower": constant(True)} if by.startswith("scipy") else {}
    trans = {"trans": constant(1)} if by.startswith("scipy") else {}
    inner = call(s.function(by), factor, b, **lower)
    return call(s.function(by), factor if trans else attribute(factor, "T"), inner, **lower, **trans)


def _concatenate(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    if len(expr.args) == 1 and isinstance(expr.args[0].type, List):
        return call(s.function(op.name), s.expr(expr.args[0]), **s.keywords(op))
    return s._call(op, expr.args)


def _triangle_indices(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    n, *m = map(s.expr, expr.args)
    columns = {"m": m[0]} if m else {}
    return call(s.function(op.name), n, **s.keywords(op), **columns)


def _indices(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    return call(s.function(op.name), ast.Tuple([s.expr(a) for a in expr.args], ast.Load()), **s.keywords(op))


def _roll(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    x, *shifts = map(s.expr, expr.args)
    return call(s.function(op.name), x, _shape(shifts), **s.keywords(op))


def _pad(s: Speller, op: Prim, expr: Apply) -> ast.expr:
    """`np.pad(x, 2)`, `np.pad(x, (1, 2))`, `np.pad(x, ((0, 0), (1, 2)))`."""
    type_ = expr.args[0].type
    rank = type_.rank if isinstance(type_, Array) else 1
    widths = expr.args[1:1 + 2 * rank]
    x, *parts = map(s.expr, expr.args)
    pairs: list[ast.expr] = [ast.Tuple(parts[k:k + 2], ast.Load()) for k in range(0, 2 * rank, 2)]
    if all(width == widths[0] for width in widths):
        whole = parts[0]
    else:
        whole = pairs[0] if rank == 1 else ast.Tuple(pairs, ast.Load())
    value = {"constant_values": parts[-1]} if len(parts) > 2 * rank else {}
    return call(s.function(op.name), x, whole, **s.keywords(op), **value)


_SPECIAL: dict[str, Special] = {
    "load": _load, "select": _select, "not": _not, "and": _boolean(ast.And()), "or": _boolean(ast.Or()), "copy": _copy,
    "reused": _same, "int_power": _helper, "list": _list, "tuple": _tuple, "save": _tuple, "item": _item, "saved_item": _item,
    "stop_gradient": _same,
    "numpy.array": _new_array, "numpy.transpose": _transpose, "numpy.expand_dims": _expand_dims, "numpy.reshape": _reshape,
    "numpy.ravel": _method("ravel"), "numpy.astype": _astype, "spread": _spread, "unbroadcast": _helper,
    "shape": _size_of("shape", "numpy.shape"), "size": _size_of("size", "numpy.size"),
    "numpy.einsum": _einsum, "einsum_view": _einsum, "scipy.linalg.cho_solve": _factored, "scipy.linalg.lu_solve": _factored,
    "cholesky_solve": _cholesky_solve, "numpy.roll": _roll, "numpy.pad": _pad,
    "numpy.concatenate": _concatenate, "numpy.indices": _indices, "numpy.tril_indices": _triangle_indices,
    "numpy.triu_indices": _triangle_indices,
}


def is_mask_or_fancy(op: Prim, args: Sequence[Expr]) -> bool:
    """Whether indices may name an element twice: arrays of integers, or lists."""
    return any(isinstance(a.type, List) or (isinstance(a.type, Array) and a.type.dtype != "bool") or not isinstance(
        a.type, Array | Scalar) for a in args) and "a" in op.param("index") and not op.param("unique")
