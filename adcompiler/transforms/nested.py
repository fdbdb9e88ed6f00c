"""The derivatives of a part of a program, at the place where they are asked for (`adcompiler.frontend.nested`)."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.analysis.activity import Activity
from adcompiler.analysis.invariance import cancelling
from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Block, Function, Leaf, Program, Var
from adcompiler.ir.rename import renamed, renamed_binds, without_notes
from adcompiler.rules import ZERO
from adcompiler.transforms.implicit import matrices
from adcompiler.transforms.reverse import Adjoints, Reverser, as_type
from adcompiler.transforms.simplify import simplify_function


def derivative_here(builder: Builder, params: Sequence[Var], actual: Sequence[Atom], program: Program,
                    matrices: bool = False) -> tuple[Atom, list[Atom]]:
    """Emit a block with one result and its reverse; give back the result and its derivatives by the variables `params`.

    These stand for the values `actual`, which may occur in the block themselves: there they are constants. With `matrices`
    the derivatives are Jacobians. Functions that are made on the way are added to those of the program.
    """
    block = program.entry.block
    block = Block((), without_notes(block.binds), block.results)
    inner = builder.child()
    make = _matrices if matrices else _gradients
    alone = Program(Function("", (), Leaf(), block), program.functions, customs=program.customs)
    value, found, functions = make(inner, params, alone)
    program.functions.update(functions)
    names: dict[Var, Atom] = dict(zip(params, actual, strict=True))
    simple = simplify_function(Function("", (), Leaf(), Block((), tuple(inner.binds), (value, *found))), gradient=True).block
    builder.binds += renamed_binds(without_notes(simple.binds), names)
    value, *found = simple.results
    return renamed(value, names), [renamed(g, names) for g in found]


def _gradients(builder: Builder, params: Sequence[Var], program: Program) -> tuple[Atom, list[Atom], dict[str, Function]]:
    block = program.entry.block
    activity = Activity(ZERO, cancelling(block, ZERO))
    activity.varied.update(params)
    activity.block(block)
    adjoints = Adjoints(builder, activity.varied)
    (result,) = block.results
    reverser = Reverser(program, activity.varied)
    (value,) = reverser.whole(block.binds, [(result, const(1.0))], [result], adjoints)
    return value, [as_type(builder, adjoints.values.get(p), p) for p in params], reverser.functions


def _matrices(builder: Builder, params: Sequence[Var], program: Program) -> tuple[Atom, list[Atom], dict[str, Function]]:
    block = program.entry.block
    entry = Function("", (), Leaf(), Block(tuple(params), block.binds, block.results))
    made = matrices(Program(entry, program.functions, customs=program.customs), len(params))
    builder.binds += [*block.binds, *made.entry.block.binds]
    return block.results[0], list(made.entry.block.results), made.functions


__all__ = ["derivative_here"]
