"""Random programs with arrays, as source text with arguments to call them with.

A program is written statement by statement, and run after each: a statement that NumPy refuses, or that makes numbers
large or not finite, is taken back. So the author knows the value of every name, and whatever NumPy allows may be
written: any broadcasting, views, writes through several names, repeated positions, empty axes.
"""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

HEADER = "import numpy as np\n"
LARGEST = 1e3
MOST_ELEMENTS = 200
NAMES = ["p", "q", "r", "u", "v", "w"]
CONSTANTS = ["0.5", "2.0", "-0.7", "1.3", "3", "-1"]

HELPERS = {
    "bump": ["t[0] += s", "t *= 1.1", "return np.sum(t * s)"],
    "shift": ["t[1:] = t[:-1] * s", "return t"],
    "scale": ["t *= s"],
    "head": ["return t[:2]"],
    "turned": ["return t[::-1] * s"],
    "settle": ["for k in range(len(t)):", "    t[k] = np.sin(t[k] * s)", "return t[-1]"],
    "centred": ["t = t - t.mean()", "t += s", "return t"],
    "clipped": ["if np.sum(t) > s:", "    return t * s", "t[t > 0.2] = 0.2", "return t"],
}

UNARY = [
    "-{0}", "np.sin({0})", "np.cos({0})", "np.tanh({0})", "np.exp(-{0} ** 2)", "np.log(1.2 + {0} ** 2)",
    "np.sqrt(1.0 + {0} * {0})", "np.abs({0})", "{0} ** 2", "{0} ** 3", "np.square({0})", "1.0 / (2.0 + np.cos({0}))",
    "np.arctan({0})", "np.log1p({0} ** 2)", "(1.0 + {0} ** 2) ** 0.5", "np.maximum({0}, 0.3)", "np.minimum({0}, -0.1)",
    "np.clip({0}, -0.8, 0.9)", "np.expm1(0.3 * {0})", "np.sign({0}) * {0}", "0.4 ** {0}", "abs({0})",
    "np.where({0} > 0.1, {0}, 0.0)", "{0}.copy()",
]
BINARY = [
    "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} * {1}", "{0} / (1.5 + {1} ** 2)", "np.maximum({0}, {1})",
    "np.minimum({0}, {1})", "np.where({0} > {1}, {0}, {1} * {1})", "np.where({0} < 0.3, {1}, 0.5)",
    "np.hypot({0}, 1.0 + {1} ** 2)", "np.arctan2({0}, 1.5 + {1} ** 2)", "(1.1 + {0} ** 2) ** (0.4 * {1})", "np.add({0}, {1})",
    "np.multiply({0}, {1})", "np.subtract({0}, {1})",
]
REDUCTIONS = [
    "np.sum({0}{k})", "{0}.sum({l})", "np.mean({0}{k})", "{0}.mean({l})", "np.max({0}{k})", "{0}.min({l})", "np.prod({0}{k})",
    "np.var({0}{k})", "np.std({0} * np.arange({0}.size).reshape({0}.shape) + 0.1{k})",
]
ALONG = [
    "np.cumsum({0}, axis={a})", "np.flip({0}, axis={a})", "np.roll({0}, 1, axis={a})", "np.expand_dims({0}, {a})",
    "np.squeeze({0}, axis={a})", "np.sort({0}, axis={a})", "np.repeat({0}, 2, axis={a})", "np.diff({0}, axis={a})",
    "np.moveaxis({0}, {a}, 0)", "np.swapaxes({0}, {a}, -1)", "np.take({0}, [0, 0, -1], axis={a})",
    "np.linalg.norm({0} + 0.05, axis={a})", "np.cumprod({0}, axis={a})", "np.delete({0}, 0, axis={a})",
    "np.argmax({0}, axis={a}) * np.sum({0}, axis={a})", "np.median({0}, axis={a})",
]
SHAPES = [
    "{0}.T", "{0}.ravel()", "{0}.reshape(-1)", "{0}.flatten()", "np.squeeze({0})", "{0}[None]", "{0}[..., None]",
    "{0}[:, None]", "np.transpose({0})", "np.ravel({0})", "np.reshape({0}, (-1, 1))", "np.diag({0})", "np.tril({0})",
    "np.triu({0})", "np.atleast_2d({0})", "{0}.reshape({0}.size, 1)",
    "np.array({0})", "np.rot90({0})", "np.tile({0}, 2)", "np.fliplr({0})",
    "np.pad({0}, 1)", "{0}.astype(float)",
]
VIEWS = ["{0}.T", "{0}.reshape(-1)", "{0}.ravel()", "{0}[::-1]", "{0}[...]", "{0}[:, 0]", "{0}[1:]", "{0}[0]", "{0}[:-1]",
         "{0}[::2]", "np.squeeze({0})", "{0}[:, None]", "{0}[None]", "np.swapaxes({0}, 0, -1)", "np.flip({0})",
         "np.asarray({0})", "np.diagonal({0})", "np.broadcast_to({0}, (2,) + {0}.shape)"]
