"""Algebra that keeps every result as it is: constants folded, seeds and zeros removed, signs pulled out, and what
was computed already not computed again.

Only identities that hold in IEEE arithmetic for finite values, infinities and NaN are used, except that a zero
which the reverse sweep introduced may be dropped.
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import UNDEFINED, Atom, Bind, Block, Const, For, Function, If, Op, Prim, Program, Var, While
from adcompiler.ir.ops import OPS
from adcompiler.ir.rename import renamed, renamed_op
from adcompiler.ir.types import Array, List, Scalar, dims, is_float, is_integer
from adcompiler.rules.table import covers
from adcompiler.transforms.arrays import count_uses, once, rewritten

Names = dict[Var, Atom]
Known = dict[Any, Atom]


def simplify(program: Program) -> Program:
    """The program with simpler operations."""
    functions = {name: simplify_function(f) for name, f in program.functions.items()}
    return replace(program, entry=simplify_function(program.entry), functions=functions)


def simplify_gradient(program: Program) -> Program:
    """The program with simpler operations, and with its reverse sweep (what has notes) computed in the best way."""
    functions = {name: simplify_function(f, gradient=True) for name, f in program.functions.items()}
    return replace(program, entry=simplify_function(program.entry, gradient=True), functions=functions)


def simplify_function(function: Function, *, gradient: bool = False) -> Function:
    """The function with simpler operations."""
    scope = _Scope({}, {}, {}, count_uses(function.block), gradient)
    return replace(function, block=scope.block(function.block))


class _Scope:
    """What is known inside a block: what variables stand for, how they were made, and what was computed already."""

    def __init__(self, names: Names, makers: dict[Var, Prim], known: Known, uses: Counter[Var],
                 gradient: bool) -> None:
        self.names, self.makers, self.known, self.uses, self.gradient = names, makers, known, uses, gradient
        self.here: set[Var] = set()

    def inner(self) -> _Scope:
        """The scope of a block inside."""
        return _Scope(self.names, self.makers, dict(self.known), self.uses, self.gradient)

    def block(self, block: Block) -> Block:
        """The block, simplified."""
        binds: list[Bind] = []
        for bind in block.binds:
            self._bind(bind, binds)
        return Block(block.params, tuple(binds), tuple(renamed(r, self.names) for r in block.results))

    def _bind(self, bind: Bind, binds: list[Bind]) -> None:
        if isinstance(bind.op, For | While):
            bind = self._without_invariants(bind, bind.op)
        op = self._op(bind.op)
        if isinstance(op, Prim) and len(bind.targets) == 1:
            self._prim(bind, op, binds)
            return
        if isinstance(op, If) and isinstance(op.cond, Const) and op.cond.value is not UNDEFINED:
            taken = op.then if op.cond.value else op.orelse
            binds += taken.binds
            self.names.update(zip(bind.targets, taken.results, strict=True))
            return
        if isinstance(op, If):
            bind, op = self._same_results(bind, op)
        binds.append(replace(bind, op=op))

    def _without_invariants(self, bind: Bind, op: For | While) -> Bind:
        """A value that a loop carries and never changes is not carried."""
        keep = [k for k, (c, y) in enumerate(zip(op.carried, op.yields, strict=True)) if c is not y]
        if len(keep) == len(op.inits):
            return bind
        for k, (c, t, i) in enumerate(zip(op.carried, bind.targets, op.inits, strict=True)):
            if k not in keep:
                init = renamed(i, self.names)
                self.names[c] = self.names[t] = init
                if isinstance(op, While):
                    self.names[op.cond.params[k]] = init
        first = len(op.body.params) - len(op.inits)
        body = replace(op.body, params=(*op.body.params[:first], *(op.carried[k] for k in keep)),
                       results=(*(op.yields[k] for k in keep), *op.body.results[len(op.inits):]))
        new = replace(op, inits=tuple(op.inits[k] for k in keep), body=body)
        if isinstance(new, While):
            new = replace(new, cond=replace(new.cond, params=tuple(new.cond.params[k] for k in keep)))
        return replace(bind, targets=tuple(bind.targets[k] for k in keep), op=new)

    def _same_results(self, bind: Bind, op: If) -> tuple[Bind, If]:
        """Results that are the same on both sides are no results."""
        same = [p == q and (isinstance(p, Const) or p is q) for p, q in zip(op.then.results, op.orelse.results, strict=True)]
        if not any(same):
            return bind, op
        for target, atom, equal in zip(bind.targets, op.then.results, same, strict=True):
            if equal:
                self.names[target] = atom
        keep = [k for k, equal in enumerate(same) if not equal]
        then, orelse = (replace(b, results=tuple(b.results[k] for k in keep)) for b in (op.then, op.orelse))
        return replace(bind, targets=tuple(bind.targets[k] for k in keep)), replace(op, then=then, orelse=orelse)

    def _op(self, op: Op) -> Op:
        names = self.names
        match op:
            case If():
                cond = renamed(renamed(op.cond, names), names)
                return If(cond, self._given(cond, True, op.then), self._given(cond, False, op.orelse))
            case For():
                body = self.inner().block(op.body)
                inits = tuple(renamed(a, names) for a in op.inits)
                return For(renamed(op.start, names), renamed(op.stop, names), renamed(op.step, names), inits, body, op.exits)
            case While():
                inits = tuple(renamed(a, names) for a in op.inits)
                return While(inits, self.inner().block(op.cond), self.inner().block(op.body), op.exits)
            case _:
                return renamed_op(op, names)

    def _given(self, cond: Atom, truth: bool, block: Block) -> Block:
        """A branch, in which the condition is known."""
        if not isinstance(cond, Var):
            return self.inner().block(block)
        self.names[cond] = const(truth)
        result = self.inner().block(block)
        del self.names[cond]
        return result

    def _prim(self, bind: Bind, op: Prim, binds: list[Bind]) -> None:
        (target,) = bind.targets
        if op.name in SHAPE_ONLY:
            k = SHAPE_ONLY[op.name]
            op = replace(op, args=(*op.args[:k], self._same_shape(op.args[k]), *op.args[k + 1:]))
        builder = Builder()
        builder.span, builder.note = bind.span, bind.note
        result = self.rewrite(op, builder, target)
        for extra in builder.binds:
            self._finish(extra, binds)
        if isinstance(result, Prim):
            self._finish(Bind(bind.targets, result, bind.span, bind.note), binds)
        else:
            self.names[target] = renamed(result, self.names)
            named = self.names[target]
            if isinstance(named, Var) and not named.hint:
                named.hint = target.hint

    def _same_shape(self, atom: Atom) -> Atom:
        """An earlier value of the same shape and type, so that none is computed for its shape alone."""
        while isinstance(atom, Var) and (made := self.makers.get(atom)) is not None and OPS[made.name].elementwise:
            same = [a for a in made.args if isinstance(a, Var) and a.type == atom.type and isinstance(a.type, Array)]
            if not same:
                break
            atom = same[0]
        return atom

    def _finish(self, bind: Bind, binds: list[Bind]) -> None:
        """Append a binding, unless the same was computed already."""
        op = bind.op
        assert isinstance(op, Prim)
        if any(isinstance(a, Var) and a in self.names for a in op.args):
            op = Prim(op.name, tuple(renamed(a, self.names) for a in op.args), op.params)
        (target,) = bind.targets
        key = (op.name, frozenset(op.args) if op.name in ("add", "mul") else op.args, op.params)
        if _repeatable(op, target):
            if key in self.known:
                self.names[target] = self.known[key]
                return
            self.known[key] = target
        self.makers[target] = op
        self.here.add(target)
        binds.append(Bind(bind.targets, op, bind.span, bind.note))

    # --- algebra --------------------------------------------------------------------------------------

    def maker(self, atom: Atom, name: str) -> Prim | None:
        """The operation `name` that made a value."""
        made = self.makers.get(atom) if isinstance(atom, Var) else None
        return made if made is not None and made.name == name else None

    def rewrite(self, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
        """A simpler operation, or the value itself."""
        folded = _fold(op, target)
        if folded is not None:
            return folded
        if self.gradient and builder.note:
            found = rewritten(self, op, builder, target)
            if found is not None:
                return found
        if op.name in _REWRITES:
            return _REWRITES[op.name](self, op, builder, target)
        return op

    def masked(self, atom: Atom, builder: Builder) -> Prim | None:
        """`where(c, v, 0)`, where the atom is one: it is masked again after a product, so that 0 * inf is 0.

        Only in reverse sweeps: in what the user wrote, 0 times infinity is no number, and the other factor of a program that
        is still to be reversed must stay outside of the mask.
        """
        if not (self.gradient and builder.note):
            return None
        for name in ("numpy.where", "select"):
            made = self.maker(atom, name)
            if made is not None and _is(made.args[2], 0) and not _is_infinite(made.args[1]):
                return made
        return None

    def negated(self, atom: Atom, builder: Builder) -> Atom | None:
        """The value v where the atom is -v."""
        made = self.maker(atom, "neg")
        if made is not None:
            return made.args[0]
        product = once(self, atom, "mul")
        for k, factor in enumerate(product.args if product is not None else ()):
            minus = self.negated(factor, builder)
            if product is not None and minus is not None:
                return _emit(self, builder, "mul", *(minus, product.args[1]) if k == 0 else (product.args[0], minus))
        if isinstance(atom, Const) and isinstance(atom.value, float) and (atom.value < 0 or math.copysign(1, atom.value) < 0):
            return const(-atom.value)
        return None


def _repeatable(op: Prim, target: Var) -> bool:
    """Whether computing once is enough: no effect, and no memory of its own that could be written, unless it costs much."""
    if OPS[op.name].effect or op.name in ("list", "append", "pop", "repeat", "copy", "store", "accumulate"):
        return False
    if op.name in ("add", "sub") and is_integer(target.type) and not target.hint and isinstance(op.args[1], Const):
        return False  # `i - 1` is as short as a name for it
    if isinstance(target.type, Array):
        costly = op.name in _COSTLY or op.name.startswith(("numpy.linalg.", "scipy.linalg."))
        return costly or (OPS[op.name].elementwise and not target.hint)
    return not isinstance(target.type, List)


_COSTLY = frozenset(["matmul", "numpy.matmul", "numpy.dot", "numpy.transpose", "cholesky_solve"])
"""Primitives whose arrays are not made twice (a transpose for the sake of those)."""


SHAPE_ONLY = {"size": 0, "shape": 0, "len": 0, "numpy.zeros_like": 0, "numpy.empty_like": 0, "numpy.full_like": 0, "spread": 1,
              "unbroadcast": 1}
"""Primitives that read of one operand its shape and type alone, and which it is."""

_FOLD: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv, "neg": operator.neg,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
    "not": operator.not_, "floordiv": operator.floordiv, "mod": operator.mod,
}


def _fold(op: Prim, target: Var) -> Const | None:
    if op.name not in _FOLD or not all(isinstance(a, Const) and isinstance(a.type, Scalar) and a.type.weak
                                       and isinstance(a.value, bool | int | float) for a in op.args):
        return None
    try:
        value = _FOLD[op.name](*(a.value for a in op.args if isinstance(a, Const)))
    except ArithmeticError:
        return None
    return const(value)


def _is(atom: Atom, value: float) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, int | float) and not isinstance(atom.value, bool) \
        and atom.value == value and isinstance(atom.type, Scalar)


def _is_infinite(atom: Atom) -> bool:
    return isinstance(atom, Const) and isinstance(atom.value, float) and math.isinf(atom.value)


def _fits(atom: Atom, target: Var) -> bool:
    """Whether the atom can stand for the target: a float of the same shape."""
    return atom.type == target.type or (
        is_float(atom.type) and isinstance(atom.type, Scalar) and isinstance(target.type, Scalar)
        and atom.type.dtype == target.type.dtype)


def _add(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    a, b = op.args
    if _is(b, 0) and isinstance(b, Const) and type(b.value) is float and _fits(a, target):
        return a
    if _is(a, 0) and isinstance(a, Const) and type(a.value) is float and _fits(b, target):
        return b
    if isinstance(a, Const) and isinstance(b, Var) and is_float(b.type):
        return Prim("add", (b, a))
    p, q = scope.masked(a, builder), scope.masked(b, builder)
    if p is not None and q is not None and (p.name, p.args[0]) == (q.name, q.args[0]) and a.type == b.type == target.type:
        return _again(p, _emit(scope, builder, "add", p.args[1], q.args[1]))
    if a is b and isinstance(a, Var) and is_float(a.type):
        return Prim("mul", (const(2.0), a))
    minus = scope.negated(b, builder)
    if minus is not None:
        return Prim("sub", (a, minus))
    minus = scope.negated(a, builder)
    if minus is not None and not isinstance(b, Const):
        return Prim("sub", (b, minus))
    return op


def _sub(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    a, b = op.args
    minus = scope.negated(b, builder)
    if minus is not None and isinstance(b, Var):
        return Prim("add", (a, minus))
    return op


def _mul(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    a, b = op.args
    for one, other in ((a, b), (b, a)):
        if _is(one, 1) and _fits(other, target):
            return other
        if _is(one, 1) and isinstance(other, Const) and isinstance(other.value, int):
            return const(float(other.value))
        if _is(one, -1) and _fits(other, target):
            return Prim("neg", (other,))
    for k, (one, other) in enumerate(((a, b), (b, a))):
        made = scope.maker(one, "neg")
        if made is not None and (one.type == target.type or not isinstance(target.type, Array)):
            args = (made.args[0], other) if k == 0 else (other, made.args[0])
            return Prim("neg", (_emit(scope, builder, "mul", *args),))
    for one, other in ((a, b), (b, a)):
        masked = scope.masked(one, builder)
        if masked is not None:
            product = _emit(scope, builder, "mul", *((masked.args[1], other) if one is a else (other, masked.args[1])))
            return _again(masked, product)
    if isinstance(b, Const) and not isinstance(a, Const):
        return Prim("mul", (b, a))
    return op


def _truediv(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    a, b = op.args
    if _is(b, 1) and _fits(a, target):
        return a
    made = scope.maker(a, "neg")
    if made is not None:
        return Prim("neg", (_emit(scope, builder, "truediv", made.args[0], b),))
    masked = scope.masked(a, builder)
    if masked is not None:
        return _again(masked, _emit(scope, builder, "truediv", masked.args[1], b))
    return op


def _again(masked: Prim, product: Atom) -> Prim:
    """A product, masked as one of its factors was."""
    name = "numpy.where" if isinstance(product.type, Array) else masked.name
    return Prim(name, (masked.args[0], product, masked.args[2]))


def _neg(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    made = scope.maker(op.args[0], "neg")
    if made is not None and _fits(made.args[0], target):
        return made.args[0]
    masked = scope.masked(op.args[0], builder)
    if masked is not None:
        negative = builder.prim("neg", masked.args[1])
        scope.makers[negative] = Prim("neg", (masked.args[1],))
        return Prim(masked.name, (masked.args[0], negative, masked.args[2]))
    return op


def _pow(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    return op.args[0] if _is(op.args[1], 1) and _fits(op.args[0], target) else op


def _emit(scope: _Scope, builder: Builder, name: str, a: Atom, b: Atom) -> Atom:
    """Emit a simplified operation."""
    probe = Builder().prim(name, a, b)
    result = scope.rewrite(Prim(name, (a, b)), builder, probe)
    if not isinstance(result, Prim):
        return result
    made = builder.prim(result.name, *result.args)
    scope.makers[made] = result
    return made


def _select(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    cond, a, b = op.args
    if isinstance(cond, Const):
        return a if cond.value else b
    return op


def _float(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    x = op.args[0]
    if isinstance(x, Const) and isinstance(x.value, int | float):
        return const(float(x.value))
    if target.hint.endswith("_bar"):
        return op  # a gradient is made a Python float although its type may say that it is one
    return x if x.type == target.type else op


def _accumulate(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    """An addition to elements that are 0 writes them: after `x[i] = 0.0`, or into new zeros."""
    base, value, *where = op.args
    if not isinstance(base.type, Array) or not is_float(base.type) or not isinstance(value.type, Scalar | Array):
        return op
    positions = any(isinstance(a.type, List) or (isinstance(a.type, Array) and a.type.dtype != "bool") for a in where)
    if positions and not op.param("unique"):
        return op  # a position that occurs twice is added to twice
    made = scope.maker(base, "store")
    if made is not None and _is(made.args[1], 0) and tuple(made.args[2:]) == tuple(where) and \
            made.param("index") == op.param("index"):
        return Prim("store", (made.args[0], *op.args[1:]), op.params)
    zeros = scope.maker(base, "numpy.zeros_like") or scope.maker(base, "numpy.zeros")
    return Prim("store", op.args, op.params) if zeros is not None else op


def _load(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    """What was just written is read back."""
    made = scope.maker(op.args[0], "store")
    if made is not None and made.args[2:] == op.args[1:] and made.params == op.params and made.args[1].type == target.type \
            and (op.param("unique") or not any(isinstance(a.type, Array | List) for a in op.args[1:])):
        return made.args[1]
    return op


def _spread(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    value, like = op.args
    return value if covers(dims(value.type), dims(like.type)) else op


def _unbroadcast(scope: _Scope, op: Prim, builder: Builder, target: Var) -> Prim | Atom:
    value, operand = op.args
    return value if covers(dims(operand.type), dims(value.type)) and len(dims(value.type)) == len(dims(operand.type)) else op


_REWRITES: dict[str, Callable[[_Scope, Prim, Builder, Var], Prim | Atom]] = {
    "add": _add, "sub": _sub, "mul": _mul, "truediv": _truediv, "neg": _neg, "pow": _pow, "select": _select, "float": _float,
    "spread": _spread, "unbroadcast": _unbroadcast,
    "accumulate": _accumulate, "load": _load,
}

__all__ = ["simplify", "simplify_function", "simplify_gradient"]
