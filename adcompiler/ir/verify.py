"""Checks that IR is what the other passes may rely on. Run after every pass in tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from adcompiler.ir.nodes import (
    Atom,
    Bind,
    Block,
    Call,
    Const,
    For,
    Foreign,
    Function,
    If,
    Prim,
    Program,
    Var,
    While,
    blocks_of,
    leaves,
    operands,
)
from adcompiler.ir.ops import OPS, IrTypeError, result_types
from adcompiler.ir.types import Array, Dim, List, Never, Scalar, Tuple, Type, Unknown, is_integer, join


class InvalidIR(ValueError):
    """IR that breaks a rule: a bug of the pass that made it, never of the user's program."""


def verify(ir: Function | Program) -> None:
    """Raise InvalidIR, naming the function and the variable, unless all of this holds:

    - every variable is bound once, before its uses and in a block around them;
    - the numbers of targets, carried values, yields, operands of calls and results agree;
    - a primitive is in the table and its target has the type that the table gives (unknown dimensions aside);
    - where control flow merges, the types of the values join, and to what the target is declared;
    - the leaves of the signature and of the result are the parameters and the results of the block.
    """
    functions = (ir,) if isinstance(ir, Function) else (ir.entry, *ir.functions.values())
    known = {fn.name: fn for fn in functions} if isinstance(ir, Program) else None
    if isinstance(ir, Program):
        for name, fn in ir.functions.items():
            if fn.name != name:
                raise InvalidIR(f"the function {fn.name!r} is registered as {name!r}")
    for fn in functions:
        _Checker(fn, known).function()


