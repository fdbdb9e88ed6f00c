"""The examples of README and docs/ run, print what the pages say, and every error code is explained."""

import contextlib
import io
import linecache
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(page):
    """(kind, text, line) of the fenced blocks of a page."""
    text = page.read_text()
    return [(m[1], m[2], text[: m.start()].count("\n") + 1) for m in BLOCK.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples(page, monkeypatch, tmp_path):
    """Blocks of a page share their names; a block `text` right after one is what it prints."""
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "example"}
    found = blocks(page)
    for k, (kind, text, line) in enumerate(found):
        if kind != "python":
            continue
        filename = str(tmp_path / f"{page.stem}_{line}.py")
        Path(filename).write_text(text)
        linecache.checkcache(filename)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(text, filename, "exec"), namespace)
        if k + 1 < len(found) and found[k + 1][0] == "text":
            shown = printed.getvalue().replace(str(tmp_path) + "/", "")
            shown = shown.replace(f"{page.stem}_{line}.py", "model.py")
            assert shown.rstrip() == found[k + 1][1].rstrip(), f"{page.name}:{line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_console_examples(page):
    """`$ command` and what it prints, in blocks `console`."""
    for kind, text, line in blocks(page):
        if kind != "console":
            continue
        for step in re.split(r"^\$ ", text, flags=re.M)[1:]:
            command, _, expected = step.partition("\n")
            words = shlex.split(command)
            assert words[0] == "adcompile"
            ran = subprocess.run([sys.executable, "-m", "adcompiler", *words[1:]], cwd=ROOT, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            assert ran.stdout.rstrip() == expected.rstrip(), f"{page.name}:{line}"


def test_every_code_is_explained():
    page = (ROOT / "docs" / "errors.md").read_text()
    explained = re.findall(r"^\| `(ADC\d{3})` \|", page, re.M)
    raised = {code for path in (ROOT / "adcompiler").rglob("*.py")
              for code in re.findall(r"ADC\d{3}", path.read_text())}
    assert len(explained) == len(set(explained))
    assert set(explained) == raised


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_table_of_functions_is_what_the_compiler_says():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import generate
    finally:
        sys.path.pop(0)
    assert (ROOT / "docs" / "functions.md").read_text(encoding="utf-8") == generate.text()
