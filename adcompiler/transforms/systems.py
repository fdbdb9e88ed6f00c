"""Systems that are solved with a Cholesky factor.

`solve(L.T, solve(L, b))` with `L = cholesky(K)` is the solution of K x = b, and has its derivative: the adjoint of K is an
outer product, where the rules of the three parts would need products of matrices. So the pair is one primitive before the
program is reversed; it is printed as the pair.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from adcompiler.ir.nodes import Atom, Bind, Block, For, Function, If, Prim, Program, Var, While
from adcompiler.ir.types import rank
from adcompiler.transforms.arrays import count_uses

Makers = dict[Var, Prim]


def join_systems(program: Program) -> Program:
    """The program with the pairs of triangular systems of a Cholesky factor as one primitive each."""
    functions = {name: _joined(f) for name, f in program.functions.items()}
    return replace(program, entry=_joined(program.entry), functions=functions)


def _joined(function: Function) -> Function:
    return replace(function, block=_block(function.block, {}, count_uses(function.block)))


def _block(block: Block, makers: Makers, uses: Counter[Var]) -> Block:
    makers = dict(makers)
    binds: list[Bind] = []
    for bind in block.binds:
        op = bind.op
        match op:
            case Prim() if len(bind.targets) == 1:
                op = _system(op, makers, uses) or op
                makers[bind.targets[0]] = op
            case If():
                op = replace(op, then=_block(op.then, makers, uses), orelse=_block(op.orelse, makers, uses))
            case For() | While():
                op = replace(op, body=_block(op.body, makers, uses))
        binds.append(replace(bind, op=op))
    return replace(block, binds=tuple(binds))


def _system(op: Prim, makers: Makers, uses: Counter[Var]) -> Prim | None:
    """`cholesky_solve(L, b, K)` for the second one of two triangular systems."""
    if op.name not in ("numpy.linalg.solve", "scipy.linalg.solve_triangular"):
        return None
    first = _maker(op.args[1], makers, op.name)
    factor = _upper(op, makers)
    made = None if factor is None else _cholesky(factor, makers)
    if first is None or made is None or factor is None or first.args[0] is not factor or rank(factor.type) != 2 \
            or uses[op.args[1]] != 1 or rank(first.args[1].type) > 2:  # type: ignore[index]
        return None
    params = dict(first.params)
    if op.name.startswith("scipy") and params != {"lower": True}:
        return None
    return Prim("cholesky_solve", (factor, first.args[1], made.args[0]), (("by", op.name),))


def _maker(atom: Atom, makers: Makers, name: str) -> Prim | None:
    made = makers.get(atom) if isinstance(atom, Var) else None
    return made if made is not None and made.name == name else None


def _upper(op: Prim, makers: Makers) -> Atom | None:
    """The lower factor whose transpose a system has on its left side."""
    params = dict(op.params)
    if op.name.startswith("scipy") and params == {"lower": True, "trans": 1}:
        return op.args[0]
    made = _maker(op.args[0], makers, "numpy.transpose")
    return made.args[0] if made is not None and made.param("axes") is None and not params else None


def _cholesky(factor: Atom, makers: Makers) -> Prim | None:
    """What made a lower Cholesky factor."""
    made = _maker(factor, makers, "numpy.linalg.cholesky")
    if made is not None:
        return None if made.param("upper") else made
    made = _maker(factor, makers, "scipy.linalg.cholesky")
    return made if made is not None and made.param("lower") else None
