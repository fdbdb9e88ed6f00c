"""The layers of ARCHITECTURE.md: a module imports from its own folder or from a strictly lower rank."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "adcompiler"
RANKS = {
    "diagnostics": 0,
    "source": 1,
    "library": 1,
    "ir": 2,
    "rules": 3,
    "frontend": 4, "analysis": 4, "backend": 4,
    "transforms": 5,
    "pipeline": 6,
    "verify": 7, "integrations": 7,
    "api": 8, "commandline": 8,
    "modes": 9,
    "cli": 10,
    "__init__": 11, "__main__": 11,
}
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
           for path in sorted(PACKAGE.rglob("*.py"))}
OPTIONAL = ["sympy", "mpmath", "scipy", "numba", "pygments", "rich", "torch", "jax"]


def layer(module):
    """The file or folder directly inside the package."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path, everywhere=True):
    """The modules of the package that a file imports anywhere, or when it is imported; with the lines."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree) if everywhere else tree.body:
        match node:
            case ast.Import(names=names):
                found = [alias.name for alias in names]
            case ast.ImportFrom(module=module, names=names, level=0):
                found = [f"{module}.{a.name}" if f"{module}.{a.name}" in MODULES else module for a in names]
            case ast.ImportFrom():
                pytest.fail(f"{path}:{node.lineno}: relative import")
            case _:
                continue
        for name in found:
            if name.split(".")[0] == "adcompiler":
                yield name, node.lineno


def test_every_layer_has_a_rank():
    assert {layer(module) for module in MODULES} <= set(RANKS)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module):
    for target, line in imports(MODULES[module]):
        own, other = layer(module), layer(target)
        assert own == other or RANKS[other] < RANKS[own], f"{module}:{line} imports {target}"


def test_no_cycles():
    graph = {module: {target for target, _ in imports(path, everywhere=False) if target in MODULES}
             for module, path in MODULES.items()}
    while leaves := [module for module, targets in graph.items() if not targets]:
        for leaf in leaves:
            del graph[leaf]
        for targets in graph.values():
            targets.difference_update(leaves)
    assert not graph, "a cycle among " + ", ".join(sorted(graph))


def test_no_drawer_for_odds_and_ends():
    assert not {"utils", "util", "helpers", "common", "misc"} & {path.stem for path in MODULES.values()}


def test_import_stays_light():
    code = "import adcompiler, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=ROOT)
    assert not set(OPTIONAL) & set(loaded.split())
