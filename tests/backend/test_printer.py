"""Trees print as text that parses to the same tree."""

from __future__ import annotations

import ast
import math

import pytest

from adcompiler.backend.printer import LINE, Comment, constant, to_text

EXPRESSIONS = """
(-2) ** x
-2 ** x
(-x) ** 2
-x ** -y
a - (b - c)
a - b - c
a / (b * c)
(a + b) * c
a ** b ** c
(a ** b) ** c
not (a and b)
(not a) == b
a if b else c if d else e
(a if b else c) if d else e
(a if b else c) * 2
f(*args, k=1, **kw)
x[1:2, ..., None, ::-1]
x[(1,)]
(lambda v: v + 1)(2)
{'a': 1, 'b': (1, 2)}
[1.5, 1e-300, 1e+20, 10 ** 20]
'it\\'s "quoted" \\n'
b'bytes'
a < b <= c
a @ b.T @ c
~a & b | c ^ d
(yes := 3) + 1
-math.inf
True
(a, b)
()
f'{x:.3f} {y!r}'
x.y(z)[0].w
a or b and c
(a or b) and c
1 < (2 if a else 3)
(await_, yield_)
[i for i in x if i]
""".strip().splitlines()


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions(text: str) -> None:
    for wrapper in ("r = {}", "return {}", "f({}, 1)", "r += {}", "x[{}] = 1", "if ({}) != 1:\n    pass"):
        if "return" in wrapper:
            tree = ast.parse("def f():\n    " + wrapper.format(text))
        else:
            tree = ast.parse(wrapper.format(text))
        assert ast.dump(ast.parse(to_text(tree))) == ast.dump(tree)


@pytest.mark.parametrize("value", [0, 1, -1, 1.5, -1.5, -0.0, 0.0, 1e300, math.inf, -math.inf, math.nan, True, None, "a\\b",
                                   (1, -2), ...])
def test_constants(value: object) -> None:
    tree = ast.Module([ast.Assign([ast.Name("r", ast.Store())], constant(value))], [])
    scope: dict[str, object] = {"math": math}
    exec(to_text(ast.fix_missing_locations(tree)), scope)
    assert repr(scope["r"]) == repr(value)


def test_long_lines_are_broken_and_mean_the_same() -> None:
    names = [f"quite_long_name_{k}" for k in range(12)]
    for text in (f"r = f({', '.join(names)})", f"r = {' + '.join(names)}", f"r = g(x) - {' - '.join(names)}",
                 f"return_value, other = {names[0]}, [{', '.join(names)}]", f"r = '{'x' * 120}'",
                 f"r = f(({', '.join(names)}), k='a, b (')"):
        tree = ast.parse(text)
        printed = to_text(tree)
        assert ast.dump(ast.parse(printed)) == ast.dump(tree)
        assert max(map(len, printed.splitlines())) <= LINE or "'" in text


def test_comments() -> None:
    tree = ast.parse("def f(x):\n    return x")
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body.insert(0, Comment("return x"))
    assert to_text(tree) == "def f(x):\n    # return x\n    return x\n"
