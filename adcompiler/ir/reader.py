"""Parses the textual IR that `adcompiler.ir.text` describes. For tests and for looking at passes by hand."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adcompiler.ir.build import const
from adcompiler.ir.names import Scope
from adcompiler.ir.nodes import (
    UNDEFINED,
    Atom,
    Bind,
    Block,
    Call,
    Const,
    Constant,
    For,
    Foreign,
    Function,
    If,
    Leaf,
    Node,
    Op,
    Parameter,
    Prim,
    Program,
    Static,
    Tree,
    Var,
    While,
)
from adcompiler.ir.ops import IrTypeError, result_types
from adcompiler.ir.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    Array,
    List,
    Saved,
    Scalar,
    Tuple,
    Type,
    join,
    unknown_dim,
)

_WEAK = {"bool": BOOL, "int": INT, "float": FLOAT, "any": ANY, "never": NEVER,
         "complex": Scalar("complex128")}
_STEMS = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
_SPECIAL: dict[str, Any] = {"inf": math.inf, "nan": math.nan, "undefined": UNDEFINED}
_KINDS = {"*": "VAR_POSITIONAL", "**": "VAR_KEYWORD", "": "POSITIONAL_OR_KEYWORD"}


class IrSyntaxError(ValueError):
    """The text is not IR; the message begins with the line."""


def read(text: str) -> Function:
    """The function that a text describes.

    The text is `fn name(params)` with an indented block, or the block alone: then its unknown names become
    parameters of type float, in order of appearance. Raises IrSyntaxError.
    """
    return _Reader(_lines(text)).function()


def read_program(text: str) -> Program:
    """The program that a text describes: its constants, its entry, the functions that it calls."""
    lines = _lines(text)
    constants: dict[str, Constant] = {}
    bare: frozenset[str] = frozenset()
    while lines and not lines[0].text.startswith("fn "):
        word, _, rest = lines.pop(0).text.partition(" ")
        if word == "bare":
            bare = frozenset(name.strip() for name in rest.split(","))
        else:
            name, _, source = rest.partition(" = ")
            constants[name] = Constant(text=ast.literal_eval(source))
    starts = [k for k, line in enumerate(lines) if line.text.startswith("fn ")]
    ends = [*starts[1:], len(lines)]
    entry, *others = [_Reader(lines[a:b]).function() for a, b in zip(starts, ends, strict=True)]
    return Program(entry, {f.name: f for f in others}, constants, bare)


# --- lines, brackets and literals ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str
    note: str


def _lines(text: str) -> list[_Line]:
    out = []
    for number, raw in enumerate(text.splitlines(), 1):
        code, *note = _split(raw, "#", 1) or [""]
        if code:
            out.append(_Line(number, len(raw) - len(raw.lstrip()), code, "".join(note)))
    return out


def _outside(text: str) -> Iterator[int]:
    """The positions of `text` that are outside of brackets and quotes."""
    depth, quote, escaped = 0, "", False
    for k, char in enumerate(text):
        if quote:
            quote = "" if char == quote and not escaped else quote
            escaped = char == "\\" and not escaped
            continue
        if char in "'\"":
            quote = char
        depth -= char in ")]}"
        if depth == 0 and not quote:
            yield k
        depth += char in "([{"


def _split(text: str, separator: str, count: int = -1) -> list[str]:
    """`text.split(separator, count)`, but only outside of brackets and quotes; an empty text has no parts."""
    parts, start = [], 0
    for k in _outside(text):
        if text[k] == separator and count != 0:
            parts.append(text[start:k].strip())
            start = k + 1
            count -= 1
    return [*parts, text[start:].strip()] if text.strip() else []


def _literal(node: ast.expr) -> Any:
    class Special(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            return ast.Constant(_SPECIAL[name.id]) if name.id in _SPECIAL else name

    return ast.literal_eval(Special().visit(node))


class _Reader:
    """Reads the lines of one function."""

    def __init__(self, lines: Sequence[_Line]) -> None:
        self._lines = lines
        self._at = 0
        self._dims: dict[str, str] = {}
        self._root = Scope()
        self._params: list[Var] = []
        self._bare = False
        self._result: Tree = Static(None)

    def function(self) -> Function:
        if not self._lines:
            raise IrSyntaxError("line 1: there is nothing to read")
        try:
            return self._function()
        except (ValueError, TypeError, SyntaxError, KeyError, IrTypeError) as error:
            if isinstance(error, IrSyntaxError):
                raise
            line = self._lines[min(self._at, len(self._lines) - 1)]
            reason = error.msg if isinstance(error, SyntaxError) else error
            raise IrSyntaxError(f"line {line.number}: {reason}, in {line.text!r}") from error

    def _function(self) -> Function:
        name, doc = "f", ""
        signature: tuple[Parameter, ...] = ()
        header = re.fullmatch(r"fn (\w+)\((.*)\)", self._lines[0].text)
        if header:
            name, signature = header[1], self._signature(header[2])
            self._at = 1
            if self._lines[1:] and self._lines[1].text.startswith("doc "):
                doc = ast.literal_eval(self._lines[1].text.removeprefix("doc "))
                self._at = 2
        self._bare = not header
        block = self._block(-1 if self._bare else self._lines[0].indent, self._root, (), "return")
        if self._at < len(self._lines):
            raise ValueError("nothing may follow `return`")
        if self._bare:
            signature = tuple(Parameter(p.hint, Leaf()) for p in self._params)
        body = Block(tuple(self._params), block.binds, block.results)
        return Function(name, signature, self._result, body, doc)

    # --- types, names and atoms ---------------------------------------------------------------------------

    def _type(self, text: str) -> Type:
        text = text.strip()
        if text in _WEAK:
            return _WEAK[text]
        if text.startswith("(") and text.endswith(")"):
            return Tuple(tuple(self._type(item) for item in _split(text[1:-1], ",") if item))
        bracketed = re.fullmatch(r"(\w+)\[(.*)\]", text)
        if bracketed is None:
            return Scalar(_dtype(text), weak=False)
        head, inner = bracketed.groups()
        if head == "list":
            return List(self._type(inner))
        if head == "saved":
            return Saved(inner)
        return Array(_dtype(head), tuple(self._dim(d) for d in _split(inner, ",")))

    def _dim(self, text: str) -> int | str:
        def renew(match: re.Match[str]) -> str:
            return self._dims.setdefault(match[0], str(unknown_dim()).replace("?", f"?{match[1]}"))

        return int(text) if text.isdigit() else re.sub(r"\?(\*?)\d+", renew, text)

    def _bind(self, text: str, inferred: Type | None, scope: Scope) -> Var:
        """A new variable for `name` or `name: type`."""
        name, *declared = _split(text, ":", 1)
        type_ = self._type(declared[0]) if declared else inferred
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not a name")
        if type_ is None:
            raise ValueError(f"the type of {name!r} cannot be inferred")
        var = Var(scope.hint_of(name), type_)
        scope.bind(name, var)
        return var

    def _atom(self, node: ast.expr, scope: Scope) -> Atom:
        match node:
            case ast.Name(id="undefined"):
                return Const(UNDEFINED, NEVER)
            case ast.Name(id=name) if name not in _SPECIAL:
                return self._variable(name, scope)
            case ast.Call(func=ast.Name(id="const"), args=[value, ast.Constant(str(type_))]):
                return Const(_literal(value), self._type(type_))
            case ast.Call(func=ast.Name(id=type_), args=[value]):
                return Const(_literal(value), self._type(type_))
            case _:
                return const(_literal(node))

    def _variable(self, name: str, scope: Scope) -> Var:
        var = scope.lookup(name)
        if var is None and self._bare:
            var = Var(name, FLOAT)
            self._root.bind(name, var)
            self._params.append(var)
        if var is None:
            raise ValueError(f"{name!r} is not bound here")
        return var

    def _atoms(self, text: str, scope: Scope) -> tuple[Atom, ...]:
        return tuple(self._atom(ast.parse(t, mode="eval").body, scope) for t in _split(text, ","))

    def _arguments(self, text: str, scope: Scope) -> tuple[tuple[Atom, ...], tuple[tuple[str, Any], ...]]:
        """The operands and static parameters of `(a, b, key=value)`."""
        call = ast.parse(f"_{text}", mode="eval").body
        if not isinstance(call, ast.Call):
            raise ValueError("arguments in parentheses are needed")
        params = sorted((str(k.arg), self._param(k.value)) for k in call.keywords)
        return tuple(self._atom(a, scope) for a in call.args), tuple(params)

    def _param(self, node: ast.expr) -> Any:
        match node:
            case ast.Call(func=ast.Name(id="type"), args=[ast.Constant(str(text))]):
                return self._type(text)
            case _:
                return _literal(node)

    # --- blocks -------------------------------------------------------------------------------------------

    def _line(self, indent: int) -> _Line | None:
        """The next line, if it is inside a block whose header has this indentation."""
        line = self._lines[self._at] if self._at < len(self._lines) else None
        return line if line is not None and line.indent > indent else None

    def _block(self, indent: int, scope: Scope, params: tuple[Var, ...], last: str = "yield") -> Block:
        binds: list[Bind] = []
        while line := self._line(indent):
            word, _, rest = line.text.partition(" ")
            if word == last:
                results = self._atoms(rest, scope) if last == "yield" else self._returned(rest, scope)
                self._at += 1
                if self._line(indent):
                    raise ValueError(f"nothing may follow `{last}`")
                return Block(params, tuple(binds), results)
            binds.append(self._binding(line, scope))
        return Block(params, tuple(binds), ())

    def _binding(self, line: _Line, scope: Scope) -> Bind:
        targets, text = _targets(line.text)
        word = re.match(r"\w+", text)
        op: Op
        types: Sequence[Type | None]
        match word and word[0]:
            case "if":
                op, types = self._if(line, text, scope)
            case "for":
                op, types = self._for(line, text, scope)
            case "while":
                op, types = self._while(line, text, scope)
            case _:
                op, types = self._simple(text, scope)
                self._at += 1
        if isinstance(op, Prim) and not targets:
            types = []
        types = [ANY] * len(targets) if isinstance(op, Call | Foreign) else types
        if len(targets) != len(types):
            raise IrSyntaxError(f"line {line.number}: {len(types)} targets are needed, in {line.text!r}")
        variables = tuple(self._bind(t, k, scope) for t, k in zip(targets, types, strict=True))
        return Bind(variables, op, note=line.note)

    def _simple(self, text: str, scope: Scope) -> tuple[Op, Sequence[Type | None]]:
        if found := re.match(r"foreign (pure )?(?=['\"])", text):
            call = ast.parse(text[found.end():], mode="eval").body
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Constant)):
                raise ValueError("`foreign 'template'(arguments)` is needed")
            args = tuple(self._atom(a, scope) for a in call.args)
            return Foreign(str(call.func.value), args, found[1] is not None), []
        found = re.match(r"(call )?([\w.]+)(?=\()", text)
        if found is None:
            raise ValueError("an operation is needed")
        args, params = self._arguments(text[found.end():], scope)
        if found[1]:
            return Call(found[2], args), []
        return Prim(found[2], args, params), result_types(found[2], args, dict(params))

    def _if(self, line: _Line, text: str, scope: Scope) -> tuple[Op, Sequence[Type | None]]:
        (cond,) = self._atoms(text.removeprefix("if "), scope)
        self._at += 1
        then = self._block(line.indent, scope.child(), ())
        self._keyword("else", line.indent - 1)
        orelse = self._block(line.indent, scope.child(), ())
        types = [join(a.type, b.type) for a, b in zip(then.results, orelse.results, strict=True)]
        return If(cond, then, orelse), types

    def _keyword(self, word: str, indent: int) -> str:
        line = self._line(indent)
        if line is None or line.text.split()[0] != word:
            raise ValueError(f"`{word}` is needed here")
        self._at += 1
        return line.text.removeprefix(word)

    def _for(self, line: _Line, text: str, scope: Scope) -> tuple[Op, Sequence[Type | None]]:
        found = re.fullmatch(r"for (.+?) in range\((.*?)\)( exits)?(?: carry (.*))?", text)
        if found is None:
            raise ValueError("`for i in range(start, stop, step)` is needed")
        start, stop, step = self._atoms(found[2], scope)
        parts = [_split(p, "=", 1) for p in _split(found[4] or "", ",")]
        inits = tuple(self._atoms(init, scope)[0] for _, init in parts)
        types: list[Type | None] = [a.type for a in inits]
        self._at += 1
        begin = self._at
        while True:
            body = scope.child()
            params = [self._bind(found[1], INT, body)]
            params += [self._bind(t, k, body) for (t, _), k in zip(parts, types, strict=True)]
            op = For(start, stop, step, inits, self._block(line.indent, body, tuple(params)), bool(found[3]))
            if not self._widen(types, parts, op):
                return op, [v.type for v in op.carried]
            self._at = begin

    def _while(self, line: _Line, text: str, scope: Scope) -> tuple[Op, Sequence[Type | None]]:
        found = re.fullmatch(r"while( exits)?(?: carry (.*))?", text)
        if found is None:
            raise ValueError("`while carry name = value` is needed")
        parts = [_split(p, "=", 1) for p in _split(found[2] or "", ",")]
        inits = tuple(self._atoms(init, scope)[0] for _, init in parts)
        types: list[Type | None] = [a.type for a in inits]
        self._at += 1
        begin = self._at
        while True:
            body, test = scope.child(), scope.child()
            params = [self._bind(t, k, body) for (t, _), k in zip(parts, types, strict=True)]
            inner = self._lines[self._at].indent
            names = _split(self._keyword("cond", line.indent), ",") or [_name(t) for t, _ in parts]
            tested = tuple(self._bind(t, v.type, test) for t, v in zip(names, params, strict=True))
            cond = self._block(inner, test, tested)
            self._keyword("do", line.indent)
            op = While(inits, cond, self._block(inner, body, tuple(params)), bool(found[1]))
            if not self._widen(types, parts, op):
                return op, [v.type for v in op.carried]
            self._at = begin

    def _widen(self, types: list[Type | None], parts: list[list[str]], op: For | While) -> bool:
        """Join the carried types that are not declared with those after an iteration; whether one changed."""
        before = list(types)
        for k, ((target, _), after) in enumerate(zip(parts, op.yields, strict=True)):
            if _name(target) == target:
                types[k] = join(types[k] or NEVER, after.type)
        return types != before

    # --- signature and result -----------------------------------------------------------------------------

    def _signature(self, text: str) -> tuple[Parameter, ...]:
        out: list[Parameter] = []
        after_star = False
        for part in _split(text, ","):
            if part == "/":
                out = [Parameter(p.name, p.tree, p.default, "POSITIONAL_ONLY") for p in out]
                continue
            declaration, *default = _split(part, "=", 1)
            stars, name, tree = re.fullmatch(r"(\**)(\w*)(?::\s*(.*))?", declaration).groups()  # type: ignore[union-attr]
            kind = "KEYWORD_ONLY" if after_star and stars != "**" else _KINDS[stars]
            after_star = after_star or stars == "*"
            if name:
                leaves = self._parameter(name, tree or "float")
                out.append(Parameter(name, leaves, default[0] if default else None, kind))
        return tuple(out)

    def _parameter(self, name: str, text: str) -> Tree:
        def leaf(text: str) -> None:
            declared = text if len(_split(text, ":", 1)) > 1 else f"{name}: {text}"
            self._params.append(self._bind(declared, None, self._root))

        return _tree(text, leaf)

    def _returned(self, text: str, scope: Scope) -> tuple[Atom, ...]:
        results: list[Atom] = []

        def leaf(text: str) -> None:
            results.extend(self._atoms(text, scope))

        trees = [_tree(part, leaf) for part in _split(text, ",")]
        self._result = trees[0] if len(trees) == 1 else Node("tuple", tuple(range(len(trees))), tuple(trees))
        return tuple(results)


def _tree(text: str, leaf: Callable[[str], None]) -> Tree:
    """The tree that a text describes; `leaf` is called with the text of each leaf."""
    if text.startswith("static "):
        return Static(_literal(ast.parse(text.removeprefix("static "), mode="eval").body))
    found = re.fullmatch(r"(tuple|list|dict|namedtuple|dataclass|object)(?: (\w+))?\{(.*)\}", text)
    if found is None:
        leaf(text)
        return Leaf()
    kind, cls, inner = found.groups()
    parts = _split(inner, ",")
    if kind in ("tuple", "list"):
        return Node(kind, tuple(range(len(parts))), tuple(_tree(part, leaf) for part in parts), cls)
    pairs = [_split(part, ":", 1) for part in parts]
    keys = tuple(_literal(ast.parse(key, mode="eval").body) for key, _ in pairs)
    return Node(kind, keys, tuple(_tree(part, leaf) for _, part in pairs), cls)


def _name(target: str) -> str:
    """The name in `name` or `name: type`."""
    return _split(target, ":", 1)[0]


def _targets(text: str) -> tuple[list[str], str]:
    """The targets of a binding and its operation: `a, b: float = op`."""
    if re.match(r"(for|while)\b", text):
        return [], text
    left, *right = _split(text, "=", 1)
    return (_split(left, ","), right[0]) if right else ([], left)


def _dtype(text: str) -> str:
    found = re.fullmatch(r"([fiuc])(\d+)", text)
    if found:
        return _STEMS[found[1]] + found[2]
    if text in ("bool", "bool_", "object"):
        return text.rstrip("_")
    raise ValueError(f"{text!r} is not a type")
