"""Sizes that must be the same, since the program would not run otherwise.

A matrix product needs equal inner sizes, `u[1:-1] += v` a v of no more elements than there are places. What is
learned so gives dimensions their final names, so that the reverse sweep need not ask whether something was broadcast.

A fact holds where its statement runs: in a branch or a loop it is used for sizes that occur nowhere else.
"""

from __future__ import annotations

from collections import Counter

from adcompiler.ir.nodes import Bind, Block, Function, Prim, Program, Var, blocks_of, bound_vars
from adcompiler.ir.ops import OPS, IrTypeError, rename_size, result_type
from adcompiler.ir.types import Array, Dim, List, Tuple, Type, dims, dims_within, never_one

_SQUARE = frozenset(["numpy.linalg.cholesky", "numpy.linalg.inv", "numpy.linalg.det", "numpy.linalg.slogdet",
                     "numpy.linalg.solve", "numpy.linalg.eigh", "numpy.linalg.eigvalsh"])
_ROUNDS = 8


def settle_sizes(program: Program) -> Program:
    """The program with equal names for dimensions that are equal. Types are changed where they stand."""
    for function in (program.entry, *program.functions.values()):
        _settle(function)
    return program


def _settle(function: Function) -> None:
    variables = [v for v in bound_vars(function.block) if _has_dims(v.type)]
    if not variables:
        return
    sizes = _Sizes(Counter(d for v in variables for d in dims_within(v.type)))
    for _ in range(_ROUNDS):
        sizes.changed = False
        sizes.block(function.block, outermost=True)
        if not sizes.changed:
            break
        for v in bound_vars(function.block):
            v.type = sizes.renamed(v.type)
            rename_size(v, sizes.find)
        sizes.everywhere = Counter(d for v in variables for d in dims_within(v.type))


def _has_dims(type_: Type) -> bool:
    return next(dims_within(type_), None) is not None


class _Sizes:
    """Classes of equal sizes, each with a name. `everywhere`: how often a name occurs in the function."""

    def __init__(self, everywhere: Counter[Dim]) -> None:
        self.everywhere = everywhere
        self.names: dict[Dim, Dim] = {}
        self.changed = False
        self.local: Counter[Dim] | None = None

    def find(self, dim: Dim) -> Dim:
        """The name of a size."""
        while dim in self.names:
            dim = self.names[dim]
        return dim

    def renamed(self, type_: Type) -> Type:
        """The type with the names of its sizes."""
        match type_:
            case Array(dtype, shape) if any(d in self.names for d in shape):
                return Array(dtype, tuple(map(self.find, shape)))
            case List(element):
                return List(self.renamed(element))
            case Tuple(items):
                return Tuple(tuple(map(self.renamed, items)))
            case _:
                return type_

    def equal(self, a: Dim, b: Dim) -> None:
        """Two sizes are equal; the one that says less takes the name of the other."""
        a, b = self.find(a), self.find(b)
        if a == b or (_says(a) and _says(b) and 3 in (_says(a), _says(b))) or _says(a) == _says(b) == 2:
            return  # equal already, or the program does not get here
        if not self._may_change(b) or (self._may_change(a) and _says(a) < _says(b)):
            a, b = b, a
        if self._may_change(b) and _says(a) >= _says(b):
            self.names[b] = a
            self.changed = True

    def _may_change(self, dim: Dim) -> bool:
        return isinstance(dim, str) and (self.local is None or self.local[dim] == self.everywhere[dim])

    # --- where facts come from --------------------------------------------------------------------------

    def block(self, block: Block, *, outermost: bool = False) -> None:
        """What the bindings of a block tell, those of the blocks inside for themselves."""
        outer, self.local = self.local, None if outermost else Counter(
            d for v in bound_vars(block) for d in dims_within(v.type))
        for bind in block.binds:
            if isinstance(bind.op, Prim):
                self._prim(bind, bind.op)
            for inner in blocks_of(bind.op):
                self.block(inner)
        self.local = outer

    def _prim(self, bind: Bind, op: Prim) -> None:
        arrays = [a for a in op.args if isinstance(a, Var) and isinstance(a.type, Array)]
        if not arrays or not bind.targets:
            return
        if OPS[op.name].elementwise:
            self._aligned([dims(a.type) for a in arrays])
        elif op.name in ("matmul", "numpy.matmul") and len(arrays) == 2:
            a, b = dims(arrays[0].type), dims(arrays[1].type)
            self.equal(a[-1], b[-2 if len(b) > 1 else 0])
        elif op.name in _SQUARE and len(dims(arrays[0].type)) == 2:
            self.equal(*dims(arrays[0].type))
            if op.name == "numpy.linalg.solve" and len(arrays) == 2:
                b = dims(arrays[1].type)
                self.equal(dims(arrays[0].type)[0], b[-2 if len(b) > 1 else 0])
        elif op.name in ("store", "accumulate") and isinstance(op.args[0].type, Array):
            self._written(op)
        if len(bind.targets) == 1:
            self._result(bind.targets[0], op)

    def _aligned(self, shapes: list[tuple[Dim, ...]]) -> None:
        """Sizes that are broadcast against each other, and that none is stretched."""
        for axis in range(1, max(map(len, shapes)) + 1):
            known = [s[-axis] for s in shapes if len(s) >= axis and never_one(self.find(s[-axis]))]
            for other in known[1:]:
                self.equal(known[0], other)

    def _written(self, op: Prim) -> None:
        base, value, *index = op.args
        try:
            part = dims(result_type("load", (base, *index), {"index": op.param("index")}))
        except IrTypeError:
            return
        for place, size in zip(part[::-1], dims(value.type)[::-1], strict=False):
            if never_one(self.find(size)):
                self.equal(place, size)

    def _result(self, target: Var, op: Prim) -> None:
        if not isinstance(target.type, Array):
            return
        try:
            found = result_type(op.name, op.args, dict(op.params))
        except IrTypeError:
            return
        if isinstance(found, Array) and found.rank == target.type.rank:
            for mine, other in zip(target.type.dims, found.dims, strict=True):
                if other in self.everywhere or other in self.names or not str(other).startswith("?"):
                    self.equal(mine, other)


def _says(dim: Dim) -> int:
    """How much the name of a dimension says: a literal, a size that is not one, any size."""
    return 3 if isinstance(dim, int) else 2 if dim.startswith("=") else 1 if never_one(dim) else 0
