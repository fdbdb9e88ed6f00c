"""The derivative of what solves an equation: residual(x, *values) = 0 gives x_dot = -J^-1 r_dot.

J is the Jacobian of the residual by x, and r_dot its tangent with x held fixed. In reverse mode the adjoint x_bar becomes
-J^-T x_bar, which is the adjoint of the residual. How x was found does not matter.

Source of the method: Griewank and Walther, "Evaluating Derivatives" (2008), chapter 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from adcompiler.analysis.activity import Activity
from adcompiler.analysis.invariance import cancelling
from adcompiler.diagnostics import CompileError
from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Atom, Bind, Block, Call, Function, Implicit, Leaf, Node, Program, Var
from adcompiler.ir.rename import renamed_binds, renamed_block, without_notes
from adcompiler.ir.types import Array
from adcompiler.rules import ZERO
from adcompiler.rules.linear import Tangent, full_tangent
from adcompiler.rules.table import spread
from adcompiler.transforms.custom import Copy
from adcompiler.transforms.jacobian import jacobian
from adcompiler.transforms.reverse import Adjoints

if TYPE_CHECKING:
    from adcompiler.transforms.forward import Forward
    from adcompiler.transforms.reverse import Reverser


def push_implicit(forward: Forward, bind: Bind, op: Call, custom: Implicit, builder: Builder) -> Tangent:
    """Emit a call and the tangent of what it gives; returns the tangent."""
    (x,) = bind.targets
    args = (x, *op.args[1:])
    copy = Copy.of(forward.program, custom.residual, args)
    given = {mine: (arg, dot) for mine, arg in zip(copy.stand_ins[1:], args[1:], strict=True)
             if (dot := forward.dot(arg)) is not None}
    builder.binds.append(bind)
    if not given:
        return None
    matrix = _jacobian(builder, forward.program, custom, args, forward.functions)
    inner = builder.child()
    for var, (arg, dot) in given.items():
        forward.dots[var] = full_tangent(inner, dot, arg)
    forward.varied |= _varied(copy.block, list(given))
    forward.block(without_notes(copy.block.binds), inner)
    (result,) = copy.block.results
    dot = forward.dot(result)
    names: dict[Var, Atom] = dict(zip(copy.stand_ins, args, strict=True))
    builder.binds += renamed_binds(inner.binds, names, fresh=False)
    if dot is None:
        return None
    change = names.get(dot, dot) if isinstance(dot, Var) else dot
    return _solved(builder, matrix, spread(builder, change, x), x, transposed=False)


def pull_implicit(reverser: Reverser, bind: Bind, op: Call, custom: Implicit, bar: Atom, adj: Adjoints) -> None:
    """Add what a call contributes to the adjoints of its arguments."""
    (x,) = bind.targets
    args = (x, *op.args[1:])
    copy = Copy.of(reverser.program, custom.residual, args)
    wanted = {mine: arg for mine, arg in zip(copy.stand_ins[1:], args[1:], strict=True) if adj.wants(arg)}
    varied = _varied(copy.block, list(wanted))
    (result,) = copy.block.results
    if result not in varied:
        return
    builder = adj.builder
    matrix = _jacobian(builder, reverser.program, custom, args, reverser.functions)
    weight = _solved(builder, matrix, spread(builder, bar, x), x, transposed=True)
    reverser.varied |= varied
    inner = Adjoints(builder.child(), varied)
    inner.add(result, weight)
    first = without_notes(reverser.sweep(copy.block.binds, inner))
    names: dict[Var, Atom] = dict(zip(copy.stand_ins, args, strict=True))
    note = builder.note
    for made in renamed_binds([*first, *without_notes(inner.builder.binds)], names, fresh=False):
        builder.binds.append(Bind(made.targets, made.op, made.span, note))
    for mine, arg in wanted.items():
        found = inner.values.get(mine)
        if found is not None:
            adj.add(arg, names.get(found, found) if isinstance(found, Var) else found)


def _varied(block: Block, inputs: Sequence[Var]) -> set[Var]:
    activity = Activity(ZERO, cancelling(block, ZERO))
    activity.varied.update(inputs)
    activity.block(block)
    return activity.varied


def _jacobian(builder: Builder, program: Program, custom: Implicit, args: Sequence[Atom],
              functions: dict[str, Function]) -> Atom:
    """Emit the derivative of the residual by its first argument."""
    copy = Copy.of(program, custom.residual, args)
    known = Program(Function("", (), Leaf(), copy.block), {**program.functions, **functions}, customs=program.customs)
    made = matrices(known, 1)
    functions.update({n: f for n, f in made.functions.items() if n not in program.functions})
    names: dict[Var, Atom] = dict(zip(copy.stand_ins, args, strict=True))
    block = renamed_block(Block((), made.entry.block.binds, made.entry.block.results), names)
    builder.binds += [Bind(b.targets, b.op, b.span, builder.note) for b in without_notes(block.binds)]
    (matrix,) = block.results
    return matrix


def matrices(program: Program, count: int) -> Program:
    """The Jacobians of a program with one result by its first parameters: by columns, or by rows where it must be."""
    tree = Node("tuple", tuple(range(count)), (Leaf(),) * count)
    try:
        return jacobian(program, range(count), name="", result=tree, forward=True)
    except CompileError as error:
        if error.code != "ADC509":
            raise
        return jacobian(program, range(count), name="", result=tree, forward=False)


def _solved(builder: Builder, matrix: Atom, right: Atom, x: Var, *, transposed: bool) -> Atom:
    """-J^-1 b, or -J^-T b."""
    if not isinstance(x.type, Array):
        return builder.prim("neg", builder.prim("truediv", right, matrix))
    if transposed:
        matrix = builder.prim("numpy.transpose", matrix)
    return builder.prim("neg", builder.prim("numpy.linalg.solve", matrix, right))


__all__ = ["matrices", "pull_implicit", "push_implicit"]
