"""Array primitives in terms that Numba has: other primitives, or loops over elements.

    r = np.max(x, axis=0, keepdims=True)    ->    r = np.empty((1, x.shape[1]))
                                                  for i in range(x.shape[1]):
                                                      r[0, i] = np.max(x[:, i])

A rewrite emits what stands for one primitive, and gives its results; None where Numba has the primitive as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from adcompiler.ir.build import Builder
from adcompiler.ir.nodes import Atom, Bind, Block, Function, Prim, Program, Var
from adcompiler.ir.rename import mapped
from adcompiler.transforms.native.creation import CREATION
from adcompiler.transforms.native.elements import Rewrite
from adcompiler.transforms.native.indexing import INDEXING
from adcompiler.transforms.native.linalg import LINALG
from adcompiler.transforms.native.products import PRODUCTS
from adcompiler.transforms.native.reductions import REDUCTIONS
from adcompiler.transforms.native.rows import ROWS
from adcompiler.transforms.native.shaping import SHAPING
from adcompiler.transforms.native.special import SPECIAL
from adcompiler.transforms.native.widths import in_one_width

REWRITES: Mapping[str, Rewrite] = {**CREATION, **INDEXING, **LINALG, **PRODUCTS, **REDUCTIONS, **ROWS, **SHAPING, **SPECIAL}
"""How each primitive is written for Numba, where it lacks it or means something else."""


def plain_arrays(program: Program) -> Program:
    """The program with the array primitives that Numba lacks written out."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_block(function.block))


def _block(block: Block) -> Block:
    out = Builder()
    for bind in block.binds:
        rewrite = REWRITES.get(bind.op.name) if isinstance(bind.op, Prim) else None
        start = len(out.binds)
        out.span, out.note = bind.span, bind.note
        found = rewrite(out, bind.op, bind.targets) if rewrite and isinstance(bind.op, Prim) else None
        if found is None:
            del out.binds[start:]
            out.binds += in_one_width(mapped(bind, _block))
            continue
        written, out.binds = out.binds[start:], out.binds[:start]
        for made in written:
            out.binds += in_one_width(made if made.op is bind.op else mapped(made, _block))
        for target, atom in zip(bind.targets, found, strict=True):
            _name(out, target, atom)
    return replace(block, binds=tuple(out.binds))


def _name(out: Builder, target: Var, atom: Atom) -> None:
    """Let a target stand for what was made for it."""
    last = out.binds[-1] if out.binds else None
    if last is not None and atom in last.targets:
        out.binds[-1] = replace(last, targets=tuple(target if t is atom else t for t in last.targets))
    else:
        out.binds.append(Bind((target,), Prim("stop_gradient", (atom,)), out.span, out.note))


__all__ = ["REWRITES", "plain_arrays"]
