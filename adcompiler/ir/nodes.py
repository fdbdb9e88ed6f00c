"""The IR: structured, typed SSA with value semantics.

A `Function` has parameters and one `Block`. A block is a list of bindings in A-normal form: the operands of
an operation are atoms (variables or constants), every variable is bound once. Control flow is structured:
`If`, `For` (over a range) and `While` are operations with blocks inside, explicit about what they carry.
Arrays and lists are values: a write gives a new one (`store`, `append`); the backend updates in place where
the old one is dead.

Blocks see the variables of the blocks around them. Blocks, operations and bindings are immutable; a pass
builds new ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adcompiler.diagnostics import Span
from adcompiler.ir.types import Type


@dataclass(slots=True, eq=False, weakref_slot=True)
class Var:
    """A value with a name. Identity is what counts; `hint` is the name that a person would give it, or ""."""

    hint: str
    type: Type

    def __repr__(self) -> str:
        return f"%{self.hint or id(self) % 9973}"


@dataclass(frozen=True, slots=True)
class Const:
    """A number, truth value, string or None known when compiling (or UNDEFINED)."""

    value: Any
    type: Type

    def __hash__(self) -> int:
        return hash((type(self.value), repr(self.value), self.type))

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Const) and type(self.value) is type(other.value)
                and repr(self.value) == repr(other.value) and self.type == other.type)


Atom = Var | Const


@dataclass(frozen=True, slots=True)
class Undefined:
    """The value of a constant that no path reads: a name that is unbound here."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


class Op:
    """Base of the operations: what stands on the right of a binding."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Prim(Op):
    """A primitive of the table `adcompiler.ir.ops`: `name(*args, **params)`; params are static values."""

    name: str
    args: tuple[Atom, ...]
    params: tuple[tuple[str, Any], ...] = ()

    def param(self, key: str, default: Any = None) -> Any:
        """The static parameter `key`."""
        return dict(self.params).get(key, default)


@dataclass(frozen=True, slots=True)
class Foreign(Op):
    """A Python expression (or, with no targets, statement) that we do not understand, kept as written.

    `template` is Python source in which `{0}`, `{1}`, ... stand for the arguments (as for `str.format`:
    other braces are doubled). It has effects, so it is neither dropped, moved nor repeated; with an active
    argument it has no derivative.
    `pure` marks templates without effects (an f-string, a class instance of an exception); `calls` are the outlined
    functions that it names.
    """

    template: str
    args: tuple[Atom, ...]
    pure: bool = False
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Bindings, then the values that leave the block."""

    params: tuple[Var, ...]
    binds: tuple[Bind, ...]
    results: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class If(Op):
    """Targets take the results of `then` or of `orelse`; neither block has parameters."""

    cond: Atom
    then: Block
    orelse: Block


@dataclass(frozen=True, slots=True)
class For(Op):
    """`for index in range(start, stop, step)`, carrying values from one iteration to the next.

    body.params = (index, *carried); body.results = (*carried,), and when `exits` one more: a truth value at
    the end, and the loop ends after the iteration in which it is true. Targets: the last carried values.
    `range` sees the bounds once, before the loop.
    """

    start: Atom
    stop: Atom
    step: Atom
    inits: tuple[Atom, ...]
    body: Block
    exits: bool = False

    @property
    def index(self) -> Var:
        """The loop counter."""
        return self.body.params[0]

    @property
    def carried(self) -> tuple[Var, ...]:
        """The carried values as the body sees them."""
        return self.body.params[1:]

    @property
    def yields(self) -> tuple[Atom, ...]:
        """The carried values for the next iteration."""
        return self.body.results[:-1] if self.exits else self.body.results


@dataclass(frozen=True, slots=True)
class While(Op):
    """`while cond(carried): carried = body(carried)`; `exits` as in For.

    cond.params and body.params both are the carried values (different variables); cond.results is one truth
    value.
    """

    inits: tuple[Atom, ...]
    cond: Block
    body: Block
    exits: bool = False

    @property
    def carried(self) -> tuple[Var, ...]:
        """The carried values as the body sees them."""
        return self.body.params

    @property
    def yields(self) -> tuple[Atom, ...]:
        """The carried values for the next iteration."""
        return self.body.results[:-1] if self.exits else self.body.results


@dataclass(frozen=True, slots=True)
class Call(Op):
    """A call of another function of the program (a recursive one, or a helper too large to inline)."""

    callee: str
    args: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Bind:
    """`targets = op`.

    `span` is the primal expression (for errors). `note` is the primal statement's text, on bindings of the
    reverse sweep: the emitter prints it as a comment. Neither takes part in comparisons.
    """

    targets: tuple[Var, ...]
    op: Op
    span: Span | None = field(default=None, compare=False, repr=False)
    note: str = field(default="", compare=False, repr=False)


# --- structure of arguments and results -------------------------------------------------------------------


