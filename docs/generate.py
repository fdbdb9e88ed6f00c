"""Writes docs/functions.md from the compiler's tables: `python docs/generate.py`."""

from __future__ import annotations

import ast
import csv
import importlib
from collections import defaultdict
from pathlib import Path

import adcompiler.frontend  # noqa: F401  (fills the tables)
from adcompiler.frontend.library import SPECIAL
from adcompiler.ir.evaluate import GIVEN_FUNCTIONS
from adcompiler.ir.ops import OPS
from adcompiler.library import HERE, functions
from adcompiler.rules.table import DERIVATIVES, RULES, ZERO

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "library" / "cases"
HEAD = """# Functions

Made by `python docs/generate.py` from the compiler's own tables; a test compares. `x_bar` is the adjoint of the
argument x, `y` the result and `y_bar` its adjoint. "Composition": the function is defined by others, in
`adcompiler/library/`, and differentiated as they are. The last column counts the programs of `tests/library` in which
value and gradient are compared with NumPy and with differences.
"""


def main() -> None:
    """Write the table."""
    Path(__file__).with_name("functions.md").write_text(text(), encoding="utf-8")


def text() -> str:
    """The whole document."""
    tables = "\n".join(part for namespace in namespaces() for part in table(namespace))
    return f"{HEAD}\n{coverage()}\n{tables}"


# --- the functions --------------------------------------------------------------------------------------------


def namespaces() -> list[str]:
    """The namespaces that have functions, in the order of the alphabet."""
    dotted = [name for name in (*OPS, *SPECIAL) if "." in name and name not in GIVEN_FUNCTIONS]
    folders = [".".join(path.relative_to(HERE).with_suffix("").parts) for path in HERE.rglob("*.py")]
    defined = [f for f in folders if f.partition(".")[0] in ("numpy", "scipy", "math") and not f.endswith("__init__")]
    found = {name.rpartition(".")[0] for name in dotted} | {f for f in defined if functions(f)} | {"numpy"}
    return sorted(f for f in found if f != "numpy" and f not in _parts_of("numpy")) + ["numpy"]


def _parts_of(namespace: str) -> set[str]:
    """The files of a namespace that are no namespaces of their own."""
    return {f"{namespace}.{path.stem}" for path in functions(namespace).values()}


def table(namespace: str) -> list[str]:
    """The rows of a namespace."""
    rows: dict[str, str] = {}
    for dotted in (*OPS, *SPECIAL):
        if dotted in GIVEN_FUNCTIONS:
            continue
        if dotted.rpartition(".")[0] == namespace:
            rows[dotted] = row(dotted, derivative(dotted), arguments(dotted))
    for name, path in functions(namespace).items():
        dotted = f"{namespace}.{name}"
        rows.setdefault(dotted, row(dotted, f"composition: {summary(path, name)}", parameters(path, name)))
    lines = [rows[name] for name in sorted(rows)]
    head = [f"## {namespace}", "", "| function | derivative | arguments | tests |", "|---|---|---|---|"]
    return [*head, *lines, ""] if lines else []


def row(dotted: str, rule: str, given: str) -> str:
    """One row."""
    count = len(cases().get(dotted, ()))
    return f"| `{dotted.rpartition('.')[2]}` | {rule} | {given} | {count or ''} |".replace("||", "| |")


def derivative(dotted: str) -> str:
    """What the rule of a primitive says."""
    if dotted in RULES:
        return f"`{DERIVATIVES[dotted]}`" if "_bar =" in DERIVATIVES[dotted] else escaped(DERIVATIVES[dotted])
    if dotted in ZERO:
        return "zero"
    if dotted in SPECIAL:
        return escaped(" ".join((SPECIAL[dotted].__doc__ or "").split("\n\n")[0].split()))
    return "refused"


def arguments(dotted: str) -> str:
    """The arguments that a primitive takes."""
    signature = OPS[dotted].signature if dotted in OPS else ""
    names = signature.replace(";", " ").replace(" out", "").split()
    return ", ".join(f"`{n}`" for n in names)


def parameters(path: Path, name: str) -> str:
    """The parameters of a definition."""
    spec = definition(path, name).args
    return ", ".join(f"`{a.arg}`" for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs))


def summary(path: Path, name: str) -> str:
    """The first paragraph of a definition's docstring."""
    return escaped(" ".join((ast.get_docstring(definition(path, name)) or "").split("\n\n")[0].split()))


def definition(path: Path, name: str) -> ast.FunctionDef:
    """The definition of a function in a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)


def escaped(words: str) -> str:
    """Text that may stand in a table."""
    return words.replace("|", "\\|")


# --- the tiers ------------------------------------------------------------------------------------------------


def cases() -> dict[str, list[str]]:
    """The test programs by row."""
    found: dict[str, list[str]] = {}
    for path in sorted(CASES.glob("*.py")):
        if path.stem != "__init__":
            found |= importlib.import_module(f"tests.library.cases.{path.stem}").CASES
    return found


def coverage() -> str:
    """Rows supported of rows, by namespace and tier."""
    rows = list(csv.DictReader((CASES.parent / "rows.csv").open(encoding="utf-8")))
    pending = (CASES.parent / "pending.txt").read_text("utf-8").split()
    refused = {line.rpartition("-")[0] if line.rpartition("-")[2].isdigit() else line for line in pending}
    tested = cases()
    count: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in rows:
        if line["namespace"] == "python":
            continue
        name = f"{line['namespace']}.{line['name']}"
        cell = count[line["namespace"], line["tier"]]
        cell[0] += name in tested and name not in refused
        cell[1] += name in tested and any(f"{name}-{k}" not in pending for k in range(len(tested[name])))
        cell[2] += 1
    lines = ["## Coverage", "",
             "Rows whose test programs are all right (in parentheses: some of them, the others are refused), of the\n"
             "rows of the first two tiers of functions that people use.", "",
             "| namespace | first tier | second tier |", "|---|---|---|"]
    for namespace in sorted({n for n, _ in count}):
        cells = [count[namespace, t] for t in "12"]
        parts = [f"{full} ({some}) / {all_}" if all_ else "" for full, some, all_ in cells]
        lines.append(f"| {namespace} | {parts[0]} | {parts[1]} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
