"""check_grads: derivatives of a function against differences, and both modes against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adcompiler.api import grad
from adcompiler.frontend.arguments import layout_of, leaves_of
from adcompiler.modes.directional import copied, is_real, jvp, rebuilt, varies, vjp

_NAMES = {"fwd": "fwd", "forward": "fwd", "rev": "rev", "reverse": "rev"}
_MOST = 200


def check_grads(f: Callable[..., Any], args: Sequence[Any], order: int = 1, modes: Sequence[str] = ("fwd", "rev"), *,
                atol: float = 1e-6, rtol: float = 1e-5, eps: float | None = None, seed: int = 0) -> None:
    """Compare the derivatives of f at `args` with differences. Raises AssertionError that names the worst entry.

    "fwd": the tangent along a random direction against the extrapolated central difference of f. "rev": the cotangents of
    a random cotangent, entry by entry (at most 200 of them, chosen at random), and their inner product with the tangent
    (where both modes are asked for). With `order` 2 the same is done for the gradient (of an array that f returns: of a
    random combination of its elements). `eps`: the step of the differences relative to the largest of 1 and the entry (by
    default 1e-3 to the power that suits the precision of the arguments); an entry may be off by atol + rtol times the
    size of the largest entry beside it. At kinks, differences are of no use: choose other arguments.
    """
    chosen = {_NAMES.get(m) for m in ((modes,) if isinstance(modes, str) else modes)}
    if None in chosen or not chosen:
        raise ValueError(f"modes are 'fwd' and 'rev', not {modes!r}")
    if order not in (1, 2):
        raise ValueError("order is 1 or 2")
    if not isinstance(args, tuple | list):
        raise TypeError("args is a tuple of the arguments, (x,) for one")
    args = tuple(args)
    if not any(map(varies, args)):
        raise TypeError("no argument holds a real number")
    check = _Check(f, args, atol, rtol, eps, np.random.default_rng(seed))
    check.run(chosen)
    if order == 2:
        moving = tuple(k for k, a in enumerate(args) if varies(a))
        second = _Check(grad(check.contracted(), wrt=moving), args, atol, rtol, eps, np.random.default_rng(seed + 1))
        second.run({"fwd"})


class _Check:
    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], atol: float, rtol: float, eps: float | None,
                 rng: np.random.Generator) -> None:
        self.f, self.args, self.atol, self.rtol, self.rng = f, args, atol, rtol, rng  # f may write to what it is given
        single = any(getattr(leaf, "dtype", None) == np.float32 for a in args for _, leaf in leaves_of("", a))
        self.step = eps if eps is not None else (2e-2 if single else 1e-3)
        self.name = getattr(f, "__name__", "f")

    def run(self, modes: set[str | None]) -> None:
        """Check these modes."""
        direction = tuple(_random(a, self.rng) if varies(a) else None for a in self.args)
        tangent: Any = None
        if "fwd" in modes:
            _, tangent = jvp(self.f)(self.args, direction)
            self._compare("the tangent", tangent, self._difference(direction), "result")
        if "rev" not in modes:
            return
        value, pull = vjp(self.f)(*self.args)
        bar = _random(value, self.rng)
        found = pull(bar)
        if "fwd" in modes:
            forward, backward = _inner(bar, tangent), sum(_inner(b, d) for b, d in zip(found, direction, strict=True))
            if not self._close(forward, backward, max(abs(forward), abs(backward), _size(found))):
                raise AssertionError(f"{self.name}: forward and reverse mode disagree: <bar, tangent> is {forward!r}, "
                                     f"<cotangents, direction> is {backward!r}")
        self._entries(found, bar)

    def contracted(self) -> Callable[..., Any]:
        """The function, or a random combination of the elements of the array that it returns."""
        f, value = self.f, self.f(*map(copied, self.args))
        if isinstance(value, float | np.floating):
            return f
        if not isinstance(value, np.ndarray):
            raise TypeError("order 2 is for functions that return a real number or an array")
        weights = self.rng.normal(size=value.shape)

        def contracted(*args: Any) -> Any:
            return np.sum(weights * f(*args))

        return contracted

    def _entries(self, found: Sequence[Any], bar: Any) -> None:
        """Cotangents against differences along single entries."""
        places = [(k, path, index) for k, a in enumerate(self.args) if varies(a) for path, index in _places(a)]
        if len(places) > _MOST:
            places = [places[k] for k in sorted(self.rng.choice(len(places), _MOST, replace=False))]
        worst: tuple[float, str] | None = None
        size = _size(found)
        for k, path, index in places:
            unit = tuple(_unit(a, path, index) if j == k else None for j, a in enumerate(self.args))
            expected = _inner(bar, self._difference(unit))
            got = _inner(unit[k], found[k])
            off = abs(got - expected)
            if not self._close(got, expected, size) and (worst is None or off > worst[0]):
                place = f"argument {k}{path}{list(index) if index else ''}"
                worst = off, f"{place}: reverse mode gives {got!r}, differences {expected!r}"
        if worst is not None:
            raise AssertionError(f"{self.name}: {worst[1]}")

    def _difference(self, direction: Sequence[Any]) -> Any:
        """The derivative along a direction: central differences for two steps, extrapolated to the step 0."""
        largest = max([1.0, *(_size((d,)) for d in direction)])
        coarse, fine = (self._central(direction, self.step / (largest * n)) for n in (1, 2))
        return _combined(coarse, fine, lambda a, b: (4.0 * b - a) / 3.0)

    def _central(self, direction: Sequence[Any], h: float) -> Any:
        ends = [self.f(*(_moved(a, d, sign * h) for a, d in zip(self.args, direction, strict=True))) for sign in (1, -1)]
        return _combined(ends[0], ends[1], lambda a, b: (a - b) / (2 * h))

    def _compare(self, what: str, got: Any, expected: Any, name: str) -> None:
        theirs = dict(_numbers(expected, name))
        worst: tuple[float, str] | None = None
        for place, value in _numbers(got, name):
            other = theirs[place]
            size = float(np.max(np.abs(other), initial=0.0))
            for index in np.ndindex(np.shape(value)):
                a, b = float(np.asarray(value)[index]), float(np.asarray(other)[index])
                if not self._close(a, b, size) and (worst is None or abs(a - b) > worst[0]):
                    worst = abs(a - b), f"{place}{list(index) if index else ''}: {what} is {a!r}, differences give {b!r}"
        if worst is not None:
            raise AssertionError(f"{self.name}: {worst[1]}")

    def _close(self, a: float, b: float, size: float) -> bool:
        return bool(abs(a - b) <= self.atol + self.rtol * max(size, abs(b))) or a == b


# --- structured values --------------------------------------------------------------------------------------


def _random(value: Any, rng: np.random.Generator) -> Any:
    """A random tangent of a value, None for parts without a derivative."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return np.asarray(rng.normal(size=value.shape), dtype=value.dtype)
    if isinstance(value, np.floating) and not isinstance(value, float):
        return value.dtype.type(rng.normal())
    if isinstance(value, float):
        return float(rng.normal())
    layout = layout_of(value)
    return None if layout is None or not varies(value) else rebuilt(layout, [_random(v, rng) for v in layout[2]])


