"""The IR as text: `show` prints it, `read` parses it, and `read(show(f))` is `f` again (without spans).

    fn relax(x: float, n: int)
      y = for i in range(0, n, 1) carry y = x
        t = math.sin(y)
        u = mul(0.1, t)
        v = sub(y, u)
        yield v
      r = mul(y, x)
      return r

    a, b = if c                         y = while carry y = x
      yield x, 1.0                        cond
    else                                    c = lt(y, 3.0)
      yield y, 2.0                          yield c
                                          do
    t = numpy.sum(x, axis=0)                v = add(y, 1.0)
    u = call helper(x, t)                   yield v
    foreign 'print({0})'(u)
    s = foreign pure 'len(names)'()     y = for i in range(0, n, 1) exits carry y = x

A type follows a name after a colon (`t: f64[n]`). Those of parameters are always printed, the others where
they are not the ones that `read` infers. Constants are Python literals, `inf`, `nan`, `undefined`, `f32(0.1)`
for a NumPy scalar and `const(value, 'type')`. Structured arguments and results are `dict{'a': p_a: float}`,
`tuple{...}`, `namedtuple Point{...}`, `static None`; several results are a tuple. The note of a binding is
its comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from adcompiler.ir.build import const
from adcompiler.ir.names import Scope
from adcompiler.ir.nodes import (
    UNDEFINED,
    Atom,
    Bind,
    Block,
    Call,
    For,
    Foreign,
    Function,
    If,
    Leaf,
    Node,
    Op,
    Parameter,
    Prim,
    Program,
    Static,
    Tree,
    Var,
    While,
    leaves,
)
from adcompiler.ir.ops import IrTypeError, result_types
from adcompiler.ir.reader import IrSyntaxError, read, read_program
from adcompiler.ir.types import ANY, INT, NEVER, Scalar, Type, join

__all__ = ["IrSyntaxError", "read", "read_program", "show"]

_INDENT = "  "
_STARS = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}


def show(ir: Function | Program) -> str:
    """The text of a function, or of a program: its constants, its entry, the functions that it calls."""
    if isinstance(ir, Function):
        return _Printer().function(ir)
    head = [f"constant {name} = {c.text!r}" for name, c in ir.constants.items()]
    if ir.bare:
        head.append(f"bare {', '.join(sorted(ir.bare))}")
    parts = ["\n".join(head)] if head else []
    return "\n\n".join(parts + [_Printer().function(f) for f in (ir.entry, *ir.functions.values())])


class _Printer:
    """Prints one function; remembers the names given, numbers unknown dimensions in order of appearance."""

    def __init__(self) -> None:
        self._names: dict[Var, str] = {}
        self._dims: dict[str, str] = {}

    def function(self, fn: Function) -> str:
        scope = Scope()
        for var in fn.block.params:
            self._name(var, scope)
        lines = [f"fn {fn.name}({self._signature(fn)})"]
        lines += [f"{_INDENT}doc {fn.doc!r}"] if fn.doc else []
        lines += self._binds(fn.block, scope, _INDENT)
        return "\n".join([*lines, f"{_INDENT}return {self._result(fn)}"])

    # --- names, types and atoms -------------------------------------------------------------------------

    def _name(self, var: Var, scope: Scope) -> str:
        name = scope.fresh(var.hint)
        scope.bind(name, var)
        self._names[var] = name
        return name

    def _type(self, type_: Type) -> str:
        def number(match: re.Match[str]) -> str:
            return self._dims.setdefault(match[0], f"?{match[1]}{len(self._dims) + 1}")

        return re.sub(r"\?(\*?)\d+", number, str(type_))

    def _target(self, var: Var, inferred: Type | None, scope: Scope) -> str:
        name = self._name(var, scope)
        return name if var.type == inferred else f"{name}: {self._type(var.type)}"

    def _atom(self, atom: Atom) -> str:
        if isinstance(atom, Var):
            return self._names.get(atom, f"<unbound {atom.hint}>")
        value = atom.value
        if atom.type == (NEVER if value is UNDEFINED else const(value).type):
            return repr(value)
        if isinstance(atom.type, Scalar) and not atom.type.weak:
            return f"{atom.type}({value!r})"
        return f"const({value!r}, {self._type(atom.type)!r})"

    def _atoms(self, atoms: Sequence[Atom]) -> str:
        return ", ".join(map(self._atom, atoms))

    def _param(self, value: object) -> str:
        return f"type({self._type(value)!r})" if isinstance(value, Type) else repr(value)

    # --- blocks and operations ---------------------------------------------------------------------------

    def _binds(self, block: Block, scope: Scope, indent: str) -> list[str]:
        lines: list[str] = []
        for bind in block.binds:
            head, *inner = self._op(bind.op, scope, indent)
            targets = ", ".join(self._target(v, t, scope) for v, t in _with_inferred(bind))
            note = f"  # {' '.join(bind.note.split())}" if bind.note.strip() else ""
            lines.append(indent + (f"{targets} = {head}" if targets else head) + note)
            lines += inner
        return lines

    def _body(self, block: Block, scope: Scope, indent: str) -> list[str]:
        lines = self._binds(block, scope, indent)
        if block.results or not lines:
            lines.append(f"{indent}yield {self._atoms(block.results)}".rstrip())
        return lines

    def _op(self, op: Op, scope: Scope, indent: str) -> list[str]:
        inner = indent + _INDENT
        match op:
            case Prim(name, args):
                params = [f"{k}={self._param(v)}" for k, v in sorted(op.params)]
                return [f"{name}({', '.join([*map(self._atom, args), *params])})"]
            case Foreign(template, args, pure):
                return [f"foreign {'pure ' if pure else ''}{template!r}({self._atoms(args)})"]
            case Call(callee, args):
                return [f"call {callee}({self._atoms(args)})"]
            case If(cond, then, orelse):
                return [f"if {self._atom(cond)}", *self._body(then, scope.child(), inner),
                        f"{indent}else", *self._body(orelse, scope.child(), inner)]
            case For():
                return self._for(op, scope, inner)
            case While():
                return self._while(op, scope, inner)
            case _:
                raise TypeError(f"not an operation: {op!r}")

    def _for(self, op: For, scope: Scope, inner: str) -> list[str]:
        bounds = self._atoms((op.start, op.stop, op.step))
        inits = [self._atom(a) for a in op.inits]
        body = scope.child()
        index = self._target(op.index, INT, body)
        carried = self._carried(op, inits, body)
        return [f"for {index} in range({bounds}){carried}", *self._body(op.body, body, inner)]

    def _while(self, op: While, scope: Scope, inner: str) -> list[str]:
        inits = [self._atom(a) for a in op.inits]
        body, cond = scope.child(), scope.child()
        head = f"while{self._carried(op, inits, body)}"
        params = [self._target(c, b.type, cond) for c, b in zip(op.cond.params, op.carried, strict=False)]
        shown = "" if params == [self._names[b] for b in op.carried] else f" {', '.join(params)}"
        return [head, f"{inner}cond{shown}", *self._body(op.cond, cond, inner + _INDENT),
                f"{inner}do", *self._body(op.body, body, inner + _INDENT)]

    def _carried(self, op: For | While, inits: list[str], scope: Scope) -> str:
        parts = []
        for var, init, text, after in zip(op.carried, op.inits, inits, op.yields, strict=False):
            stable = var.type if join(var.type, after.type) == var.type else None
            parts.append(f"{self._target(var, stable if init.type == var.type else None, scope)} = {text}")
        return (" exits" if op.exits else "") + (f" carry {', '.join(parts)}" if parts else "")

    # --- signature and result ----------------------------------------------------------------------------

    def _signature(self, fn: Function) -> str:
        params = iter(fn.block.params)
        parts: list[str] = []
        previous = "POSITIONAL_ONLY" if fn.signature and fn.signature[0].kind == "POSITIONAL_ONLY" else ""
        for p in fn.signature:
            if previous == "POSITIONAL_ONLY" and p.kind != previous:
                parts.append("/")
            if p.kind == "KEYWORD_ONLY" and previous not in ("KEYWORD_ONLY", "VAR_POSITIONAL"):
                parts.append("*")
            parts.append(self._parameter(p, params))
            previous = p.kind
        return ", ".join(parts + (["/"] if previous == "POSITIONAL_ONLY" else []))

    def _parameter(self, p: Parameter, params: Iterator[Var]) -> str:
        mine = [v for _, v in zip(leaves(p.tree), params, strict=False)]
        leaf_texts = iter([f"{self._names[v]}: {self._type(v.type)}" for v in mine])
        tree = _tree_text(p.tree, leaf_texts).removeprefix(f"{p.name}: ")
        return f"{_STARS.get(p.kind, '')}{p.name}: {tree}" + ("" if p.default is None else f" = {p.default}")

    def _result(self, fn: Function) -> str:
        atoms = list(map(self._atom, fn.block.results))
        if len(list(leaves(fn.result))) != len(atoms):
            return ", ".join(atoms)
        texts = iter(atoms)
        match fn.result:
            case Node("tuple", _, children) if len(children) > 1:
                return ", ".join(_tree_text(child, texts) for child in children)
            case tree:
                return _tree_text(tree, texts)


def _with_inferred(bind: Bind) -> list[tuple[Var, Type | None]]:
    inferred: list[Type | None]
    match bind.op:
        case Prim(name, args, params):
            inferred = list(_prim_types(name, args, dict(params)))
        case If(_, then, orelse):
            inferred = [join(a.type, b.type) for a, b in zip(then.results, orelse.results, strict=False)]
        case For() | While():
            inferred = [v.type for v in bind.op.carried]
        case _:
            inferred = [ANY] * len(bind.targets)
    inferred += [None] * (len(bind.targets) - len(inferred))
    return list(zip(bind.targets, inferred, strict=False))


def _prim_types(name: str, args: Sequence[Atom], params: dict[str, Any]) -> tuple[Type | None, ...]:
    try:
        return result_types(name, args, params)
    except IrTypeError:
        return (None,)


def _tree_text(tree: Tree, texts: Iterator[str]) -> str:
    match tree:
        case Leaf():
            return next(texts, "<missing>")
        case Static(value):
            return f"static {value!r}"
        case Node(kind, keys, children, cls):
            parts = [_tree_text(child, texts) for child in children]
            if kind not in ("tuple", "list"):
                parts = [f"{key!r}: {part}" for key, part in zip(keys, parts, strict=True)]
            name = "" if cls is None else f" {cls if isinstance(cls, str) else cls.__name__}"
            return f"{kind}{name}{{{', '.join(parts)}}}"
        case _:
            raise TypeError(f"not a tree: {tree!r}")
