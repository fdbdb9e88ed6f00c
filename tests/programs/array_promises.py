"""What the compiler promises of the gradient of one random array program, checked at one point."""

from __future__ import annotations

import linecache
import math
import random
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from differences import slope
from random_arrays import Program, outcome, primal_of

import adcompiler
from adcompiler.ir.text import read_program
from tests.ir.typed import TypedInterpreter

TOLERANCE = 1e-6
SINGLE = 4e-3
MOST_COMPONENTS = 8
NEAR = 2.0**-12
RESIZED = {2: 3, 3: 4, 5: 2}


class Broken(AssertionError):
    """A promise that is not kept; `kind` says which."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


def check(program: Program, tally: Counter[str], types: list[Any] | None = None) -> None:
    """Raise Broken where the gradient is not what it should be; refusals are counted."""
    primal = defined(program.source, f"<program {program.seed}>")
    value = primal(*deepcopy(program.args))
    derivative = adcompiler.value_and_grad(primal, wrt=program.wrt)
    args = deepcopy(program.args)
    tally["programs"] += 1
    try:
        computed, gradients = derivative(*args)
    except adcompiler.CompileError as error:
        tally["refused"] += 1
        tally[error.code] += 1
        return
    except Exception as error:
        if "can be converted to Python scalars" in str(error):  # the result of a function that is not known, used as a number
            tally["refused when run"] += 1
            return
        raise Broken("crash", repr(error)) from error
    single = any(getattr(a, "dtype", None) == np.float32 for a in program.args)
    require("value", np.allclose(computed, value, rtol=1e-4 if single else 1e-10, atol=1e-4 if single else 1e-10),
            f"{computed} is not {value}")
    require("arguments", same(args, program.args), "the gradient changed the caller's arrays")
    check_forms(program, gradients)
    check_interpreted(program, derivative, [computed, *gradients], types)
    check_slopes(primal, program, gradients, tally)
    check_again(primal, program, derivative, tally)
    if program.seed % 3 == 0:
        check_second(program, derivative, tally)


def require(kind: str, holds: bool, text: str) -> None:
    """A promise."""
    if not holds:
        raise Broken(kind, text)


def defined(source: str, filename: str, name: str = "f") -> Callable[..., Any]:
    """A function of a module's text, with a source that can be found."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace: dict[str, Any] = {"__name__": "random_arrays_program"}
    exec(compile(source, filename, "exec"), namespace)
    return namespace[name]  # type: ignore[no-any-return]


def same(left: Any, right: Any) -> bool:
    """Whether arguments hold the same numbers in the same shapes."""
    return all(np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True) for a, b in zip(left, right, strict=True))


def check_forms(program: Program, gradients: tuple[Any, ...]) -> None:
    """Every gradient has the shape and the dtype of its argument."""
    for name, gradient in zip(program.wrt, gradients, strict=True):
        at = argument(program, name)
        require("shape", np.shape(gradient) == np.shape(at), f"of {name}: {np.shape(gradient)}, not {np.shape(at)}")
        expected = at.dtype if isinstance(at, np.ndarray) else np.dtype(float)
        found = np.asarray(gradient).dtype
        require("dtype", found == expected or not np.size(at), f"of {name}: {found}, not {expected}")
        kind = np.ndarray if np.ndim(at) else (float, np.floating)
        require("dtype", isinstance(gradient, kind), f"of {name}: {type(gradient)}")


def argument(program: Program, name: str) -> Any:
    """The argument for a parameter."""
    return program.args[names_of(program).index(name)]


def names_of(program: Program) -> list[str]:
    """The parameters of `f`."""
    return program.source.rpartition("def f(")[2].partition(")")[0].split(", ")


def check_interpreted(program: Program, derivative: Any, results: list[Any], types: list[Any] | None) -> None:
    """The compiled function does what its IR says, and the values in the IR are what their types say."""
    try:
        interpreter = TypedInterpreter(read_program(derivative.ir))
    except Exception as error:
        raise Broken("ir text", repr(error)) from error
    leaves = [a[()] if isinstance(a, np.ndarray) and a.ndim == 0 else a for a in deepcopy(program.args)]
    found = interpreter.run(*leaves)
    single = any(getattr(a, "dtype", None) == np.float32 for a in program.args)
    require("interpreter", all(np.allclose(a, b, rtol=1e-4 if single else 1e-9, atol=1e-5 if single else 1e-11, equal_nan=True)
                               for a, b in zip(found, results, strict=True)), "the compiled function differs from its IR")
    if types is not None:
        types.extend(interpreter.disagreements)
    elif interpreter.disagreements:
        raise Broken("types", str(interpreter.disagreements[0]))


