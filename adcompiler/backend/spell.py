"""How each primitive is written in Python."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from adcompiler.backend.printer import constant
from adcompiler.ir.nodes import Atom, Const, Foreign, Prim
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, List, Scalar, Type, is_float

BINARY: dict[str, type[ast.operator]] = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "floordiv": ast.FloorDiv, "mod": ast.Mod,
    "pow": ast.Pow, "matmul": ast.MatMult, "bitand": ast.BitAnd, "bitor": ast.BitOr, "bitxor": ast.BitXor,
    "lshift": ast.LShift, "rshift": ast.RShift, "repeat": ast.Mult,
}
COMPARE: dict[str, type[ast.cmpop]] = {
    "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE, "eq": ast.Eq, "ne": ast.NotEq, "is": ast.Is,
    "isnot": ast.IsNot, "in": ast.In, "notin": ast.NotIn,
}
NEGATED = {"lt": "ge", "ge": "lt", "gt": "le", "le": "gt", "eq": "ne", "ne": "eq"}
_BUILTINS = frozenset(["abs", "min", "max", "len", "float", "int", "bool", "round"])
_METHODS = frozenset(["sum", "mean", "max", "min", "cumsum", "std", "var", "prod"])
Spelled = Callable[[Atom], ast.expr]


def name(identifier: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(identifier, ast.Load())


class Speller:
    """Writes primitives; remembers which modules and helpers the text needs."""

    def __init__(self, bare: frozenset[str]) -> None:
        self.modules: set[str] = set()
        self.helpers: set[str] = set()
        self.bare_names: set[tuple[str, str]] = set()
        self.bare_modules = {b.split(".")[0] for b in bare}

    def prim(self, op: Prim, spelled: Spelled) -> ast.expr:
        """The expression for a primitive whose operands `spelled` writes."""
        if op.name in BINARY:
            return self._binary(op, spelled)
        if op.name in COMPARE:
            left, right = (self._operand(a, op, spelled) for a in op.args)
            return ast.Compare(left, [COMPARE[op.name]()], [right])
        if op.name in _BUILTINS:
            return ast.Call(name(op.name), [spelled(a) for a in op.args], [])
        if op.name in _SPECIAL:
            return _SPECIAL[op.name](self, op, spelled)
        return self._call(op, spelled)

    def _binary(self, op: Prim, spelled: Spelled) -> ast.expr:
        left, right = (self._operand(a, op, spelled) for a in op.args)
        return ast.BinOp(left, BINARY[op.name](), right)

    def _operand(self, atom: Atom, op: Prim, spelled: Spelled) -> ast.expr:
        """An operand; 3 for 3.0 where the other one is a float anyway."""
        if isinstance(atom, Const) and type(atom.value) is float and atom.value == int_or_none(atom.value) \
                and op.name in ("add", "sub", "mul", "truediv", "lt", "le", "gt", "ge", "eq", "ne", "pow") and len(op.args) == 2:
            other = op.args[1] if op.args[0] is atom else op.args[0]
            if not isinstance(other, Const) and is_float(other.type):
                return constant(int(atom.value))
        return spelled(atom)

    def _call(self, op: Prim, spelled: Spelled) -> ast.expr:
        operands = OPS[op.name].signature.partition(";")[0].split()
        args: list[ast.expr] = []
        rest = list(op.args)
        for k, operand in enumerate(operands):
            if operand.startswith("*"):
                count = len(rest) - len(operands[k + 1:])
                group, rest = rest[:count], rest[count:]
                parts = [spelled(a) for a in group]
                if operand == "*shape":
                    args.append(parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load()))
                else:
                    args.append(ast.List(parts, ast.Load()))
            elif rest:
                args.append(spelled(rest.pop(0)))
        args += [spelled(a) for a in rest]
        return ast.Call(self.function(op.name), args, self._keywords(op))

    def _keywords(self, op: Prim) -> list[ast.keyword]:
        return [ast.keyword(k, self.static(v, k)) for k, v in op.params]

    def static(self, value: Any, key: str = "") -> ast.expr:
        """A static parameter."""
        if key == "dtype":
            return self.dtype(str(value))
        if isinstance(value, tuple):
            return ast.Tuple([self.static(v) for v in value], ast.Load())
        return constant(value)

    def dtype(self, dtype: str) -> ast.expr:
        """A dtype by its name in NumPy; the usual ones by Python's types."""
        if dtype in ("float64", "int64", "bool"):
            return name({"float64": "float", "int64": "int", "bool": "bool"}[dtype])
        return self.function(f"numpy.{dtype}")

    def function(self, dotted: str) -> ast.expr:
        """A function of a library, and a note that its module is needed."""
        module, _, attribute = dotted.rpartition(".")
        if module == "math" and "math" in self.bare_modules:
            self.bare_names.add(("math", attribute))
            return name(attribute)
        if module.startswith("scipy"):
            self.modules.add(module)
            return ast.Attribute(name(module.split(".")[-1]), attribute, ast.Load())
        self.modules.add(module.split(".")[0])
        base: ast.expr = name("np" if module.startswith("numpy") else module)
        for part in module.split(".")[1:]:
            base = ast.Attribute(base, part, ast.Load())
        return ast.Attribute(base, attribute, ast.Load())

    def foreign(self, op: Foreign, spelled: Spelled) -> ast.expr:
        """A Python expression with its operands filled in."""
        holes = [f"_argument_{k}" for k in range(len(op.args))]
        tree = ast.parse(op.template.format(*holes), mode="eval").body
        filled = _Fill({hole: spelled(a) for hole, a in zip(holes, op.args, strict=True)}).visit(tree)
        for node in ast.walk(filled):
            if isinstance(node, ast.Name) and node.id in ("np", "math"):
                self.modules.add("numpy" if node.id == "np" else "math")
            elif isinstance(node, ast.Name) and node.id == "scipy":
                self.modules.add("scipy")
        assert isinstance(filled, ast.expr)
        return filled


