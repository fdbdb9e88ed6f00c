"""Lists that loops fill become arrays of their final size.

    y_saved = []                            y_saved = np.empty(n)
    for i in range(n):            ->        for i in range(n):
        y_saved.append(y)                       y_saved[i] = y

Native code appends to a list at more than twice the price of writing to an array. A list of lists, filled by loops inside
of each other, becomes one array with several axes if all the loops run equally often each time. What does not fit
(loops that end early, `while`, lists that are used in other ways) stays a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, Const, For, Function, If, Prim, Program, Var, While, blocks_of, operands
from adcompiler.ir.rename import renamed_block, with_operands
from adcompiler.ir.types import Array, List, Scalar, varies
from adcompiler.transforms.native.elements import moved, store_each

_SIZES = ("shape", "len", "size")
_DTYPES = ("bool", "int64", "float64", "float32", "complex128")


def tapes_to_arrays(program: Program) -> Program:
    """The program with arrays instead of the lists that loops fill, where their sizes are known before the loops."""
    functions = {name: _function(f) for name, f in program.functions.items()}
    return replace(program, entry=_function(program.entry), functions=functions)


def _function(function: Function) -> Function:
    block = renamed_block(function.block, {})  # the types of variables change, and nobody else may have them
    finder = _Finder(block)
    plans = finder.plans()
    sizes = {v for v, (bind, _, _) in finder.maker.items() if isinstance(bind.op, Prim) and _is_not_negative(bind.op)}
    if not plans:
        return function
    return replace(function, block=_Writer(plans, sizes, finder).block(block))


def _is_not_negative(op: Prim) -> bool:
    return op.name in _SIZES or (op.name == "max" and any(isinstance(a, Const) and a.value >= 0 for a in op.args))


@dataclass(eq=False)
class _Plan:
    """A list that becomes an array, and the loops that fill it, from the outermost to the one that appends."""

    init: Bind
    loops: list[tuple[Bind, int]]
    leaf: Atom
    dtype: str
    shape: list[Atom | tuple[Var, int]] = field(default_factory=list)
    """The sizes of an element that is an array: constants, or axes of arrays."""
    array: Var | None = None

    @property
    def target(self) -> Var:
        return self.loops[0][0].targets[self.loops[0][1]]


class _Finder:
    """Finds the lists of one function that can be arrays."""

    def __init__(self, top: Block) -> None:
        self.top = top
        self.maker: dict[Var, tuple[Bind, int, Block]] = {}
        self.users: dict[Var, list[tuple[Bind | None, Block]]] = {}
        self.parent: dict[int, tuple[Bind, Block]] = {}
        self.depth: dict[Var, int] = {}
        self._collect(top, 0)

    def _collect(self, block: Block, depth: int) -> None:
        for p in block.params:
            self.depth[p] = depth
        for bind in block.binds:
            for k, t in enumerate(bind.targets):
                self.maker[t] = bind, k, block
                self.depth[t] = depth
            for a in set(operands(bind.op)):
                if isinstance(a, Var):
                    self.users.setdefault(a, []).append((bind, block))
            for inner in blocks_of(bind.op):
                self.parent[id(inner)] = bind, block
                self._collect(inner, depth + 1)
        for a in set(block.results):
            if isinstance(a, Var):
                self.users.setdefault(a, []).append((None, block))

    def plans(self) -> list[_Plan]:
        """The lists that become arrays."""
        found = []
        for bind, block in _loops(self.top):
            assert isinstance(bind.op, For | While)
            for k, target in enumerate(bind.targets):
                plan = self._plan(bind, k, block) if isinstance(target.type, List) else None
                if plan is not None and self._read_only(plan.target, len(plan.loops)):
                    found.append(plan)
        return found

    def _plan(self, bind: Bind, k: int, block: Block) -> _Plan | None:
        """The plan for the list that a loop carries at place k, whatever becomes of it after the loop."""
        op = bind.op
        if not isinstance(op, For) or op.exits or not isinstance(op.step, Const) or not op.step.value:
            return None
        init, carried, last = op.inits[k], op.carried[k], op.yields[k]
        start = self.maker.get(init) if isinstance(init, Var) else None
        end = self.maker.get(last) if isinstance(last, Var) else None
        if start is None or end is None or start[2] is not block or end[2] is not op.body:
            return None
        if start[0].op != Prim("list", ()) or len(self.users[init]) != 1:  # type: ignore[index]
            return None
        append = end[0].op
        if not isinstance(append, Prim) or append.name != "append" or append.args[0] is not carried:
            return None
        if len(self.users[carried]) != 1 or len(self.users[last]) != 1:  # type: ignore[index]
            return None
        value = append.args[1]
        if isinstance(value.type, List):
            return self._nested(bind, k, value, op, start[0])
        plan = _Plan(start[0], [(bind, k)], value, "")
        return self._leaf(plan, value)

    def _nested(self, bind: Bind, k: int, value: Atom, op: For, init: Bind) -> _Plan | None:
        """A list of lists: an inner loop fills each of them and runs equally often each time."""
        made = self.maker.get(value) if isinstance(value, Var) else None
        if made is None or made[2] is not op.body or not isinstance(made[0].op, For) or len(self.users[value]) != 1:  # type: ignore[index]
            return None
        inner = self._plan(made[0], made[1], op.body)
        if inner is None:
            return None
        outside = self.depth[bind.targets[k]]
        for loop, _ in inner.loops:
            assert isinstance(loop.op, For)
            bounds = (loop.op.start, loop.op.stop)
            if any(moved(a, self.maker, lambda v: self.depth.get(v, 0) <= outside, Builder()) is None for a in bounds):
                return None
        if any(isinstance(s, tuple) and self.depth[s[0]] > outside for s in inner.shape):
            return None
        return replace(inner, init=init, loops=[(bind, k), *inner.loops])

    def _leaf(self, plan: _Plan, value: Atom) -> _Plan | None:
        """The plan with the type of the elements; arrays need sizes that are known before the loop."""
        match value.type:
            case Scalar(dtype) if dtype in _DTYPES:
                return replace(plan, dtype=dtype)
            case Array(dtype, dims) if dtype in _DTYPES:
                sizes: list[Atom | tuple[Var, int]] = []
                for dim in dims:
                    size = self._size(dim, plan.loops[0][0])
                    if size is None:
                        return None
                    sizes.append(size)
                return replace(plan, dtype=dtype, shape=sizes)
            case _:
                return None

    def _size(self, dim: int | str, loop: Bind) -> Atom | tuple[Var, int] | None:
        """A size as a constant, or as an axis of an array that there is before the loop."""
        if isinstance(dim, int):
            return const(dim)
        if varies(dim):
            return None
        depth = self.depth[loop.targets[0]]
        for var, d in self.depth.items():
            if d <= depth and isinstance(var.type, Array) and dim in var.type.dims and self._before(var, loop):
                return var, var.type.dims.index(dim)
        return None

    def _before(self, var: Var, loop: Bind) -> bool:
        """Whether a variable is in scope at a loop: a parameter around it, or bound before it around it."""
        block: Block | None = self.maker[loop.targets[0]][2]
        until = loop
        while block is not None:
            if var in block.params:
                return True
            made = self.maker.get(var)
            if made is not None and made[2] is block:
                return _position(block, made[0]) < _position(block, until)
            until, block = self.parent.get(id(block), (None, None))  # type: ignore[assignment]
        return False

    def _read_only(self, var: Var, levels: int) -> bool:
        """Whether a list is only measured and read by position, down to its elements."""
        for bind, _ in self.users.get(var, []):
            op = bind.op if bind is not None else None
            if not isinstance(op, Prim):
                return False
            if op.name == "len":
                continue
            if op.name != "load" or op.param("index") != ("i",) or op.args[0] is not var or op.args[1] is var:
                return False
            if levels > 1 and not self._read_only(bind.targets[0], levels - 1):  # type: ignore[union-attr]
                return False
        return True


def _position(block: Block, bind: Bind) -> int:
    return next(k for k, b in enumerate(block.binds) if b is bind)


def _loops(block: Block) -> Iterator[tuple[Bind, Block]]:
    """All loops, outer ones first."""
    for bind in block.binds:
        if isinstance(bind.op, For | While):
            yield bind, block
        for inner in blocks_of(bind.op):
            yield from _loops(inner)


class _Writer:
    """Writes the function anew, with arrays."""

    def __init__(self, plans: list[_Plan], known: set[Var], found: _Finder) -> None:
        self.found = found
        self.known = known  # sizes of something, which are not negative
        self.dropped = {id(p.init) for p in plans}
        self.first: dict[int, list[_Plan]] = {}
        self.slots: dict[int, list[tuple[_Plan, int, int]]] = {}
        self.rows: dict[Atom, tuple[_Plan, list[Atom]]] = {}
        self.appended: dict[Atom, _Plan] = {}
        self.sizes: dict[int, list[Atom]] = {}
        self.places: dict[int, Atom] = {}
        self.lengths: dict[Var, Atom] = {}
        for p in plans:
            self.first.setdefault(id(p.loops[0][0]), []).append(p)
            self.rows[p.target] = p, []
            for level, (bind, k) in enumerate(p.loops):
                assert isinstance(bind.op, For)
                self.slots.setdefault(id(bind), []).append((p, level, k))
                self.appended[bind.op.carried[k]] = p

    def block(self, block: Block) -> Block:
        """The block with arrays."""
        builder = Builder()
        for bind in block.binds:
            self._bind(bind, builder)
        return replace(block, binds=tuple(builder.binds), results=self._sized(block.results))

    def _sized(self, atoms: Sequence[Atom]) -> tuple[Atom, ...]:
        """The atoms with sizes instead of the lengths of lists."""
        return tuple(self.lengths.get(a, a) if isinstance(a, Var) else a for a in atoms)

    def _bind(self, bind: Bind, out: Builder) -> None:
        out.span, out.note = bind.span, ""
        loop = id(bind)
        bind = replace(bind, op=with_operands(bind.op, self._sized(operands(bind.op))))
        match bind.op:
            case _ if loop in self.dropped:
                pass
            case Prim("append", (base, value)) if base in self.appended:
                self._append(bind, self.appended[base], value, out)
            case Prim("load", (base, k)) if base in self.rows:
                self._load(bind, base, k, out)
            case Prim("len", (base,)) if base in self.rows:
                plan, places = self.rows[base]
                self.lengths[bind.targets[0]] = self.sizes[id(plan)][len(places)]
            case For() as op:
                for plan in self.first.get(loop, []):
                    self._begin(plan, out)
                out.binds.append(self._loop(bind, op, loop))
            case If() as op:
                out.binds.append(replace(bind, op=replace(op, then=self.block(op.then), orelse=self.block(op.orelse))))
            case While() as op:
                out.binds.append(replace(bind, op=replace(op, cond=self.block(op.cond), body=self.block(op.body))))
            case _:
                out.binds.append(bind)

    def _begin(self, plan: _Plan, out: Builder) -> None:
        """The array, before the outermost loop."""
        outside = self.found.depth[plan.target]
        sizes = [self._trips(loop, outside, out) for loop, _ in plan.loops]
        sizes += [out.prim("shape", s[0], axis=s[1]) if isinstance(s, tuple) else s for s in plan.shape]
        self.sizes[id(plan)] = sizes
        hint = min((loop.targets[k].hint for loop, k in plan.loops), key=len)
        kind = {"dtype": plan.dtype} if plan.dtype != "float64" else {}
        plan.array = out.prim("numpy.empty", *sizes, hint=hint, **kind)
        for loop, k in plan.loops:
            assert isinstance(loop.op, For)
            for var in (loop.targets[k], loop.op.carried[k]):
                var.hint, var.type = hint, plan.array.type

    def _trips(self, loop: Bind, outside: int, out: Builder) -> Atom:
        """How often a loop runs, from values of a depth that is not more than `outside`."""
        op = loop.op
        assert isinstance(op, For)
        inner = Builder()
        ends = [moved(a, self.found.maker, lambda v: self.found.depth.get(v, 0) <= outside, inner) for a in (op.start, op.stop)]
        out.binds += [replace(b, op=with_operands(b.op, self._sized(operands(b.op)))) for b in inner.binds]
        assert isinstance(op.step, Const)
        step = op.step.value
        first, last = self._sized([a for a in (ends if step > 0 else ends[::-1]) if a is not None])
        if isinstance(first, Const) and isinstance(last, Const):
            return const(len(range(first.value, last.value, abs(step))))
        if first == const(0) and last in self.known and abs(step) == 1:
            return last
        count = last if first == const(0) else out.prim("sub", last, first)
        if abs(step) > 1:
            count = out.prim("floordiv", out.prim("add", count, const(abs(step) - 1)), const(abs(step)))
        return out.prim("max", count, const(0), hint="count")

    def _loop(self, bind: Bind, op: For, loop: int) -> Bind:
        inits, yields, inner = list(op.inits), list(op.yields), Builder()
        slots = self.slots.get(loop, [])
        if slots:
            self.places[loop] = self._place(op, inner)
        for plan, level, k in slots:
            assert plan.array is not None
            inits[k] = plan.array
            if level:
                above, at = plan.loops[level - 1]
                assert isinstance(above.op, For)
                inits[k] = above.op.carried[at]
            if level + 1 < len(plan.loops):
                below, at = plan.loops[level + 1]
                yields[k] = below.targets[at]
        for b in op.body.binds:
            self._bind(b, inner)
        body = Block(op.body.params, tuple(inner.binds), self._sized((*yields, *op.body.results[len(yields):])))
        return replace(bind, op=replace(op, inits=tuple(inits), body=body))

    def _place(self, op: For, inner: Builder) -> Atom:
        """The number of the iteration."""
        assert isinstance(op.step, Const)
        if op.step.value < 0:
            place: Atom = inner.prim("sub", op.start, op.index)
        else:
            place = op.index if op.start == const(0) else inner.prim("sub", op.index, op.start)
        return place if abs(op.step.value) == 1 else inner.prim("floordiv", place, const(abs(op.step.value)))

    def _append(self, bind: Bind, plan: _Plan, value: Atom, out: Builder) -> None:
        """What was appended is stored; the list of an inner loop has been stored in place."""
        assert isinstance(bind.op, Prim) and plan.array is not None
        if value is not plan.leaf:
            return
        places = [self.places[id(loop)] for loop, _ in plan.loops]
        base, target = bind.op.args[0], bind.targets[0]
        assert isinstance(base, Var)
        target.hint, target.type = plan.array.hint, plan.array.type
        rest = self.sizes[id(plan)][len(places):]

        def element(inner: Builder, at: Sequence[Atom]) -> Atom:
            return inner.prim("load", value, *at, index=("i",) * len(at)) if at else value

        store_each(out, base, rest, element, places)
        out.binds[-1] = replace(out.binds[-1], targets=(target,))

    def _load(self, bind: Bind, base: Atom, k: Atom, out: Builder) -> None:
        plan, places = self.rows[base]
        places = [*places, k]
        if len(places) < len(plan.loops):
            self.rows[bind.targets[0]] = plan, places
        else:
            index = (("index", ("i",) * len(places)),)
            out.binds.append(replace(bind, op=Prim("load", (plan.target, *places), index)))
