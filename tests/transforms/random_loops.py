"""Random loops, aimed at how their gradients are computed: what is carried, overwritten, counted, added up or searched.

Arrays that serve as scratch, in full or in part; sums; counters that follow from others; running extremes; slices that are
read by element; values that are read later. All positions are taken modulo sizes, and all values pass through sines, so
that every program runs and stays small.
"""

from dataclasses import dataclass
from random import Random

SIZE = {"x": 6, "y": 4, "d": 4, "w": 6, "z": 6}
RANGES = ["range(3)", "range(n)", "range(1, 4)", "range(2, -1, -1)", "range(0, 6, 2)", "range(len(y))", "range(5, 0, -2)",
          "range(-2, 2)", "range(k)", "range(k, n)"]
FULL = ["range(4)", "range(len(d))", "range(d.shape[0])", "range(len(y))", "range(1, 4)", "range(3)", "range(3, -1, -1)",
        "range(-4, 4)", "range(n)"]
BEGIN = """\
import math

import numpy as np


def f(x, y, m, n, k):
    s, t, u = 0.0, x[0], 0.5
    p, q = 0, 1
    d = np.zeros(4)
    w = np.zeros(len(x))
    z = np.ones(6)
    e = np.zeros((3, 4))
    low, high, place = 3.0, -3.0, 0
"""
END = ["s", "t", "u", "s * s", "t * u", "np.sum(d * y)", "np.sum(w * x)", "np.sum(z * x) * s", "np.sum(e[1])", "low * low",
       "high * x[place % 6]", "d[p % 4]", "w[q % 6] * t", "np.sum(e * m[:, :4])", "math.sin(s) * d[1]"]


