"""What solves an equation: `root`, `fixed_point` and `argmin`.

The residual is read once for an unknown x, and so is the solver. Both become functions by themselves, of x and of everything
that they read from outside, so that closures are arguments like others. The derivative of a call is made of the residual
alone (`Implicit`): the solver may be anything.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence
from dataclasses import replace

from adcompiler.frontend.context import Context, Outlined
from adcompiler.frontend.definitions import definition
from adcompiler.frontend.opaque import opaque_source
from adcompiler.frontend.state import fresh_id, kind_of
from adcompiler.frontend.values import ArrayObj, BoundV, DerivativeV, PrimV, Ref, Refused, Value
from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Block, Call, Const, Foreign, Implicit, Var, free_vars
from adcompiler.ir.rename import renamed_block, without_notes
from adcompiler.ir.types import ANY, FLOAT, Array, Scalar, Type, has_derivative, is_integer

SOLVERS = ("root", "fixed_point", "argmin")
_RESULT = {"scipy.optimize.root": ".x", "scipy.optimize.minimize": ".x", "scipy.optimize.minimize_scalar": ".x",
           "scipy.optimize.root_scalar": ".root"}
"""Where a solver's answer is in what it returns."""


def solve(ctx: Context, name: str, args: list[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """`root(residual, x0, *args, solver=None)`, and in the same way the other two."""
    given = dict(keywords)
    solver = given.pop("solver", const(None))
    if len(args) < 2 or given:
        raise Refused("ADC517", f"{name}() takes a function, where to start, further arguments of the function, and solver=",
                      node)
    f: Value = BoundV(args[0], tuple(args[2:])) if args[2:] else args[0]
    start = starting(ctx, name, args[1], node)

    def answer(x: Value) -> Value:
        if solver == const(None):
            return _call(ctx, _default(ctx, name, f, isinstance(start.type, Array), node), [x], node)
        if isinstance(solver, PrimV) and solver.name.startswith("scipy."):
            return opaque_solver(ctx, solver, [f, x], {}, node)
        return _call(ctx, solver, [f, x], node)

    return solution(ctx, name, start, answer, _equation(ctx, name, f, node), node)


def solution(ctx: Context, name: str, start: Atom, answer: Callable[[Value], Value], equation: Value, node: ast.AST) -> Value:
    """The x with equation(x) = 0 that `answer` finds, given where it starts."""
    with ctx.passing(start.type):
        found = read_function(ctx, name, answer, start.type, node)
    found, type_ = _as_solution(ctx, name, found, start.type, node)
    residual = read_function(ctx, name, lambda x: _call(ctx, equation, [x], node), type_, node)
    (left,) = residual.results
    if type(left.type) is not type(start.type) or (isinstance(left.type, Array) and left.type.rank != 1):
        raise Refused("ADC518", f"{name}() needs as many equations as unknowns: a number for a number, a vector for a vector",
                      node, "let the function return what is zero at the solution, in the shape of x0")
    free = list(dict.fromkeys([*free_vars(found), *free_vars(residual)]))
    label = outlined_block(ctx, name, found, free)
    ctx.customs[label] = Implicit(outlined_block(ctx, "residual", residual, free))
    (x,) = ctx.at(node).emit(Call(label, (start, *free)), [type_])
    return ctx.wrap(x, frozenset([fresh_id()])) if isinstance(x.type, Array) else x


def starting(ctx: Context, name: str, value: Value, node: ast.AST) -> Atom:
    """Where the solver starts: a float or a vector of them, and a constant for derivatives."""
    atom = ctx.atom(value, node)
    if isinstance(atom.type, Scalar) and is_integer(atom.type):
        return const(float(atom.value)) if isinstance(atom, Const) else ctx.at(node).prim("float", atom)
    if not isinstance(atom.type, Scalar | Array) or atom.type.dtype != "float64" or getattr(atom.type, "rank", 1) != 1:
        raise Refused("ADC518", f"{name}() starts at a number or a vector of floats (float64), not at {kind_of(value, ctx.state)}"
                      " of another kind", node, "solve for a vector: np.ravel(...)")
    return ctx.at(node).prim("stop_gradient", atom) if isinstance(atom, Var) else atom


def _default(ctx: Context, name: str, f: Value, vector: bool, node: ast.AST) -> Value:
    """Our own solver, as a function of where it starts."""
    slope = DerivativeV(f, "jacobian" if vector and name == "root" else "grad", (0,), True)
    curvature = DerivativeV(slope, "jacobian" if vector else "grad", (0,), True)
    kind = "_system" if vector else ""
    match name:
        case "root":
            return _before(_library(ctx, f"newton{kind}", node), f, slope)
        case "fixed_point":
            return _before(_library(ctx, "iteration", node), f)
        case _:
            return _before(_library(ctx, f"descent{kind}", node), f, slope, curvature)


def _before(function: Value, *first: Value) -> Value:
    return BoundV(function, first, last=False)


def _equation(ctx: Context, name: str, f: Value, node: ast.AST) -> Value:
    """The function that is zero at the solution."""
    match name:
        case "root":
            return f
        case "fixed_point":
            return BoundV(_library(ctx, "defect", node), (f,))
        case _:
            return DerivativeV(f, "grad", (0,), True)


def _library(ctx: Context, name: str, node: ast.AST) -> Value:
    found = definition(f"solvers.{name}", ctx.span(node), ctx.builder.note)
    assert found is not None
    return replace(found, node=copy.deepcopy(found.node))  # a root inside of a root is no recursion


def _call(ctx: Context, function: Value, args: list[Value], node: ast.AST) -> Value:
    from adcompiler.frontend.calls import call_value

    return call_value(ctx, function, args, {}, node)


def opaque_solver(ctx: Context, solver: PrimV, args: Sequence[Value], keywords: dict[str, Value], node: ast.AST) -> Value:
    """What a solver of SciPy gives, called with functions of the unknown."""
    texts: list[str] = []
    atoms: tuple[Atom, ...] = ()
    for key, value in [("", v) for v in (solver, *args)] + list(keywords.items()):
        text, more = opaque_source(ctx, value, node, len(atoms))
        texts, atoms = [*texts, f"{key}={text}" if key else text], atoms + more
    template = f"{texts[0]}({', '.join(texts[1:])}){_RESULT.get(solver.name, '')}"
    return ctx.at(node).emit(Foreign(template, atoms, True), [ANY])[0]


def read_function(ctx: Context, name: str, make: Callable[[Value], Value], type_: Type, node: ast.AST) -> Block:
    """A function of the unknown as a block with one parameter and one result, which sees the variables around it."""
    outside = ctx.state
    x, state, inner = Var("x", type_), outside.copy(), ctx.builder.child()
    with ctx.inside(inner, state):
        value = make(state.new(ArrayObj(x, frozenset([fresh_id()]))) if isinstance(type_, Array) else x)
        atom = ctx.atom(value, node) if isinstance(value, Var | Const | Ref) else None
        end = ctx.state
    if atom is None or not (has_derivative(atom.type) or atom.type == ANY or is_integer(atom.type)):
        raise Refused("ADC518", f"{name}() needs functions that return a number or an array", node)
    if end.differs(outside):
        raise Refused("ADC518", f"a function that is given to {name}() changes values outside of it", node, "let it return them")
    return Block((x,), without_notes(inner.binds), (atom,))


def _as_solution(ctx: Context, name: str, block: Block, type_: Type, node: ast.AST) -> tuple[Block, Type]:
    """The answer of a solver as a number or vector like the start."""
    (x,), (found,) = block.params, block.results
    if found.type == ANY:
        inner = ctx.builder.child()
        text = "np.asarray({0}, dtype=float).reshape(np.shape({1}))" if isinstance(type_, Array) else "float({0})"
        args = (found, x) if isinstance(type_, Array) else (found,)
        kind = type_ if isinstance(type_, Array) else FLOAT
        (made,) = inner.emit(Foreign(text, args, True), [kind])
        return Block(block.params, (*block.binds, *without_notes(inner.binds)), (made,)), kind
    if isinstance(found.type, Array) and isinstance(type_, Array) and found.type.dtype == "float64" and found.type.rank == 1:
        return block, type_
    if isinstance(found.type, Scalar) and isinstance(type_, Scalar) and found.type.dtype == "float64":
        return block, found.type
    raise Refused("ADC518", f"the solver that is given to {name}() does not return something like where it starts", node,
                  "let it return the solution alone: a number for a number, a vector for a vector")


def outlined_block(ctx: Context, stem: str, block: Block, free: Sequence[Var]) -> str:
    """A function of the parameters of a block and of the variables that it reads from outside."""
    from adcompiler.frontend.calls import function_of

    taken = {o.name for o in ctx.outlined.values()}
    name, k = f"_{stem}", 2
    while name in taken:
        name, k = f"_{stem}_{k}", k + 1
    made = renamed_block(Block((*block.params, *free), block.binds, block.results), {})
    spec = Outlined(name, function_of(name, made.params, made, 1))
    ctx.outlined[name, id(spec)] = spec
    return name


def passed(ctx: Context, function: Value, node: ast.AST) -> Atom | None:
    """A function as an argument of one that is not understood, where it is called with unknowns of a known type."""
    if ctx.unknown is None:
        return None
    block = read_function(ctx, "a solver", lambda x: _call(ctx, function, [x], node), ctx.unknown, node)
    free = list(free_vars(block))
    name = outlined_block(ctx, "residual", block, free)
    given = "".join(f", {{{k}}}" for k in range(len(free)))
    text = f"lambda x: {name}(x{given})" if free else name
    return ctx.at(node).emit(Foreign(text, tuple(free), True, (name,)), [ANY], ["f"])[0]


__all__ = ["SOLVERS", "opaque_solver", "outlined_block", "passed", "read_function", "solution", "solve", "starting"]
