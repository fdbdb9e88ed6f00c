"""Functions with kinks, with the conventions of docs/conventions.md: ties share evenly, abs'(0) = 0, x**0 has derivative 0."""

from __future__ import annotations

import math

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom, Const
from adcompiler.ir.types import Array, Scalar, is_integer
from adcompiler.rules.table import Pull, function, pullback, rule, select

rule("abs(x) math.fabs(x)", x="y_bar if x > 0 else (-y_bar if x < 0 else 0.0 * y_bar)")
rule("numpy.abs(x) numpy.absolute(x) numpy.fabs(x)", x="y_bar * sign(x)")
rule("math.copysign(a, b)", a="y_bar * (1.0 if a == y else -1.0) if a != 0 else 0.0", b="0")
rule("numpy.copysign(a, b)", a="y_bar * sign(a) * sign(y)", b="0")
rule("numpy.heaviside(x, h)", x="0", h="y_bar if x == 0 else 0.0")
rule("math.nextafter(a, b) numpy.nextafter(a, b)", a="y_bar", b="0")
rule("numpy.nan_to_num(x)", x="y_bar if isfinite(x) else 0.0")
rule("math.fmod(a, b) numpy.fmod(a, b)", a="y_bar", b="-y_bar * trunc((a - y) / b + (0.5 if (a - y) / b > 0 else -0.5))")
rule("math.remainder(a, b)", a="y_bar", b="-y_bar * ((a - y) / b)")
rule("numpy.maximum(a, b)",
     a="y_bar * (1.0 if a > b else (0.5 if a == b else 0.0))", b="y_bar * (1.0 if b > a else (0.5 if a == b else 0.0))")
rule("numpy.minimum(a, b)",
     a="y_bar * (1.0 if a < b else (0.5 if a == b else 0.0))", b="y_bar * (1.0 if b < a else (0.5 if a == b else 0.0))")
rule("numpy.fmax(a, b) numpy.fmin(a, b)",
     a="y_bar * (0.0 if a != y else (0.5 if b == y else 1.0))", b="y_bar * (0.0 if b != y else (0.5 if a == y else 1.0))")
rule("numpy.hypot(a, b)", a="y_bar * a / (y if y != 0 else 1.0)", b="y_bar * b / (y if y != 0 else 1.0)")


@pullback("pow", "math.pow", "numpy.float_power")
def _power(pull: Pull) -> None:
    """d x**n = n x**(n - 1), d n = x**n log(x); where n is 0, or x is 0 and log(x) infinite, the derivative is 0."""
    x, n = pull.op.args
    if pull.wants(0):
        pull.add(0, pull.prim("mul", _base(pull, x, n), pull.y_bar))
    if pull.wants(1):
        positive = pull.prim("gt", x, const(0))
        safe = select(pull.builder, positive, x, const(1.0))
        log = function(pull.builder, "log", "", [safe])
        pull.add(1, pull.prim("mul", pull.prim("mul", pull.y_bar, pull.y), log))


def _base(pull: Pull, x: Atom, n: Atom) -> Atom:
    if isinstance(n, Const):
        value = n.value
        if value == 0:
            return const(0.0)
        if value == 1:
            return const(1.0)
        lower = x if value == 2 else _real_power(pull, x, const(value - 1))
        return pull.prim("mul", n, lower)
    if is_integer(n.type) and isinstance(n.type, Scalar) and not isinstance(x.type, Array):
        # x**(n - 1) would be 0**-1 at n = 0
        exponent = pull.prim("select", pull.prim("eq", n, const(0)), const(1), pull.prim("sub", n, const(1)))
        return pull.prim("mul", n, pull.prim("pow", x, exponent))
    zero = pull.prim("eq", n, const(0))
    lower = select(pull.builder, zero, const(1.0), pull.prim("sub", n, const(1)))
    return pull.prim("mul", n, _real_power(pull, x, lower))


def _real_power(pull: Pull, x: Atom, n: Atom) -> Atom:
    """x**n; of Python numbers by math.pow where the operator would give a complex number for a negative x.

    A root has the slope inf at 0, where Python's numbers raise an exception.
    """
    whole = is_integer(n.type) or (isinstance(n, Const) and float(n.value).is_integer())
    python = all(isinstance(a.type, Scalar) and a.type.weak for a in (x, n))
    power = pull.prim("math.pow" if python and not whole else "pow", x, n)
    if python and isinstance(n, Const) and -1 < n.value < 0:
        return pull.prim("select", pull.prim("ne", x, const(0)), power, const(math.inf))
    return power


@pullback("min", "max")
def _extremum(pull: Pull) -> None:
    """The adjoint goes to the operand that is the result; ties share it evenly."""
    args = pull.op.args
    if len(args) == 2:
        _extremum_of_two(pull)
        return
    count: Atom | None = None
    for a in args:
        hit = pull.prim("select", pull.prim("eq", a, pull.y), const(1.0), const(0.0))
        count = hit if count is None else pull.prim("add", count, hit)
    assert count is not None
    share = pull.prim("truediv", pull.y_bar, count)
    for k, a in enumerate(args):
        if pull.wants(k):
            pull.add(k, pull.prim("select", pull.prim("eq", a, pull.y), share, const(0.0)))