PRODUCTS = [
    "{0} @ {1}", "{0} @ {1}.T", "{0}.T @ {1}", "np.dot({0}, {1})", "np.outer({0}, {1})", "np.inner({0}, {1})",
    "np.matmul({0}, {1})", "np.tensordot({0}, {1}, axes=1)", "np.vdot({0}, {1})", "np.kron({0}, {1})",
    "np.einsum('i,i->', {0}, {1})", "np.einsum('i,j->ij', {0}, {1})", "np.einsum('ij,j->i', {0}, {1})",
    "np.einsum('ij,jk->ik', {0}, {1})", "np.einsum('ij,ij->j', {0}, {1})", "np.einsum('ii->', {0}) * np.sum({1})",
    "np.einsum('...i,i->...', {0}, {1})", "np.einsum('ij->ji', {0}) * np.sum({1})", "np.trace({0}) * {1}",
]
JOINS = [
    "np.concatenate([{0}, {1}])", "np.concatenate(({0}, {1}, {0}), axis={a})", "np.stack([{0}, {1}])", "np.vstack([{0}, {1}])",
    "np.stack(({0}, {1}), axis={a})", "np.hstack([{0}, {1}])", "np.append({0}, {1})", "np.array([{0}, {1}])",
    "np.column_stack([{0}, {1}])", "np.array([np.sum({0}), 0.5, np.sum({1})])", "np.split({0}, 2)[0] * np.sum({1})",
    "np.array_split({0}, 2)[1] - np.sum({1})",
]
CREATION = [
    "np.zeros({s})", "np.ones({s})", "np.full({s}, 0.7)", "np.zeros_like({0})", "np.ones_like({0})", "np.linspace(0.0, 1.0, 3)",
    "np.arange(3) * 0.5", "np.eye(2)", "np.full({s}, np.sum({0}))", "np.identity(3)",
]
LIST_TERMS = ["np.sum({0}[0] * 1.3)", "np.sum({0}[-1] ** 2)", "np.sum(sum({0}))"]
ENDS = ["np.sum({0} * {0})", "np.sum(np.sin({0}))", "np.sum({0} ** 3)", "np.mean(np.cos({0} + 0.2))", "{0}.sum() ** 2",
        "np.sum({0})", "np.mean({0})", "np.sum({0}.sum(axis=0) ** 2)", "np.sum({0}[..., -1])",
        "np.sum({0} @ np.ones({0}.shape[-1]))"]


@dataclass(frozen=True)
class Program:
    """The module's text; the arguments of its function `f`; the names of those to differentiate."""

    source: str
    args: tuple[Any, ...]
    wrt: tuple[str, ...]
    seed: int = -1

    def __repr__(self) -> str:
        return f"seed {self.seed}: f(*{self.args!r}), wrt={self.wrt}, of\n{self.source}"


class Rejected(Exception):
    """What was written does not run, or its numbers are too large."""


def is_real(value: Any) -> bool:
    """Whether it is a real number or an array of them."""
    return isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def is_tame(value: Any) -> bool:
    """Whether its numbers are finite and moderate, and not too many."""
    if isinstance(value, list | tuple):
        return len(value) <= 20 and all(map(is_tame, value))
    if is_real(value):
        return np.size(value) <= MOST_ELEMENTS and np.ndim(value) <= 4 and bool(np.all(np.abs(value) < LARGEST))
    return isinstance(value, int | np.integer | np.bool_) or (isinstance(value, np.ndarray) and value.dtype.kind in "ib")


