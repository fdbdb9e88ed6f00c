"""Random programs of the accepted language, as source text with arguments to call them with.

Values stay tame by construction (functions are kept inside their domains, loops are short), every array has
`SIZE` elements, and the kind of a name never changes: the names of floats, integers, lists, ... are disjoint.
So a name may be overwritten, shadowed or left alone anywhere and the program still runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

SIZE = 3
FLOATS = ["a", "b", "c", "s", "t", "u", "z"]
ARRAYS = ["w", "p", "r"]
LISTS = ["xs", "ys"]
INDICES = ["i", "j"]

HEADER = """import math
from math import cos, sin

import numpy as np

SCALE = 1.25
OFFSETS = (0.4, -0.3)


"""

CONSTANTS = ["0.5", "1.5", "-0.7", "2", "0.3", "1", "0", "2.0", "0.9"]
RANGES = ["range(3)", "range(1, 3)", "range(2, -1, -1)", "range(0)", "range(0, 3, 2)"]

# {0}, {1}: scalars of any size; values and derivatives stay moderate.
SCALAR_FORMS = [
    "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} * {1}", "-{0}", "{0} / (1.5 + {1} ** 2)",
    "{0} / (2.5 + cos({1}))",
    "{0} ** 2", "{0} ** 3", "(1.0 + {0} ** 2) ** 0.5", "(2.0 + sin({0})) ** (0.5 * cos({1}))",
    "(3.0 + cos({0})) ** -1", "pow({0}, 2)", "sin({0})", "math.cos({0})", "np.sin({0})", "math.tanh({0})",
    "np.tanh({0})", "math.atan({0})", "math.exp(-({0}) ** 2)", "np.exp(sin({0}))",
    "math.sqrt(1.0 + {0} * {0})",
    "np.log(2.0 + sin({0}))", "math.log(1.2 + {0} ** 2)", "math.hypot({0}, 1.0 + {1} ** 2)",
    "math.atan2({0}, 1.5 + cos({1}))", "math.erf({0})", "math.expm1(math.tanh({0}))", "math.log1p({0} ** 2)",
    "abs({0})", "min({0}, {1})", "max({0}, {1})", "max({0}, {1}, 0.2)", "{0} % 1.7", "{0} // 1.3",
    "divmod({0}, 1.9)[1]", "round({0})", "float({0})", "int({0}) * {1}", "np.maximum({0}, {1})",
    "SCALE * {0}",
    "OFFSETS[0] - {0}",
]

ARRAY_FORMS = [
    "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / (1.5 + {1} ** 2)", "np.sin({0})", "np.cos({0})",
    "np.tanh({0})",
    "np.exp(-({0}) ** 2)", "np.log(1.2 + {0} ** 2)", "np.sqrt(1.0 + {0} * {0})", "np.abs({0})",
    "np.maximum({0}, {1})", "np.where({0} > 0.1, {0}, 0.5 * {1})", "{0}[::-1] * {1}", "-{0}", "{0} ** 2",
]

REDUCTIONS = [
    "np.sum({0} * {1})", "({0} @ {1})", "np.dot({0}, {1})", "{0}.sum()", "np.mean({0})",
    "({0}[1:] @ {1}[:-1])",
    "np.sum({0}[:2])", "{0}[0]", "{0}[-1]", "({0} * {1})[1]", "(len({0}) * {1}.mean())",
    "np.sum({0}[::2] - {1}[1])",
]


class Point(NamedTuple):
    """An argument with named parts."""

    low: float
    high: float


@dataclass
class Program:
    """The module's text; the arguments of its function `f`; the names of those to differentiate."""

    source: str
    args: tuple[Any, ...]
    wrt: tuple[str, ...]
    aliases: bool = False
    """Whether it writes through a second name of an array or list: such programs may be refused (ADC4xx)."""

    def __repr__(self) -> str:
        return f"f{self.args!r} of\n{self.source}"