class _Fill(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


def int_or_none(value: float) -> int | None:
    """The integer that a float equals, when it is small and printing it as one reads better."""
    return int(value) if value == value and abs(value) < 1e6 and value == int(value) and str(value) != "-0.0" else None


def index(pattern: Sequence[str], operands: Sequence[Atom], spelled: Spelled) -> ast.expr:
    """What stands between brackets."""
    rest = iter(operands)
    parts: list[ast.expr] = []
    for entry in pattern:
        if entry == "n":
            parts.append(ast.Constant(None))
        elif entry == "e":
            parts.append(ast.Constant(...))
        elif entry[0] == "s":
            bounds = [spelled(next(rest)) if flag == "1" else None for flag in entry[1:]]
            parts.append(ast.Slice(*bounds))
        else:
            parts.append(spelled(next(rest)))
    return parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())


def _load(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    return ast.Subscript(spelled(op.args[0]), index(op.param("index"), op.args[1:], spelled), ast.Load())


def _select(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    cond, a, b = map(spelled, op.args)
    return ast.IfExp(cond, a, b)


def _copy(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    source = spelled(op.args[0])
    if isinstance(op.args[0].type, List) and not isinstance(op.args[0].type.element, Scalar):
        return ast.Subscript(source, ast.Slice(), ast.Load())
    return ast.Call(ast.Attribute(source, "copy", ast.Load()), [], [])


def _new_array(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    shape = op.param("shape")
    keywords = [k for k in speller._keywords(op) if k.arg == "dtype"]
    if shape is None:
        return ast.Call(speller.function("numpy.array"), [spelled(op.args[0])], keywords)
    parts: list[ast.expr] = [spelled(a) for a in op.args]
    for n in reversed(shape):
        parts = [ast.List(parts[k:k + n], ast.Load()) for k in range(0, len(parts), n)] if n else [ast.List([], ast.Load())]
    return ast.Call(speller.function("numpy.array"), [parts[0]], keywords)


def _transpose(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    if op.param("axes") is None:
        return ast.Attribute(spelled(op.args[0]), "T", ast.Load())
    return speller._call(op, spelled)


def _spread(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    value, like = op.args
    if not isinstance(value.type, Array):
        return ast.Call(speller.function("numpy.full_like"), [spelled(like), spelled(value)], [])
    shape = ast.Attribute(spelled(like), "shape", ast.Load())
    made = ast.Call(speller.function("numpy.broadcast_to"), [spelled(value), shape], [])
    return ast.Call(ast.Attribute(made, "copy", ast.Load()), [], [])


def _helper(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    speller.helpers.add(op.name)
    speller.modules.add("numpy")
    return ast.Call(name(f"_{op.name}"), [spelled(a) for a in op.args], [])


def _shape(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    shape = ast.Attribute(spelled(op.args[0]), "shape", ast.Load())
    return ast.Subscript(shape, constant(op.param("axis")), ast.Load())


def _item(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
    return ast.Subscript(spelled(op.args[0]), constant(op.param("k")), ast.Load())


def _unary(operator: type[ast.unaryop]) -> Callable[[Speller, Prim, Spelled], ast.expr]:
    def spell(speller: Speller, op: Prim, spelled: Spelled) -> ast.expr:
        inner = spelled(op.args[0])
        if operator is ast.Not and isinstance(inner, ast.Compare) and len(inner.ops) == 1 and op.args[0].type == _BOOL:
            word = next(k for k, v in COMPARE.items() if isinstance(inner.ops[0], v))
            if word in ("eq", "ne", "is", "isnot", "in", "notin"):
                opposite = {"eq": "ne", "ne": "eq", "is": "isnot", "isnot": "is", "in": "notin", "notin": "in"}[word]
                return ast.Compare(inner.left, [COMPARE[opposite]()], inner.comparators)
        return ast.UnaryOp(operator(), inner)
    return spell


_BOOL: Type = Scalar("bool")

_SPECIAL: dict[str, Callable[[Speller, Prim, Spelled], ast.expr]] = {
    "load": _load, "select": _select, "copy": _copy, "numpy.array": _new_array, "numpy.transpose": _transpose,
    "spread": _spread, "unbroadcast": _helper, "shape": _shape, "item": _item, "saved_item": _item,
    "neg": _unary(ast.USub), "pos": _unary(ast.UAdd), "not": _unary(ast.Not), "invert": _unary(ast.Invert),
    "and": lambda s, op, sp: ast.BoolOp(ast.And(), [sp(a) for a in op.args]),
    "or": lambda s, op, sp: ast.BoolOp(ast.Or(), [sp(a) for a in op.args]),
    "xor": lambda s, op, sp: ast.BinOp(sp(op.args[0]), ast.BitXor(), sp(op.args[1])),
    "list": lambda s, op, sp: ast.List([sp(a) for a in op.args], ast.Load()),
    "tuple": lambda s, op, sp: ast.Tuple([sp(a) for a in op.args], ast.Load()),
    "save": lambda s, op, sp: ast.Tuple([sp(a) for a in op.args], ast.Load()),
    "size": lambda s, op, sp: ast.Attribute(sp(op.args[0]), "size", ast.Load()),
    "stop_gradient": lambda s, op, sp: sp(op.args[0]),
    "numpy.astype": lambda s, op, sp: ast.Call(ast.Attribute(sp(op.args[0]), "astype", ast.Load()),
                                               [s.dtype(op.param("dtype"))], []),
    "numpy.ravel": lambda s, op, sp: ast.Call(ast.Attribute(sp(op.args[0]), "ravel", ast.Load()), [], []),
}