def _extremum_of_two(pull: Pull) -> None:
    word = "gt" if pull.op.name == "max" else "lt"
    a, b = pull.op.args
    for k, (mine, other) in enumerate(((a, b), (b, a))):
        if pull.wants(k):
            half = pull.prim("mul", const(0.5), pull.y_bar)
            tie = pull.prim("select", pull.prim("eq", mine, other), half, const(0.0))
            pull.add(k, pull.prim("select", pull.prim(word, mine, other), pull.y_bar, tie))


@pullback("numpy.where", "select")
def _where(pull: Pull) -> None:
    """Masked, so that nothing (no NaN either) comes from the side that was not taken."""
    cond = pull.op.args[0]
    if pull.wants(1):
        pull.add(1, select(pull.builder, cond, pull.y_bar, const(0.0)))
    if pull.wants(2):
        opposite = pull.prim("numpy.logical_not" if isinstance(cond.type, Array) else "not", cond)
        pull.add(2, select(pull.builder, opposite, pull.y_bar, const(0.0)))


@pullback("numpy.clip")
def _clip(pull: Pull) -> None:
    """1 inside, 0 outside, 1/2 at a bound; the bounds get the adjoint where they act (the upper one before the lower one)."""
    x, low, high = pull.op.args
    builder = pull.builder
    below, above = pull.prim("lt", x, low), pull.prim("gt", x, high)
    at = pull.prim("numpy.logical_or", pull.prim("eq", x, low), pull.prim("eq", x, high))
    if pull.wants(0):
        outside = pull.prim("numpy.logical_or", below, above)
        inside = select(builder, at, const(0.5), const(1.0))
        factor = select(builder, outside, const(0.0), inside)
        pull.add(0, pull.prim("mul", pull.y_bar, factor))
    if not (pull.wants(1) or pull.wants(2)):
        return
    crossed = pull.prim("gt", low, high)
    for k, bound, acts, otherwise in ((1, low, below, 0.0), (2, high, above, 1.0)):
        if pull.wants(k):
            tie = select(builder, pull.prim("eq", x, bound), const(0.5), const(0.0))
            share = select(builder, crossed, const(otherwise), select(builder, acts, const(1.0), tie))
            pull.add(k, pull.prim("mul", pull.y_bar, share))


@pullback("math.modf", "numpy.modf")
def _parts(pull: Pull) -> None:
    """The fraction follows x, the whole part is constant between its jumps."""
    if pull.bars[0] is not None:
        pull.add(0, pull.bars[0])


@pullback("math.frexp", "numpy.frexp")
def _mantissa(pull: Pull) -> None:
    """The mantissa is x / 2**exponent, the exponent is constant between its jumps."""
    if pull.bars[0] is not None:
        family = pull.op.name.partition(".")[0]
        pull.add(0, pull.prim(f"{family}.ldexp", pull.bars[0], pull.prim("neg", pull.targets[1])))


@pullback("math.atan2", "numpy.arctan2")
def _angle(pull: Pull) -> None:
    """(b, -a) / (a**2 + b**2), and 0 at the origin."""
    a, b = pull.op.args
    square = pull.prim("add", pull.prim("mul", a, a), pull.prim("mul", b, b))
    share = pull.prim("truediv", pull.y_bar, select(pull.builder, pull.prim("ne", square, const(0)), square, const(1.0)))
    if pull.wants(0):
        pull.add(0, pull.prim("mul", share, b))
    if pull.wants(1):
        pull.add(1, pull.prim("neg", pull.prim("mul", share, a)))


@pullback("numpy.logaddexp", "numpy.logaddexp2")
def _log_sum(pull: Pull) -> None:
    """y_bar exp(a - y), y_bar exp(b - y) with the base of the function; 0 where a and b are -inf."""
    y: Atom = pull.y
    if not any(isinstance(a, Const) and a.value > -math.inf for a in pull.op.args):
        y = select(pull.builder, pull.prim("gt", y, const(-math.inf)), y, const(0.0))
    power = "numpy.exp" if pull.op.name == "numpy.logaddexp" else "numpy.exp2"
    for k, x in enumerate(pull.op.args):
        if pull.wants(k):
            pull.add(k, pull.prim("mul", pull.y_bar, pull.prim(power, pull.prim("sub", x, y))))


_SINC = (-math.pi**2 / 3, math.pi**4 / 30, -(math.pi**6) / 840, math.pi**8 / 45360)


@pullback("numpy.sinc")
def _sinc(pull: Pull) -> None:
    """(cos(pi x) - y) / x; near 0 its series, for there cos(pi x) - y loses its digits."""
    x = pull.op.args[0]
    square = pull.prim("mul", x, x)
    series: Atom = const(_SINC[-1])
    for coefficient in reversed(_SINC[:-1]):
        series = pull.prim("add", const(coefficient), pull.prim("mul", square, series))
    small = pull.prim("lt", pull.prim("numpy.abs", x), const(0.02))
    turned = pull.prim("numpy.cos", pull.prim("mul", const(math.pi), x))
    quotient = pull.prim("truediv", pull.prim("sub", turned, pull.y), select(pull.builder, small, const(1.0), x))
    pull.add(0, pull.prim("mul", pull.y_bar, select(pull.builder, small, pull.prim("mul", x, series), quotient)))


@pullback("math.hypot")
def _hypot(pull: Pull) -> None:
    """x / hypot, and 0 at the origin."""
    safe = select(pull.builder, pull.prim("ne", pull.y, const(0)), pull.y, const(1.0))
    share = pull.prim("truediv", pull.y_bar, safe)
    for k, x in enumerate(pull.op.args):
        if pull.wants(k):
            pull.add(k, pull.prim("mul", share, x))
