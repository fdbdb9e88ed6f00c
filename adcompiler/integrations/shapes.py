"""A gradient has the shape of its argument. Where it has not, the function itself would have failed: sizes do not fit.

Generated code computes what the gradient needs and no more, so that the operation that fails may not be in it: the
gradient of `np.sum(x * y)` with respect to x is y, whatever the size of x.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layout:
    """Where the gradients stand in a result: alone or in a tuple, after a value, before the auxiliary result."""

    single: bool
    value: bool
    has_aux: bool

    def gradients(self, result: Any) -> Sequence[Any]:
        """The gradients in a result."""
        found = result[1] if self.value else result[0] if self.has_aux else result
        return (found,) if self.single else found


def with_shapes_checked(call: Callable[..., Any], layout: Layout, arguments: Sequence[tuple[int, int | str]],
                        misfit: Callable[[int, Any, Any], Exception]) -> Callable[..., Any]:
    """`call`, which raises `misfit(k, argument, gradient)` where gradient k has not the shape of its argument.

    `arguments`: for each gradient to look at, its number and where the argument stands in the call: a position or a keyword.
    """
    if layout == Layout(single=True, value=False, has_aux=False) and len(arguments) == 1 and arguments[0][1] == 0:
        def of_the_first(*args: Any, **keywords: Any) -> Any:
            gradient = call(*args, **keywords)
            if gradient.shape != args[0].shape:
                raise misfit(0, args[0], gradient)
            return gradient
        return of_the_first

    def of_all(*args: Any, **keywords: Any) -> Any:
        result = call(*args, **keywords)
        gradients = layout.gradients(result)
        for k, place in arguments:
            argument = args[place] if isinstance(place, int) else keywords[place]
            if gradients[k].shape != argument.shape:
                raise misfit(k, argument, gradients[k])
        return result
    return of_all
