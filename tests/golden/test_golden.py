"""Golden files: what each program becomes, to the byte. Change them by `pytest --update-golden`, then read them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adcompiler import grad
from adcompiler.frontend.arguments import leaves_of

HERE = Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").glob("*.py"))


def read(path: Path) -> tuple[Any, tuple[Any, ...], Any]:
    """The function of a program, and the arguments and `wrt` that its first line names."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# f(\(.*?\))(?:  wrt=(.*))?", first)
    assert found is not None, first
    names = {**vars(module), "np": np}
    return module.f, eval(found[1], names), eval(found[2]) if found[2] else 0


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_what_it_becomes(path: Path, request: pytest.FixtureRequest) -> None:
    function, args, wrt = read(path)
    text = grad(function, wrt=wrt).source_for(*args)
    expected = HERE / "expected" / path.name
    if request.config.getoption("--update-golden"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    assert grad(function, wrt=wrt).source_for(*args) == text


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_that_it_is_the_gradient(path: Path) -> None:
    """The golden text by itself, with nothing of ours in its namespace, against central differences."""
    function, args, wrt = read(path)
    if "stop_gradient" in path.read_text(encoding="utf-8"):
        assert grad(function)(*args) == pytest.approx(args[0] ** 2)  # not the derivative of what it computes
        return
    namespace: dict[str, Any] = {"State": getattr(function, "__globals__", {}).get("State")}
    text = (HERE / "expected" / path.name).read_text(encoding="utf-8")
    exec(re.sub(r"^from named_tuple import .*$", "", text, flags=re.M), namespace)
    gradients = namespace["f_grad"](*args)
    for k, gradient in zip(wrt if isinstance(wrt, tuple) else (wrt,), gradients if isinstance(wrt, tuple) else (gradients,),
                           strict=True):
        given = [v for _, v in leaves_of("a", args[k])]
        got = [v for _, v in leaves_of("a", gradient)]
        for position, leaf in enumerate(given):
            numbers = np.asarray(leaf, dtype=float)
            want = np.zeros(numbers.shape)
            for index in np.ndindex(numbers.shape):
                want[index] = slope(function, args, k, position, index)
            assert np.asarray(got[position]) == pytest.approx(want, rel=1e-6, abs=1e-8)


def slope(function: Any, args: tuple[Any, ...], k: int, position: int, index: tuple[int, ...], h: float = 1e-4) -> float:
    """A central difference of fourth order in one number of one argument."""
    def at(step: float) -> float:
        moved = moved_leaf(args[k], [position], index, step)
        return float(function(*args[:k], moved, *args[k + 1:]))

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def moved_leaf(value: Any, left: list[int], index: tuple[int, ...], step: float) -> Any:
    """The argument with one number of its leaf number `left[0]` moved."""
    if isinstance(value, dict):
        return {key: moved_leaf(v, left, index, step) for key, v in value.items()}
    if isinstance(value, tuple):
        parts = [moved_leaf(v, left, index, step) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    left[0] -= 1
    if left[0] != -1:
        return value
    moved = np.array(value, dtype=float)
    moved[index] += step
    return moved if isinstance(value, np.ndarray) else moved.tolist()