def _numbers(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The numbers and arrays of a value with their names."""
    for place, leaf in leaves_of(name, value):
        if is_real(leaf):
            yield place, leaf


def _inner(a: Any, b: Any) -> float:
    if a is None or b is None or isinstance(a, str):
        return 0.0
    if is_real(a):
        return float(np.sum(np.asarray(a, dtype=float) * np.asarray(b, dtype=float)))
    mine, theirs = layout_of(a), layout_of(b)
    return 0.0 if mine is None or theirs is None else sum(_inner(p, q) for p, q in zip(mine[2], theirs[2], strict=True))


def _size(values: Sequence[Any]) -> float:
    """The largest absolute value."""
    return max((float(np.max(np.abs(n), initial=0.0)) for v in values if v is not None for _, n in _numbers(v, "")), default=0.0)


def _combined(a: Any, b: Any, function: Callable[[Any, Any], Any]) -> Any:
    """The function of corresponding numbers of two values."""
    if is_real(a):
        return function(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    mine, theirs = layout_of(a), layout_of(b)
    if mine is None or theirs is None:
        return None
    return rebuilt(mine, [_combined(p, q, function) for p, q in zip(mine[2], theirs[2], strict=True)])


def _moved(value: Any, direction: Any, step: float) -> Any:
    if direction is None:
        return copied(value)
    if isinstance(value, np.ndarray):
        return np.asarray(value + step * direction, dtype=value.dtype)
    if is_real(value) and not isinstance(value, list):
        return type(value)(value + step * direction)
    layout, along = layout_of(value), layout_of(direction)
    assert layout is not None and along is not None
    return rebuilt(layout, [_moved(v, d, step) for v, d in zip(layout[2], along[2], strict=True)])


def _places(value: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The entries of a value: the name of the array or number, and the index in it."""
    for path, leaf in leaves_of("", value):
        if varies(leaf):
            for index in np.ndindex(np.shape(leaf)):
                yield path, index


def _unit(value: Any, path: str, index: tuple[int, ...]) -> Any:
    """The tangent that is one at an entry and zero elsewhere."""
    if path == "":
        if isinstance(value, np.ndarray | list):
            unit = np.zeros(np.shape(value), dtype=getattr(value, "dtype", float))
            unit[index] = 1.0
            return unit.tolist() if isinstance(value, list) else unit
        return type(value)(1.0)
    layout = layout_of(value)
    assert layout is not None
    kind, keys, parts, cls = layout
    made = []
    for key, part in zip(keys, parts, strict=True):
        inside = path == f".{key}" or path.startswith(f".{key}.")
        made.append(_unit(part, path[len(f".{key}"):], index) if inside else _nothing(part))
    return rebuilt((kind, keys, parts, cls), made)


def _nothing(value: Any) -> Any:
    """The tangent zero."""
    if isinstance(value, np.ndarray):
        return np.zeros_like(value) if varies(value) else None
    if varies(value) and is_real(value) and not isinstance(value, list):
        return type(value)(0.0)
    layout = layout_of(value)
    return None if layout is None or not varies(value) else rebuilt(layout, [_nothing(v) for v in layout[2]])


__all__ = ["check_grads"]
