"""Random IR: loops, branches, flags, arrays and lists that alias, written by steps over pools of variables."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from adcompiler.ir.build import Builder, const
from adcompiler.ir.nodes import Atom, Bind, Block, For, Function, If, Leaf, Node, Parameter, Prim, Var, While
from adcompiler.ir.types import BOOL, FLOAT, INT, Array, List

SIZE = 3
VECTOR = Array("float64", ("n",))
NUMBERS, VECTORS = List(FLOAT), List(VECTOR)
NAMES = ["", "", "a", "b", "x_bar", "y_bar"]
NOTES = ["", "", "", "y = f(x)", "z = g(y)"]


@dataclass
class Pool:
    """The variables that are visible, by kind."""

    floats: list[Atom] = field(default_factory=list)
    arrays: list[Atom] = field(default_factory=list)
    lists: list[Atom] = field(default_factory=list)
    nested: list[Atom] = field(default_factory=list)

    def inner(self) -> Pool:
        return Pool(list(self.floats), list(self.arrays), list(self.lists), list(self.nested))

    def groups(self) -> list[list[Atom]]:
        return [self.floats, self.arrays, self.lists, self.nested]


@st.composite
def functions(draw: st.DrawFn) -> Function:
    """A function of two floats, an array, a list of floats and a list of arrays, all of which it returns."""
    params = [Var("x", FLOAT), Var("y", FLOAT), Var("p", VECTOR), Var("q", VECTOR), Var("xs", NUMBERS), Var("ps", VECTORS)]
    pool = Pool(list(params[:2]), list(params[2:4]), [params[4]], [params[5]])
    writer = _Writer(draw)
    builder = Builder()
    writer.begin(builder, pool)
    writer.steps(builder, pool, 3, draw(st.integers(2, 7)))
    results = [*pool.floats[-2:], *pool.arrays[-5:], *pool.lists[-2:], *pool.nested[-2:]]
    tree = Node("tuple", tuple(range(len(results))), (Leaf(),) * len(results))
    signature = tuple(Parameter(p.hint, Leaf()) for p in params)
    return Function("f", signature, tree, builder.block(params, results))


class _Writer:
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, atoms: list[Atom]) -> Atom:
        return self.draw(st.sampled_from([*atoms[-4:], *atoms[-2:], *atoms[:1]]))

    def hint(self) -> str:
        return self.draw(st.sampled_from(NAMES))

    def index(self) -> Atom:
        return const(self.draw(st.integers(0, SIZE - 1)))

    def begin(self, b: Builder, pool: Pool) -> None:
        """Memory of our own, which may be updated in place."""
        pool.arrays += [b.prim("copy", pool.arrays[0], hint="a"), b.prim("numpy.zeros_like", pool.arrays[1], hint="b")]
        pool.lists.append(b.prim("list", *pool.floats))
        pool.nested.append(b.prim("list", pool.arrays[2], b.prim("copy", pool.arrays[1])))

    def steps(self, b: Builder, pool: Pool, depth: int, count: int) -> None:
        """Some bindings."""
        kinds = [self.arithmetic, self.element, self.store, self.accumulate, self.view, self.view, self.vector, self.grow,
                 self.shrink, self.keep, self.fetch, self.replace, self.replace, self.copied]
        for _ in range(count):
            b.note = self.draw(st.sampled_from(NOTES))
            if depth and self.draw(st.integers(0, 3)) == 0:
                self.draw(st.sampled_from([self.branch, self.loop, self.loop, self.repeat]))(b, pool, depth)
            else:
                self.draw(st.sampled_from(kinds))(b, pool)

    # --- straight-line bindings ---------------------------------------------------------------------------

    def arithmetic(self, b: Builder, pool: Pool) -> None:
        name = self.draw(st.sampled_from(["add", "sub", "mul"]))
        left, right = self.pick(pool.floats), self.pick(pool.floats + [const(0.5), const(2.0)])
        pool.floats.append(b.prim("math.tanh", b.prim(name, left, right), hint=self.hint()))

    def element(self, b: Builder, pool: Pool) -> None:
        pool.floats.append(b.prim("float", b.prim("load", self.pick(pool.arrays), self.index(), index=("i",)), hint=self.hint()))

    def store(self, b: Builder, pool: Pool) -> None:
        if self.draw(st.booleans()):
            made = b.prim("store", self.pick(pool.arrays), self.pick(pool.floats), self.index(), hint=self.hint(), index=("i",))
        else:
            made = b.prim("store", self.pick(pool.arrays), self.pick(pool.arrays), hint=self.hint(), index=("s000",))
        pool.arrays.append(made)

    def accumulate(self, b: Builder, pool: Pool) -> None:
        base, value = self.pick(pool.arrays), self.draw(st.sampled_from([pool.floats, pool.arrays]))
        if value is pool.floats:
            made = b.prim("accumulate", base, self.pick(value), self.index(), hint=self.hint(), index=("i",))
        else:
            made = b.prim("accumulate", base, self.pick(value), hint=self.hint(), index=("e",))
        pool.arrays.append(b.prim("numpy.tanh", made, hint=self.hint()) if self.draw(st.booleans()) else made)

    def view(self, b: Builder, pool: Pool) -> None:
        base = self.pick(pool.arrays)
        made = (b.prim("load", base, const(-1), hint=self.hint(), index=("s001",)) if self.draw(st.booleans())
                else b.prim("numpy.transpose", base, hint=self.hint()))
        pool.arrays.append(made)
        if self.draw(st.booleans()):  # now what shares the memory changes
            changed = self.draw(st.sampled_from([base, made]))
            pool.arrays.append(b.prim("store", changed, self.pick(pool.floats), self.index(), hint=self.hint(), index=("i",)))

    def vector(self, b: Builder, pool: Pool) -> None:
        name = self.draw(st.sampled_from(["add", "sub", "add"]))
        right = self.draw(st.sampled_from([pool.floats, pool.arrays]))
        made = b.prim(name, self.pick(pool.arrays), self.pick(right), hint=self.hint())
        pool.arrays.append(b.prim("numpy.tanh", made, hint=self.hint()) if self.draw(st.booleans()) else made)

    def copied(self, b: Builder, pool: Pool) -> None:
        group = self.draw(st.sampled_from(pool.groups()))
        group.append(b.prim("copy", self.pick(group), hint=self.hint()))

    def grow(self, b: Builder, pool: Pool) -> None:
        pool.lists.append(b.prim("append", self.pick(pool.lists), self.pick(pool.floats), hint=self.hint()))

    def shrink(self, b: Builder, pool: Pool) -> None:
        group, kind = self.draw(st.sampled_from([(pool.lists, pool.floats), (pool.nested, pool.arrays)]))
        base = b.prim("append", self.pick(group), self.pick(kind)) if self.draw(st.booleans()) else self.pick(group)
        shorter, last = b.pop(b.prim("append", base, self.pick(kind)), [self.hint(), self.hint()])
        group.append(shorter)
        kind.append(last)

    def keep(self, b: Builder, pool: Pool) -> None:
        if self.draw(st.booleans()):
            made = b.prim("append", self.pick(pool.nested), self.pick(pool.arrays), hint=self.hint())
        else:
            made = b.prim("list", self.pick(pool.arrays), self.pick(pool.arrays), hint=self.hint())
        pool.nested.append(made)

    def fetch(self, b: Builder, pool: Pool) -> None:
        where = const(self.draw(st.integers(0, 1)))
        pool.arrays.append(b.prim("load", self.pick(pool.nested), where, hint=self.hint(), index=("i",)))

    def replace(self, b: Builder, pool: Pool) -> None:
        """`rows[i][j] = v`, which changes no other row."""
        holder, where = self.pick(pool.nested), const(self.draw(st.integers(0, 1)))
        row = b.prim("load", holder, where, index=("i",))
        changed = b.prim("store", row, self.pick(pool.floats), self.index(), index=("i",))
        pool.nested.append(b.prim("store", holder, changed, where, hint=self.hint(), index=("i",)))

    # --- branches and loops ---------------------------------------------------------------------------------

    def test(self, b: Builder, pool: Pool) -> Var:
        return b.prim(self.draw(st.sampled_from(["lt", "gt"])), self.pick(pool.floats), self.pick(pool.floats))

    def block(self, b: Builder, pool: Pool, depth: int, picks: list[int], flag: list[Atom] | None = None) -> Block:
        inner, mine = b.child(), pool.inner()
        self.steps(inner, mine, depth - 1, self.draw(st.integers(0, 4)))
        results = [self.pick(mine.groups()[k]) for k in picks]
        if flag is not None:
            results.append(self.flag(inner, mine, flag))
        return inner.block((), results)

    def flag(self, b: Builder, pool: Pool, atoms: list[Atom]) -> Atom:
        return self.draw(st.sampled_from([*atoms, None])) or self.test(b, pool)

    def branch(self, b: Builder, pool: Pool, depth: int) -> None:
        picks = self.draw(st.lists(st.integers(0, 3), max_size=3))
        cond = self.test(b, pool)
        types = [(FLOAT, VECTOR, NUMBERS, VECTORS)[k] for k in picks]
        targets = [Var(self.hint(), t) for t in types]
        then, orelse = (self.block(b, pool, depth, picks) for _ in range(2))
        b.binds.append(Bind(tuple(targets), If(cond, then, orelse), note=b.note))
        for k, t in zip(picks, targets, strict=True):
            pool.groups()[k].append(t)

    def carried(self, pool: Pool) -> tuple[list[int], list[Atom], list[Var], list[Var]]:
        picks = self.draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
        inits = [self.pick(pool.groups()[k]) for k in picks]
        hints = [self.hint() for _ in picks]
        types = [(FLOAT, VECTOR, NUMBERS, VECTORS)[k] for k in picks]
        params, targets = ([Var(h, t) for h, t in zip(hints, types, strict=True)] for _ in range(2))
        return picks, inits, params, targets

    def body(self, b: Builder, pool: Pool, depth: int, picks: list[int], params: list[Var], index: list[Var],
             exits: bool) -> Block:
        """A body; with a flag that branches decide, or that is computed."""
        mine = pool.inner()
        for k, p in zip(picks, params, strict=True):
            mine.groups()[k].append(p)
        inner = b.child()
        if index:
            mine.floats.append(inner.prim("float", index[0]))
        self.steps(inner, mine, depth - 1, self.draw(st.integers(1, 4)))
        if exits and self.draw(st.booleans()):
            cond = self.test(inner, mine)
            sides = [self.block(inner, mine, depth, picks, [const(True), const(False)]) for _ in range(2)]
            targets = [Var(p.hint, p.type) for p in params] + [Var("", BOOL)]
            inner.binds.append(Bind(tuple(targets), If(cond, *sides), note=inner.note))
            return inner.block([*index, *params], targets)
        results = [self.pick(mine.groups()[k]) for k in picks]
        return inner.block([*index, *params], [*results, self.flag(inner, mine, [])] if exits else results)

    def loop(self, b: Builder, pool: Pool, depth: int) -> None:
        picks, inits, params, targets = self.carried(pool)
        exits = self.draw(st.booleans())
        start, stop, step = self.draw(st.sampled_from([(0, 3, 1), (0, 0, 1), (2, -1, -1), (1, 4, 2), (0, 2, 1)]))
        body = self.body(b, pool, depth, picks, params, [Var(self.draw(st.sampled_from(["i", "j"])), INT)], exits)
        op = For(const(start), const(stop), const(step), tuple(inits), body, exits)
        b.binds.append(Bind(tuple(targets), op, note=b.note))
        for k, t in zip(picks, targets, strict=True):
            pool.groups()[k].append(t)

    def repeat(self, b: Builder, pool: Pool, depth: int) -> None:
        """A `while` with a counter, so that it ends."""
        picks, inits, params, targets = self.carried(pool)
        exits = self.draw(st.booleans())
        body = self.body(b, pool, depth, picks, params, [], exits)
        count, after, seen = Var("k", INT), Var("k", INT), Var("k", INT)
        position = len(picks)
        body = Block((*body.params, count), (*body.binds, Bind((after,), Prim("add", (count, const(1))))),
                     (*body.results[:position], after, *body.results[position:]))
        cond = Builder()
        tests = [Var(p.hint, p.type) for p in params]
        going = cond.prim("lt", seen, const(self.draw(st.integers(0, 3))))
        op = While((*inits, const(0)), cond.block([*tests, seen], [going]), body, exits)
        b.binds.append(Bind((*targets, Var("k", INT)), op, note=b.note))
        for k, t in zip(picks, targets, strict=True):
            pool.groups()[k].append(t)
