"""What a Python expression can be while we read a program: IR atoms, structures over them, and static things.

Lists, arrays, dicts and instances are mutable and may be aliased, so names hold a `Ref` to a heap object and
the heap (see `state`) holds what the object is now.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adcompiler.diagnostics import Span
from adcompiler.ir.build import UNDEF
from adcompiler.ir.nodes import Atom, Const, Var
from adcompiler.source import FunctionNode, SourceFile

if TYPE_CHECKING:
    from adcompiler.frontend.resolve import Scope


@dataclass(frozen=True, slots=True)
class TupleV:
    """A tuple; `cls` and `names` for a named tuple."""

    items: tuple[Value, ...]
    cls: ClassV | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to the heap object `id`."""

    id: int


@dataclass(frozen=True, eq=False)
class FunctionV:
    """A Python function whose source we read."""

    name: str
    node: FunctionNode
    file: SourceFile
    scope: Scope
    defaults: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class PrimV:
    """A function of the table of primitives, or another of a known library: its dotted name, and as written."""

    name: str


@dataclass(frozen=True, slots=True)
class BuiltinV:
    """A Python builtin, or a function of ours such as stop_gradient."""

    name: str


@dataclass(frozen=True, slots=True)
class DerivativeV:
    """The derivative of a function that is known here: `mode` is "grad" or "value_and_grad"."""

    function: Value
    mode: str
    wrt: tuple[int | str, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class CustomV:
    """A function that brings its derivative: the forward part, and what maps the adjoint of its result to those of its
    arguments; or (`backward` is None) what gives value and tangent.
    """

    function: FunctionV
    forward: FunctionV
    backward: FunctionV | None


@dataclass(frozen=True, slots=True)
class BoundV:
    """A function with some arguments given: the last ones, or the first."""

    function: Value
    given: tuple[Value, ...]
    last: bool = True


@dataclass(frozen=True, slots=True)
class ModuleV:
    """A module: a known library by its dotted name, or a module of the user's with a scope."""

    name: str
    scope: Scope | None = None


@dataclass(frozen=True, eq=False)
class ClassV:
    """A class of the user's. kind: "dataclass", "namedtuple" or "plain"; fields with their defaults."""

    name: str
    kind: str
    fields: tuple[str, ...]
    methods: dict[str, Value] = field(default_factory=dict)
    defaults: dict[str, Value] = field(default_factory=dict)
    live: Any = None
    constant_text: str = ""
    bases_unknown: bool = False


@dataclass(frozen=True, slots=True)
class MethodV:
    """A method bound to its object: of a class of the user's, or (`function` is a name) of a builtin type."""

    owner: Value
    function: FunctionV | str


@dataclass(frozen=True, slots=True)
class RangeV:
    """`range(start, stop, step)`."""

    start: Atom
    stop: Atom
    step: Atom


@dataclass(frozen=True, slots=True)
class IterV:
    """`enumerate`, `zip`, `reversed`, `items` ... of other iterables."""

    kind: str
    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class SliceV:
    """`slice(start, stop, step)`; None for a bound that is not given."""

    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, slots=True)
class OpaqueV:
    """A live object or name that we only pass on: its expression."""

    name: str


@dataclass(frozen=True, slots=True)
class DtypeV:
    """A dtype, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class ConflictV:
    """A name that is something else on each path; reading it is an error."""

    reason: str
    code: str = "ADC202"


@dataclass(frozen=True, slots=True)
class PoisonV:
    """The result of a statement that was refused already; reading it is no new error."""


Value = (Var | Const | TupleV | Ref | FunctionV | PrimV | BuiltinV | DerivativeV | CustomV | BoundV | ModuleV | ClassV | MethodV
         | RangeV | IterV | SliceV | OpaqueV | DtypeV | ConflictV | PoisonV)

POISON = PoisonV()


# --- heap objects -----------------------------------------------------------------------------------------

Token = int
"""Objects that share a token may share memory."""
TWIN: Token = 0
"""Among the tokens of what a list holds: two of its elements may be the same object. Nothing is shared by it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A primitive that gives a view of its first operand: its name, its other operands, its parameters."""

    name: str
    operands: tuple[Atom, ...]
    params: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Lens:
    """How an array is a view: of which heap object, by which steps."""

    base: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ArrayObj:
    """An array (or an element of a list that is one): its value now, and what it may share memory with.

    `stale`: where memory that it may share was written through another name; reading it is refused.
    `outside`: the name of the module-level object or argument that it is; None for our own.
    `lens`: the array is known to be a view of another object, so that a write to either is one to both: `atom` is
    its value while the base has the value `seen`, and is computed again when the base has another.
    `ordered`: its elements lie in memory in C order without gaps, so that reshaping it gives a view.
    `pinned`: there is a view of no axes, which stands as a number and would not see a write.
    """

    atom: Atom
    tokens: frozenset[Token]
    stale: Span | None = None
    outside: str | None = None
    lens: Lens | None = None
    seen: Atom | None = None
    ordered: bool = False
    pinned: bool = False

    def is_as(self, other: object) -> bool:
        """Whether both are the same, but for when a view was read and what is stale."""
        if not isinstance(other, ArrayObj):
            return False
        mine, theirs = replace(self, stale=None), replace(other, stale=None)
        if self.lens is not None:
            mine, theirs = replace(mine, atom=UNDEF, seen=None), replace(theirs, atom=UNDEF, seen=None)
        return mine == theirs


@dataclass(frozen=True, slots=True)
class ListObj:
    """A list: `items` while its length is known, else `atom` of type List.

    `tokens` are the list's own; `inner` those of the arrays and lists that it holds (while `items` is None).
    `place`: it is an element of another list, which changed only inside of its elements since: that list's heap id,
    the position, and that list's value then. It is read again when that list has another value.
    """

    items: tuple[Value, ...] | None
    atom: Atom | None
    tokens: frozenset[Token]
    stale: Span | None = None
    outside: str | None = None
    inner: frozenset[Token] = frozenset()
    place: tuple[int, Atom, Atom] | None = None

    def is_as(self, other: object) -> bool:
        """Whether both are the same, but for what is stale."""
        return isinstance(other, ListObj) and replace(self, stale=None) == replace(other, stale=None)


@dataclass(frozen=True, slots=True)
class DictObj:
    """A dict with constant keys. `tokens`: what may be the same dict; the heap gives new ones."""

    entries: tuple[tuple[Any, Value], ...]
    outside: str | None = None
    tokens: frozenset[Token] = frozenset()
    stale: Span | None = None

    def is_as(self, other: object) -> bool:
        """Whether both are the same, but for what is stale."""
        return isinstance(other, DictObj) and replace(self, stale=None) == replace(other, stale=None)


@dataclass(frozen=True, slots=True)
class InstanceObj:
    """An instance of a class of the user's. `tokens`: what may be the same instance; the heap gives new ones."""

    cls: ClassV
    fields: tuple[tuple[str, Value], ...]
    outside: str | None = None
    tokens: frozenset[Token] = frozenset()
    stale: Span | None = None

    def is_as(self, other: object) -> bool:
        """Whether both are the same, but for what is stale."""
        return isinstance(other, InstanceObj) and replace(self, stale=None) == replace(other, stale=None)


Obj = ArrayObj | ListObj | DictObj | InstanceObj


class Refused(Exception):
    """A construct that is refused: unwinds to the statement, which records it and goes on."""

    def __init__(self, code: str, message: str, node: ast.AST | Span | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.node, self.hint = code, message, node, hint


class Poisoned(Exception):
    """A value was read whose making was refused before."""