@dataclass(slots=True)
class _Checker:
    fn: Function
    known: dict[str, Function] | None
    bound: set[Var] = field(default_factory=set)

    def function(self) -> None:
        block = self.fn.block
        wanted = sum(len(list(leaves(p.tree))) for p in self.fn.signature)
        self.count("parameters", wanted, len(block.params))
        self.count("results", len(list(leaves(self.fn.result))), len(block.results))
        self.block(block, set())

    def fail(self, message: str) -> InvalidIR:
        return InvalidIR(f"{self.fn.name}: {message}")

    def count(self, what: str, wanted: int, given: int) -> None:
        if wanted != given:
            raise self.fail(f"{wanted} {what} are needed, {given} are given")

    # --- scopes -------------------------------------------------------------------------------------------

    def block(self, block: Block, visible: set[Var]) -> None:
        self.bind(block.params, visible)
        for bind in block.binds:
            self.use(operands(bind.op), visible)
            for inner in blocks_of(bind.op):
                self.block(inner, visible)
            self.binding(bind)
            self.bind(bind.targets, visible)
        self.use(block.results, visible)
        visible.difference_update(block.params, *(bind.targets for bind in block.binds))

    def bind(self, variables: Sequence[Var], visible: set[Var]) -> None:
        for var in variables:
            if var in self.bound:
                raise self.fail(f"{_name(var)} is bound twice")
            self.bound.add(var)
            visible.add(var)

    def use(self, atoms: Sequence[Atom], visible: set[Var]) -> None:
        for atom in atoms:
            if not isinstance(atom, Var | Const):
                raise self.fail(f"{atom!r} is neither a variable nor a constant")
            if isinstance(atom, Var) and atom not in visible:
                place = "outside of its block" if atom in self.bound else "before it is bound"
                raise self.fail(f"{_name(atom)} is used {place}")

    # --- operations ---------------------------------------------------------------------------------------

    def binding(self, bind: Bind) -> None:
        match bind.op:
            case Prim():
                self.prim(bind.op, bind.targets)
            case If(_, then, orelse):
                self.count("parameters of a branch", 0, len(then.params) + len(orelse.params))
                self.count("results of `then`", len(bind.targets), len(then.results))
                self.count("results of `else`", len(bind.targets), len(orelse.results))
                for target, a, b in zip(bind.targets, then.results, orelse.results, strict=True):
                    self.merge(target, a, b)
            case For():
                self.count("parameters of a loop body", 1 + len(bind.op.inits), len(bind.op.body.params))
                self.integers(bind.op)
                self.loop(bind.op, bind.targets)
            case While(inits, cond, body):
                self.count("parameters of a loop body", len(inits), len(body.params))
                self.count("parameters of a loop condition", len(inits), len(cond.params))
                self.count("results of a loop condition", 1, len(cond.results))
                for tested, carried in zip(cond.params, body.params, strict=True):
                    self.fits(tested, carried)
                self.loop(bind.op, bind.targets)
            case Call(callee, args):
                self.call(callee, args, bind.targets)
            case Foreign():
                pass
            case _:
                raise self.fail(f"{bind.op!r} is not an operation")

    def prim(self, op: Prim, targets: Sequence[Var]) -> None:
        try:
            types = result_types(op.name, op.args, dict(op.params))
        except IrTypeError as error:
            raise self.fail(f"{op.name}: {error}") from error
        if OPS[op.name].effect and not targets:
            return
        self.count(f"targets of {op.name}", len(types), len(targets))
        for target, inferred in zip(targets, types, strict=True):
            if not _agree(target.type, inferred):
                raise self.fail(f"{_name(target)} is declared {target.type}, but {op.name} gives {inferred}")

    def integers(self, op: For) -> None:
        for atom in (op.start, op.stop, op.step):
            if not isinstance(atom.type, Unknown | Never) and not is_integer(atom.type):
                raise self.fail(f"the bounds of a loop are integers, not {atom.type}")

    def loop(self, op: For | While, targets: Sequence[Var]) -> None:
        self.count("targets of a loop", len(op.inits), len(targets))
        self.count("yields of a loop", len(op.inits) + op.exits, len(op.body.results))
        for target, carried, init, after in zip(targets, op.carried, op.inits, op.yields, strict=True):
            self.merge(carried, init, after)
            self.fits(target, carried)

    def call(self, callee: str, args: Sequence[Atom], targets: Sequence[Var]) -> None:
        if self.known is None:
            return
        if callee not in self.known:
            raise self.fail(f"the function {callee!r} is not part of the program")
        block = self.known[callee].block
        self.count(f"arguments of {callee}", len(block.params), len(args))
        self.count(f"targets of {callee}", len(block.results), len(targets))
        for param, arg in zip(block.params, args, strict=True):
            self.fits(param, arg)
        for target, result in zip(targets, block.results, strict=True):
            self.fits(target, result)

    # --- types --------------------------------------------------------------------------------------------

    def merge(self, target: Var, *values: Atom) -> None:
        if len(values) == 2 and join(values[0].type, values[1].type) is None:
            raise self.fail(f"{_name(target)} would be {values[0].type} or {values[1].type}")
        for value in values:
            self.fits(target, value)

    def fits(self, target: Var, value: Atom) -> None:
        if not _holds(target.type, value.type):
            raise self.fail(f"{_name(target)} is declared {target.type}, but its value is {value.type}")


def _name(var: Var) -> str:
    return repr(var.hint) if var.hint else f"an unnamed {var.type}"


def _holds(declared: Type, value: Type) -> bool:
    """Whether a variable may hold a value: of its type, or of a narrower one (an int where floats are)."""
    match declared, value:
        case Unknown(), _:
            return True
        case Scalar(), Scalar():
            joined = join(declared, value)
            return isinstance(joined, Scalar) and joined.dtype == declared.dtype
        case List(), List():
            return _holds(declared.element, value.element)
        case Tuple(), Tuple() if len(declared.items) == len(value.items):
            return all(map(_holds, declared.items, value.items))
        case _:
            return _agree(declared, value)


def _agree(declared: Type, inferred: Type) -> bool:
    """Whether the types are equal but for what is unknown in one of them."""
    match declared, inferred:
        case _, Never():
            return True
        case Array(), Array():
            return (declared.dtype == inferred.dtype and declared.rank == inferred.rank
                    and all(map(_same_size, declared.dims, inferred.dims)))
        case List(), List():
            return _agree(declared.element, inferred.element)
        case Tuple(), Tuple() if len(declared.items) == len(inferred.items):
            return all(map(_agree, declared.items, inferred.items))
        case _:
            return declared == inferred


def _same_size(a: Dim, b: Dim) -> bool:
    """Two names may stand for one size; that they are equal is for the program to see."""
    return a == b or (isinstance(a, str) and isinstance(b, str)) or any(str(d).startswith("?") for d in (a, b))
