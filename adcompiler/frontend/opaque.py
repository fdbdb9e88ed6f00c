"""Python that we do not understand: kept as written, with its operands as IR values, and without a derivative."""

from __future__ import annotations

import ast

from adcompiler.frontend.context import Context
from adcompiler.frontend.state import kind_of
from adcompiler.frontend.values import (
    ArrayObj,
    BoundV,
    BuiltinV,
    ClassV,
    DerivativeV,
    DictObj,
    DtypeV,
    FunctionV,
    ListObj,
    MethodV,
    ModuleV,
    OpaqueV,
    PrimV,
    RangeV,
    Ref,
    Refused,
    TupleV,
    Value,
)
from adcompiler.ir.nodes import Atom, Const, Constant, Foreign, Var
from adcompiler.ir.types import ANY, Scalar

_ALIASES = {"numpy": "np"}
Template = tuple[str, tuple[Atom, ...]]


def spelled(dotted: str) -> str:
    """How generated code writes a name of a library: `np.` for numpy."""
    root, _, rest = dotted.partition(".")
    return f"{_ALIASES.get(root, root)}.{rest}" if rest else _ALIASES.get(root, root)


def opaque_source(ctx: Context, value: Value, node: ast.AST, first: int = 0) -> Template:
    """A value as Python source with placeholders `{first}`, `{first + 1}`, ... for IR values."""
    args: list[Atom] = []
    text = _text(ctx, value, node, args, first)
    return text, tuple(args)


def _text(ctx: Context, value: Value, node: ast.AST, args: list[Atom], first: int) -> str:
    match value:
        case Const() if not isinstance(value.type, Scalar):
            return repr(value.value).replace("{", "{{").replace("}", "}}")
        case Var() | Const():
            args.append(value)
            return f"{{{first + len(args) - 1}}}"
        case TupleV(items, None, _):
            inner = ", ".join(_text(ctx, v, node, args, first) for v in items)
            return f"({inner},)" if len(items) == 1 else f"({inner})"
        case RangeV(start, stop, step):
            return f"range({', '.join(_text(ctx, v, node, args, first) for v in (start, stop, step))})"
        case Ref(id):
            return _object_text(ctx, value, id, node, args, first)
        case OpaqueV(name) | BuiltinV(name):
            return name.replace("{", "{{").replace("}", "}}")
        case ClassV(name=name, live=live, constant_text=text):
            ctx.constants[name] = Constant(live, text)
            return name
        case PrimV(name) | ModuleV(name, None):
            return spelled(name)
        case FunctionV() | MethodV() | BoundV() | DerivativeV():
            from adcompiler.frontend.implicit import passed

            atom = passed(ctx, value, node)
            if atom is not None:
                args.append(atom)
                return f"{{{first + len(args) - 1}}}"
        case DtypeV(name):
            return f"np.{name}" if name != "bool" else "bool"
    raise Refused("ADC502", f"{kind_of(value, ctx.state)} cannot be passed to a function that is not understood", node)


def _object_text(ctx: Context, value: Ref, id_: int, node: ast.AST, args: list[Atom], first: int) -> str:
    obj = ctx.state.heap[id_]
    match obj:
        case ListObj(items=items) if items is not None:
            return f"[{', '.join(_text(ctx, v, node, args, first) for v in items)}]"
        case ArrayObj() | ListObj():
            args.append(ctx.atom(value, node))
            return f"{{{first + len(args) - 1}}}"
        case DictObj(entries):
            pairs = (f"{k!r}: {_text(ctx, v, node, args, first)}" for k, v in entries)
            return "{{" + ", ".join(pairs) + "}}"
    raise Refused("ADC502", f"{kind_of(value, ctx.state)} cannot be passed to a function that is not understood", node)


def opaque_call(ctx: Context, callee: Value, attr: str, node: ast.Call) -> Template:
    """A call of an opaque object, or of its attribute `attr`, as source with placeholders."""
    args: list[Atom] = []
    parts = [_text(ctx, callee, node.func, args, 0) + (f".{attr}" if attr else "")]
    given = [("*" if isinstance(a, ast.Starred) else "") + _argument(ctx, a, args) for a in node.args]
    given += [(f"{k.arg}=" if k.arg else "**") + _argument(ctx, k.value, args) for k in node.keywords]
    return f"{parts[0]}({', '.join(given)})", tuple(args)


def opaque_subscript(ctx: Context, base: Value, node: ast.Subscript) -> Template:
    """An element or slice of an opaque object as source with placeholders."""
    args: list[Atom] = []
    owner = _text(ctx, base, node.value, args, 0)
    if isinstance(node.slice, ast.Slice):
        bounds = [_argument(ctx, b, args) if b is not None else "" for b in (node.slice.lower, node.slice.upper)]
        step = ":" + _argument(ctx, node.slice.step, args) if node.slice.step else ""
        return f"{owner}[{':'.join(bounds)}{step}]", tuple(args)
    return f"{owner}[{_argument(ctx, node.slice, args)}]", tuple(args)


def _argument(ctx: Context, node: ast.expr, args: list[Atom]) -> str:
    from adcompiler.frontend.expressions import expression

    inner = node.value if isinstance(node, ast.Starred) else node
    return _text(ctx, expression(ctx, inner), inner, args, 0)


def opaque(ctx: Context, template: Template, node: ast.AST, pure: bool = False) -> Value:
    """The object of unknown type that a template makes. Kept, in order, with its effects, unless it is pure."""
    text, args = template
    return ctx.at(node).emit(Foreign(text, args, pure or ctx.unknown is not None), [ANY])[0]
