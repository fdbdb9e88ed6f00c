"""Structured code with names to Python's statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from adcompiler.backend.code import (
    Apply,
    Assign,
    Branch,
    Effect,
    Expr,
    ForLoop,
    Jump,
    Move,
    Return,
    Statement,
    Update,
    WhileLoop,
    variables,
)
from adcompiler.backend.iteration import ONE, ZERO
from adcompiler.backend.printer import Comment
from adcompiler.backend.spell import BINARY, Speller, call, is_mask_or_fancy, name
from adcompiler.ir.nodes import Prim, Var
from adcompiler.ir.types import Array, List, Scalar

_OWN_LINES = ("for ", "while ", "if ", "elif ", "else")


class Renderer:
    """Renders the body of one function. `returned` makes the `return` statement of the leaves of the result."""

    def __init__(self, speller: Speller, names: dict[Var, str], read: set[Var], augmentable: set[Var],
                 returned: Callable[[Sequence[ast.expr]], ast.stmt]) -> None:
        self.speller, self.names, self.read, self.augmentable = speller, names, read, augmentable
        self.returned = returned
        self.hidden = "_" in names.values()
        self.note = ""

    def block(self, code: Sequence[Statement]) -> list[ast.stmt]:
        """The statements of a block."""
        out: list[ast.stmt] = []
        for s in code:
            made = self._statement(s)
            if made and s.note and self._explains(s):
                self._comment(s.note, out)
            out += made
        return out

    def inside(self, code: Sequence[Statement]) -> list[ast.stmt]:
        """The statements of a block inside another statement."""
        return self.block(code) or [ast.Pass()]

    def _explains(self, s: Statement) -> bool:
        """Whether the primal statement of `s` is worth a comment: not the first line of a loop or branch again."""
        return not isinstance(s, Branch | ForLoop | WhileLoop) and (
            isinstance(s, Update) or not s.note.startswith(_OWN_LINES))

    def _comment(self, note: str, out: list[ast.stmt]) -> None:
        first = note.strip().splitlines()[0].strip()
        if first != self.note:
            out.append(Comment(first))
        self.note = first

    def _statement(self, s: Statement) -> list[ast.stmt]:
        expr = self.speller.expr
        match s:
            case Assign():
                return self._assign(s)
            case Move():
                return self._move(s)
            case Update():
                return self._update(s)
            case Effect():
                return self._effect(s)
            case Branch(cond, body, orelse):
                return [ast.If(expr(cond), self.inside(body), self.block(orelse))]
            case ForLoop():
                return [self._for(s)]
            case WhileLoop(cond, body, orelse):
                return [ast.While(expr(cond), self.inside(body), self.block(orelse))]
            case Jump(kind):
                return [ast.Break() if kind == "break" else ast.Continue()]
            case Return(values):
                return [self.returned([expr(v) for v in values])]
        raise TypeError(f"not a statement: {s!r}")

    # --- assignments --------------------------------------------------------------------------------------

    def _target(self, var: Var) -> ast.Name:
        return ast.Name(self.names[var], ast.Store())

    def _assign(self, s: Assign) -> list[ast.stmt]:
        if not s.targets:
            return [ast.Expr(self.speller.expr(s.value))]
        if len(s.targets) > 1:
            targets = ast.Tuple([self._target(t) if t in self.read or self.hidden else ast.Name("_", ast.Store())
                                 for t in s.targets], ast.Store())
            return [ast.Assign([targets], self.speller.expr(s.value))]
        target = s.targets[0]
        return [self._one(target, s.value, augment=not _written_out(s, target))]

    def _one(self, target: Var, value: Expr, *, augment: bool = True) -> ast.stmt:
        named = target.hint or isinstance(target.type, Array)
        if augment and named and isinstance(value, Apply) and isinstance(value.op, Prim) and value.op.name in BINARY:
            first = value.args[0]
            if isinstance(first, Var) and self.names[first] == self.names[target] and self._in_place(first, value):
                right = self.speller.operand(value.args[1], first)
                return ast.AugAssign(self._target(target), BINARY[value.op.name], right)
        return ast.Assign([self._target(target)], self.speller.expr(value))

    def _in_place(self, first: Var, value: Apply) -> bool:
        if isinstance(first.type, Scalar) and isinstance(value.type, Scalar):
            return True
        return value.result in self.augmentable

    def _move(self, s: Move) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for group in _in_order(s.pairs, self.names):
            for _, _, note in group:
                if note and not note.startswith(_OWN_LINES):
                    self._comment(note, out)
            if len(group) == 1:
                out.append(self._one(group[0][0], group[0][1]))
            else:
                targets = ast.Tuple([self._target(t) for t, _, _ in group], ast.Store())
                out.append(ast.Assign([targets], ast.Tuple([self.speller.expr(v) for _, v, _ in group], ast.Load())))
        return out

    # --- updates --------------------------------------------------------------------------------------------

    def _update(self, s: Update) -> list[ast.stmt]:
        base = self.speller.expr(s.base)
        out = self._change(s, base)
        if s.targets and isinstance(s.base, Var) and self.names[s.targets[0]] != self.names[s.base]:
            out.append(ast.Assign([self._target(s.targets[0])], base))
        return out

    def _change(self, s: Update, base: ast.expr) -> list[ast.stmt]:
        expr, op = self.speller.expr, s.op
        if op.name == "append":
            return [ast.Expr(call(ast.Attribute(base, "append", ast.Load()), expr(s.args[0])))]
        if op.name == "pop":
            popped = call(ast.Attribute(base, "pop", ast.Load()))
            return [ast.Assign([self._target(s.targets[1])], popped) if s.targets[1] in self.read else ast.Expr(popped)]
        value, *where = s.args
        target = self.speller.subscript(base, op.param("index"), where)
        target.ctx = ast.Store()
        if op.name == "accumulate" and is_mask_or_fancy(op, where):
            index = target.slice
            if any(isinstance(n, ast.Slice) for n in ast.walk(index)):
                index = ast.Subscript(self.speller.function("numpy.s_"), index, ast.Load())
            return [ast.Expr(call(self.speller.function("numpy.add.at"), target.value, index, expr(value)))]
        if op.name == "accumulate":
            return [self._accumulate(s, target, value)]
        return [self._store(s, target, value, where)]

    def _accumulate(self, s: Update, target: ast.Subscript, value: Expr) -> ast.stmt:
        element = s.base.type.element if isinstance(s.base.type, List) else None
        if element is not None and not isinstance(element, Scalar):
            read = ast.Subscript(target.value, target.slice, ast.Load())
            return ast.Assign([target], ast.BinOp(read, ast.Add(), self.speller.expr(value)))
        if isinstance(value, Apply) and isinstance(value.op, Prim) and value.op.name == "neg":
            return ast.AugAssign(target, ast.Sub(), self.speller.expr(value.args[0]))
        return ast.AugAssign(target, ast.Add(), self.speller.operand(value, _element(s.base)))

    def _store(self, s: Update, target: ast.Subscript, value: Expr, where: Sequence[Expr]) -> ast.stmt:
        """`x[i] = v`, or `x[i] += w` for `x[i] = x[i] + w`."""
        made = self.speller.expr(value)
        simple = isinstance(s.base.type, Array) or (isinstance(s.base.type, List) and isinstance(s.base.type.element, Scalar))
        if simple and isinstance(made, ast.BinOp) and isinstance(value, Apply) and isinstance(value.args[0], Apply) \
                and ast.dump(made.left) == ast.dump(ast.Subscript(target.value, target.slice, ast.Load())) \
                and not is_mask_or_fancy(s.op, where):
            return ast.AugAssign(target, made.op, made.right)
        return ast.Assign([target], made)

    def _effect(self, s: Effect) -> list[ast.stmt]:
        expr = self.speller.expr
        if not isinstance(s.op, Prim):
            return self.speller.foreign_statement(s.op, s.args)
        if s.op.name == "raise":
            return [ast.Raise(expr(s.args[0]), None)]
        return [ast.Assert(expr(s.args[0]), expr(s.args[1]) if len(s.args) > 1 else None)]

    # --- loops ------------------------------------------------------------------------------------------------

    def _for(self, s: ForLoop) -> ast.stmt:
        target, iterable = self._head(s)
        made = ast.parse("for _ in _: pass").body[0]
        assert isinstance(made, ast.For)  # parsed, since its fields differ between versions of Python
        made.target, made.iter = target, iterable
        made.body, made.orelse = self.inside(s.body), self.block(s.orelse)
        return made

    def _head(self, s: ForLoop) -> tuple[ast.expr, ast.expr]:
        expr = self.speller.expr
        elements: list[ast.expr] = [self._pattern([self._target(v) for v in e]) for e in s.elements]
        sequences = [call(name("reversed"), expr(q)) if s.backwards else expr(q) for q in s.sequences]
        if s.index is None:
            return self._pattern(elements), sequences[0] if len(sequences) == 1 else call(name("zip"), *sequences)
        index = self._target(s.index)
        if s.elements and not s.backwards:
            inner = sequences[0] if len(sequences) == 1 else call(name("zip"), *sequences)
            return self._pattern([index, self._pattern(elements)]), call(name("enumerate"), inner)
        if not s.elements:
            return index, self._range(s)
        return self._pattern([index, *elements]), call(name("zip"), self._range(s), *sequences)

    def _pattern(self, targets: list[ast.expr]) -> ast.expr:
        return targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())

    def _range(self, s: ForLoop) -> ast.expr:
        start, stop, step = s.bounds
        bounds = [stop] if start == ZERO and step == ONE else [start, stop] if step == ONE else [start, stop, step]
        made = call(name("range"), *map(self.speller.expr, bounds))
        return call(name("reversed"), made) if s.backwards else made


def _written_out(s: Assign, target: Var) -> bool:
    """Whether the user wrote `x = x + ...` and not `x += ...`."""
    return s.span is not None and s.span.text.lstrip().startswith(f"{target.hint} =")


def _element(base: Expr) -> Expr:
    """A stand-in for an element of an array or list, for its type."""
    match base.type:
        case Array(dtype):
            return Var("", Scalar(dtype, weak=False))
        case List(element):
            return Var("", element)
        case other:
            return Var("", other)


Pair = tuple[Var, Expr, str]


def _in_order(pairs: Sequence[Pair], names: dict[Var, str]) -> list[list[Pair]]:
    """Assignments at the same time as assignments one after the other: those in a circle stay together."""
    reads = {names[t]: {names[v] for v in variables(e) if v in names} for t, e, _ in pairs}
    waiting = list(pairs)
    groups: list[list[Pair]] = []
    while waiting:
        ready = next((p for p in waiting if not any(names[p[0]] in reads[names[q[0]]] for q in waiting if q is not p)), None)
        if ready is None:
            groups.append(waiting)
            break
        waiting.remove(ready)
        groups.append([ready])
    return groups
