"""Random directions, inner products and differences of structured values."""

import dataclasses

import numpy as np


def direction(value, rng):
    """A random tangent of a value: None where it has no derivative."""
    if isinstance(value, np.ndarray):
        return rng.normal(size=value.shape).astype(value.dtype) if value.dtype.kind == "f" else None
    if isinstance(value, np.floating):
        return value.dtype.type(rng.normal())
    if isinstance(value, float):
        return float(rng.normal())
    if isinstance(value, list) and value and all(isinstance(v, float) for v in value):
        return [float(rng.normal()) for _ in value]
    parts = parts_of(value)
    if parts is None:
        return None
    made = [direction(v, rng) for v in parts]
    return rebuilt(value, made) if any(d is not None for d in made) else None


def parts_of(value):
    """The parts of a structured value, None for any other."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)
    return [getattr(value, f.name) for f in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else None


def rebuilt(value, parts):
    """The same structure of other parts."""
    if isinstance(value, dict):
        return dict(zip(value, parts, strict=True))
    if dataclasses.is_dataclass(value):
        return type(value)(*parts)
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def inner(a, b):
    """The inner product of two tangents."""
    if a is None or b is None or isinstance(a, str):
        return 0.0
    if isinstance(a, float | np.number | np.ndarray):
        return float(np.sum(np.asarray(a) * np.asarray(b)))
    return sum(inner(p, q) for p, q in zip(parts_of(a), parts_of(b), strict=True))


def moved(value, tangent, step):
    """value + step * tangent."""
    if tangent is None:
        return value
    if isinstance(value, float | np.number | np.ndarray):
        return value + step * tangent
    return rebuilt(value, [moved(v, t, step) for v, t in zip(parts_of(value), parts_of(tangent), strict=True)])


def size(value):
    """The sum of the absolute values."""
    return 0.0 if value is None or isinstance(value, str) else inner(value, absolute_sign(value))


def absolute_sign(value):
    if isinstance(value, float | np.number | np.ndarray):
        return np.sign(value)
    parts = parts_of(value)
    return None if parts is None else rebuilt(value, [absolute_sign(p) for p in parts])


def same(a, b, rel=1e-9, abs_=1e-10):
    """Whether two structured values are equal up to rounding, in structure and shape."""
    if a is None or b is None or isinstance(a, str):
        return a == b
    if isinstance(a, int | float | np.number | np.ndarray):
        return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=rel, atol=abs_, equal_nan=True)
    p, q = parts_of(a), parts_of(b)
    return type(a) is type(b) and len(p) == len(q) and all(same(x, y, rel, abs_) for x, y in zip(p, q, strict=True))
