"""Values that no path reads get a value of their type, since native code knows no `None` beside a number."""

from __future__ import annotations

from dataclasses import replace

from adcompiler.ir.build import UNDEF, Builder, const
from adcompiler.ir.nodes import UNDEFINED, Atom, Block, Const, For, Function, If, Prim, Program, Var, While
from adcompiler.ir.types import Array, List, Never, Scalar, Type, is_float


def fill_placeholders(program: Program) -> Program:
    """The program with zeros (empty arrays, empty lists) where a value is undefined."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_block(function.block, [r.type for r in function.block.results]))


def _block(block: Block, types: list[Type]) -> Block:
    out = Builder()
    for bind in block.binds:
        match bind.op:
            case If() as op:
                wanted = [t.type for t in bind.targets]
                bind = replace(bind, op=replace(op, then=_block(op.then, wanted), orelse=_block(op.orelse, wanted)))
            case For() | While() as op:
                inits = tuple(_typed(_filled(a, t.type, out), t.type, out) for a, t in zip(op.inits, bind.targets, strict=True))
                wanted = [t.type for t in bind.targets]
                extra: list[Type] = [a.type for a in op.body.results[len(wanted):]]
                bind = replace(bind, op=replace(op, inits=inits, body=_block(op.body, [*wanted, *extra])))
            case Prim("list", ()) if _empty(bind.targets[0].type, out, bind.targets[0]):
                continue
            case _:
                pass
        out.binds.append(bind)
    results = tuple(_typed(_filled(a, t, out), t, out) for a, t in zip(block.results, types, strict=True))
    return replace(block, binds=tuple(out.binds), results=results)


def _typed(atom: Atom, type_: Type, out: Builder) -> Atom:
    """An empty list as one of which the type of the elements is known: `[0.0][:0]`."""
    if not (isinstance(atom.type, List) and isinstance(type_, List) and isinstance(atom.type.element, Never)):
        return atom
    empty = _filled(UNDEF, type_, out)
    return atom if empty is UNDEF else empty


def _empty(type_: Type, out: Builder, target: Var) -> bool:
    """Emit an empty list of a known type, if it is one."""
    if not isinstance(type_, List) or isinstance(type_.element, Never) or _filled(UNDEF, type_, out) is UNDEF:
        return False
    out.binds[-1] = replace(out.binds[-1], targets=(target,))
    return True


def _filled(atom: Atom, type_: Type, out: Builder) -> Atom:
    if not (isinstance(atom, Const) and atom.value is UNDEFINED):
        return atom
    match type_:
        case Scalar(dtype):
            return const(False if dtype == "bool" else 0.0 if is_float(type_) else 0j if dtype.startswith("complex") else 0)
        case Array(dtype, dims):
            return out.prim("numpy.empty", *(const(0) for _ in dims), dtype=dtype)
        case List(element):
            example = _filled(UNDEF, element, out)
            if example is UNDEF:
                return atom
            made = out.prim("load", out.prim("list", example), const(0), index=("s010",))
            made.type = type_
            return made
        case _:
            return atom


__all__ = ["fill_placeholders"]
