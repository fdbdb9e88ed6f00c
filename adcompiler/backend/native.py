"""How Numba compiles generated functions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Native:
    """The options of the target "numba".

    `debug`: indices are checked, and a division by zero raises ZeroDivisionError as in Python; without it such a division
    gives inf or NaN as in NumPy (of integers: zero), and an index out of bounds is undefined.
    `fastmath`: sums may be reordered, a*b + c contracted, and divisions made products with reciprocals. NaN and inf stay.
    """

    debug: bool = False
    fastmath: bool = False

    @property
    def decorator(self) -> str:
        """The decorator of every function, as source."""
        options = ["cache=True", "boundscheck=True" if self.debug else 'error_model="numpy"']
        if self.fastmath:
            options.append('fastmath={"reassoc", "contract", "arcp", "nsz"}')
        return f"njit({', '.join(options)})"


__all__ = ["Native"]
