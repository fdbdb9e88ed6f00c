"""Which names an iteration of a loop may read before it binds them: they have the values of the iteration before.

Names that are not among them are temporaries of the body. The answer errs to one side only: a name whose binding is
not certain (in one branch, in a loop inside, in a condition that may be skipped) counts as read before it is bound.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence


def exposed_names(loop: ast.AST) -> set[str]:
    """The names that one iteration of a `for`, `while` or comprehension may read before it binds them."""
    reader = _Reader()
    match loop:
        case ast.For(target=target, body=body):
            reader.bind(target)
            reader.statements(body)
        case ast.While(test=test, body=body):
            reader.expression(test)
            reader.statements(body)
        case _:
            reader.expression(loop)
            return reader.exposed - _own_names(loop)
    return reader.exposed


def _own_names(comprehension: ast.AST) -> set[str]:
    """The names that the generators of a comprehension bind anew for each element."""
    return {n.id for g in getattr(comprehension, "generators", ()) for n in ast.walk(g.target) if isinstance(n, ast.Name)}


class _Reader:
    """Walks code in the order in which it runs. `bound`: what certainly has a value; None where code does not go on."""

    def __init__(self) -> None:
        self.exposed: set[str] = set()
        self.bound: set[str] | None = set()

    # statements

    def statements(self, body: Sequence[ast.stmt]) -> None:
        for stmt in body:
            self.statement(stmt)

    def statement(self, stmt: ast.stmt) -> None:
        match stmt:
            case ast.Assign(targets=targets, value=value):
                self.expression(value)
                for target in targets:
                    self.bind(target)
            case ast.AugAssign(target=target, value=value):
                self._read(ast.walk(target))
                self.expression(value)
                self.bind(target)
            case ast.AnnAssign(target=target, value=given):
                if given is not None:
                    self.expression(given)
                    self.bind(target)
            case ast.Expr(value=value):
                self.expression(value)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._read(ast.walk(target))
                    if isinstance(target, ast.Name) and self.bound is not None:
                        self.bound.discard(target.id)
            case ast.Return() | ast.Raise() | ast.Break() | ast.Continue():
                self._read(ast.walk(stmt))
                self.bound = None
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                self._read(ast.walk(stmt))
                self._have(name)
            case _:
                self._compound(stmt)

    def _compound(self, stmt: ast.stmt) -> None:
        match stmt:
            case ast.If(test=test, body=body, orelse=orelse):
                self.expression(test)
                self._either(body, orelse)
            case ast.For(target=target, iter=iterated, body=body, orelse=orelse):
                self.expression(iterated)
                before = self._copy()
                self.bind(target)
                self.statements(body)
                self.bound = before
                self._perhaps(orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                self.expression(test)
                self._perhaps(body)
                self._perhaps(orelse)
            case ast.With(items=items, body=body):
                for item in items:
                    self.expression(item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars)
                self.statements(body)
            case _:  # a statement of another kind: what it reads counts, what it binds does not
                self._read(ast.walk(stmt))

    def _either(self, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> None:
        before = self._copy()
        self.statements(body)
        after, self.bound = self.bound, before
        self.statements(orelse)
        if self.bound is None or after is None:
            self.bound = after if self.bound is None else self.bound
        else:
            self.bound &= after

    def _perhaps(self, body: Sequence[ast.stmt]) -> None:
        """Statements that may not run, or not to the end."""
        before = self._copy()
        self.statements(body)
        self.bound = before

    def _copy(self) -> set[str] | None:
        return None if self.bound is None else set(self.bound)

    # expressions

    def expression(self, node: ast.AST) -> None:
        match node:
            case ast.NamedExpr(target=target, value=value):
                self.expression(value)
                self.bind(target)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.expression(test)
                for side in (body, orelse):
                    self._perhaps_value(side)
            case ast.BoolOp(values=[first, *rest]):
                self.expression(first)
                for value in rest:
                    self._perhaps_value(value)
            case ast.Compare(left=left, comparators=[first, *rest]):
                self.expression(left)
                self.expression(first)
                for value in rest:
                    self._perhaps_value(value)
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._read(ast.walk(node))
            case ast.Name():
                self._read([node])
            case _:
                for child in ast.iter_child_nodes(node):
                    self.expression(child)

    def _perhaps_value(self, node: ast.expr) -> None:
        before = self._copy()
        self.expression(node)
        self.bound = before

    # names

    def bind(self, target: ast.expr) -> None:
        """An assignment to a target, whose subscripts and objects are read."""
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._have(node.id)
            else:
                self._read([node])

    def _have(self, name: str) -> None:
        if self.bound is not None:
            self.bound.add(name)

    def _read(self, nodes: Iterable[ast.AST]) -> None:
        if self.bound is not None:
            self.exposed.update(n.id for n in nodes if isinstance(n, ast.Name) and n.id not in self.bound)
