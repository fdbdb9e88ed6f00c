"""Arrays that every iteration of a loop makes anew, and nobody keeps, get their memory once, before the loop.

    for i in range(n):                          d_buffer = np.empty(3)
        d = np.zeros(3)             ->          for i in range(n):
        ...                                         d = d_buffer
                                                    for j in range(3):
                                                        d[j] = 0.0
                                                    ...
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, For, Function, If, Prim, Program, Var, While, blocks_of, bound_vars, operands
from adcompiler.ir.ops import OPS
from adcompiler.ir.types import Array, Scalar, dims
from adcompiler.transforms.native.elements import moved, store_each

_ZERO = {"f": 0.0, "i": 0, "u": 0, "b": False, "c": 0j}
_MADE = ("numpy.empty", "numpy.zeros", "numpy.empty_like", "numpy.zeros_like")


def hoist_buffers(program: Program) -> Program:
    """The program with the memory of such arrays made before the outermost loop where their sizes are known."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    return replace(function, block=_Hoister(function.block).block(function.block))


@dataclass(eq=False)
class _Use:
    """An operation that reads a variable, or (None) the end of a block, at a position among its results."""

    bind: Bind | None
    block: Block
    position: int


class _Hoister:
    def __init__(self, top: Block) -> None:
        self.maker: dict[Var, tuple[Bind, int]] = {}
        self.uses: dict[Var, list[_Use]] = {}
        self.around: dict[int, Bind] = {}
        self.start: dict[Var, Atom] = {}
        self.buffers: set[Var] = set()
        self._collect(top)

    def _collect(self, block: Block) -> None:
        for bind in block.binds:
            for k, t in enumerate(bind.targets):
                self.maker[t] = bind, k
            for k, a in enumerate(operands(bind.op)):
                if isinstance(a, Var):
                    self.uses.setdefault(a, []).append(_Use(bind, block, k))
            if isinstance(bind.op, For | While):
                self.start.update(zip(bind.op.carried, bind.op.inits, strict=True))
            for inner in blocks_of(bind.op):
                self.around[id(inner)] = bind
                self._collect(inner)
        for k, a in enumerate(block.results):
            if isinstance(a, Var):
                self.uses.setdefault(a, []).append(_Use(None, block, k))

    def block(self, block: Block) -> Block:
        """The block with buffers made before its loops."""
        out = Builder()
        for bind in block.binds:
            match bind.op:
                case If() as op:
                    bind = replace(bind, op=replace(op, then=self.block(op.then), orelse=self.block(op.orelse)))
                case For() | While() as op:
                    body = self.block(op.body)
                    inside = set(bound_vars(body))
                    out.note = ""
                    binds = tuple(made for b in body.binds for made in self._hoisted(b, inside, out))
                    bind = replace(bind, op=replace(op, body=replace(body, binds=binds)))
                case _:
                    pass
            out.binds.append(bind)
        return replace(block, binds=tuple(out.binds))

    def _hoisted(self, bind: Bind, inside: set[Var], out: Builder) -> list[Bind]:
        """A binding of a loop's body; an array that it makes takes its memory from a buffer before the loop.

        Nothing for the buffer of an inner loop, which moves there itself.
        """
        op = bind.op
        if not isinstance(op, Prim) or op.name not in _MADE or not isinstance(bind.targets[0].type, Array):
            return [bind]
        target, type_ = bind.targets[0], bind.targets[0].type
        assert isinstance(type_, Array)
        if target in self.buffers and inside.isdisjoint(op.args):
            out.binds.append(bind)
            return []
        first = Builder()
        sizes = self._sizes(target, inside, first)
        if sizes is None or target in self.buffers or self._escapes(target, set()):
            return [bind]
        kind = (("dtype", type_.dtype),) if type_.dtype != "float64" else ()
        buffer = Var(f"{target.hint}_buffer" if target.hint else "buffer", type_)
        first.binds.append(Bind((buffer,), Prim("numpy.empty", tuple(sizes), kind), bind.span))
        for made in first.binds:
            self.maker[made.targets[0]] = made, 0
        out.binds += first.binds
        self.buffers.add(buffer)
        if not op.name.startswith("numpy.zeros"):
            return [replace(bind, op=Prim("reused", (buffer,)))]
        inner = Builder()
        zeros = store_each(inner, inner.prim("reused", buffer, hint=target.hint), sizes, lambda *_: const(_ZERO[type_.dtype[0]]))
        last = inner.binds[-1]
        assert last.targets == (zeros,)
        return [*inner.binds[:-1], replace(last, targets=(target,))]

    def _sizes(self, var: Atom, inside: set[Var], out: Builder) -> list[Atom] | None:
        """The sizes of an array as values from outside of a loop (or, in `out`, computed from such)."""
        missing = 0  # the first axes of the array that was made, of which this one is a row
        while isinstance(var, Var):
            if var not in inside:
                return [out.prim("shape", var, axis=k) for k in range(missing, len(dims(var.type)))]
            if var in self.start:
                var = self.start[var]
                continue
            bind, k = self.maker.get(var, (None, 0))
            match bind.op if bind is not None else None:
                case Prim("numpy.empty" | "numpy.zeros", sizes):
                    found = [moved(a, self.maker, lambda v: v not in inside, out) for a in sizes[missing:]]
                    return None if None in found else [a for a in found if a is not None]
                case Prim("numpy.empty_like" | "numpy.zeros_like" | "store" | "accumulate" | "reused", args):
                    var = args[0]
                case Prim("load", args) as op if set(op.param("index")) == {"i"}:
                    var, missing = args[0], missing + len(op.param("index"))
                case For() | While() as op:
                    var = op.inits[k]
                case _:
                    return None
        return None

    def _escapes(self, var: Var, seen: set[Var]) -> bool:
        """Whether the memory of an array may be reached after the iteration that made it."""
        if var in seen:
            return False
        seen.add(var)
        return any(self._use_escapes(var, use, seen) for use in self.uses.get(var, []))

    def _use_escapes(self, var: Var, use: _Use, seen: set[Var]) -> bool:
        if use.bind is None:
            return self._result_escapes(use, seen)
        op = use.bind.op
        match op:
            case Prim("store" | "accumulate", (base, *_)):
                return base is var and self._escapes(use.bind.targets[0], seen)
            case Prim("reused" | "len" | "shape" | "size"):
                return False
            case Prim("load", (base, *_)) if base is var:
                result = use.bind.targets[0]
                return not isinstance(result.type, Scalar) and self._escapes(result, seen)
            case Prim(name):
                new = OPS[name].makes_memory_of(op.args) or all(isinstance(t.type, Scalar) for t in use.bind.targets)
                return not new or OPS[name].effect or name == "append"
            case For() | While():
                at = use.position - (3 if isinstance(op, For) else 0)
                if at < 0:
                    return True
                targets = [op.carried[at], use.bind.targets[at]] + ([op.cond.params[at]] if isinstance(op, While) else [])
                return any(self._escapes(t, seen) for t in targets)
            case _:
                return True

    def _result_escapes(self, use: _Use, seen: set[Var]) -> bool:
        """Of a value that leaves a block: whether what it becomes escapes."""
        around = self.around.get(id(use.block))
        if around is None:
            return True
        match around.op:
            case If():
                return self._escapes(around.targets[use.position], seen)
            case For() | While() as op if use.block is op.body and use.position < len(op.inits):
                start = op.inits[use.position]
                inner = isinstance(start, Var) and start in seen  # the memory went into this loop, and comes out of it
                return not inner or self._escapes(around.targets[use.position], seen)
            case _:
                return True


__all__ = ["hoist_buffers"]