class Author:
    """Writes one program; every decision comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.names: list[str] = []
        self.args: list[Any] = []
        self.body: list[str] = []
        self.env: dict[str, Any] = {}
        self.scope = {"np": np}
        exec(_helpers_text(HELPERS), self.scope)

    # --- decisions

    def pick(self, options: Any) -> Any:
        """One of the options."""
        return self.rng.choice(options)

    def chance(self, percent: float) -> bool:
        """True in `percent` of cases."""
        return self.rng.random() * 100 < percent

    # --- running

    def value(self, text: str) -> Any:
        """The value of an expression with the present values of names."""
        with np.errstate(all="raise"):
            try:
                found = eval(text, {**self.scope, **self.env})
            except Exception:
                raise Rejected from None
        if not is_tame(found):
            raise Rejected
        return found

    def commit(self, lines: list[str]) -> None:
        """Append statements if they run and leave tame values."""
        text = "\n    ".join([f"def f({', '.join(self.names)}):", *self.body, *lines, "return locals()"])
        scope = dict(self.scope)
        with np.errstate(all="raise"):
            try:
                exec(compile(text, "<program>", "exec"), scope)
                found = scope["f"](*deepcopy(self.args))
            except Exception:
                raise Rejected from None
        if not isinstance(found, dict) or not all(map(is_tame, found.values())):
            raise Rejected
        self.body += lines
        self.env = found

    # --- names

    def reals(self, least: int = 0) -> list[str]:
        """The names of real arrays with at least so many axes (with 0: also numbers)."""
        return [n for n, v in self.env.items() if is_real(v) and np.ndim(v) >= least]

    def lists(self) -> list[str]:
        """The names of lists of arrays."""
        return [n for n, v in self.env.items() if isinstance(v, list) and v]

    def writable(self) -> str:
        """The name of a real array."""
        names = [n for n in self.reals(1) if self.env[n].flags.writeable]
        if not names:
            raise Rejected
        return str(self.pick(names))

    # --- expressions

    def leaf(self) -> str:
        """A name of a number or an array."""
        names = self.reals(1) * 3 + self.reals()
        return str(self.pick(names)) if names and not self.chance(4) else str(self.pick(CONSTANTS))

    def array(self) -> str:
        """A name of an array."""
        names = self.reals(1)
        if not names:
            raise Rejected
        return str(self.pick(names))

    def operand(self, depth: int) -> str:
        """An expression in parentheses where it needs them."""
        text = self.expression(depth - 1) if depth > 1 else self.leaf()
        tight = text.endswith(("]", ")")) and text.count("(") <= 1 and " " not in text
        return text if text.isidentifier() or tight else f"({text})"

    def expression(self, depth: int = 2) -> str:
        """A real expression that has a value."""
        forms: list[Callable[[int], str]] = [
            *[self.unary] * 3, *[self.binary] * 4, *[self.reduction] * 3, self.along, *[self.reshaped] * 2, *[self.indexed] * 4,
            *[self.product] * 2, self.joined, self.created, self.called, self.choice,
        ]
        for _ in range(12):
            try:
                text = self.pick(forms)(depth)
                if is_real(self.value(text)):
                    return str(text)
            except Rejected:
                continue
        return self.leaf()

    def unary(self, depth: int) -> str:
        return str(self.pick(UNARY)).format(self.operand(depth))

    def binary(self, depth: int) -> str:
        left = self.operand(depth)
        right = self.partner(left, depth)
        return str(self.pick(BINARY)).format(*((left, right) if self.chance(60) else (right, left)))

    def partner(self, text: str, depth: int) -> str:
        """Something that broadcasts against an expression."""
        if self.chance(20):
            base = self.array()
            rank = np.ndim(self.env[base])
            k = self.rng.randrange(-rank, rank)
            return str(self.pick([f"{base}.sum(axis={k}, keepdims=True)", f"{base}[..., None]", f"{base}[None]",
                                  f"{base}[..., :1]", f"{base}.mean(axis={k})", f"np.sum({base}, axis={k}, keepdims=True)"]))
        if self.chance(12):
            return str(self.pick([*CONSTANTS, *(n for n in self.names if isinstance(self.env[n], int)), text]))
        return self.operand(depth if self.chance(30) else 1)

    def reduction(self, depth: int) -> str:
        base = self.operand(depth)
        rank = np.ndim(self.value(base))
        given = []
        if rank and self.chance(60):
            given.append(f"axis={self.axes(rank)}")
        if self.chance(30):
            given.append("keepdims=True")
        listed = ", ".join(given)
        return str(self.pick(REDUCTIONS)).format(base, k=f", {listed}" if listed else "", l=listed)

    def axes(self, rank: int) -> str:
        """One axis, or several."""
        some = self.rng.sample(range(rank), self.rng.randint(1, rank))
        signed = [k - rank if self.chance(30) else k for k in some]
        return str(tuple(signed)) if rank > 1 and self.chance(25) else str(signed[0])

    def along(self, depth: int) -> str:
        base = self.operand(depth)
        rank = np.ndim(self.value(base))
        if not rank:
            raise Rejected
        return str(self.pick(ALONG)).format(base, a=self.rng.randrange(-rank, rank))

    def reshaped(self, depth: int) -> str:
        base = self.operand(depth)
        shape = np.shape(self.value(base))
        if len(shape) > 1 and self.chance(40):
            axes = list(range(len(shape)))
            self.rng.shuffle(axes)
            new = [*shape]
            self.rng.shuffle(new)
            return str(self.pick([f"{base}.transpose({', '.join(map(str, axes))})", f"np.transpose({base}, {tuple(axes)})",
                                  f"{base}.reshape({', '.join(map(str, new))})", f"np.reshape({base}, {tuple(new)})"]))
        return str(self.pick(SHAPES)).format(base)

    def product(self, depth: int) -> str:
        return str(self.pick(PRODUCTS)).format(self.operand(depth), self.operand(depth))

    def joined(self, depth: int) -> str:
        left = self.operand(depth)
        right = self.pick([left, self.leaf(), f"({left} * {self.pick(CONSTANTS)})"])
        rank = max(1, np.ndim(self.value(left)))
        return str(self.pick(JOINS)).format(left, right, a=self.rng.randrange(-rank, rank))

    def created(self, depth: int) -> str:
        base = self.array()
        shape = self.pick([f"{base}.shape", str(np.shape(self.env[base])), f"len({base})", "(2, 3)", "3"])
        return str(self.pick(CREATION)).format(base, s=shape)

    def called(self, depth: int) -> str:
        base = self.pick([self.operand(1), self.indexed(1)])
        name = self.pick([n for n in HELPERS if n != "scale"])
        return f"{name}({base}, {self.pick([*CONSTANTS, *self.numbers()])})"

    def choice(self, depth: int) -> str:
        base = self.operand(depth)
        other = self.pick([f"{base} * 0.5", f"np.sin({base})", f"{base} + {self.leaf()}", self.leaf()])
        return f"({base} if {self.condition()} else {other})"

    def numbers(self) -> list[str]:
        """Real numbers: names and elements."""
        names = [n for n in self.reals() if np.ndim(self.env[n]) == 0]
        for n in self.reals(1):
            if np.size(self.env[n]):
                index = [str(self.rng.randrange(-size, size)) for size in np.shape(self.env[n])]
                names.append(f"{n}[{', '.join(index)}]")
        return names

    def condition(self) -> str:
        """A truth value."""
        numbers = [*self.numbers(), f"np.sum({self.array()})", f"{self.array()}.max()"]
        tests = [f"{self.pick(numbers)} > {self.pick(['0.1', '-0.4', '0.6'])}", f"{self.pick(numbers)} < {self.pick(numbers)}",
                 f"len({self.array()}) > 2", f"{self.array()}.ndim == 2", f"np.any({self.array()} > 0.9)",
                 f"np.all({self.array()} < 1.2)"]
        return str(self.pick(tests))

    # --- indices

    def indexed(self, depth: int) -> str:
        base = self.array()
        return f"{base}[{self.index(base)}]"

    def index(self, base: str, fancy: bool = True) -> str:
        """What stands between the brackets of a named array."""
        shape = np.shape(self.env[base])
        if fancy and self.chance(14):
            return str(self.pick([f"{base} > 0.1", f"np.abs({base}) < 0.8", f"({base} > 0) & ({base} < 1)", f"~({base} > 0.2)",
                                  f"np.argsort({base})", f"{base} < -99.0"]))
        entries = []
        for axis, size in enumerate(shape):
            entries.append(self.entry(base, axis, size, fancy and self.chance(35)))
        if self.chance(35):
            entries = entries[: self.rng.randint(1, len(entries))]
        if self.chance(12):
            at = self.rng.randint(0, len(entries))
            kept = self.rng.randint(at, len(entries))
            entries[at:kept] = ["..."]
        if self.chance(8):
            entries.insert(self.rng.randint(0, len(entries)), "None")
        return ", ".join(entries)

    def entry(self, base: str, axis: int, size: int, fancy: bool) -> str:
        """The index of one axis."""
        if fancy and size:
            positions = [self.rng.randrange(-size, size) for _ in range(self.rng.randint(1, 3))]
            options = [str(positions), str(positions), f"np.array({positions})", str([positions[0], positions[0]])]
            options += [str([k % 2 == 0 for k in range(size)])]
            options += [n for n, v in self.env.items() if isinstance(v, np.ndarray) and v.dtype.kind in "ib"] * 3
            options += [f"np.array([{positions}, {positions}])", f"np.arange({base}.shape[{axis}])[::-1]"]
            if len(np.shape(self.env[base])) == 1:
                options += [f"np.where({base} > 0)[0]", f"np.nonzero({base} > 0.1)[0]", f"np.argsort({base})"]
            return str(self.pick(options))
        if size and self.chance(40):
            return str(self.pick([*map(str, range(-size, size)), *[n for n, v in self.env.items() if type(v) is int] * 2, "i - 1",
                                  f"len({base}) - 1"]))
        if self.chance(40):
            return ":"
        start, stop = (self.pick(["", *map(str, range(-size - 1, size + 2))]) for _ in range(2))
        step = self.pick(["", "", "", ":2", ":-1", ":-2", ":1"])
        return f"{start}:{stop}{step}" if not step.startswith(":-") or self.chance(40) else f":{step}"

    # --- statements

    def statements(self, count: int) -> None:
        """Append about so many statements."""
        kinds: list[Callable[[], list[str]]] = [
            *[self.assign] * 5, *[self.view] * 3, self.alias, *[self.store] * 4, *[self.augmented] * 4, self.swap, self.overlap,
            *[self.loop] * 3, self.rows, self.repeated, *[self.branch] * 2, self.call, self.new_list, self.list_step, self.unpack,
            self.built,
        ]
        for _ in range(count):
            for _ in range(15):
                try:
                    self.commit(self.pick(kinds)())
                    break
                except Rejected:
                    continue

    def simple(self) -> list[str]:
        """A statement for a block."""
        kinds = [*[self.assign] * 2, self.store, self.store, self.augmented, self.augmented, self.view, self.overlap]
        return list(self.pick(kinds)())

    def target(self) -> str:
        """A name to bind."""
        return str(self.pick(NAMES + [n for n in self.env if n in self.names and is_real(self.env[n])] * self.chance(30)))

    def assign(self) -> list[str]:
        return [f"{self.target()} = {self.expression(self.pick([1, 2, 2, 3]))}"]

    def view(self) -> list[str]:
        """`q = p[1:]`, and often a write through it."""
        base = self.array()
        text = self.pick([str(self.pick(VIEWS)).format(base), f"{base}[{self.index(base, fancy=False)}]"])
        found, name = self.value(text), self.pick(NAMES)
        lines = [f"{name} = {text}"]
        if np.ndim(found) and self.chance(60):
            lines.append(str(self.pick([f"{name} *= {self.pick(CONSTANTS)}", f"{name}[0] = {self.pick(CONSTANTS)}",
                                        f"{name} += {self.pick(CONSTANTS)}", f"{base} *= 0.5", f"{name}[...] = 0.3",
                                        f"{name}[-1] *= {self.leaf()}", f"{base}[0] = 0.4"])))
        return lines

    def alias(self) -> list[str]:
        return [f"{self.pick(NAMES)} = {self.array()}"]

    def fitting(self, text: str) -> str:
        """An expression that can be written to what `text` is."""
        shape = np.shape(self.value(text))
        for _ in range(6):
            found = self.pick([self.expression, self.expression, lambda _: f"{text} * {self.pick(CONSTANTS)}"])(self.pick([1, 2]))
            try:
                np.broadcast_to(self.value(found), shape)
                return str(found)
            except ValueError:
                continue
        return str(self.pick([*CONSTANTS, *self.numbers(), f"np.sin({text})"]))

    def store(self) -> list[str]:
        base = self.writable()
        place = f"{base}[{self.index(base)}]"
        return [f"{place} = {self.fitting(place)}"]

    def augmented(self) -> list[str]:
        base = self.writable()
        place = base if self.chance(30) else f"{base}[{self.index(base)}]"
        op = self.pick(["+=", "-=", "*=", "*=", "+=", "/=", "**="])
        if op == "/=":
            return [f"{place} /= 1.5 + ({self.fitting(place)}) ** 2"]
        return [f"{place} {op} {'2' if op == '**=' else self.fitting(place)}"]

    def swap(self) -> list[str]:
        base = self.writable()
        i, j = (self.index(base, fancy=self.chance(20)) for _ in range(2))
        return [f"{base}[{i}], {base}[{j}] = {base}[{j}], {base}[{i}]"]

    def overlap(self) -> list[str]:
        a = self.writable()
        return [str(self.pick([
            f"{a}[1:] += {a}[:-1]", f"{a}[:-1] = {a}[1:] * {self.pick(CONSTANTS)}", f"{a}[:] = {a}[::-1]", f"{a}[::-1] += {a}",
            f"{a}[1:] *= {a}[:-1]", f"{a}[...] = {a}.T", f"{a} += {a}", f"{a} -= {a}[0]", f"{a} *= {a}[-1]",
            f"{a} += {a}.sum(axis=0)",
            f"{a}[1:-1] = {a}[2:] - 2.0 * {a}[1:-1] + {a}[:-2]", f"{a}[::2] = {a}[0]", f"{a}[{a} > 0.3] -= 0.2",
            f"{a}[{a} < 0] *= -1", f"{a}[[0, 0]] += {a}[[0, -1]]", f"{a} *= {a} > 0",
        ]))]

    def loop(self) -> list[str]:
        """A loop over a range, with statements that use its counter."""
        base = self.writable()
        header = self.pick([f"for i in range(len({base})):", f"for i in range(1, len({base})):", "for i in range(2):",
                            f"for i in range(len({base}) - 1, -1, -1):", f"for i in range({base}.shape[-1]):"])
        outer = self.env
        self.env = {**outer, "i": 1}
        try:
            lines = []
            for _ in range(self.rng.randint(1, 3)):
                place = self.pick([f"{base}[i]", f"{base}[i]", f"{base}[..., i]", f"{base}[i - 1]", f"{base}[:i]"])
                lines.append(self.pick([
                    lambda place=place: [f"{place} {self.pick(['=', '+=', '*='])} {self.fitting(place)}"],
                    lambda place=place: [f"{self.pick(NAMES)} = {place} * {self.leaf()}"],
                    lambda: [f"{base}[i] = {base}[i - 1] * {self.pick(CONSTANTS)} + {self.leaf()}"],
                    self.simple,
                    lambda place=place: [f"if {self.condition()}:", f"    {self.pick(['break', 'continue', f'{place} = 0.2'])}"],
                    lambda: [f"{self.leaf()} += {base}[i]"],
                ])())
        finally:
            self.env = outer
        inner = [f"    {line}" for group in lines for line in group]
        return [*self.initial(), header, *inner]

    def initial(self) -> list[str]:
        """Perhaps an accumulator."""
        start = self.pick(["0.0", self.array() + "[0] * 1.0", "np.zeros(3)"])
        return [f"{self.pick(NAMES)} = {start}"] if self.chance(30) else []

    def rows(self) -> list[str]:
        """A loop over an array or several, or over a list."""
        base = self.array()
        total = self.pick(NAMES)
        header = self.pick([f"for row in {base}:", f"for i, row in enumerate({base}):", f"for row in {base}[::-1]:",
                            f"for row, e in zip({base}, {self.array()}):", f"for row in {base}.T:",
                            f"for row in reversed({base}):", *[f"for row in {xs}:" for xs in self.lists()]])
        bodies = [f"{total} = {total} + row * {self.pick(CONSTANTS)}", f"{total} += np.sum(row ** 2)", "row *= 1.2",
                  "row[0] = 0.5", f"{total} = {total} * 0.5 + np.sin(row)",
                  f"row[:] = {self.pick(CONSTANTS)}", f"{total} += row @ row"]
        if " e " in header:
            bodies += [f"{total} += np.sum(row * e)", "row *= np.sum(e)"]
        if "enumerate" in header:
            bodies += [f"{base}[i] = row * 0.9", f"{base}[i] += np.sum(row)", f"{total} += np.sum(row) * i", f"{base}[i] *= i"]
        lines = [f"    {self.pick(bodies)}" for _ in range(self.rng.randint(1, 2))]
        first = [f"{total} = {self.pick(['0.0', '0.0', f'{base}[0] * 0.0', f'np.zeros_like({base}[0])'])}"]
        return [*first, header, *lines]

    def repeated(self) -> list[str]:
        """A `while` loop."""
        base = self.writable()
        limit = self.pick(["2", "3", "0", f"len({base})"])
        test = self.pick([f"n < {limit}", f"n < {limit} and {self.condition()}", f"np.sum({base}) < 0.9 and n < 4"])
        inner = self.pick([self.simple, self.overlap, lambda: [f"{base}[n - 1] *= 0.7"], lambda: [f"{base} = {base} * 0.8"]])()
        return ["n = 0", f"while {test}:", *[f"    {line}" for line in inner], "    n += 1"]

    def branch(self) -> list[str]:
        lines = [f"if {self.condition()}:", *[f"    {line}" for line in self.simple()]]
        if self.chance(50):
            lines += ["else:", *[f"    {line}" for line in self.simple()]]
        return lines

    def call(self) -> list[str]:
        """A helper that changes its argument, or returns a part of it."""
        base = self.writable()
        argument = self.pick([base, base, f"{base}[1:]", f"{base}[{self.index(base, fancy=False)}]", f"{base}.T"])
        text = f"{self.pick(list(HELPERS))}({argument}, {self.pick([*CONSTANTS, *self.numbers()])})"
        return [text if "scale(" in text or self.chance(30) else f"{self.pick(NAMES)} = {text}"]

    def new_list(self) -> list[str]:
        """A list of arrays."""
        a, b = self.array(), self.expression(1)
        name = self.pick(["xs", "ys"])
        value = self.pick([f"[{a}, {b}]", f"[{a} * 2.0, {a}]", f"[row * 0.5 for row in {a}]", f"list({a})", f"[{a}]"])
        return [f"{name} = {value}"]

    def list_step(self) -> list[str]:
        if not self.lists():
            raise Rejected
        xs = self.pick(self.lists())
        return [str(self.pick([
            f"{xs}.append({self.expression(1)})", f"{xs}[0] = {self.expression(1)}", f"{xs}[-1] *= 0.5", f"{xs}[0][0] = 0.6",
            f"{xs}[0] += {self.leaf()}", f"{self.pick(NAMES)} = {xs}[0]", f"{self.pick(NAMES)} = np.stack({xs})",
            f"{self.pick(NAMES)} = sum({xs})", f"{self.pick(NAMES)} = np.concatenate({xs})",
            f"{xs}[0], {xs}[-1] = {xs}[-1], {xs}[0]", f"{self.pick(NAMES)} = np.array({xs})",
            f"{self.pick(NAMES)} = {xs}.pop() * 1.0", f"{xs} = {xs}[::-1]",
        ]))]

    def unpack(self) -> list[str]:
        a, b = self.array(), self.array()
        u, v = self.rng.sample(NAMES, 2)
        return [str(self.pick([f"{u}, {v} = {a}, {b} * 2.0", f"{a}, {b} = {b}, {a}", f"{u}, {v} = np.split({a}, 2)",
                               f"{u}, {v} = {a}", f"{u} = {v} = {a} * 1.5"]))]

    def built(self) -> list[str]:
        """An array built in a loop."""
        base, name = self.array(), self.pick(NAMES)
        value = self.pick([f"np.sin({base}[k])", f"{base}[k] * {base}[k - 1]", f"np.sum({base}[:k + 1])", f"{base}[k] * k"])
        rows = np.ndim(self.env[base]) > 1
        if rows and len(self.env[base]) == 0:
            raise Rejected  # of no rows NumPy makes a vector, whatever their size would be: see the limits in README
        return self.pick([
            [f"{name} = np.zeros(len({base}))", f"for k in range(len({base})):", f"    {name}[k] = {value}"],
            [f"{name} = np.zeros_like({base})", f"for k in range(len({base})):", f"    {name}[k] = {value}"],
            ["zs = []", f"for k in range(len({base})):", f"    zs.append({value})", f"{name} = np.array(zs)"],
            [f"{name} = np.array([{value} for k in range(len({base}))])"],
            [f"{name} = np.zeros(({base}.shape[0], 2))", f"{name}[:, 0] = 0.5", f"{name}[:, 1] = {self.expression(1)}"],
        ])

    # --- the whole program

    def parameters(self) -> None:
        """The arguments: arrays of any rank, some of float32, with numbers and arrays of integers."""
        sizes = [self.pick([0, 1, 2, 3, 5]) if self.chance(45) else 3 for _ in range(2)]
        for name in self.rng.sample(["a", "b", "c", "x", "y"], self.pick([1, 2, 2, 3])):
            rank = self.pick([0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4])
            shape = tuple(1 if self.chance(10) else self.pick(sizes) for _ in range(rank))
            self.argument(name, self.reals_of(shape))
        if not any(np.ndim(a) for a in self.args):
            self.argument("m", self.reals_of((3,)))
        if self.chance(15):
            self.argument("s", round(self.rng.uniform(-1.5, 1.5), 3))
        if self.chance(20):
            self.argument("n", self.pick([0, 1, 2]))
        if self.chance(15):
            self.argument("at", np.array(self.pick([[0, 1, 0], [1, 1], [-1, 0], [[0, 1], [1, 0]]])))
        if self.chance(6):
            self.argument("mask", np.array([k % 2 == 0 for k in range(sizes[0])]))
        if self.chance(6):
            self.argument("counts", np.array([2, 0, 1]))

    def argument(self, name: str, value: Any) -> None:
        self.names.append(name)
        self.args.append(value)
        self.env[name] = value

    def reals_of(self, shape: tuple[int, ...]) -> Any:
        """An array of numbers without special values: kinks and ties are met only where the program makes them."""
        numbers = [self.rng.randint(-150, 150) / 100 + 0.003170319 for _ in range(int(np.prod(shape)))]
        return np.array(numbers, dtype=np.float32 if self.chance(15) else np.float64).reshape(shape)

    def ending(self) -> str:
        """The result: something of all arrays, so that an error anywhere shows."""
        names = self.reals()
        terms = [str(self.pick(ENDS if np.ndim(self.env[n]) else ["np.sin({0})", "{0} * {0}"])).format(n) for n in names]
        terms = [t for t in terms if self.chance(85)] or terms[:1]
        terms += [str(self.pick(LIST_TERMS)).format(xs) for xs in self.lists()]
        return " + ".join(self.runs(terms)) or "1.5"

    def runs(self, terms: list[str]) -> list[str]:
        kept = []
        for term in terms:
            try:
                if is_real(found := self.value(term)) and np.ndim(found) == 0:
                    kept.append(term)
            except Rejected:
                continue
        return kept

    def program(self, seed: int) -> Program:
        """All of it."""
        self.parameters()
        self.statements(self.rng.randint(2, 7))
        lines = list(self.body)
        if self.chance(12):
            lines += [f"if {self.condition()}:", f"    return {self.ending()}"]
        lines.append(f"return {self.ending()}")
        body = "\n".join(lines)
        used = {name: body_ for name, body_ in HELPERS.items() if f"{name}(" in body}
        source = HEADER + _helpers_text(used) + f"\n\ndef f({', '.join(self.names)}):\n" + textwrap.indent(body, "    ") + "\n"
        wrt = tuple(n for n, a in zip(self.names, self.args, strict=True) if is_real(a))
        return Program(source, tuple(self.args), wrt, seed)


def _helpers_text(helpers: dict[str, list[str]]) -> str:
    return "".join(f"\n\ndef {name}(t, s):\n" + textwrap.indent("\n".join(body), "    ") + "\n" for name, body in helpers.items())


def primal_of(source: str, namespace: dict[str, Any] | None = None) -> Callable[..., Any]:
    """The function `f` of a module's text."""
    scope = {} if namespace is None else namespace
    exec(compile(source, "<program>", "exec"), scope)
    return scope["f"]  # type: ignore[no-any-return]


def outcome(source: str, args: tuple[Any, ...]) -> float | None:
    """The value of `f`, or None where it does not run or is not a moderate real number."""
    with np.errstate(all="raise"):
        try:
            found = primal_of(source)(*deepcopy(args))
        except Exception:
            return None
    return float(found) if is_real(found) and np.ndim(found) == 0 and abs(found) < LARGEST * 10 else None


def program(seed: int) -> Program:
    """The program of a seed."""
    for attempt in range(20):
        try:
            found = Author(seed * 20 + attempt).program(seed)
        except Rejected:
            continue
        if outcome(found.source, found.args) is not None:
            return found
    raise Rejected(f"no program of seed {seed}")