@dataclass
class Writer:
    """Writes one program."""

    random: Random
    left: int

    def __post_init__(self):
        self.lines, self.names, self.inside = [], 0, []

    def pick(self, *choices):
        return self.random.choice(choices)

    def line(self, text, depth):
        self.lines.append("    " * depth + text)

    def fresh(self, letter):
        self.names += 1
        return f"{letter}{self.names}"

    def place(self, array):
        """A position in an array."""
        n = SIZE.get(array, 4)
        options = [f"p % {n}", f"q % {n}", str(self.random.randrange(n)), "-1"]
        for i in self.inside:
            options += [f"{i} % {n}", f"{i} % {n}", f"({i} + 1) % {n}"]
        return self.pick(*options)

    def atom(self):
        kind = self.random.randrange(10)
        if kind < 3:
            a = self.pick("x", "x", "y")
        elif kind < 6:
            a = self.pick("d", "w", "z", "d")
        elif kind == 6:
            return f"{self.pick('m', 'e')}[{self.row()}, {self.place('d')}]"
        elif kind == 7:
            return self.pick("low", "high", "0.5", "1.5")
        else:
            return self.pick("s", "t", "u")
        return f"{a}[{self.place(a)}]"

    def row(self):
        return self.pick("0", "1", "2", *(f"{i} % 3" for i in self.inside))

    def expression(self):
        a, b, c = self.atom(), self.atom(), self.atom()
        return self.pick(f"{a} * {b}", f"{a} - {b} * {c}", f"math.sin({a} * {b})", f"math.sin({a} + {b}) * {c}", f"{a} + {b}",
                         f"({a} - {b}) ** 2", a)

    def small(self):
        return f"math.sin({self.expression()})"

    def statements(self, depth, most):
        before = len(self.lines)
        for _ in range(self.random.randint(1, most)):
            if self.left <= 0 and len(self.lines) > before:
                return
            self.left -= 1
            self.statement(depth)

    def statement(self, depth):
        kinds = [self.add, self.add, self.element, self.element, self.number, self.counter, self.array, self.branch, self.part,
                 self.row_of]
        if len(self.inside) < 3:
            kinds += [self.scratch, self.scratch, self.loop, self.loop, self.extreme, self.rows, self.while_loop]
        self.random.choice(kinds)(depth)

    def add(self, depth):
        self.line(f"{self.pick('s', 's', 't', 'u')} {self.pick('+=', '+=', '+=', '-=')} {self.small()}", depth)

    def number(self, depth):
        self.line(f"{self.pick('t', 'u')} {self.pick('=', '=', '*=')} {self.small()}", depth)

    def element(self, depth):
        a = self.pick("d", "w", "z", "d", "e")
        if a == "e":
            where = f"{self.row()}, {self.place('d')}"
        else:
            where = self.place(a)
        self.line(f"{a}[{where}] {self.pick('=', '=', '+=', '*=')} {self.small()}", depth)

    def counter(self, depth):
        steps = ["p += 1", "q += 1", "p += 2", "p, q = q, p + 1", "p = q + 1", "q = p - q + 2", "p = 2 * q - p", "q = p", "p = k"]
        for i in self.inside:
            steps += [f"p = {i} * 2", f"p = p + {i}", f"q = {i} + 1", f"q = p - {i}"]
        self.line(self.pick(*steps), depth)

    def array(self, depth):
        self.line(self.pick("d = d + y", "d = np.sin(y * t)", "w = x * u", "w = np.sin(w + z)", "z = w.copy()", "z = z * 0.5 + x",
                            "w[:] = x * 0.5", "d[1:] = y[1:] * s", "d = np.zeros(4)", "w = np.zeros_like(x)", "z[::2] = x[:3]",
                            "d[:] = 0.0", "e[1] = y * t", "e = e * 0.5", "e[:, 1] = m[:, 2]", "d = e[2] * 1.0"), depth)

    def part(self, depth):
        r, i = self.fresh("r"), self.row()
        parts = [f"m[{i}, 1:4]", f"m[{i}, 2:]", "x[1:4]", "x[k:k + 3]", "x[3:]", f"m[{i}, :3]"]
        uses = [f"{r}[0] * {r}[2]", f"{r}[0] * {r}[1] + np.sum({r}[1:] ** 2)", f"math.sin({r}[2]) * {r}[-1]",
                f"{r}[0] + {r}[1] * {self.atom()}", f"np.sum({r}) * {r}[1]"]
        self.line(f"{r} = {self.pick(*parts)}", depth)
        self.line(f"s += {self.pick(*uses)}", depth)

    def row_of(self, depth):
        self.line(f"e[{self.row()}] = {self.pick('y * t', 'm[1, :4] + d', 'd * 0.5', 'np.sin(e[0])')}", depth)

    def condition(self):
        options = [f"{self.atom()} > {self.pick('0.0', self.atom())}", "p % 2 == 0", "s < t"]
        options += [f"{i} % 2 == 0" for i in self.inside] + [f"{i} > 1" for i in self.inside]
        return self.pick(*options)

    def branch(self, depth):
        self.line(f"if {self.condition()}:", depth)
        self.statements(depth + 1, 2)
        if self.inside and self.random.random() < 0.15:
            self.line(self.pick("continue", "continue", "break"), depth + 1)
        elif self.pick(0, 1):
            self.line(self.pick("else:", f"elif {self.condition()}:"), depth)
            self.statements(depth + 1, 2)

    def loop(self, depth):
        i = self.fresh("i")
        triangles = [text for o in self.inside for text in (f"range({o})", f"range({o} + 1, 5)")]
        self.line(f"for {i} in {self.pick(*RANGES, *triangles)}:", depth)
        self.inside.append(i)
        self.statements(depth + 1, 5)
        self.inside.pop()

    def while_loop(self, depth):
        c = self.fresh("c")
        self.line(f"{c} = {self.pick('0', '0', 'k')}", depth)
        self.line(f"while {c} < 4:", depth)
        self.line(f"{c} += 1", depth + 1)
        self.inside.append(c)
        self.statements(depth + 1, 3)
        self.inside.pop()

    def scratch(self, depth):
        j = self.fresh("j")
        if self.pick(0, 0, 1):
            j2 = self.fresh("j")
            self.line(f"for {j} in {self.pick('range(3)', 'range(len(e))', 'range(3)', 'range(2)')}:", depth)
            self.line(f"for {j2} in {self.pick('range(4)', 'range(4)', 'range(3)', 'range(e.shape[1])')}:", depth + 1)
            self.inside += [j, j2]
            self.line(f"e[{j}, {j2}] = {self.small()}", depth + 2)
            if self.pick(0, 1):
                self.line(f"s += e[{j}, {j2}] * {self.atom()}", depth + 2)
            del self.inside[-2:]
            return
        self.line(f"for {j} in {self.pick(*FULL)}:", depth)
        self.inside.append(j)
        self.line(f"d[{j}] = {self.small()}", depth + 1)
        for _ in range(self.random.randrange(3)):
            self.line(self.pick(f"d[{j}] += {self.small()}", f"d[{j}] *= {self.atom()}", f"s += d[{j}] * {self.atom()}",
                                f"t = d[{j}] * {self.atom()}", f"u += d[{self.place('d')}]",
                                f"d[{self.place('d')}] = {self.small()}",
                                f"d[{j}] = {self.small()} if {self.condition()} else d[{j}]"), depth + 1)
        self.inside.pop()

    def extreme(self, depth):
        j, v = self.fresh("j"), self.fresh("v")
        best, sign, turned = self.pick(("low", "<", ">"), ("low", "<=", ">="), ("high", ">", "<"), ("high", ">=", "<="))
        if self.pick(0, 1, 1):
            self.line(f"{best} = {'3.0' if best == 'low' else '-3.0'}", depth)
        ranges = ["range(6)", "range(n)", "range(1, 5)", "range(0, 6, 2)", "range(4, -1, -1)", "range(k)"]
        self.line(f"for {j} in {self.pick(*ranges)}:", depth)
        self.inside.append(j)
        values = [f"x[{j} % 6] * m[{self.row()}, {j} % 4]", self.small(), f"math.sin(x[{j} % 6]) - y[p % 4]"]
        self.line(f"{v} = {self.pick(*values)}", depth + 1)
        self.line(f"if {self.pick(f'{v} {sign} {best}', f'{best} {turned} {v}')}:", depth + 1)
        self.line(f"{best} = {v}", depth + 2)
        if self.pick(0, 1):
            self.line(self.pick(f"place = {j}", f"u = {self.small()}", f"p = {j}", "q += 1"), depth + 2)
        if self.pick(0, 0, 0, 1):
            self.line(self.pick(f"s += {best}", f"t = {best} * {self.atom()}"), depth + 1)
        self.inside.pop()
        if self.pick(0, 1):
            self.line(f"s += {best} * {self.atom()}", depth)

    def rows(self, depth):
        r, i, v = self.fresh("r"), self.fresh("i"), self.fresh("v")
        self.line(f"{r} = []", depth)
        self.line(f"for {i} in {self.pick(*RANGES)}:", depth)
        self.inside.append(i)
        self.line(f"{r}.append({self.pick(self.small(), 't', f'{self.atom()}')})", depth + 1)
        self.statements(depth + 1, 1)
        self.inside.pop()
        self.line(f"for {v} in {r}:", depth)
        self.line(f"{self.pick('s', 'u')} += math.sin({v} * {self.atom()})", depth + 1)

    def program(self):
        self.statements(1, 3)
        self.loop(1)
        self.statements(1, 3)
        results = " + ".join(self.random.sample(END, self.random.randint(1, 3)))
        return BEGIN + "\n".join(self.lines) + f"\n    return {results}\n"


def random_program(seed):
    """The source of a function f(x, y, m, n, k) of arrays with 6, 4 and 3 x 6 elements and two small integers."""
    random = Random(seed)
    return Writer(random, random.randint(4, 16)).program()
