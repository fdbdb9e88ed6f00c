"""The gradient of a part of a program, at the place where it is asked for (`adcompiler.frontend.nested`)."""

from __future__ import annotations

from collections.abc import Sequence

from adcompiler.analysis.activity import Activity
from adcompiler.analysis.invariance import cancelling
from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, Function, Leaf, Program, Var
from adcompiler.ir.rename import renamed, renamed_binds, without_notes
from adcompiler.rules import ZERO
from adcompiler.transforms.reverse import Adjoints, Reverser, as_type
from adcompiler.transforms.simplify import simplify_function


def gradient_here(builder: Builder, params: Sequence[Var], actual: Sequence[Atom], binds: Sequence[Bind],
                  result: Atom) -> tuple[Atom, list[Atom]]:
    """Emit `binds` and their reverse; give back the value of `result` and its derivatives by the variables `params`.

    These stand for the values `actual`, which may occur in `binds` themselves: there they are constants.
    """
    block = Block((), without_notes(binds), (result,))
    activity = Activity(ZERO, cancelling(block, ZERO))
    activity.varied.update(params)
    activity.block(block)
    inner = builder.child()
    program = Program(Function("", (), Leaf(), block))
    adjoints = Adjoints(inner, activity.varied)
    (value,) = Reverser(program, activity.varied).whole(block.binds, [(result, const(1.0))], [result], adjoints)
    gradients = [as_type(inner, adjoints.values.get(p), p) for p in params]
    names: dict[Var, Atom] = dict(zip(params, actual, strict=True))
    simple = simplify_function(Function("", (), Leaf(), Block((), tuple(inner.binds), (value, *gradients))), gradient=True).block
    builder.binds += renamed_binds(without_notes(simple.binds), names)
    value, *gradients = simple.results
    return renamed(value, names), [renamed(g, names) for g in gradients]