class Tree:
    """The shape of an argument or result that a person sees, over leaves that the IR sees."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Leaf(Tree):
    """One IR value: of a parameter list, or of a result list, in order of appearance."""


@dataclass(frozen=True, slots=True)
class Static(Tree):
    """A value known when compiling (a string, None, a function); no IR value belongs to it."""

    value: Any


@dataclass(frozen=True, slots=True)
class Node(Tree):
    """A tuple, list, dict, named tuple, dataclass or other instance of known layout.

    kind: "tuple", "list", "dict", "namedtuple", "dataclass" or "object"; keys: positions, dict keys or field names;
    cls: the class (or, when the source alone is read, its name) for the last three.
    """

    kind: str
    keys: tuple[Any, ...]
    children: tuple[Tree, ...]
    cls: Any = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the primal's signature. `default` is source text or None; `kind` is inspect's kind name."""

    name: str
    tree: Tree
    default: str | None = None
    kind: str = "POSITIONAL_OR_KEYWORD"


@dataclass(frozen=True, slots=True)
class Function:
    """A function: `block.params` are the leaves of `signature` in order; `block.results` the leaves of `result`."""

    name: str
    signature: tuple[Parameter, ...]
    result: Tree
    block: Block
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A module-level object that generated code names: its value where we have it, and a line of source that makes it.

    `text` is a statement such as `from geometry import Point` or `W = np.array([1.0, 2.0])`; "" if there is none.
    The IR reads it as `Foreign(name, (), pure=True)`.
    """

    value: Any = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Custom:
    """The derivative that a function brings with it, by the names of two others.

    `forward` gives the results of the function and then what `reverse` takes, before the adjoint of the result. `places`:
    for each leaf of the arguments, which result of `reverse` is its adjoint.
    """

    forward: str
    reverse: str
    places: tuple[int | None, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The functions that the derivative needs."""
        return self.forward, self.reverse


@dataclass(frozen=True, slots=True)
class CustomTangent:
    """The tangent that a function brings with it, by the name of another.

    `tangent` takes the arguments of the function and then tangents of some of them, and gives the result and its tangent,
    which is linear in those. `places`: for each leaf of the arguments, which of the tangents is its own.
    """

    tangent: str
    places: tuple[int | None, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The functions that the derivative needs."""
        return (self.tangent,)


@dataclass(frozen=True, slots=True)
class Implicit:
    """A function that solves an equation: of the arguments (start, *values) it makes an x with residual(x, *values) = 0."""

    residual: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The functions that the derivative needs."""
        return (self.residual,)


@dataclass(frozen=True, slots=True)
class Integral:
    """A function that integrates: of the arguments (a, b, *values) it makes the integral of integrand(t, *values) over t.

    `options`: source of further keywords of the integrator.
    """

    integrand: str
    options: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The functions that the derivative needs."""
        return (self.integrand,)


OwnDerivative = Custom | CustomTangent | Implicit | Integral


@dataclass(frozen=True, slots=True)
class Program:
    """The entry function, the outlined functions that it calls (by name), and the constants that they name.

    `bare`: primitives that the user writes without their module ("math.sin" after `from math import sin`).
    `customs`: outlined functions with derivatives of their own.
    """

    entry: Function
    functions: dict[str, Function] = field(default_factory=dict)
    constants: dict[str, Constant] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()
    customs: dict[str, OwnDerivative] = field(default_factory=dict)


def leaves(tree: Tree) -> Iterator[Leaf]:
    """The leaves of a tree from left to right."""
    match tree:
        case Leaf():
            yield tree
        case Node():
            for child in tree.children:
                yield from leaves(child)


def blocks_of(op: Op) -> tuple[Block, ...]:
    """The blocks inside an operation."""
    match op:
        case If():
            return (op.then, op.orelse)
        case For():
            return (op.body,)
        case While():
            return (op.cond, op.body)
        case _:
            return ()


def operands(op: Op) -> tuple[Atom, ...]:
    """The atoms that an operation reads itself (not those that its blocks read)."""
    match op:
        case Prim() | Foreign() | Call():
            return op.args
        case If():
            return (op.cond,)
        case For():
            return (op.start, op.stop, op.step, *op.inits)
        case While():
            return op.inits
        case _:
            raise TypeError(f"not an operation: {op!r}")


def bound_vars(block: Block) -> Iterator[Var]:
    """All variables bound in a block: its parameters and targets, and those of the blocks inside."""
    yield from block.params
    for bind in block.binds:
        yield from bind.targets
        for inner in blocks_of(bind.op):
            yield from bound_vars(inner)


def free_vars(block: Block) -> dict[Var, None]:
    """The variables that a block reads and does not bind, in order of first use."""
    free: dict[Var, None] = {}
    _collect_free(block, set(), free)
    return free


def _collect_free(block: Block, bound: set[Var], free: dict[Var, None]) -> None:
    bound.update(block.params)
    for bind in block.binds:
        for atom in operands(bind.op):
            if isinstance(atom, Var) and atom not in bound:
                free[atom] = None
        for inner in blocks_of(bind.op):
            _collect_free(inner, bound, free)
        bound.update(bind.targets)
    for atom in block.results:
        if isinstance(atom, Var) and atom not in bound:
            free[atom] = None
