"""Which inputs decide by their values where the non-zero derivatives of a program may be.

Branches, bounds of loops, indices, and what gives arrays their sizes. For equal values of these inputs, and equal shapes of
all, a program makes the same steps on the same elements, and `sparsity` finds the same pattern.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from adcompiler.ir.nodes import Atom, Bind, Block, Call, For, Foreign, Function, If, Prim, Program, Var, While, blocks_of
from adcompiler.ir.ops import OPS

Sources = frozenset[int | str]
"""Positions of leaf parameters, names of constants, and `ANYTHING`."""

ANYTHING = "?"
"""What is no parameter and no constant: the source of values of which we know nothing."""

SHAPES_ONLY = frozenset("len shape size numpy.zeros_like numpy.ones_like numpy.empty_like".split())
"""Primitives whose results depend on shapes alone."""

STEADY = frozenset(
    "abs min max float int bool round not and or is isnot in notin assert raise stop_gradient copy list tuple append pop item "
    "save saved_item spread unbroadcast select numpy.where numpy.choose numpy.array numpy.asarray numpy.astype numpy.full_like "
    "numpy.ascontiguousarray numpy.asfortranarray numpy.transpose numpy.ravel numpy.expand_dims numpy.squeeze numpy.swapaxes "
    "numpy.concatenate numpy.stack numpy.flip numpy.tril numpy.triu numpy.diag numpy.diagonal numpy.meshgrid "
    "numpy.sum numpy.prod numpy.mean numpy.var numpy.std numpy.max numpy.min numpy.amax numpy.amin numpy.nansum numpy.nanmean "
    "numpy.nanvar numpy.nanstd numpy.nanmax numpy.nanmin numpy.nanargmax numpy.nanargmin numpy.any numpy.all numpy.median "
    "numpy.argmax numpy.argmin numpy.argsort numpy.cumsum numpy.cumprod numpy.maximum.accumulate numpy.minimum.accumulate "
    "numpy.linalg.norm scipy.special.logsumexp scipy.special.softmax scipy.special.log_softmax numpy.round numpy.around "
    "numpy.dot numpy.inner numpy.vdot numpy.outer numpy.tensordot numpy.kron numpy.cross numpy.einsum einsum_view numpy.trace "
    "numpy.linalg.multi_dot numpy.convolve numpy.correlate numpy.interp numpy.diff numpy.searchsorted numpy.isclose "
    "numpy.linalg.solve numpy.linalg.inv numpy.linalg.det numpy.linalg.slogdet numpy.linalg.cholesky numpy.linalg.eigh "
    "scipy.fft.dct scipy.fft.idct scipy.fft.dst scipy.fft.idst "
    "scipy.linalg.solve scipy.linalg.solve_triangular scipy.linalg.inv scipy.linalg.cholesky scipy.linalg.det".split())
"""Primitives whose steps depend on the shapes of operands alone, besides those that work element by element."""

PLACES = {"load": 1, "store": 2, "accumulate": 2, "numpy.take_along_axis": 1, "numpy.reshape": 1, "numpy.broadcast_to": 1,
          "numpy.roll": 1, "numpy.repeat": 1, "numpy.tile": 1, "repeat": 1, "numpy.pad": 1}
"""Primitives that move what their first operands hold: the number of these. The others say where."""

PRODUCTS = frozenset(["matmul", "numpy.matmul", "numpy.dot"])
"""Products in which a zero of a constant factor matters."""


def deciding(program: Program, varied: Collection[Var]) -> Sources:
    """The inputs of a program whose values matter to its pattern; `varied`: the variables that vary with the inputs."""
    reader = _Reader(program, varied)
    for k, param in enumerate(program.entry.block.params):
        reader.sources[param] = frozenset([k])
    reader.block(program.entry.block)
    return frozenset(reader.found)


class _Reader:
    def __init__(self, program: Program, varied: Collection[Var]) -> None:
        self.program, self.varied = program, varied
        self.sources: dict[Var, Sources] = {}
        self.found: set[int | str] = set()

    def of(self, *atoms: Atom) -> Sources:
        """The inputs that values come from."""
        return frozenset().union(*(self.sources.get(a, frozenset()) for a in atoms if isinstance(a, Var)))

    def block(self, block: Block) -> None:
        for bind in block.binds:
            self._bind(bind)

    def _bind(self, bind: Bind) -> None:
        match bind.op:
            case Prim() as op:
                self.found |= self.of(*self._decisive(op))
                sources = frozenset() if op.name in SHAPES_ONLY else self.of(*op.args)
                self.sources.update(dict.fromkeys(bind.targets, sources))
            case Foreign(template, args):
                known = template in self.program.constants and not args
                sources = frozenset([template if known else ANYTHING]) | self.of(*args)
                self.sources.update(dict.fromkeys(bind.targets, sources))
            case Call(callee, args):
                sources = self.of(*args) | self._constants(self.program.functions[callee])
                self.found |= sources
                self.sources.update(dict.fromkeys(bind.targets, sources))
            case If(cond, then, orelse):
                self.found |= self.of(cond)
                self.block(then)
                self.block(orelse)
                for target, a, b in zip(bind.targets, then.results, orelse.results, strict=True):
                    self.sources[target] = self.of(a, b)
            case For() | While() as op:
                self._loop(bind, op)

    def _loop(self, bind: Bind, op: For | While) -> None:
        if isinstance(op, For):
            self.found |= self.of(op.start, op.stop, op.step)
            self.sources[op.index] = self.of(op.start, op.step)
        carried = [self.of(a) for a in op.inits]
        while True:
            self.sources.update(zip(op.carried, carried, strict=True))
            if isinstance(op, While):
                self.sources.update(zip(op.cond.params, carried, strict=True))
                self.block(op.cond)
                self.found |= self.of(*op.cond.results)
            self.block(op.body)
            after = [before | self.of(a) for before, a in zip(carried, op.yields, strict=True)]
            if after == carried:
                break
            carried = after
        self.found |= self.of(*op.body.results[len(op.yields):])
        self.sources.update(zip(bind.targets, carried, strict=True))

    def _decisive(self, op: Prim) -> Sequence[Atom]:
        """The operands of a primitive whose values say which elements it works on."""
        if op.name in SHAPES_ONLY or op.name in STEADY or op.name.startswith("math.") \
                or (op.name in OPS and OPS[op.name].elementwise):
            return ()
        if op.name in PRODUCTS:
            return [a for a in op.args if a not in self.varied]
        if op.name == "numpy.full":
            return op.args[:-1]
        return op.args[PLACES.get(op.name, 0):]

    def _constants(self, function: Function, seen: frozenset[str] = frozenset()) -> Sources:
        """The constants that a function reads, also in the functions that it calls."""
        found: set[int | str] = set()
        blocks = [function.block]
        while blocks:
            for bind in blocks.pop().binds:
                blocks += blocks_of(bind.op)
                match bind.op:
                    case Foreign(template):
                        found.add(template if template in self.program.constants else ANYTHING)
                    case Call(callee) if callee not in seen:
                        found |= self._constants(self.program.functions[callee], seen | {callee})
        return frozenset(found)


__all__ = ["ANYTHING", "PLACES", "PRODUCTS", "Sources", "deciding"]