@dataclass
class Scope:
    """The names that are certainly bound, by kind; lists carry the least length that they may have."""

    floats: list[str] = field(default_factory=list)
    ints: list[str] = field(default_factory=list)
    indices: list[str] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)
    writable: list[str] = field(default_factory=list)
    matrices: list[str] = field(default_factory=list)
    pairs: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    lists: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Scope:
        """The scope of a block inside."""
        return Scope(**{kind: names.copy() for kind, names in vars(self).items()})

    def merge(self, ends: list[Scope]) -> None:
        """Keep what is bound at all of the `ends` that join here."""
        for kind in vars(self):
            names = [n for n in getattr(ends[0], kind) if all(n in getattr(end, kind) for end in ends)]
            setattr(self, kind, names)
        self.lists = {n: min(end.lists[n] for end in ends) for n in self.lists}

    def bind(self, kind: str, *names: str) -> None:
        """Note that the names are bound from here on."""
        known = getattr(self, kind)
        known += [n for n in names if n not in known]


class Author:
    """Writes one function after the other, drawing every decision from Hypothesis."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.lines: list[str] = []
        self.depth = 0
        self.scope = Scope()
        self.helper_calls: list[list[str]] = []
        self.fuel = 0
        self.loops: list[str] = []
        self.aliases = False

    # --- decisions and text

    def pick(self, options: Any) -> Any:
        """One of the options."""
        return options[self.draw(st.integers(0, len(options) - 1))]

    def chance(self, percent: int) -> bool:
        """True in about `percent` of cases."""
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def line(self, text: str) -> None:
        """Write one line at the present depth."""
        self.lines.append(("    " * self.depth + text).rstrip())

    # --- expressions

    def leaf(self) -> str:
        """A scalar without arithmetic."""
        s = self.scope
        options = [*s.floats * 3, self.pick(CONSTANTS), *s.ints, *s.indices]
        options += [f"{a}[{self.index()}]" for a in s.arrays]
        options += [f"{m}[{self.index()}, {self.index()}]" for m in s.matrices]
        options += [f"{xs}[{self.pick(['0', '-1'])}]" for xs, least in s.lists.items() if least > 0]
        options += [f"{pair}[{self.pick(['0', '1'])}]" for pair in s.pairs]
        options += [f"{table}['{self.pick(['low', 'high'])}']" for table in s.tables]
        options += [f"{record}.{self.pick(['low', 'high'])}" for record in s.records]
        return str(self.pick(options))

    def index(self) -> str:
        """A valid index of an array."""
        s = self.scope
        options = [str(k) for k in range(-SIZE, SIZE)] + s.indices * 3
        options += [f"{k} % {SIZE}" for k in s.ints] + [f"({i} + 1) % {SIZE}" for i in s.indices]
        return str(self.pick(options))

    def scalar(self, depth: int = 2) -> str:
        """A scalar expression that binds as tightly as a name."""
        text = self.bare(depth)
        return text if text.isidentifier() or text.replace(".", "").isdigit() else f"({text})"

    def bare(self, depth: int = 2) -> str:
        """A scalar expression."""
        s = self.scope
        if depth == 0 or self.chance(15):
            return self.leaf()
        roll = self.draw(st.integers(0, 99))
        if roll < 12 and s.arrays:
            return str(self.pick(REDUCTIONS).format(self.pick(s.arrays), self.pick(s.arrays)))
        if 12 <= roll < 18 and s.lists:
            return self.of_list()
        if 18 <= roll < 26 and self.helper_calls:
            arguments = [self.bare(depth - 1) for _ in range(2)]
            return str(self.pick(self.pick(self.helper_calls)).format(*arguments))
        if 26 <= roll < 32 and s.functions:
            return f"{self.pick(s.functions)}({self.bare(depth - 1)})"
        if 32 <= roll < 37:
            return f"{self.scalar(depth - 1)} if {self.condition()} else {self.scalar(depth - 1)}"
        return str(self.pick(SCALAR_FORMS).format(self.scalar(depth - 1), self.scalar(depth - 1)))

    def of_list(self) -> str:
        """A scalar computed from a whole list."""
        name = self.pick(list(self.scope.lists))
        options = [f"sum({name})", f"len({name})", f"sum([e * e for e in {name}])",
                   f"sum([sin(e) * {self.leaf()} for e in {name} if e > 0.1])"]
        if self.scope.lists[name] > 0:
            options += [f"max({name})", f"min({name})"]
        return str(self.pick(options))

    def array(self, depth: int = 2) -> str:
        """A new array of floats, never a view."""
        s = self.scope
        roll = self.draw(st.integers(0, 99))
        if roll < 10 or not s.arrays:
            return str(self.pick([f"np.zeros({SIZE})", f"np.ones({SIZE})", f"np.full({SIZE}, 0.5)"]))
        if roll < 25:
            return f"np.array([0.5 * {self.scalar(1)}, {self.bare(1)}, {self.leaf()}])"
        if roll < 35 and s.matrices:
            form = self.pick(["{0} @ {1}", "{0}.T @ {1}", "{0} @ {1} + {2}", "({0} * {1}).sum(axis=0)",
                              "{0}[1] * {1}", "{0}[:, 2] - {1}"])
            return str(form.format(self.pick(s.matrices), self.pick(s.arrays), self.scalar(1)))
        if roll < 45:
            return f"{self.pick(s.arrays)}.copy()"
        return str(self.pick(ARRAY_FORMS).format(self.operand(depth - 1), self.operand(depth - 1)))

    def operand(self, depth: int) -> str:
        """An array inside an array expression: a name, one times a scalar (broadcast), or an expression."""
        name = self.pick(self.scope.arrays)
        if depth <= 0 or self.chance(50):
            return str(name)
        if self.chance(30):
            return f"({name} * {self.scalar(1)})"
        return "(" + self.pick(ARRAY_FORMS).format(self.operand(depth - 1), self.operand(depth - 1)) + ")"

    def condition(self) -> str:
        """A truth value."""
        s = self.scope
        options = [f"{self.leaf()} > {self.leaf()}", f"{self.scalar(1)} < 0.4",
                   f"-0.6 < {self.scalar(1)} <= 0.8",
                   f"{self.leaf()} > 0.1 and {self.leaf()} < 1.1",
                   f"{self.leaf()} < 0.2 or {self.leaf()} > 0.9",
                   f"not {self.leaf()} >= 0.3"]
        options += [f"{k} % 2 == 0" for k in s.ints + s.indices] + [f"{i} != 1" for i in s.indices]
        return str(self.pick(options))

    # --- simple statements

    def target(self) -> str:
        """A name to assign a float to, often one that is in use."""
        return str(self.pick(FLOATS + self.scope.floats))

    def assign(self) -> None:
        """`a = ...`"""
        value, name = self.bare(3), self.target()
        self.line(f"{name}: float = {value}" if self.depth == 1 and name == "z" else f"{name} = {value}")
        self.scope.bind("floats", name)

    def augment(self) -> None:
        """`a *= ...`"""
        form = self.pick(["{0} += {1}", "{0} -= {1}", "{0} *= sin({1})", "{0} *= {1}",
                          "{0} /= 1.5 + {1} ** 2",
                          "{0} **= 2"])
        self.line(form.format(self.pick(self.scope.floats), self.scalar(2)))

    def swap(self) -> None:
        """`a, b = b, a + b` and its relatives."""
        first, second = self.target(), self.target()
        form = self.pick(["{0}, {1} = {2}, {3}", "{0}, {1} = {3}, {2}", "{0} = {1} = {3}",
                          "{0}, {1}, *_ = [{2}, {3}, 1.0]", "{0}, ({1}, _) = {2}, ({3}, 2)"])
        self.line(form.format(first, second, self.leaf(), self.scalar(1)))
        self.scope.bind("floats", first, second)

    def pack(self) -> None:
        """A tuple made, and often taken apart."""
        self.line(f"pair = ({self.bare(1)}, {self.bare(1)})")
        self.scope.bind("pairs", "pair")
        if self.chance(50):
            first, second = self.pick(FLOATS[:3]), self.pick(FLOATS[3:])
            self.line(f"{first}, {second} = pair")
            self.scope.bind("floats", first, second)

    def count(self) -> None:
        """An integer variable."""
        if "k" in self.scope.ints and self.chance(60):
            self.line(f"k += {self.pick(['1', '2'])}")
        else:
            self.line(f"k = {self.pick(['0', '1', '2'])}")
            self.scope.bind("ints", "k")

    def table(self) -> None:
        """A dict with constant keys."""
        if "d" in self.scope.tables and self.chance(60):
            self.line(f"d['low'] {self.pick(['=', '+='])} {self.bare(1)}")
        else:
            self.line(f"d = {{'low': {self.bare(1)}, 'high': {self.bare(1)}}}")
            self.scope.bind("tables", "d")

    def check(self) -> None:
        """A statement without any effect on the result."""
        name = self.pick(self.scope.floats)
        self.line(self.pick([f"assert {name} == {name}", "pass",
                             f"assert abs({name}) < 1e9, f'{{{name}}} is large'",
                             f"label = f'{{{name}:.3f}}'"]))

    def list_statement(self) -> None:
        """A list made or changed."""
        lists, arrays = self.scope.lists, self.scope.arrays
        name = self.pick(LISTS)
        if name not in lists:
            forms = ["[]", f"[{self.bare(1)}, {self.bare(1)}]"]
            forms += [f"[q * {self.leaf()} for q in {a}]" for a in arrays]
            forms += [f"[q + e for q, e in zip({a}, {a}[::-1])]" for a in arrays]
            value = self.pick(forms)
            self.line(f"{name} = {value}")
            lists[name] = 0 if value == "[]" else 2
            return
        forms = [f"{name}.append({self.bare(2)})", f"{name}.append({self.bare(2)})",
                 f"{name} = [sin(e) for e in {name}]", f"{name} = {name} + [{self.bare(1)}]"]
        if lists[name] > 0:
            forms += [f"{name}[-1] = {self.bare(2)}", f"{name}[0] *= {self.scalar(1)}"]
        if self.chance(15):
            self.aliases = True
            forms = [f"other = {name}; other.append({self.bare(1)})"]
        self.line(self.pick(forms))

    def array_statement(self) -> None:
        """An array made or changed."""
        s = self.scope
        if not s.writable or self.chance(30):
            name = self.pick(ARRAYS)
            self.line(f"{name} = {self.array()}")
            s.bind("arrays", name)
            s.bind("writable", name)
            return
        w, i, j, value = self.pick(s.writable), self.index(), self.index(), self.bare(2)
        forms = [f"{w}[{i}] = {value}", f"{w}[{i}] += {value}", f"{w}[{i}] *= {self.scalar(1)}",
                 f"{w}[{i}] -= {w}[{j}]",
                 f"{w}[1:] = ({self.array(1)})[:-1]", f"{w}[:2] += {value}", f"{w}[:] = {self.array(1)}",
                 f"{w} *= {self.scalar(1)}", f"{w} += {self.array(1)}", f"{w} -= {value}",
                 f"{w}[0], {w}[1] = {w}[1], {w}[0]", f"{w}[::2] *= 0.5", f"{w}[1:] = {w}[:-1]",
                 f"{w}[:-1] += {w}[1:]"]
        if self.chance(15):
            self.aliases = True
            forms = [f"view = {w}[1:]; view[0] += {value}", f"twin = {w}; twin[1] *= {self.scalar(1)}",
                     f"view = {w}[:2]; {w}[0] = {value}; {s.floats[0]} = view[0] + view[1]"]
        self.line(self.pick(forms))

    def closure(self) -> None:
        """A lambda or a nested function; what it reads may change before it is called."""
        free, name = self.pick(self.scope.floats), self.pick(["g", "h"])
        form = self.pick(["lambda", "default", "def", "early"])
        if name in self.scope.functions:
            self.assign()
        elif form == "lambda":
            self.line(f"{name} = lambda q: q * {free} + sin(q)")
        elif form == "default":
            self.line(f"{name} = lambda q, {free}={free}: cos(q) * {free}")
        else:
            self.line(f"def {name}(q):")
            if form == "early":
                self.line(f"    if q > {free}:")
                self.line(f"        return q - {free}")
            self.line(f"    return sin(q) * {free} + q")
        self.scope.bind("functions", name)

    # --- control flow

    def statement(self) -> None:
        """One statement of any sort."""
        self.fuel -= 1
        options = [self.assign, self.assign, self.augment, self.swap, self.pack, self.count,
                   self.list_statement,
                   self.list_statement, self.list_statement, self.array_statement, self.array_statement,
                   self.array_statement, self.array_statement, self.table, self.check]
        if self.fuel > 0 and self.depth < 4:
            options += [self.branch, self.branch, self.walrus, self.for_loop, self.for_loop, self.while_loop,
                        self.early_return]
        if self.depth == 1:
            options += [self.closure]
        if self.loops and self.depth > 1:
            options += [self.jump] * 4
        self.pick(options)()

    def block(self, scope: Scope, most: int = 3) -> Scope:
        """Statements one level deeper, in a scope of their own, which is returned as it is at the end."""
        outer, self.scope = self.scope, scope
        self.depth += 1
        for _ in range(1 + self.draw(st.integers(0, most - 1))):
            self.statement()
        self.depth -= 1
        inner, self.scope = self.scope, outer
        return inner

    def branch(self) -> None:
        """`if`, `elif`, `else`."""
        before = self.scope.copy()
        self.line(f"if {self.condition()}:")
        ends = [self.block(before.copy())]
        if self.chance(30):
            self.line(f"elif {self.condition()}:")
            ends.append(self.block(before.copy(), 2))
        if self.chance(60):
            self.line("else:")
            ends.append(self.block(before.copy(), 2))
        else:
            ends.append(before)
        self.scope.merge(ends)

    def walrus(self) -> None:
        """`if (t := ...) > 0.3:`"""
        self.line(f"if (t := {self.bare(2)}) > 0.3:")
        self.scope.bind("floats", "t")
        before = self.scope.copy()
        self.scope.merge([before, self.block(before.copy(), 1)])

    def jump(self) -> None:
        """`break` or `continue`, under a condition."""
        self.line(f"if {self.condition()}:")
        if self.chance(30):
            self.depth += 1
            self.augment()
            self.depth -= 1
        self.line("    " + self.pick(["break", "continue"]))

    def early_return(self) -> None:
        """`return` under a condition."""
        self.line(f"if {self.condition()}:")
        self.line(f"    return {self.bare(2)}")

    def for_loop(self) -> None:
        """`for` over a range or a sequence, sometimes with `else`."""
        header, floats, indices = self.range_header() if self.chance(50) else self.sequence_header()
        inner = self.scope.copy()
        inner.bind("floats", *floats)
        inner.bind("indices", *indices)
        old = f"old{len(self.lines)}" if self.chance(20) else ""
        if old:
            self.line(f"{old} = {self.pick(['0.5', '0.0', self.leaf()])}")
        self.line(f"for {header}:")
        if indices and self.chance(30):
            self.late_binding(inner, indices[0])
        if old:
            self.line(f"    {old} = {self.pick(self.scope.floats)}")
            self.scope.bind("floats", old)  # read after the loop: the value before the last iteration
        self.loops.append("for")
        after = self.block(inner)
        self.loops.pop()
        self.shrink_lists(after)
        if self.chance(15):
            self.line("else:")
            self.block(self.scope.copy(), 1)

    def late_binding(self, inner: Scope, index: str) -> None:
        """A name that only some iterations bind, so that the others read the value of an earlier one."""
        name = f"late{len(self.lines)}"
        self.line(f"    if {index} % 2 == 0:")
        self.line(f"        {name} = {self.bare(2)} + {index}")
        if "range(1" in self.lines[-3]:
            self.line("    else:")
            self.line(f"        {name} = {self.bare(1)}")
        inner.bind("floats", name)

    def shrink_lists(self, after: Scope) -> None:
        """A loop may have run or not: lists are at least as long as at the shorter end."""
        self.scope.lists = {n: min(least, after.lists[n]) for n, least in self.scope.lists.items()}

    def range_header(self) -> tuple[str, list[str], list[str]]:
        """`i in range(...)`; the floats and the indices that it binds."""
        i = self.pick(INDICES)
        return f"{i} in {self.pick(RANGES + ['range(n)'] * 2 * ('n' in self.scope.ints))}", [], [i]

    def sequence_header(self) -> tuple[str, list[str], list[str]]:
        """`q in v`, `i, q in enumerate(v)`, ...; the floats and the indices that it binds."""
        s = self.scope
        i, q, e = self.pick(INDICES), self.pick(["q", "a", "z"]), self.pick(["e", "b"])
        forms = [(f"{q} in ({self.bare(1)}, {self.bare(1)})", [q], []),
                 (f"{q} in [{self.leaf()}, 0.4]", [q], []),
                 (f"{i}, {q} in enumerate(({self.leaf()}, {self.leaf()}, 0.3))", [q], [i])]
        for v in s.arrays:
            forms += [(f"{i}, {q} in enumerate({v})", [q], [i]), (f"{q} in {v}", [q], []),
                      (f"{q} in {v}[1:]", [q], []),
                      (f"{q} in reversed({v})", [q], []),
                      (f"{q}, {e} in zip({v}, {self.pick(s.arrays)})", [q, e], []),
                      (f"{i}, ({q}, {e}) in enumerate(zip({v}, {v}[::-1]))", [q, e], [i])]
        for xs in s.lists:
            items = self.pick([f"[2.0 * e for e in {xs}]", f"{xs}[:3]"])
            forms += [(f"{q} in {items}", [q], []), (f"{q} in reversed({items})", [q], []),
                      (f"{i}, {q} in enumerate({xs}[:3])", [q], [i])]
        return self.pick(forms)

    def while_loop(self) -> None:
        """`while` with a counter, counted first in the body so that `continue` is safe."""
        counter = "n1" if "n1" not in self.loops else "n2"
        if counter in self.loops:
            self.assign()
            return
        limit = self.pick(["0", "1", "2", "3"] + ["n"] * 2 * ("n" in self.scope.ints))
        self.line(f"{counter} = 0")
        self.scope.bind("ints", counter)
        endless = self.chance(20)
        tests = [f"{counter} < {limit}", f"{counter} < {limit} and {self.scalar(1)} < 1.2",
                 f"{counter} < {limit} and {self.leaf()} > -0.9"]
        self.line("while True:" if endless else f"while {self.pick(tests)}:")
        self.line(f"    {counter} += 1")
        if endless:
            self.line(f"    if {counter} > {limit}:")
            self.line("        break")
        self.loops.append(counter)
        after = self.block(self.scope.copy())
        self.loops.pop()
        self.shrink_lists(after)
        if not endless and self.chance(10):
            self.line("else:")
            self.block(self.scope.copy(), 1)

    # --- functions

    def function(self, header: str, scope: Scope, fuel: int, least: int, most: int) -> None:
        """A function with the given header, ending in a `return` of all that it holds."""
        self.scope, self.fuel, self.loops = scope, fuel, []
        self.line(header)
        self.depth = 1
        for _ in range(self.draw(st.integers(least, most))):
            self.statement()
        s = self.scope
        terms = [f"({self.bare(2)})", *s.floats, *(f"np.sum({w})" for w in s.writable)]
        terms += [f"sum({xs})" for xs in s.lists] + [f"{pair}[1]" for pair in s.pairs]
        terms += [f"{table}['low'] * {self.scalar(0)}" for table in s.tables]
        self.line("return " + " + ".join(terms))
        self.depth = 0
        self.lines += ["", ""]

    def helper(self, name: str) -> None:
        """A helper with defaults and keywords."""
        header, calls = self.pick([
            ("x, y", ["{0}, {1}", "y={0}, x={1}"]),
            ("x, y=0.7", ["{0}", "{0}, {1}", "{0}, y={1}"]),
            ("x, *, y=0.2", ["{0}", "{0}, y={1}"]),
        ])
        self.function(f"def {name}({header}):", Scope(floats=["x", "y"]), fuel=2, least=1, most=3)
        self.helper_calls.append([f"{name}({call})" for call in calls])

    def recursive_helper(self, name: str) -> None:
        """A helper that calls itself."""
        inner = self.pick(["sin(q)", "q / (1.5 + q ** 2)", "0.8 * q"])
        outer = self.pick(["* q", "+ cos(q)", "- 0.3"])
        self.lines += [f"def {name}(q, depth=2):", "    if depth <= 0:",
                       f"        return {self.pick(['q', 'sin(q)', '0.5'])}",
                       f"    return {name}({inner}, depth - 1) {outer}", "", ""]
        self.helper_calls.append([f"{name}({{0}})", f"{name}({{0}}, 1)", f"{name}(q={{0}}, depth=3)"])

    def array_helper(self, name: str) -> None:
        """A helper that reads an array and returns a new one."""
        value = self.pick(["values[i] * shift", "sin(values[i]) + shift", "values[i - 1]"])
        self.lines += [f"def {name}(values, shift):", "    out = np.zeros(len(values))",
                       "    for i in range(len(values)):",
                       f"        out[i] = {value}",
                       f"    return out.{self.pick(['sum', 'mean'])}()", "", ""]
        self.helper_calls.append([f"{name}(np.array([{{0}}, 0.3, {{1}}]), {{1}})",
                                  f"{name}(shift={{0}}, values=np.ones(3))"])


def _numbers() -> st.SearchStrategy[float]:
    """Numbers without special values: kinks and ties are met only where the program makes them."""
    return st.integers(-150, 150).map(lambda k: k / 100 + 0.003170319)


def _arrays(*shape: int) -> st.SearchStrategy[Any]:
    """Arrays of such numbers."""
    size = math.prod(shape)
    return st.lists(_numbers(), min_size=size, max_size=size).map(lambda x: np.array(x).reshape(shape))


# Further parameters of `f`: name, kinds in the scope, values, how often (in percent).
PARAMETERS: list[tuple[str, list[str], st.SearchStrategy[Any], int]] = [
    ("v", ["arrays"], _arrays(SIZE), 45),
    ("M", ["matrices"], _arrays(SIZE, SIZE), 20),
    ("v1", ["arrays", "writable"], _arrays(SIZE), 12),
    ("duo", ["pairs"], st.tuples(_numbers(), _numbers()), 12),
    ("point", ["records"], st.builds(Point, _numbers(), _numbers()), 12),
    ("limits", ["tables"], st.fixed_dictionaries({"low": _numbers(), "high": _numbers()}), 12),
]


@st.composite
def programs(draw: Any) -> Program:
    """A random program, with arguments."""
    author = Author(draw)
    for number in range(draw(st.integers(0, 2))):
        author.pick([author.helper, author.helper, author.recursive_helper,
                     author.array_helper])(f"helper{number}")
    names, scope = ["x", "y", "n"], Scope(floats=["x", "y"], ints=["n"])
    args: list[Any] = [draw(_numbers()), draw(_numbers()), draw(st.integers(0, 3))]
    for name, kinds, strategy, percent in PARAMETERS:
        if author.chance(percent):
            names.append(name)
            args.append(draw(strategy))
            for kind in kinds:
                getattr(scope, kind).append(name)
    if author.chance(15):
        names.append("q0")
        args.append(draw(st.lists(_numbers(), min_size=2, max_size=3)))
        scope.lists["q0"] = 2
    author.function(f"def f({', '.join(names)}):", scope, fuel=14, least=3, most=8)
    wrt = tuple(name for name in names if name != "n")
    return Program(HEADER + "\n".join(author.lines).rstrip() + "\n", tuple(args), wrt, author.aliases)
