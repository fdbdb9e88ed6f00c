"""Rules that users give for functions that the compiler cannot read: each becomes a primitive like the others.

A function of math, numpy or scipy keeps its dotted name; any other is the primitive `given.name`, and generated code
imports it from where it lives.
"""

from __future__ import annotations

import ast
import copy
import importlib
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adcompiler.ir.build import Builder
from adcompiler.ir.evaluate import GIVEN_FUNCTIONS
from adcompiler.ir.given import GIVEN, given_name, note
from adcompiler.ir.nodes import Atom, Constant, Function, Prim, Program, Var, blocks_of
from adcompiler.ir.ops import OPS, IrTypeError, Params, define, given_type
from adcompiler.ir.types import FLOAT, Array, Scalar, Type
from adcompiler.rules.table import DERIVATIVES, RULES, Pull, evaluate_rule

LIBRARIES = ("math", "numpy", "scipy")


def give(call: str, function: Any, returns: str, formulas: dict[str, str]) -> None:
    """Make a primitive of a function; see `adcompiler.rule`."""
    dotted, params = _parsed(call)
    function = _found(dotted) if function is None else function
    if not callable(function):
        raise TypeError(f"{dotted} is no function")
    if returns not in ("elementwise", "number", *params):
        raise ValueError(f'rule(): returns is "elementwise", "number" or a parameter, not {returns!r}')
    for name in formulas:
        if name not in params:
            raise ValueError(f"rule(): {dotted}() has no parameter {name!r}")
    trees = {name: None if text.strip() == "0" else _formula(text) for name, text in formulas.items()}
    primitive = _primitive(dotted, function)
    before = OPS.get(primitive)
    define(primitive, _type_rule(returns, params), cost=50)  # first, since a formula may call the function itself
    try:
        for name, tree in trees.items():
            _check(formulas[name], tree, params)
    except ValueError:
        del OPS[primitive]
        OPS.update({primitive: before} if before is not None else {})
        raise
    note(function, primitive, params)
    GIVEN_FUNCTIONS[primitive] = function
    RULES[primitive] = _rule(params, trees, returns == "elementwise")
    DERIVATIVES[primitive] = ", ".join(f"{name}_bar = {text}" for name, text in formulas.items())


def _parsed(call: str) -> tuple[str, list[str]]:
    try:
        tree = ast.parse(call.strip(), mode="eval").body
    except SyntaxError:
        tree = None
    if not isinstance(tree, ast.Call) or tree.keywords or not all(isinstance(a, ast.Name) for a in tree.args) or not tree.args:
        raise ValueError(f'rule(): a call with named parameters is needed, such as "module.f(x, n)", not {call!r}')
    params = [a.id for a in tree.args if isinstance(a, ast.Name)]
    if len(set(params)) < len(params) or {"y_bar", "result"} & set(params):
        raise ValueError("rule(): the parameters need names of their own, other than y_bar and result")
    return ast.unparse(tree.func), params


