"""What Numba cannot compile is refused before it tries, with the line of the user's program."""

from __future__ import annotations

import ast
from dataclasses import replace

from adcompiler.diagnostics import Span, fail
from adcompiler.ir.nodes import Atom, Block, Call, Const, Foreign, Function, Prim, Program, Var, blocks_of, operands
from adcompiler.ir.ops import OPS, describe
from adcompiler.ir.rename import mapped, with_operands
from adcompiler.ir.types import ANY, Array, List, Never, Saved, Scalar, Tuple, Type

LACKING = frozenset(
    [f"math.{f}" for f in "remainder ulp fma factorial comb perm lcm isqrt isclose dist fsum prod sumprod modf cbrt".split()]
    + [f"numpy.{f}" for f in "i0 heaviside array_equiv linalg.multi_dot maximum.accumulate minimum.accumulate squeeze tile pad "
                             "choose lexsort modf frexp inner tensordot einsum meshgrid diagonal".split()])
"""Functions that Numba has not, where no pass before has written them in another way."""
_WITH_INITIAL = frozenset(["numpy.max", "numpy.min", "numpy.amax", "numpy.amin"])
_OF_ONE_MATRIX = frozenset(f"numpy.linalg.{f}" for f in "eigh svd qr slogdet pinv inv det solve cholesky".split())
_NOWHERE = Span("<generated>", 1, 1, 1, 2)
_HINT = "use target='python' for this function"


def with_constant_messages(program: Program) -> Program:
    """The program with texts of errors that need no values: "n is {}" for f"n is {n}". Numba knows no other ones."""
    functions = {name: _plain(f) for name, f in program.functions.items()}
    return replace(program, entry=_plain(program.entry), functions=functions)


def _plain(function: Function) -> Function:
    return replace(function, block=_messages(function.block, {}))


def _messages(block: Block, texts: dict[Var, Atom]) -> Block:
    binds = []
    for bind in block.binds:
        op = bind.op
        text = _message(op.template) if isinstance(op, Foreign) and op.pure and op.args else None
        if text is not None:
            texts[bind.targets[0]] = Const(text, ANY)
            continue
        op = with_operands(op, [texts.get(a, a) if isinstance(a, Var) else a for a in operands(op)])
        binds.append(mapped(replace(bind, op=op), lambda inner: _messages(inner, texts)))
    return replace(block, binds=tuple(binds))


def _message(template: str) -> str | None:
    """The text of `"...".format(...)` or `"..." % ...`, before anything is put in."""
    filled = template.format(*["_"] * 20)
    match ast.parse(filled, mode="eval").body:
        case ast.Call(func=ast.Attribute(value=ast.Constant(str() as text), attr="format")):
            return text
        case ast.BinOp(left=ast.Constant(str() as text), op=ast.Mod()):
            return text
        case ast.JoinedStr():
            return filled
        case _:
            return None


def check_supported(program: Program) -> None:
    """Raise CompileError (ADC701) for the first thing in a program that cannot be compiled natively."""
    for function in (program.entry, *program.functions.values()):
        _check(function.block, program, function is program.entry and program.entry.name in program.functions)


def _check(block: Block, program: Program, around: bool) -> None:
    for bind in block.binds:
        where = bind.span or _NOWHERE
        match bind.op:
            case Foreign(template, pure=pure) if not around and not _is_exception(template):
                what = template.split("(")[0].split("{")[0].strip() or "this"
                raise fail("ADC701", f"Numba cannot compile {what}: it is not understood" + ("" if pure else ", and has effects"),
                           where, _HINT)
            case Call(callee) if callee in program.customs:
                raise fail("ADC701", "functions with a derivative of their own are not compiled by Numba yet", where, _HINT)
            case Prim(name) if name.startswith("scipy."):
                raise fail("ADC701", f"Numba knows nothing of SciPy: {name}", where, _HINT)
            case Prim(name) if name in LACKING:
                raise fail("ADC701", f"Numba has no {_spelled(name)}", where, _HINT)
            case Prim("load" | "store" | "accumulate") as op if {"a", "n"} <= _last_brackets(op):
                raise fail("ADC701", "Numba is wrong about arrays of positions beside None in one index", where,
                           "write x[at][:, None] for x[at, None]")
            case Prim(name) as op if name in _WITH_INITIAL and op.param("initial") is not None:
                raise fail("ADC701", f"Numba has {_spelled(name)} without initial=...", where, _HINT)
            case Prim(name, args) if name in _OF_ONE_MATRIX and isinstance(args[0].type, Array) and args[0].type.rank > 2:
                raise fail("ADC701", f"Numba has {_spelled(name)} for one matrix only, not for a stack of them", where, _HINT)
            case _:
                pass
        effect = isinstance(bind.op, Prim) and OPS[bind.op.name].effect
        for atom in (*bind.targets, *(() if effect else operands(bind.op))):
            if isinstance(atom, Var) and not around and not _is_raised(bind.op) and (bad := _unknown(atom.type)) is not None:
                raise fail("ADC701", f"native code needs the type of every value, and this is {bad}", where, _HINT)
        for inner in blocks_of(bind.op):
            _check(inner, program, around)


def _last_brackets(op: Prim) -> set[str]:
    """The entries of the index that selects the elements."""
    return set(" ".join(op.param("index")).rpartition("|")[2].split())


def _spelled(name: str) -> str:
    """The name of a function as people write it."""
    return name.replace("numpy.", "np.")


def _is_exception(template: str) -> bool:
    name = template.split("(")[0]
    return name.isidentifier() and (name.endswith(("Error", "Exception", "Warning", "Iteration", "Interrupt", "Exit")))


def _is_raised(op: object) -> bool:
    return isinstance(op, Foreign) and _is_exception(op.template)


def _unknown(type_: Type) -> str | None:
    """What a type is that Numba has not, in words."""
    match type_:
        case Scalar() | Array() | Never():
            return None
        case List(element):
            return _unknown(element)
        case Tuple(items):
            return next((bad for i in items if (bad := _unknown(i)) is not None), None)
        case Saved():
            return "what a recursive function keeps for its reverse sweep"
        case _:
            return describe(type_)


__all__ = ["check_supported", "with_constant_messages"]
