"""The types of a function's arguments before any call: from annotations, from defaults, from use."""

from __future__ import annotations

import ast
import dataclasses
import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.diagnostics import fail
from adcompiler.frontend.arguments import Argument, argument_of
from adcompiler.frontend.usage import Use, uses_of
from adcompiler.ir.nodes import Leaf, Node, Static, Tree
from adcompiler.ir.types import BOOL, FLOAT, INT, Array, Dim, List, Type
from adcompiler.source import MISSING, Parameter, Target

_DTYPES = {"float64": "float64", "float32": "float32", "float16": "float16", "int64": "int64", "int32": "int32",
           "double": "float64", "single": "float32", "bool_": "bool", "int_": "int64", "floating": "float64",
           "float": "float64", "int": "int64", "bool": "bool"}


class _Unclear(Exception):
    """An annotation that says nothing that we understand."""


def arguments_of_signature(target: Target, wrt: Sequence[str], given: Collection[str] = ()) -> dict[str, Argument]:
    """The argument that each parameter is expected to be.

    An annotation counts first, then a default, then what the body does with the parameter; a parameter of which
    nothing is known is a real number, and one of `wrt` is never an integer. Raises CompileError ADC605 for a
    parameter whose value must be known, unless it is one of `given`, whose values the caller has (then it is None).
    """
    uses = uses_of(target.node)
    reader = _Signature(target, uses, given)
    return {p.name: reader.argument(p, p.name in wrt) for p in target.parameters}


@dataclass
class _Signature:
    target: Target
    uses: Mapping[str, Use]
    given: Collection[str]

    def argument(self, p: Parameter, differentiated: bool) -> Argument:
        if p.kind in ("VAR_POSITIONAL", "VAR_KEYWORD"):
            return Argument(Node("tuple" if p.kind == "VAR_POSITIONAL" else "dict", (), ()), ())
        use = self.uses.get(p.name, Use())
        if p.annotation is not None:
            try:
                return self._annotated(p.annotation, p.name, use, differentiated)
            except _Unclear:
                pass
        default = self.target.default(p.name)
        if default is not MISSING and default is not None:
            return argument_of(default, differentiated, p.name, self.target.span_of(p.node))
        if use.rank:
            return Argument(Leaf(), (_array("float64", use.rank, p.name),))
        if use.integer and not differentiated:
            return Argument(Leaf(), (INT,))
        if default is None:
            return Argument(Static(None), ())
        if use.opaque and p.name in self.given:
            return Argument(Static(None), ())
        if use.opaque:
            raise fail("ADC605", f"what {p.name!r} is cannot be told before a call", self.target.span_of(p.node),
                       "annotate it, or call the gradient once, or use .source_for(...) with example arguments")
        return Argument(Leaf(), (FLOAT,))

    def _annotated(self, node: ast.expr, name: str, use: Use, differentiated: bool) -> Argument:
        types: list[Type] = []
        tree = _Annotation(self, use, types, differentiated).tree(node, name)
        return Argument(tree, tuple(types))

    def look(self, name: str) -> Any:
        """The live object that a name in an annotation means, or None."""
        live: Any = self.target.live
        if live is None:
            return None
        cells = dict(zip(live.__code__.co_freevars, live.__closure__ or (), strict=True))
        if name in cells:
            try:
                return cells[name].cell_contents
            except ValueError:
                return None
        return live.__globals__.get(name)

    def class_statement(self, name: str) -> ast.ClassDef | None:
        """The class of this name at the top of the file."""
        found = [s for s in self.target.file.tree.body if isinstance(s, ast.ClassDef) and s.name == name]
        return found[-1] if found else None


