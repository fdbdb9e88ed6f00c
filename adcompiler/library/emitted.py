"""Functions that generated code brings along. The compiler knows them again when it reads its own output."""

from __future__ import annotations

EMITTED = {
    "unbroadcast": '''
def _unbroadcast(value, like):
    """Sum over the axes along which `like` was broadcast to the shape of `value`."""
    if np.shape(value) == np.shape(like):
        return value
    value = np.sum(value, axis=tuple(range(np.ndim(value) - np.ndim(like))))
    ones = tuple(k for k, n in enumerate(np.shape(like)) if n == 1 and np.shape(value)[k] != 1)
    return np.sum(value, axis=ones, keepdims=True) if ones else value
''',
    "int_power": '''
def _int_power(base, exponent):
    """A power of integers. Compiled code does not turn them into floats, as Python does for negative exponents."""
    if exponent < 0:
        raise ValueError("a negative power of an integer: make it a float")
    return base ** exponent
''',
}
"""The text of each, by the name of the primitive that it is."""
