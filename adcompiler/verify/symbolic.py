"""The symbolic check: path by path, first at random points with 120 digits, then by proof on SymPy symbols.

At a point, the derivative comes from a central difference with a step of 1e-40 in 120-digit arithmetic, whose error is
far below 1e-30. A path is a sequence of decisions (which branch, how many iterations, the side of a maximum) of
primal and gradient together. Proofs run in a process of their own that is killed when the time is over: SymPy may
take forever, and the points have given a verdict by then.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adcompiler.ir.nodes import Program
from adcompiler.verify.exact import Digits, Tape, TimeUp
from adcompiler.verify.meanings import NotExact
from adcompiler.verify.parts import parts, rebuild
from adcompiler.verify.prover import Proof, Task, prove
from adcompiler.verify.rows import Row, Verdict

DIGITS = 120
STEP = "1e-40"
POINTS = 5
PATHS = 6
SAMPLES = 24
FEW_ENTRIES = 64


class Unusable(Exception):
    """The programs have no finite value at a point, or no derivative; the text says why."""


@dataclass(slots=True)
class Point:
    """A point, and what both programs do there."""

    numbers: list[str]
    primal: Tape
    gradient: Tape
    slopes: tuple[Any, ...]
    value: Any

    def path(self) -> tuple[Any, ...]:
        return self.primal.path(), self.gradient.path()


@dataclass(slots=True)
class Path:
    """A sequence of decisions, the arguments (without their real numbers) that it belongs to, its points.

    `small`: the arguments were made small, so that a proof is likely.
    """

    leaves: list[Any]
    small: bool
    points: list[Point] = field(default_factory=list)


def check(primal: Program, gradient: Program, arguments: Sequence[Any], wrt: Sequence[int],
          names: Sequence[str], deadline: float) -> list[Row]:
    """A row for each path and differentiated argument."""
    now = time.monotonic()
    runs = Runs(primal, gradient, wrt, now + 0.6 * (deadline - now))
    paths = explore(runs, arguments, now + 0.3 * (deadline - now))
    if not paths:
        return [Row(names[k], "", "not checked", runs.reason or "the time was over") for k in wrt]
    found = [[runs.compare(path, n, names) for n in range(len(wrt))] for path in paths]
    provable = any(path.small for path in paths)
    tasks = []
    for path, verdicts in zip(paths, found, strict=True):
        worth = path.small or not provable
        goals = [n for n, (verdict, _) in enumerate(verdicts) if verdict == "agrees" and worth]
        first = path.points[0]
        tasks.append(Task.of(primal, gradient, path.leaves, wrt, goals, names, first.primal, first.gradient))
    proofs = prove(tasks, deadline)
    rows = []
    for n, k in enumerate(wrt):
        for path, verdicts, proof in zip(paths, found, proofs, strict=True):
            verdict, detail = verdicts[n]
            if verdict == "agrees" and n in proof.proved:
                verdict, detail = "proved", ""
            rows.append(Row(names[k], _label(path, arguments, proof, names), verdict, detail))
    return rows


def _label(path: Path, arguments: Sequence[Any], proof: Proof, names: Sequence[str]) -> str:
    words = []
    for name, leaf, argument in zip(names, path.leaves, arguments, strict=True):
        if isinstance(leaf, int):
            words.append(f"{name} = {leaf}")
        elif np.shape(leaf) != np.shape(argument):
            words.append(f"{name} of shape {np.shape(leaf)}" if isinstance(leaf, np.ndarray) else
                         f"len({name}) = {len(leaf)}")
    if proof.conditions is None and path.points[0].primal.varies:
        words.append(f"the path at {_shown(path.leaves, path.points[0], names)}")
    return ", ".join(words + (proof.conditions or []))


# --- paths ----------------------------------------------------------------------------------------------------


def explore(runs: Runs, arguments: Sequence[Any], deadline: float) -> list[Path]:
    """Some paths of the programs: that of the arguments, then those that random points take, short ones first."""
    paths: dict[Any, Path] = {}
    for number, (leaves, small) in enumerate(small_cases(arguments)):
        for numbers in itertools.islice(samples(leaves), SAMPLES):
            if time.monotonic() > deadline:
                break
            try:
                point = runs.at(leaves, numbers)
            except Unusable as error:
                runs.reason = runs.reason or str(error)
                continue
            except TimeUp:
                break
            path = paths.setdefault((number, point.path()), Path(leaves, small))
            path.points.append(point)
            if len(path.points) == POINTS and not (point.primal.varies or point.gradient.varies):
                break
    if not paths:
        return []
    first, *others = paths.values()
    others = sorted(others, key=lambda p: len(p.points[0].primal.decisions))
    return [first, *others][:PATHS]


def small_cases(arguments: Sequence[Any]) -> Iterator[tuple[list[Any], bool]]:
    """The arguments with arrays cut to a few entries and integers made small; last, where they are few, as given.

    With each, whether it is a small one.
    """
    sizes = _small_sizes(arguments)
    base = [_shrunk(value, sizes) for value in arguments]
    free = [k for k, v in enumerate(arguments) if isinstance(v, int) and not isinstance(v, bool) and v not in sizes]
    flags = [k for k, v in enumerate(arguments) if isinstance(v, bool)]
    cases = [base]
    cases += [[n if k in free else v for k, v in enumerate(base)] for n in range(4) if free]
    cases += [[not v if k in flags else v for k, v in enumerate(base)]] if flags else []
    given = list(arguments)
    cases += [given] if sum(1 for _ in parts(given)) <= FEW_ENTRIES else []
    seen = set()
    for case in cases:
        key = repr(case)
        if key not in seen:
            seen.add(key)
            yield case, case is not given or key == repr(base)


def _small_sizes(arguments: Sequence[Any]) -> dict[int, int]:
    """A small size for every size of an array or a list, different ones for different ones."""
    sizes = set(itertools.chain.from_iterable(map(_sizes, arguments)))
    small: dict[int, int] = {}
    for size in sorted(sizes):
        small[size] = size if size <= 3 else max([2, *(s + 1 for s in small.values())])
    return small


def _sizes(value: Any) -> set[int]:
    if isinstance(value, np.ndarray):
        return set(value.shape)
    if isinstance(value, list):
        return {len(value)}.union(*map(_sizes, value))
    return set()


def _shrunk(value: Any, sizes: dict[int, int]) -> Any:
    if isinstance(value, np.ndarray):
        return value[tuple(slice(sizes[n]) for n in value.shape)]
    if isinstance(value, list):
        return [_shrunk(v, sizes) for v in value[: sizes[len(value)]]]
    if isinstance(value, int) and not isinstance(value, bool):
        return sizes[value] if value > 3 and value in sizes else min(value, 3)
    return value


def samples(leaves: Sequence[Any]) -> Iterator[list[str]]:
    """Points as decimal texts: the arguments, then random ones near them, of any sign and of other sizes."""
    here = np.array([v for _, v in parts(list(leaves))])
    random = np.random.default_rng(len(here))
    if np.all(np.isfinite(here)):
        yield [repr(float(v)) for v in here]
    here = np.where(np.isfinite(here), here, 1.0)
    scale = np.where(here == 0, 1.0, np.abs(here))
    while True:
        near = here + 0.3 * scale * random.uniform(-1, 1, here.shape)
        other = scale * 10 ** random.uniform(-1.5, 1.5, here.shape) * random.choice([-1, 1], here.shape)
        around_zero = random.uniform(-3, 3, here.shape)
        for point in (near, other, around_zero, here * random.uniform(0, 3, here.shape)):
            yield [f"{v:.6g}" for v in point]


# --- points ---------------------------------------------------------------------------------------------------


class Runs:
    """Runs both programs with many digits."""

    def __init__(self, primal: Program, gradient: Program, wrt: Sequence[int], deadline: float) -> None:
        import mpmath

        self.M = mpmath.mp.clone()
        self.M.dps = DIGITS
        self.reason = ""
        self._primal, self._gradient, self._wrt, self._deadline = primal, gradient, wrt, deadline
        self._known: dict[tuple[str, str, int], Any] = {}
        self._patience = (deadline - time.monotonic()) / 8  # for one run: elsewhere a loop may never end

    def at(self, leaves: Sequence[Any], numbers: Sequence[str]) -> Point:
        """Both programs at a point. Raises Unusable."""
        values = rebuild(list(leaves), map(self.M.mpf, numbers), exact=True)
        primal, (value, *_) = self._run(self._primal, values)
        gradient, slopes = self._run(self._gradient, values)
        if not self.M.isfinite(value):
            raise Unusable(f"the value is {self.M.nstr(value)}")
        return Point(list(numbers), primal, gradient, slopes, value)

    def _run(self, program: Program, values: Sequence[Any],
             stopped: Sequence[Any] | None = None) -> tuple[Tape, tuple[Any, ...]]:
        start = time.monotonic()
        run = Digits(program, self.M, min(self._deadline, start + self._patience), self._known, stopped)
        try:
            results = run.run(*values)
        except TimeUp:
            if time.monotonic() > self._deadline:
                raise
            raise Unusable("the time was over") from None
        except NotExact as error:
            raise Unusable(str(error)) from error
        except Exception as error:
            raise Unusable(f"{type(error).__name__}: {error}") from error
        self._patience = min(self._patience, max(0.05, 50 * (time.monotonic() - start)))
        return run.tape, results

    def compare(self, path: Path, n: int, names: Sequence[str]) -> tuple[Verdict, str]:
        """The verdict on the n-th differentiated argument from the points of a path."""
        compared, error = 0, 0.0
        try:
            for point in itertools.islice(self._points(path), POINTS):
                off = self._error(path.leaves, point, n)
                if isinstance(off, str):
                    return "differs", f"{off} at {_shown(path.leaves, point, names)}"
                if off is not None:
                    compared, error = compared + 1, max(error, off)
        except TimeUp:
            pass
        if not compared:
            return "not checked", "no point with a derivative was found in time"
        accuracy = "1e-30" if error <= 1e-30 else f"{error:.0e} (constants are rounded)"
        return "agrees", f"to {accuracy} at {compared} point{'s' if compared > 1 else ''}"

    def _points(self, path: Path) -> Iterator[Point]:
        """The points of a path, then new ones close to the first."""
        yield from path.points
        random = np.random.default_rng(len(path.points))
        first = path.points[0]
        here = np.array([float(t) for t in first.numbers])
        for width in (1e-2, 1e-2, 1e-3, 1e-3, 1e-4, 1e-5):
            near = here * (1 + width * random.uniform(-1, 1, here.shape))
            try:
                point = self.at(path.leaves, [f"{v:.9g}" for v in near])
            except Unusable:
                continue
            if point.path() == first.path():
                yield point

    def _error(self, leaves: Sequence[Any], point: Point, n: int) -> float | str | None:
        """The relative error of the n-th gradient; a text where it is wrong; None where there is no derivative."""
        leaf = self._wrt[n]
        offset = sum(1 for _ in parts(list(leaves[:leaf])))
        slopes = list(_flat(point.slopes[n]))
        labels = [label for label, _ in parts(leaves[leaf])]
        if len(slopes) != len(labels):
            return f"{len(slopes)} derivatives for {len(labels)} numbers"
        worst = 0.0
        for k, (label, slope) in enumerate(zip(labels, slopes, strict=True)):
            true = self._difference(leaves, point, offset + k)
            if true is None:
                return None
            if not self.M.isfinite(slope):
                return f"gives {self.M.nstr(slope)} instead of {self.M.nstr(true, 10)}{_entry(label)}"
            off = float(abs(slope - true) / max(abs(slope), abs(true), self.M.mpf("1e-12") * (1 + abs(point.value))))
            if off > 1e-9:
                return f"gives {self.M.nstr(slope, 10)} instead of {self.M.nstr(true, 10)}{_entry(label)}"
            worst = max(worst, off)
        return worst

    def _difference(self, leaves: Sequence[Any], point: Point, k: int) -> Any:
        """The derivative of the primal with respect to the k-th number; None where the path changes right there."""
        numbers = list(map(self.M.mpf, point.numbers))
        step = self.M.mpf(STEP) * max(1, abs(numbers[k]))
        values = []
        for moved in (numbers[k] + step, numbers[k] - step):
            leaf_values = rebuild(list(leaves), iter([*numbers[:k], moved, *numbers[k + 1:]]), exact=True)
            try:
                tape, (value, *_) = self._run(self._primal, leaf_values, point.primal.stopped)
            except Unusable:
                return None
            if tape.path() != point.primal.path():
                return None
            values.append(value)
        return (values[0] - values[1]) / (2 * step)


def _flat(value: Any) -> Iterator[Any]:
    """The numbers in a gradient."""
    if isinstance(value, np.ndarray):
        yield from value.flat
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _entry(label: str) -> str:
    return f" in entry {label}" if label else ""


def _shown(leaves: Sequence[Any], point: Point, names: Sequence[str]) -> str:
    numbers = iter(point.numbers)
    words = []
    for name, leaf in zip(names, leaves, strict=True):
        words += [f"{name}{label} = {next(numbers)}" for label, _ in parts(leaf)]
    return ", ".join(words[:6]) + (", ..." if len(words) > 6 else "")