@dataclass
class _Annotation:
    signature: _Signature
    use: Use
    types: list[Type]
    differentiated: bool

    def leaf(self, type_: Type) -> Tree:
        self.types.append(type_)
        return Leaf()

    def tree(self, node: ast.expr, name: str) -> Tree:
        match node:
            case ast.Constant(value=str(text)):
                return self.tree(_parsed(text), name)
            case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
                return self.tree(left, name)
            case ast.Name(id=called) | ast.Attribute(attr=called):
                return self._named(called, name)
            case ast.Subscript(value=ast.Name(id=called) | ast.Attribute(attr=called), slice=index):
                return self._generic(called, index.elts if isinstance(index, ast.Tuple) else [index], name)
            case _:
                raise _Unclear

    def _named(self, called: str, name: str) -> Tree:
        match called:
            case "float" | "floating" | "float64" | "Real" | "Number":
                return self.leaf(FLOAT)
            case "int" | "Integral":
                return self.leaf(FLOAT if self.differentiated else INT)
            case "bool":
                return self.leaf(FLOAT if self.differentiated else BOOL)
            case "ndarray" | "NDArray" | "ArrayLike":
                return self.leaf(_array("float64", self.use.rank or 1, name))
            case "list" | "List" | "Sequence":
                return self.leaf(List(FLOAT))
            case _:
                return self._class(called, name)

    def _generic(self, called: str, items: list[ast.expr], name: str) -> Tree:
        match called, items:
            case ("Annotated", [inner, ast.Constant(value=str(shape))]) if _is_array(inner):
                dims: tuple[Dim, ...] = tuple(int(d) if d.isdigit() else d for d in shape.replace(",", " ").split())
                return self.leaf(Array(_dtype(inner), dims))
            case ("Annotated" | "Optional" | "Final", [inner, *_]):
                return self.tree(inner, name)
            case ("NDArray" | "ndarray", [*_, dtype]):
                return self.leaf(_array(_dtype(dtype), self.use.rank or 1, name))
            case ("list" | "List" | "Sequence", [element]):
                return self._list(element)
            case ("tuple" | "Tuple", _) if not any(_is_ellipsis(i) for i in items):
                children = tuple(self.tree(i, f"{name}.{k}") for k, i in enumerate(items))
                return Node("tuple", tuple(range(len(items))), children)
            case _:
                raise _Unclear

    def _list(self, element: ast.expr) -> Tree:
        types: list[Type] = []
        tree = _Annotation(self.signature, Use(), types, self.differentiated).tree(element, "")
        if not isinstance(tree, Leaf) or types[0] not in (FLOAT, INT):
            raise _Unclear
        return self.leaf(List(types[0]))

    def _class(self, called: str, name: str) -> Tree:
        cls = self.signature.look(called)
        if isinstance(cls, type):
            return self._live_class(cls, name)
        node = self.signature.class_statement(called)
        kind = _kind_of_statement(node) if node is not None else None
        if cls is not None or node is None or kind is None:
            raise _Unclear
        fields = [s for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
        defaults = {ast.unparse(s.target): s.value.value for s in fields if isinstance(s.value, ast.Constant)}
        return self._fields(kind, [(ast.unparse(s.target), s.annotation) for s in fields], name, called, defaults)

    def _live_class(self, cls: type, name: str) -> Tree:
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            hints = _hints(cls)
            fields = [(k, hints.get(k, float)) for k in cls._fields]
            defaults = getattr(cls, "_field_defaults", {})
            return self._fields("namedtuple", [(k, _as_node(t)) for k, t in fields], name, cls, defaults)
        if dataclasses.is_dataclass(cls):
            hints = _hints(cls)
            defaults = {f.name: f.default for f in dataclasses.fields(cls) if f.default is not dataclasses.MISSING}
            return self._fields("dataclass", [(f.name, _as_node(hints.get(f.name, f.type)))
                                              for f in dataclasses.fields(cls)], name, cls, defaults)
        raise _Unclear

    def _fields(self, kind: str, fields: list[tuple[str, ast.expr]], name: str, cls: Any,
                defaults: Mapping[str, Any]) -> Tree:
        children = tuple(
            Static(defaults[key]) if isinstance(defaults.get(key), str) else self.tree(annotation, f"{name}.{key}")
            for key, annotation in fields)
        return Node(kind, tuple(key for key, _ in fields), children, cls)


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return dict(getattr(cls, "__annotations__", {}))


def _as_node(annotation: Any) -> ast.expr:
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return ast.Name(annotation.__name__)
    return _parsed(annotation if isinstance(annotation, str) else repr(annotation))


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        raise _Unclear from None


def _is_array(node: ast.expr) -> bool:
    head = node.value if isinstance(node, ast.Subscript) else node
    return isinstance(head, ast.Name | ast.Attribute) and ast.unparse(head).split(".")[-1] in ("ndarray", "NDArray")


def _dtype(node: ast.expr) -> str:
    """The element type that an annotation tells, float64 where it tells none."""
    for inner in ast.walk(node):
        called = inner.attr if isinstance(inner, ast.Attribute) else inner.id if isinstance(inner, ast.Name) else ""
        if called in _DTYPES:
            return _DTYPES[called]
    return "float64"


def _array(dtype: str, rank: int, name: str) -> Array:
    return Array(dtype, tuple(f"{name}_{axis}" for axis in range(rank)))


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _kind_of_statement(node: ast.ClassDef) -> str | None:
    if any(ast.unparse(d).split("(")[0].split(".")[-1] == "dataclass" for d in node.decorator_list):
        return "dataclass"
    return "namedtuple" if any(ast.unparse(b).split(".")[-1] == "NamedTuple" for b in node.bases) else None