def check_slopes(primal: Callable[..., Any], program: Program, gradients: tuple[Any, ...], tally: Counter[str]) -> None:
    """Some components of each gradient, and the gradient along a random direction, against differences."""
    rng = random.Random(program.seed)
    wide = [a.astype(np.float64) if isinstance(a, np.ndarray) and a.dtype == np.float32 else a for a in program.args]
    narrow = any(getattr(a, "dtype", None) == np.float32 for a in program.args)
    largest = max([1.0, *(float(np.max(np.abs(g))) for g in gradients if np.size(g))])
    for name, gradient in zip(program.wrt, gradients, strict=True):
        position = names_of(program).index(name)
        shape = np.shape(gradient)
        flat = list(np.ndindex(shape))
        for index in rng.sample(flat, min(len(flat), MOST_COMPONENTS)):
            direction = np.zeros(shape)
            direction[index] = 1.0
            judge(primal, wide, position, direction, gradient, narrow, largest, tally, f"{name}{list(index) or ''}")
        if len(flat) > MOST_COMPONENTS:
            direction = np.array([rng.uniform(-1, 1) for _ in flat]).reshape(shape)
            judge(primal, wide, position, direction, gradient, narrow, largest, tally, f"{name} along a direction")


def judge(primal: Callable[..., Any], args: list[Any], position: int, direction: Any, gradient: Any, narrow: bool, largest: float,
          tally: Counter[str], what: str) -> None:
    """The gradient along a direction against differences, wherever there is a derivative."""

    def moved(h: float) -> float:
        new = deepcopy(args)
        new[position] = args[position] + h * direction if np.ndim(direction) else args[position] + h * float(direction)
        try:
            return float(primal(*new))
        except Exception:
            return math.nan

    tally["slopes"] += 1
    expected = slope(moved)
    if not expected.trusted:
        return
    got = float(np.sum(np.asarray(gradient, dtype=float) * direction))
    tally["slopes checked"] += 1
    tally["slopes not zero"] += expected.value != 0
    scale = max(1.0, abs(expected.value))
    allowed = SINGLE * max(largest, scale) if narrow else TOLERANCE * scale + 10 * expected.error
    if abs(got - expected.value) > allowed:  # look closer: a function that turns very fast deceives large steps
        close = slope(lambda h: moved(h * NEAR))
        near = abs(close.value - got * NEAR) <= 1e-5 * NEAR * scale + 10 * close.error
        require("gradient", near, f"d f / d {what}: {got}, but differences give {expected}")


def check_again(primal: Callable[..., Any], program: Program, derivative: Any, tally: Counter[str]) -> None:
    """The same derivative at arguments of other sizes."""
    if not any(np.ndim(a) for a in program.args):
        return
    args = tuple(resized(a) for a in program.args)
    if outcome(program.source, args) is None:
        return
    tally["resized"] += 1
    try:
        _, gradients = derivative(*deepcopy(args))
    except adcompiler.CompileError:
        tally["refused at other sizes"] += 1
        return
    except Exception as error:
        raise Broken("crash", f"at other sizes, {args}: {error!r}") from error
    other = Program(program.source, args, program.wrt, program.seed)
    try:
        check_forms(other, gradients)
        check_slopes(primal, other, gradients, tally)
    except Broken as broken:
        raise Broken(broken.kind, f"{broken} at other sizes, {args}") from None


def resized(value: Any) -> Any:
    """An array with other sizes."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    if not value.ndim:
        return value
    shape = tuple(RESIZED.get(n, n) for n in value.shape)
    return np.resize(value, shape) * (1.0 + 0.01 * np.arange(int(np.prod(shape))).reshape(shape)).astype(value.dtype)


def check_second(program: Program, derivative: Any, tally: Counter[str]) -> None:
    """The gradient of a number made of the gradient: the generated source is itself differentiated."""
    if any(getattr(a, "dtype", None) == np.float32 for a in program.args):
        return
    listed = ", ".join(names_of(program))
    terms = [f"np.sum(np.cos(g[{k}]) * {0.4 + 0.3 * k})" for k in range(len(program.wrt))]
    text = derivative.source + f"\n\ndef f({listed}):\n    v, g = f_value_and_grad({listed})\n    return {' + '.join(terms)}\n"
    primal = defined(text, f"<gradient of program {program.seed}>")
    if outcome(text, program.args) is None:
        return
    try:
        gradients = adcompiler.grad(primal, wrt=program.wrt)(*deepcopy(program.args))
    except adcompiler.CompileError as error:
        tally["second refused"] += 1
        tally[f"second {error.code}"] += 1
        return
    except Exception as error:
        raise Broken("crash", f"at second order: {error!r}") from error
    tally["second"] += 1
    try:
        check_forms(program, gradients)
        check_slopes(primal, program, gradients, tally)
    except Broken as broken:
        raise Broken(broken.kind, f"at second order: {broken}") from None


def still_valid(program: Program) -> bool:
    """Whether NumPy runs it."""
    return outcome(program.source, program.args) is not None


__all__ = ["Broken", "check", "primal_of", "still_valid"]
