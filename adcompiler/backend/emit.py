"""IR to Python source: what a careful engineer would have written by hand."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adcompiler.backend.loops import header
from adcompiler.backend.memory import MUTATING, insert_copies
from adcompiler.backend.naming import Names
from adcompiler.backend.nest import nest
from adcompiler.backend.printer import Comment, constant, to_text
from adcompiler.backend.spell import COMPARE, NEGATED, Speller, index, name
from adcompiler.ir.nodes import (
    UNDEFINED,
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Foreign,
    Function,
    If,
    Leaf,
    Node,
    Op,
    Prim,
    Program,
    Static,
    Tree,
    Var,
    While,
    blocks_of,
)
from adcompiler.ir.rename import renamed_block
from adcompiler.ir.types import Array, Scalar

HELPERS = {
    "unbroadcast": '''
def _unbroadcast(value, like):
    """Sum over the axes along which `like` was broadcast to the shape of `value`."""
    value = np.sum(value, axis=tuple(range(np.ndim(value) - np.ndim(like))))
    ones = tuple(k for k, n in enumerate(np.shape(like)) if n == 1 and np.shape(value)[k] != 1)
    return np.sum(value, axis=ones, keepdims=True) if ones else value
''',
}


def emit(program: Program, *, name: str | None = None, doc: str = "") -> str:
    """The text of a module: imports, constants, outlined functions, and the entry function."""
    speller = Speller(program.bare)
    functions = [_define(f, speller, f"_{f.name.lstrip('_')}", "", program) for f in program.functions.values()]
    entry = _define(program.entry, speller, name or program.entry.name, doc, program)
    parts = [to_text(ast.Module([d], [])) for d in (*functions, entry)]
    text = "\n\n".join(parts)
    head = _imports(speller, text, program)
    helpers = [HELPERS[h].strip("\n") + "\n" for h in sorted(speller.helpers)]
    return "\n\n".join(p for p in (head, *helpers, *parts) if p)


def _imports(speller: Speller, text: str, program: Program) -> str:
    modules = set(speller.modules)
    used = {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}
    constants = [c.text for n, c in program.constants.items() if c.text and n in used]
    constants = _with_needed(constants, program)
    used |= {n.id for line in constants for n in ast.walk(ast.parse(line)) if isinstance(n, ast.Name)}
    if "np" in used:
        modules.add("numpy")
    if "math" in used:
        modules.add("math")
    lines = [f"import {m}" for m in sorted(modules & {"math", "scipy"})]
    if speller.bare_names:
        lines.append(f"from math import {', '.join(sorted(n for _, n in speller.bare_names))}")
    if "SimpleNamespace" in used:
        lines.append("from types import SimpleNamespace")
    if "numpy" in modules:
        lines += [""] * bool(lines) + ["import numpy as np"]
    lines += [f"from {m.rpartition('.')[0]} import {m.rpartition('.')[2]}" for m in sorted(modules) if m.startswith("scipy.")]
    imports = [c for c in constants if c.startswith("from ")]
    values = [c for c in constants if not c.startswith("from ")]
    lines += imports
    if values:
        lines += [""] * bool(lines) + values
    return "\n".join(lines) + "\n" if lines else ""


def _with_needed(lines: list[str], program: Program) -> list[str]:
    """The definitions with those that they need before them, each once."""
    found: list[str] = []

    def add(line: str) -> None:
        if line in found:
            return
        for node in ast.walk(ast.parse(line)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                other = program.constants.get(node.id)
                if other is not None and other.text and other.text != line:
                    add(other.text)
        found.append(line)

    for line in lines:
        add(line)
    return found


def _define(function: Function, speller: Speller, called: str, doc: str, program: Program) -> ast.FunctionDef:
    fresh = replace(function, block=renamed_block(function.block, {}))
    body = _Body(fresh, speller, program).statements()
    if doc:
        body.insert(0, ast.Expr(ast.Constant(doc)))
    made = ast.parse("def _(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)  # parsed, since its fields differ between versions of Python
    made.name, made.args, made.body = called, _arguments(function), body
    return made


def _arguments(function: Function) -> ast.arguments:
    result = ast.arguments(posonlyargs=[], args=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[])
    for p in function.signature:
        arg = ast.arg(p.name, None)
        default = ast.parse(p.default, mode="eval").body if p.default is not None else None
        match p.kind:
            case "KEYWORD_ONLY":
                result.kwonlyargs.append(arg)
                result.kw_defaults.append(default)
            case "VAR_POSITIONAL":
                result.vararg = arg
            case "VAR_KEYWORD":
                result.kwarg = arg
            case _:
                (result.posonlyargs if p.kind == "POSITIONAL_ONLY" else result.args).append(arg)
                if default is not None:
                    result.defaults.append(default)
    return result


@dataclass(frozen=True)
class _Return:
    """The end of a function: its results are returned."""

    tree: Tree


@dataclass(frozen=True)
class _Yield:
    """The end of a block inside: results go to variables; `flag` tells whether a loop is left."""

    targets: tuple[Var, ...]
    flag: bool = False


Ending = _Return | _Yield


class _Body:
    """Writes the statements of one function."""

    def __init__(self, function: Function, speller: Speller, program: Program) -> None:
        function, memory = insert_copies(function)
        self.function, self.speller, self.program = function, speller, program
        self.nesting = nest(function.block, memory)
        self.access = _accesses(function)
        simple = {v: p.name for v, p in _plain_parameters(function)}
        taken = {p.name for p in function.signature} | set(program.constants) | set(program.functions)
        taken |= {n for n in dir(math)} if "math" in speller.bare_modules else set()
        self.names = Names(function.block, self.nesting, simple, taken)
        self.kept = _kept(function.block)
        self.out: list[ast.stmt] = []
        self.note = ""

    def statements(self) -> list[ast.stmt]:
        """The function's body."""
        for leaf, access in list(self.access.items()):
            if self.nesting.uses[leaf] > 1:
                del self.access[leaf]
                self._assign(self.names.of(leaf), access)
        self._block(self.function.block.binds, self.function.block.results, _Return(self.function.result))
        return self.out or [ast.Pass()]

    # --- blocks ---------------------------------------------------------------------------------------

    def _inside(self, binds: Sequence[Bind], results: Sequence[Atom], ending: Ending) -> list[ast.stmt]:
        """The statements of a block inside."""
        saved, note = self.out, self.note
        self.out = []
        self._block(binds, results, ending)
        made, self.out, self.note = self.out, saved, note
        return made

    def _block(self, binds: Sequence[Bind], results: Sequence[Atom], ending: Ending) -> None:
        printed = [b for b in binds if not self._is_inlined(b)]
        for bind in printed:
            if bind is printed[-1] and isinstance(bind.op, If) and self._is_tail(bind, results, ending):
                self._tail(bind, bind.op, results, ending)
                return
            self._statement(bind)
        if printed and isinstance(printed[-1].op, Prim) and printed[-1].op.name == "raise":
            return
        self._end(results, ending)

    def _is_inlined(self, bind: Bind) -> bool:
        return len(bind.targets) == 1 and bind.targets[0] in self.nesting.inlined

    def _is_tail(self, bind: Bind, results: Sequence[Atom], ending: Ending) -> bool:
        if isinstance(ending, _Yield) and not (ending.flag and results[-1] in bind.targets):
            return False
        counts = {t: sum(a is t for a in results) for t in bind.targets}
        return bool(bind.targets) and all(self.nesting.uses[t] == n for t, n in counts.items())

    def _tail(self, bind: Bind, op: If, results: Sequence[Atom], ending: Ending) -> None:
        """A branch at the end of a function or of a loop body: early returns and breaks, without nesting the rest."""
        sides = []
        for side in (op.then, op.orelse):
            names = dict(zip(bind.targets, side.results, strict=True))
            mine = [names.get(a, a) if isinstance(a, Var) else a for a in results]
            sides.append(self._inside(side.binds, mine, ending))
        cond = self.expr(op.cond)
        then, orelse = sides
        if _leaves(orelse) and not _leaves(then) and then:
            self.out.append(ast.If(_negation(cond), orelse, []))
            self.out += then
        elif _leaves(then):
            self.out.append(ast.If(cond, then, []))
            self.out += orelse
        else:
            self._if_statement(cond, then, orelse)

    def _end(self, results: Sequence[Atom], ending: Ending) -> None:
        if isinstance(ending, _Return):
            for atom in results:
                if isinstance(atom, Var) and atom in self.nesting.inlined:
                    self._comment(self.nesting.inlined[atom].note)
            self.out.append(ast.Return(self._result(ending.tree, iter(results))))
            return
        values = results[:-1] if ending.flag else results
        self._assign_all(list(zip(ending.targets, values, strict=True)))
        if ending.flag:
            flag = results[-1]
            if isinstance(flag, Const):
                if flag.value:
                    self.out.append(ast.Break())
            else:
                self.out.append(ast.If(self.expr(flag), [ast.Break()], []))

    def _result(self, tree: Tree, results: Any) -> ast.expr:
        match tree:
            case Leaf():
                return self.expr(next(results))
            case Static(value):
                return constant(value)
            case Node(kind, keys, children, cls):
                parts = [self._result(c, results) for c in children]
                match kind:
                    case "tuple":
                        return ast.Tuple(parts, ast.Load())
                    case "list":
                        return ast.List(parts, ast.Load())
                    case "dict":
                        return ast.Dict([constant(k) for k in keys], parts)
                    case _:
                        label = "SimpleNamespace" if kind == "object" else getattr(cls, "__name__", str(cls))
                        return ast.Call(name(label), [], [ast.keyword(k, p) for k, p in zip(keys, parts, strict=True)])
        raise TypeError(f"not a tree: {tree!r}")

    # --- statements -----------------------------------------------------------------------------------

    def _comment(self, note: str) -> None:
        if note and note != self.note:
            self.out.append(Comment(note))
            self.note = note

    def _statement(self, bind: Bind) -> None:
        match bind.op:
            case If():
                self._if(bind, bind.op)
            case For():
                self._for(bind, bind.op)
            case While():
                self._while(bind, bind.op)
            case Call(callee, args):
                self._comment(bind.note)
                value: ast.expr = ast.Call(name(f"_{callee.lstrip('_')}"), [self.expr(a) for a in args], [])
                labels = [self.names.of(t) if self.nesting.uses[t] else "_" for t in bind.targets]
                targets: list[ast.expr] = [ast.Name(label, ast.Store()) for label in labels]
                self.out.append(ast.Assign([ast.Tuple(targets, ast.Store())], value))
            case Foreign() as op:
                self._comment(bind.note)
                text = self.speller.foreign(op, self.expr)
                if bind.targets and self.nesting.uses[bind.targets[0]]:
                    self._assign(self.names.of(bind.targets[0]), text)
                else:
                    self.out.append(ast.Expr(text))
            case Prim() as op:
                self._comment(bind.note)
                self._prim(bind, op)

    def _prim(self, bind: Bind, op: Prim) -> None:
        if op.name in MUTATING:
            self._update(bind, op)
        elif op.name == "assert":
            message = self.expr(op.args[1]) if len(op.args) > 1 else None
            self.out.append(ast.Assert(self.expr(op.args[0]), message))
        elif op.name == "raise":
            self.out.append(ast.Raise(self.expr(op.args[0]), None))
        elif not self.nesting.uses[bind.targets[0]]:
            self.out.append(ast.Expr(self._of(op)))  # it is there because it may raise
        else:
            self._assign(self.names.of(bind.targets[0]), self._of(op), bind.targets[0])

    def _update(self, bind: Bind, op: Prim) -> None:
        """An update in place. A value that has another name, or none, is given the target's first."""
        target = bind.targets[0]
        base = self.names.of(target)
        old = self.expr(op.args[0])
        if not (isinstance(old, ast.Name) and old.id == base):
            self._assign(base, old)
        if op.name == "append":
            self.out.append(ast.Expr(ast.Call(ast.Attribute(name(base), "append", ast.Load()), [self.expr(op.args[1])], [])))
        elif op.name == "pop":
            call = ast.Call(ast.Attribute(name(base), "pop", ast.Load()), [], [])
            last = bind.targets[1]
            if self.nesting.uses[last]:
                self._assign(self.names.of(last), call)
            else:
                self.out.append(ast.Expr(call))
        else:
            self._write(op, base)

    def _write(self, op: Prim, base: str) -> None:
        pattern, value = op.param("index"), self.expr(op.args[1])
        where = index(pattern, op.args[2:], self.expr)
        place: Any = ast.Subscript(name(base), where, ast.Store())
        if pattern == ("e",) and op.name == "accumulate":
            place = ast.Name(base, ast.Store())
        if op.name == "store":
            self.out.append(ast.Assign([place], value))
            return
        if "a" in pattern and not self._is_mask(op):
            function = self.speller.function("numpy.add")
            self.out.append(ast.Expr(ast.Call(ast.Attribute(function, "at", ast.Load()), [name(base), where, value], [])))
            return
        operator: ast.operator = ast.Add()
        if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
            operator, value = ast.Sub(), value.operand
        self.out.append(ast.AugAssign(place, operator, value))

    def _is_mask(self, op: Prim) -> bool:
        rest = iter(op.args[2:])
        for entry in op.param("index"):
            count = 1 if entry in "ia" else entry.count("1") if entry[0] == "s" else 0
            taken = [next(rest) for _ in range(count)]
            if entry == "a" and not (isinstance(taken[0].type, Array) and taken[0].type.dtype == "bool"):
                return False
        return True

    def _assign(self, target: str, value: ast.expr, var: Var | None = None) -> None:
        if var is not None and var.hint.endswith("_bar") and isinstance(var.type, Scalar) and isinstance(value, ast.BinOp) \
                and isinstance(value.op, ast.Add | ast.Sub) and isinstance(value.left, ast.Name) and value.left.id == target:
            self.out.append(ast.AugAssign(ast.Name(target, ast.Store()), value.op, value.right))
        else:
            self.out.append(ast.Assign([ast.Name(target, ast.Store())], value))

    def _assign_all(self, pairs: Sequence[tuple[Var, Atom]]) -> None:
        """Assign together, in an order in which nothing is overwritten before it is read; else as one tuple."""
        left: list[tuple[Var, str, ast.expr, set[str]]] = []
        for target, atom in pairs:
            if isinstance(atom, Const) and atom.value is UNDEFINED:
                if target in self.kept:
                    left.append((target, self.names.of(target), constant(None), set()))
                continue
            value = self.expr(atom)
            label = self.names.of(target)
            if not (isinstance(value, ast.Name) and value.id == label):
                reads = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
                left.append((target, label, value, reads))
        while left:
            ready = [p for p in left if not any(p[1] in q[3] for q in left if q is not p)]
            if not ready:
                targets = ast.Tuple([ast.Name(n, ast.Store()) for _, n, _, _ in left], ast.Store())
                self.out.append(ast.Assign([targets], ast.Tuple([v for _, _, v, _ in left], ast.Load())))
                return
            for p in ready[:1]:
                self._assign(p[1], p[2], p[0])
                left.remove(p)

    def _if(self, bind: Bind, op: If) -> None:
        sides = [self._inside(s.binds, s.results, _Yield(bind.targets)) for s in (op.then, op.orelse)]
        self._if_statement(self.expr(op.cond), *sides)

    def _if_statement(self, cond: ast.expr, then: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        if not then and not orelse:
            return
        if not then:
            cond, then, orelse = _negation(cond), orelse, []
        self.out.append(ast.If(cond, then, orelse))

    # --- loops ----------------------------------------------------------------------------------------

    def _for(self, bind: Bind, op: For) -> None:
        self._assign_all(list(zip(op.carried, op.inits, strict=True)))
        head = header(op, self.nesting, self.expr, self.names.of, self.names.is_stable)
        binds = [b for b in op.body.binds if not (b.targets and b.targets[0] in head.replaced)]
        body = self._inside(binds, op.body.results, _Yield(op.carried, op.exits))
        self.out.append(ast.For(head.target, head.iterable, body or [ast.Pass()], [], None))
        self._assign_all(list(zip(bind.targets, op.carried, strict=True)))

    def _while(self, bind: Bind, op: While) -> None:
        self._assign_all(list(zip(op.carried, op.inits, strict=True)))
        body = self._inside(op.body.binds, op.body.results, _Yield(op.carried, op.exits))
        tests = self._inside(op.cond.binds, (), _Yield(()))
        cond = self.expr(op.cond.results[0])
        if tests:
            body = [*tests, ast.If(_negation(cond), [ast.Break()], []), *body]
            cond = constant(True)
        self.out.append(ast.While(cond, body or [ast.Pass()], []))
        self._assign_all(list(zip(bind.targets, op.carried, strict=True)))

    # --- expressions ----------------------------------------------------------------------------------

    def expr(self, atom: Atom) -> ast.expr:
        """An atom as an expression, with what is printed inside it."""
        if isinstance(atom, Const):
            return constant(None if atom.value is UNDEFINED else atom.value)
        if atom in self.nesting.inlined:
            return self._of(self.nesting.inlined[atom].op)
        if atom in self.access:
            return self.access[atom]
        return name(self.names.of(atom))

    def _of(self, op: Op) -> ast.expr:
        match op:
            case Prim():
                return self.speller.prim(op, self.expr)
            case Foreign():
                return self.speller.foreign(op, self.expr)
            case If():
                return self._conditional(op)
        raise TypeError(f"not an expression: {op!r}")

    def _conditional(self, op: If) -> ast.expr:
        cond, a, b = op.cond, op.then.results[0], op.orelse.results[0]
        if b == Const(False, b.type) and isinstance(b.value, bool):  # type: ignore[union-attr]
            return _boolean(ast.And(), self.expr(cond), self.expr(a))
        if a == Const(True, a.type) and isinstance(a.value, bool):  # type: ignore[union-attr]
            return _boolean(ast.Or(), self.expr(cond), self.expr(b))
        return ast.IfExp(self.expr(cond), self.expr(a), self.expr(b))


def _boolean(op: ast.boolop, left: ast.expr, right: ast.expr) -> ast.expr:
    """`a < x and x < b` is `a < x < b`."""
    if isinstance(op, ast.And) and isinstance(left, ast.Compare) and isinstance(right, ast.Compare) \
            and isinstance(right.left, ast.Name) and ast.dump(left.comparators[-1]) == ast.dump(right.left):
        return ast.Compare(left.left, [*left.ops, *right.ops], [*left.comparators, *right.comparators])
    parts: list[ast.expr] = []
    for side in (left, right):
        parts += side.values if isinstance(side, ast.BoolOp) and type(side.op) is type(op) else [side]
    return ast.BoolOp(op, parts)


def _negation(cond: ast.expr) -> ast.expr:
    if isinstance(cond, ast.UnaryOp) and isinstance(cond.op, ast.Not):
        return cond.operand
    if isinstance(cond, ast.Compare) and len(cond.ops) == 1 and isinstance(cond.ops[0], ast.Eq | ast.NotEq):
        word = next(k for k, v in COMPARE.items() if isinstance(cond.ops[0], v))
        return ast.Compare(cond.left, [COMPARE[NEGATED[word]]()], cond.comparators)
    return ast.UnaryOp(ast.Not(), cond)


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether a block certainly leaves the function or the loop at its end."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and _leaves(last.body) and _leaves(last.orelse)
    return isinstance(last, ast.Return | ast.Break | ast.Raise)


# --- parameters -------------------------------------------------------------------------------------------


def _plain_parameters(function: Function) -> list[tuple[Var, Any]]:
    """The parameters that are one value, with their variables."""
    found, k = [], 0
    for p in function.signature:
        if isinstance(p.tree, Leaf):
            found.append((function.block.params[k], p))
            k += 1
        else:
            k += sum(1 for _ in _paths(p.tree, name(p.name)))
    return found


def _accesses(function: Function) -> dict[Var, ast.expr]:
    """For the parts of structured parameters, the expression that reads them."""
    found: dict[Var, ast.expr] = {}
    k = 0
    for p in function.signature:
        paths = list(_paths(p.tree, name(p.name)))
        if not isinstance(p.tree, Leaf):
            found.update(zip(function.block.params[k:], paths, strict=False))
        k += len(paths)
    return found


def _paths(tree: Tree, base: ast.expr) -> list[ast.expr]:
    match tree:
        case Leaf():
            return [base]
        case Node(kind, keys, children):
            access: Callable[[Any], ast.expr] = (lambda key: ast.Subscript(base, constant(key), ast.Load())) \
                if kind in ("dict", "tuple", "list") else (lambda key: ast.Attribute(base, key, ast.Load()))
            labels = range(len(children)) if kind in ("tuple", "list") else keys
            return [p for key, c in zip(labels, children, strict=True) for p in _paths(c, access(key))]
        case _:
            return []


def _kept(block: Block) -> set[Var]:
    """The variables that may be read where they have no value: those that end up in lists and saved tuples."""
    kept: set[Var] = {a for a in block.results if isinstance(a, Var)}
    size = -1
    while size != len(kept):
        size = len(kept)
        _grow_kept(block, kept)
    return kept


def _grow_kept(block: Block, kept: set[Var]) -> None:
    for bind in block.binds:
        op = bind.op
        match op:
            case Prim(name="append" | "save" | "list" | "tuple"):
                kept.update(a for a in op.args if isinstance(a, Var))
            case If():
                for k, t in enumerate(bind.targets):
                    if t in kept:
                        kept.update(a for a in (op.then.results[k], op.orelse.results[k]) if isinstance(a, Var))
            case For() | While():
                for t, c, y, i in zip(bind.targets, op.carried, op.yields, op.inits, strict=True):
                    if t in kept or c in kept:
                        kept.update(a for a in (c, y, i) if isinstance(a, Var))
        for inner in blocks_of(op):
            _grow_kept(inner, kept)
