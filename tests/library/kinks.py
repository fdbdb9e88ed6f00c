"""Programs at points where a function has no derivative, or a formula of it breaks: what the conventions give there.

Each line has a name, a program, its arguments, and the gradients that are expected, written by hand. The program's
elements are added up. `None` stands for any number that is not nan.
"""

import math

import numpy as np

from adcompiler import value_and_grad
from tests.library.programs import copied, function_of, statements

INF, NAN = math.inf, math.nan


def vector(*numbers):
    return np.array(numbers, dtype=float)


KINKS = {
    # Ties of two share by halves, those of a reduction evenly.
    "max of two numbers": ("max(p, q)", {"p": 1.0, "q": 1.0}, {"p": 0.5, "q": 0.5}),
    "min of two numbers": ("min(p, q)", {"p": 1.0, "q": 1.0}, {"p": 0.5, "q": 0.5}),
    "max of a list": ("max([p, q])", {"p": 1.0, "q": 1.0}, {"p": 0.5, "q": 0.5}),
    "max with a constant": ("max(p, 0.0)", {"p": 0.0}, {"p": 0.5}),
    "max of an array by Python": ("max(p)", {"p": vector(1, 3, 2)}, {"p": [0, 1, 0]}),
    "maximum": ("np.maximum(p, q)", {"p": vector(1, 2, 3), "q": vector(1, 5, 0)}, {"p": [0.5, 0, 1], "q": [0.5, 1, 0]}),
    "minimum": ("np.minimum(p, q)", {"p": vector(1, 2, 3), "q": vector(1, 5, 0)}, {"p": [0.5, 1, 0], "q": [0.5, 0, 1]}),
    "maximum with zero": ("np.maximum(p, 0)", {"p": vector(-1, 0, 2)}, {"p": [0, 0.5, 1]}),
    "minimum with a number": ("np.minimum(p, q)", {"p": vector(-1, 0, 2), "q": 0.0}, {"p": [1, 0.5, 0], "q": 1.5}),
    "maximum with itself": ("np.maximum(p, p)", {"p": vector(-1, 0)}, {"p": [1, 1]}),
    "maximum of a column and a row": ("np.maximum(p[:, None], q)", {"p": vector(1, 2), "q": vector(1, 2)},
                                      {"p": [0.5, 1.5], "q": [0.5, 1.5]}),
    "fmax": ("np.fmax(p, q)", {"p": vector(1, 2), "q": vector(1, 5)}, {"p": [0.5, 0], "q": [0.5, 1]}),
    "fmin": ("np.fmin(p, q)", {"p": vector(1, 2), "q": vector(1, 5)}, {"p": [0.5, 1], "q": [0.5, 0]}),
    "fmax beside nan": ("np.fmax(p, q)", {"p": vector(NAN, 2), "q": vector(1, NAN)}, {"p": [0, 1], "q": [1, 0]}),
    "fmin beside nan": ("np.fmin(p, q)", {"p": vector(NAN, 2), "q": vector(1, NAN)}, {"p": [0, 1], "q": [1, 0]}),
    "several maxima": ("np.max(p)", {"p": vector(3, 1, 3, 3)}, {"p": [1 / 3, 0, 1 / 3, 1 / 3]}),
    "several minima": ("np.min(p)", {"p": vector(1, 1, 3, 2)}, {"p": [0.5, 0.5, 0, 0]}),
    "maxima along an axis": ("np.max(p, axis=1)", {"p": np.array([[1.0, 1.0, 0.0], [2.0, 5.0, 3.0]])},
                             {"p": [[0.5, 0.5, 0], [0, 1, 0]]}),
    "minima along axes": ("np.amin(p, axis=(0, 1))", {"p": np.array([[1.0, 1.0], [1.0, 2.0]])},
                          {"p": [[1 / 3, 1 / 3], [1 / 3, 0]]}),
    "maxima that are kept": ("p.max(axis=0, keepdims=True)", {"p": np.array([[1.0, 2.0], [1.0, 0.0]])},
                             {"p": [[0.5, 1], [0.5, 0]]}),
    "all equal": ("np.max(p)", {"p": vector(2, 2, 2, 2)}, {"p": [0.25] * 4}),
    "range with ties": ("np.ptp(p)", {"p": vector(1, 3, 3, 1)}, {"p": [-0.5, 0.5, 0.5, -0.5]}),
    "range of equals": ("np.ptp(p)", {"p": vector(2, 2)}, {"p": [0, 0]}),
    "first of the largest": ("p[np.argmax(p)]", {"p": vector(1, 3, 3)}, {"p": [0, 1, 0]}),
    "largest beside nan": ("np.nanmax(p)", {"p": vector(1, NAN, 3)}, {"p": [0, 0, 1]}),
    "several largest beside nan": ("np.nanmax(p)", {"p": vector(3, NAN, 3)}, {"p": [0.5, 0, 0.5]}),
    "smallest beside nan": ("np.nanmin(p)", {"p": vector(1, NAN, 3)}, {"p": [1, 0, 0]}),
    "sum beside nan": ("np.nansum(p * p)", {"p": vector(1, NAN, 3)}, {"p": [2, 0, 6]}),
    "mean beside nan": ("np.nanmean(p)", {"p": vector(1, NAN, 3)}, {"p": [0.5, 0, 0.5]}),
    "means beside nan": ("np.nanmean(p, axis=1)", {"p": np.array([[1.0, NAN], [2.0, 3.0]])}, {"p": [[1, 0], [0.5, 0.5]]}),
    # abs'(0) = 0, and what is made of it.
    "abs of a number": ("abs(p)", {"p": 0.0}, {"p": 0}),
    "fabs": ("math.fabs(p)", {"p": 0.0}, {"p": 0}),
    "abs of an array": ("abs(p)", {"p": vector(-1, 0, 2)}, {"p": [-1, 0, 1]}),
    "absolute": ("np.absolute(p)", {"p": vector(-1, 0, 2)}, {"p": [-1, 0, 1]}),
    "fabs of an array": ("np.fabs(p)", {"p": vector(-1, 0, 2)}, {"p": [-1, 0, 1]}),
    # The root of zero is as steep as mathematics has it; norms of zeros are not.
    "root of zero": ("np.sqrt(p)", {"p": vector(0, 4)}, {"p": [INF, 0.25]}),
    "norm of zeros": ("np.linalg.norm(p)", {"p": vector(0, 0, 0)}, {"p": [0, 0, 0]}),
    "norm of a difference": ("np.linalg.norm(p - q)", {"p": vector(1, 2), "q": vector(1, 2)}, {"p": [0, 0], "q": [0, 0]}),
    "norms with a row of zeros": ("np.linalg.norm(p, axis=1)", {"p": np.array([[3.0, 4.0], [0.0, 0.0]])},
                                  {"p": [[0.6, 0.8], [0, 0]]}),
    "norms that are kept": ("np.linalg.norm(p, axis=0, keepdims=True)", {"p": np.array([[3.0, 0.0], [4.0, 0.0]])},
                            {"p": [[0.6, 0], [0.8, 0]]}),
    "Frobenius norm of zeros": ("np.linalg.norm(p, 'fro')", {"p": np.zeros((2, 2))}, {"p": np.zeros((2, 2))}),
    "sum of sizes at zero": ("np.linalg.norm(p, 1)", {"p": vector(0, -2)}, {"p": [0, -1]}),
    "largest size at zero": ("np.linalg.norm(p, np.inf)", {"p": vector(0, 0)}, {"p": [0, 0]}),
    "largest size with ties": ("np.linalg.norm(p, np.inf)", {"p": vector(-2, 2, 1)}, {"p": [-0.5, 0.5, 0]}),
    "cubic norm of zeros": ("np.linalg.norm(p, 3)", {"p": vector(0, 0)}, {"p": [0, 0]}),
    "cubic norm with a zero": ("np.linalg.norm(p, 3)", {"p": vector(0, -2)}, {"p": [0, -1]}),
    "SciPy's norm of zeros": ("scipy.linalg.norm(p)", {"p": vector(0, 0)}, {"p": [0, 0]}),
    "hypot of zeros": ("np.hypot(p, q)", {"p": vector(0, 3), "q": vector(0, 4)}, {"p": [0, 0.6], "q": [0, 0.8]}),
    "hypot of two numbers": ("math.hypot(p, q)", {"p": 0.0, "q": 0.0}, {"p": 0, "q": 0}),
    "dist of equals": ("math.dist([p, q], [1.0, 2.0])", {"p": 1.0, "q": 2.0}, {"p": 0, "q": 0}),
    "std of equals": ("np.std(p)", {"p": vector(2, 2, 2)}, {"p": [0, 0, 0]}),
    "std of one": ("np.std(p)", {"p": vector(2)}, {"p": [0]}),
    "stds with a row of equals": ("np.std(p, axis=1)", {"p": np.array([[2.0, 2.0], [1.0, 3.0]])}, {"p": [[0, 0], [-0.5, 0.5]]}),
    "method std of equals": ("p.std()", {"p": vector(1, 1)}, {"p": [0, 0]}),
    # Powers.
    "number to the power 0": ("p ** 0", {"p": 0.0}, {"p": 0}),
    "number to the power 0.0": ("p ** 0.0", {"p": 3.0}, {"p": 0}),
    "array to the power 0": ("p ** 0", {"p": vector(-1, 0, 2)}, {"p": [0, 0, 0]}),
    "power with exponents": ("np.power(p, np.array([0.0, 1.0, 2.0, 3.0]))", {"p": vector(0, 0, 0, 0)}, {"p": [0, 1, 0, 0]}),
    "power with whole exponents": ("p ** np.array([0, 1, 2, 3])", {"p": vector(0, 0, 0, 0)}, {"p": [0, 1, 0, 0]}),
    "power of an argument": ("p ** n", {"p": 0.0, "n": 0}, {"p": 0}),
    "power one of zero": ("p ** n", {"p": 0.0, "n": 1}, {"p": 1}),
    "power with an active exponent": ("p ** q", {"p": 0.0, "q": 2.0}, {"p": 0, "q": 0}),
    "power one with an active exponent": ("p ** q", {"p": 0.0, "q": 1.0}, {"p": 1, "q": 0}),
    "arrays to active exponents": ("p ** q", {"p": vector(0, 0, 2), "q": vector(2, 1, 3)},
                                   {"p": [0, 1, 12], "q": [0, 0, 8 * math.log(2)]}),
    "zero to an active exponent": ("0.0 ** q", {"q": 2.0}, {"q": 0}),
    "zero to active exponents": ("0.0 ** q", {"q": vector(2, 1)}, {"q": [0, 0]}),
    "float_power of zero": ("np.float_power(p, q)", {"p": vector(0, 1), "q": vector(2, 0)}, {"p": [0, 0], "q": [0, 0]}),
    "math.pow of zero": ("math.pow(p, q)", {"p": 0.0, "q": 2.0}, {"p": 0, "q": 0}),
    "negative base": ("p ** 3.0", {"p": vector(-2, 0)}, {"p": [12, 0]}),
    "negative number": ("p ** n", {"p": -2.0, "n": 3}, {"p": 12}),
    "square of zero": ("np.square(p) + p ** 2", {"p": vector(0, 1)}, {"p": [0, 4]}),
    # Bounds.
    "clip at its bounds": ("np.clip(p, 0, 1)", {"p": vector(-1, 0, 0.5, 1, 2)}, {"p": [0, 0.5, 1, 0.5, 0]}),
    "method clip at its bounds": ("p.clip(0, 1)", {"p": vector(0, 0.5, 1)}, {"p": [0.5, 1, 0.5]}),
    "clip with active bounds": ("np.clip(p, q, o)", {"p": vector(0, 1, 3), "q": 0.0, "o": 1.0},
                                {"p": [0.5, 0.5, 0], "q": 0.5, "o": 1.5}),
    "clip of a number": ("np.clip(p, 0.0, 1.0)", {"p": 1.0}, {"p": 0.5}),
    "clip from below": ("np.clip(p, 0, None)", {"p": vector(-1, 0, 1)}, {"p": [0, 0.5, 1]}),
    # Steps.
    **{f"{f} at whole and half numbers": (f"np.{f}(p) + p", {"p": vector(-1, 0, 0.5, 1.5, 2)}, {"p": [1] * 5})
       for f in "floor ceil trunc rint round around sign fix signbit".split()},
    "heaviside at its step": ("np.heaviside(p, 0.5) * p", {"p": vector(-1, 0, 2)}, {"p": [0, 0.5, 1]}),
    "floor of a number": ("math.floor(p) * p", {"p": 2.0}, {"p": 2}),
    "round of a half": ("round(p) * p", {"p": 2.5}, {"p": 2}),
    "floor division at a step": ("p // q * p", {"p": 6.0, "q": 2.0}, {"p": 3, "q": 0}),
    "remainder at a multiple": ("p % q", {"p": 6.0, "q": 2.0}, {"p": 1, "q": -3}),
    "remainders at multiples": ("np.mod(p, q)", {"p": vector(6, -6), "q": vector(2, 4)}, {"p": [1, 1], "q": [-3, 2]}),
    "fmod at a multiple": ("np.fmod(p, q)", {"p": vector(6, -7), "q": vector(2, 4)}, {"p": [1, 1], "q": [-3, 1]}),
    # The branch that is not taken leaves no trace.
    "guarded logarithm": ("np.where(p > 0, np.log(np.where(p > 0, p, 1)), 0)", {"p": vector(-1, 0, 2)}, {"p": [0, 0, 0.5]}),
    "logarithm of what is not taken": ("np.where(p > 0, np.log(p), 0)", {"p": vector(-1, 0, 2)}, {"p": [0, 0, 0.5]}),
    "root of what is not taken": ("np.where(p > 0, np.sqrt(p), 0)", {"p": vector(-1, 0, 4)}, {"p": [0, 0, 0.25]}),
    "quotient that is not taken": ("np.where(p != 0, np.sin(p) / p, 1.0)", {"p": vector(0, math.pi)}, {"p": [0, -1 / math.pi]}),
    "inverse that is not taken": ("np.where(p == 0, 0, 1 / p)", {"p": vector(0, 2)}, {"p": [0, -0.25]}),
    "power that is not taken": ("np.where(p > 0, p ** 0.5, p)", {"p": vector(-1, 0, 4)}, {"p": [1, 1, 0.25]}),
    "exponential that is not taken": ("np.where(p > 0, p, np.exp(p))", {"p": vector(1000, 0)}, {"p": [1, 1]}),
    "chain that is not taken": ("np.where(p > 0, np.exp(3 * np.log(p)), p)", {"p": vector(-1, 0, 2)}, {"p": [1, 1, 12]}),
    "other argument of what is not taken": ("np.where(p > 0, q / p, 0)", {"p": vector(0, 2), "q": 3.0},
                                            {"p": [0, -0.75], "q": 0.5}),
    "angle that is not taken": ("np.where(p > 0, np.arctan2(p, q), 0)", {"p": vector(0, 1), "q": vector(0, 1)},
                                  {"p": [0, 0.5], "q": [0, -0.5]}),
    "selected logarithm": ("np.select([p > 0, p < 0], [np.log(p), -p], 0)", {"p": vector(-1, 0, 2)}, {"p": [-1, 0, 0.5]}),
    "piecewise logarithm": ("np.piecewise(p, [p > 0], [lambda a: np.log(a), lambda a: -a])", {"p": vector(-1, 0, 2)},
                            {"p": [-1, -1, 0.5]}),
    "chosen logarithm": ("np.choose((p > 0).astype(int), [p, np.log(p)])", {"p": vector(-1, 0, 2)}, {"p": [1, 1, 0.5]}),
    "logarithm in a conditional expression": ("math.log(p) if p > 0 else 0.0", {"p": 0.0}, {"p": 0}),
    "branch at its bound": ("p * p if p > 1 else 3 * p", {"p": 1.0}, {"p": 3}),
    "nan is a number now": ("np.nan_to_num(p)", {"p": vector(NAN, INF, -INF, 2)}, {"p": [0, 0, 0, 1]}),
    # Products with zeros are exact.
    "product with a zero": ("np.prod(p)", {"p": vector(2, 0, 3)}, {"p": [0, 6, 0]}),
    "product with two zeros": ("np.prod(p)", {"p": vector(0, 0, 3)}, {"p": [0, 0, 0]}),
    "products along an axis": ("np.prod(p, axis=1)", {"p": np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0], [1.0, 2.0, 5.0]])},
                               {"p": [[0, 6, 0], [0, 0, 0], [10, 5, 2]]}),
    "products along axes": ("np.prod(p, axis=(0, 2))", {"p": np.array([[[2.0, 0.0], [1.0, 2.0]], [[3.0, 5.0], [0.0, 0.0]]])},
                            {"p": [[[0, 30], [0, 0]], [[0, 0], [0, 0]]]}),
    "products that are kept": ("p.prod(axis=0, keepdims=True)", {"p": np.array([[2.0, 0.0], [0.0, 3.0]])},
                               {"p": [[0, 3], [2, 0]]}),
    "product of numbers": ("math.prod([p, q, 3.0])", {"p": 0.0, "q": 2.0}, {"p": 6, "q": 0}),
    "cumulative product with a zero": ("np.cumprod(p)", {"p": vector(2, 0, 3)}, {"p": [1, 8, 0]}),
    "cumulative product with two zeros": ("np.cumprod(p)", {"p": vector(2, 0, 3, 0)}, {"p": [1, 8, 0, 0]}),
    "cumulative products along an axis": ("np.cumprod(p, axis=0)", {"p": np.array([[0.0, 2.0], [3.0, 0.0], [5.0, 7.0]])},
                                          {"p": [[19, 1], [0, 16], [0, 0]]}),
    "product with a tiny number": ("np.prod(p)", {"p": vector(1e-300, 1e-300, 2)}, {"p": [2e-300, 2e-300, 0]}),
    # Removable singularities.
    "sinc of zero": ("np.sinc(p)", {"p": vector(0, 1)}, {"p": [0, -1]}),
    "sinc of the number zero": ("np.sinc(p)", {"p": 0.0}, {"p": 0}),
    "SciPy's sinc of zero": ("special.sinc(p)", {"p": vector(0, 1)}, {"p": [0, -1]}),
    "exprel of zero": ("special.exprel(p)", {"p": vector(0)}, {"p": [0.5]}),
    "cosm1 of zero": ("special.cosm1(p)", {"p": vector(0)}, {"p": [0]}),
    "xlogy of zero": ("special.xlogy(p, q)", {"p": vector(0), "q": vector(2)}, {"p": [math.log(2)], "q": [0]}),
    "boxcox with exponent 0": ("special.boxcox(p, q)", {"p": vector(2), "q": vector(0)},
                               {"p": [0.5], "q": [math.log(2) ** 2 / 2]}),
    "i1 of zero": ("special.i1(p)", {"p": vector(0)}, {"p": [0.5]}),
    "j1 of zero": ("special.j1(p)", {"p": vector(0)}, {"p": [0.5]}),
    "i1e of zero": ("special.i1e(p)", {"p": vector(0)}, {"p": [0.5]}),
    # Infinite arguments.
    "logaddexp with minus infinity": ("np.logaddexp(p, q)", {"p": vector(-INF), "q": vector(0)}, {"p": [0], "q": [1]}),
    "logaddexp of minus infinities": ("np.logaddexp(p, q)", {"p": vector(-INF), "q": vector(-INF)}, {"p": None, "q": None}),
    "logaddexp2 of minus infinities": ("np.logaddexp2(p, q)", {"p": vector(-INF), "q": vector(-INF)}, {"p": None, "q": None}),
    "logsumexp with minus infinity": ("special.logsumexp(p)", {"p": vector(-INF, 0, 0)}, {"p": [0, 0.5, 0.5]}),
    "logsumexp of large numbers": ("special.logsumexp(p)", {"p": vector(1000, 1000)}, {"p": [0.5, 0.5]}),
    "expit of large numbers": ("special.expit(p)", {"p": vector(-1000, 1000)}, {"p": [0, 0]}),
    "log_expit of large numbers": ("special.log_expit(p)", {"p": vector(-1000, 1000)}, {"p": [1, 0]}),
    "tanh of large numbers": ("np.tanh(p)", {"p": vector(-1000, 1000)}, {"p": [0, 0]}),
    "log_ndtr far below": ("special.log_ndtr(p)", {"p": vector(-40)}, {"p": [40.024968847207264]}),
    "softmax of large numbers": ("special.softmax(p)[0]", {"p": vector(1000, -1000)}, {"p": [0, 0]}),
    # The angle on the axes.
    "arctan2 to the right": ("np.arctan2(p, q)", {"p": vector(0), "q": vector(2)}, {"p": [0.5], "q": [0]}),
    "arctan2 upwards": ("np.arctan2(p, q)", {"p": vector(2), "q": vector(0)}, {"p": [0], "q": [-0.5]}),
    "arctan2 to the left": ("np.arctan2(p, q)", {"p": vector(0), "q": vector(-2)}, {"p": [-0.5], "q": [0]}),
    "atan2 downwards": ("math.atan2(p, q)", {"p": -2.0, "q": 0.0}, {"p": 0, "q": 0.5}),
    # Order.
    "median of an even number with ties": ("np.median(p)", {"p": vector(1, 2, 2, 3)}, {"p": [0, 0.5, 0.5, 0]}),
    "largest quantile": ("np.quantile(p, 1.0)", {"p": vector(1, 5, 2)}, {"p": [0, 1, 0]}),
    "smallest percentile": ("np.percentile(p, 0)", {"p": vector(1, 5, 2)}, {"p": [1, 0, 0]}),
    "order of an array with ties": ("np.sort(p)", {"p": vector(2, 1, 2, 1)}, {"p": [1, 1, 1, 1]}),
    # Corners and repetitions.
    "huber at its corner": ("special.huber(1.0, p)", {"p": vector(-1, 0, 1, 3)}, {"p": [-1, 0, 1, 1]}),
    "positions that repeat": ("p[np.array([0, 0, 1])] ** 2", {"p": vector(3, 4)}, {"p": [12, 8]}),
    "last of the values that are put": ("a = p.copy()\nnp.put(a, [0, 0], q)\nr = a", {"p": vector(1, 2), "q": vector(3, 4)},
                                        {"p": [0, 1], "q": [0, 1]}),
}
EQUALS = {
    "sorted equals": ("np.sort(p) * np.array([1.0, 10.0, 100.0])", vector(2, 1, 2), [(1, 1.0), (2, 110.0)]),
    "sorted equals along an axis": ("np.sort(p, axis=0)[0] * np.array([1.0, 10.0])", np.array([[2.0, 3.0], [2.0, 1.0]]),
                                    [(2, 1.0), (3, 0.0), (1, 10.0)]),
    "median among equals": ("np.median(p)", vector(2, 1, 2, 2, 5), [(2, 1.0), (1, 0.0), (5, 0.0)]),
    "percentile among equals": ("np.percentile(p, 40)", vector(2, 1, 2, 2, 5), [(2, 1.0), (1, 0.0), (5, 0.0)]),
    "partition among equals": ("np.partition(p, 1)[1]", vector(2, 1, 2), [(2, 1.0), (1, 0.0)]),
    "sorted method": ("a = p.copy()\na.sort()\nr = a[2]", vector(2, 1, 2), [(2, 1.0), (1, 0.0)]),
}
"""Equal elements share what they get in any way: a number of the array, and the sum of its elements' derivatives."""


def gradients_at(label):
    """What the compiled program of a kink gives."""
    if label in EQUALS:
        text, array, _ = EQUALS[label]
        arguments, names = {"p": array}, ("p",)
    else:
        text, arguments, expected = KINKS[label]
        names = tuple(expected)
    program = function_of([*statements(text), "return np.sum(r)"], arguments, f"<kink: {label}>")
    with np.errstate(all="ignore"):
        return value_and_grad(program, wrt=names)(**copied(arguments))[1]


def check_kink(label):
    """The gradients at a kink are those of the conventions."""
    gradients = gradients_at(label)
    if label in EQUALS:
        _, array, sums = EQUALS[label]
        for element, expected in sums:
            found = np.sum(gradients[0][array == element])
            np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=f"elements {element}")
        return
    for (name, wanted), gradient in zip(KINKS[label][2].items(), gradients, strict=True):
        if wanted is None:
            np.testing.assert_equal(np.isnan(gradient), False, err_msg=f"gradient of {name}: {gradient}")
        else:
            np.testing.assert_allclose(gradient, wanted, rtol=1e-12, atol=1e-15, err_msg=f"gradient of {name}")