def _found(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    if not module:
        raise ValueError(f"rule(): where {dotted} is must be said: its module, or the function itself as second argument")
    return getattr(importlib.import_module(module), name)


def _primitive(dotted: str, function: Any) -> str:
    """The name of the primitive, under which the front end finds it."""
    known = given_name(function)
    if known is not None:
        return known
    if dotted.split(".")[0] in LIBRARIES and "." in dotted:
        name = dotted
        if name in OPS:
            raise ValueError(f"rule(): {dotted} has a derivative already")
    else:
        label = dotted.rpartition(".")[2]
        while label in GIVEN and GIVEN[label][0] is not function:
            label += "_"
        GIVEN[label] = function, dotted
        name = f"given.{label}"
    return name


def _constant(label: str) -> Constant:
    """A function with the line that imports it; without one where it lives in no module that can be imported."""
    function, dotted = GIVEN[label]
    place, _, last = dotted.rpartition(".")
    for origin, name in ((place, last), (getattr(function, "__module__", None), getattr(function, "__name__", last))):
        if origin and origin != "__main__" and getattr(sys.modules.get(origin), name, None) is function:
            return Constant(function, f"from {origin} import {name}" + ("" if name == label else f" as {label}"))
    return Constant(function)


def _formula(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"rule(): {text!r} is not understood: {error.msg}") from None


class _Named(ast.NodeTransformer):
    """`np.exp(x)` as numpy.exp(x), and functions with a given rule as the primitives that they are."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name("numpy", node.ctx) if node.id == "np" else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in GIVEN:
            node.func = ast.Attribute(ast.Name("given", ast.Load()), node.func.id, ast.Load())
        return node


def _check(text: str, tree: ast.expr | None, params: Sequence[str]) -> None:
    """Refuse a formula that is not in the language of rules. Functions may get their rules later."""
    names: dict[str, Atom] = {p: Var(p, FLOAT) for p in params}
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)} if tree else set()
    try:
        if tree is not None and all(name in GIVEN or hasattr(np, name) or hasattr(math, name) for name in called):
            _evaluated(tree, names, Var("y", FLOAT), Var("y_bar", FLOAT), Builder())
    except (KeyError, TypeError, IrTypeError, AttributeError) as error:
        raise ValueError(f"rule(): {text!r} is not understood: {error}") from None


def _evaluated(tree: ast.expr, params: dict[str, Atom], result: Atom, y_bar: Atom, builder: Builder) -> Atom:
    tree = _Named().visit(copy.deepcopy(tree))
    return evaluate_rule(tree, {"y": result, **params, "result": result, "y_bar": y_bar}, builder, "numpy")


def _rule(params: Sequence[str], trees: dict[str, ast.expr | None], elementwise: bool) -> Callable[[Pull], None]:
    def apply(pull: Pull) -> None:
        if len(pull.op.args) != len(params):
            raise NotImplementedError(f"{len(pull.op.args)} arguments")
        names: dict[str, Atom] = dict(zip(params, pull.op.args, strict=True))
        found: dict[int, Atom] = {}
        for k, name in enumerate(params):
            if not pull.wants(k):
                continue
            if name not in trees:
                raise NotImplementedError(f"respect to its argument {name!r}")
            tree = trees[name]
            if tree is not None:
                bar = pull.y_bar if elementwise else pull.full_bar
                try:
                    made = _evaluated(tree, names, pull.y, bar, pull.builder)
                except IrTypeError as error:
                    raise NotImplementedError(f"the rule {ast.unparse(tree)!r}: {error}") from None
                first = pull.op.args.index(pull.op.args[k])
                found[first] = pull.prim("add", found[first], made) if first in found else made
        for k, contribution in found.items():
            if elementwise:
                pull.add(k, contribution)
            else:
                pull.adjoints.add(pull.op.args[k], contribution)
    return apply


def _type_rule(returns: str, params: Sequence[str]) -> Callable[[Sequence[Atom], Params], Type]:
    if returns == "elementwise":
        return given_type

    def rule(args: Sequence[Atom], given: Params) -> Type:
        like = args[params.index(returns)].type if returns != "number" and len(args) == len(params) else None
        return Array("float64", like.dims) if isinstance(like, Array) else Scalar("float64", weak=False)
    return rule


def with_given(program: Program) -> Program:
    """The program with the functions that its primitives are among its constants."""
    used: set[str] = set()
    for function in (program.entry, *program.functions.values()):
        _collect(function, used)
    missing = {label: _constant(label) for label in sorted(used) if label not in program.constants}
    if not missing:
        return program
    return Program(program.entry, program.functions, {**program.constants, **missing}, program.bare, program.customs)


def _collect(function: Function, used: set[str]) -> None:
    waiting = [function.block]
    while waiting:
        for bind in waiting.pop().binds:
            if isinstance(bind.op, Prim) and bind.op.name.startswith("given."):
                used.add(bind.op.name.partition(".")[2])
            waiting += blocks_of(bind.op)


__all__ = ["give", "with_given"]
