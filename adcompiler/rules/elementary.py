"""Elementary functions of numbers, and of arrays element by element."""

from __future__ import annotations

from adcompiler.rules.table import rule, zero

# arithmetic
rule("add(a, b)", a="y_bar", b="y_bar")
rule("sub(a, b)", a="y_bar", b="-y_bar")
rule("mul(a, b)", a="y_bar * b", b="a * y_bar")
rule("truediv(a, b) numpy.divide(a, b)", a="y_bar / b", b="-y_bar * y / b")
rule("mod(a, b)", a="y_bar", b="-y_bar * (a // b)")
rule("neg(x)", x="-y_bar")
rule("pos(x) numpy.positive(x) numpy.conjugate(x) numpy.asarray(x)", x="y_bar")
rule("math.fma(a, b, c)", a="y_bar * b", b="a * y_bar", c="y_bar")
rule("numpy.negative(x)", x="-y_bar")
rule("numpy.square(x)", x="2 * x * y_bar")
rule("numpy.reciprocal(x)", x="-y_bar * y * y")

# roots, exponentials and logarithms
rule("math.sqrt(x)", x="y_bar * (0.5 / y if y != 0 else inf)")
rule("numpy.sqrt(x)", x="0.5 * y_bar / y")
rule("math.cbrt(x)", x="y_bar * (1 / (3 * y * y) if y != 0 else inf)")
rule("numpy.cbrt(x)", x="y_bar / (3 * y * y)")
rule("math.exp(x) numpy.exp(x)", x="y_bar * y")
rule("math.expm1(x) numpy.expm1(x)", x="y_bar * (y + 1)")
rule("math.exp2(x) numpy.exp2(x)", x="0.6931471805599453 * y_bar * y")
rule("math.log(x) numpy.log(x)", x="y_bar / x")
rule("math.log1p(x) numpy.log1p(x)", x="y_bar / (1 + x)")
rule("math.log2(x) numpy.log2(x)", x="y_bar / (0.6931471805599453 * x)")
rule("math.log10(x) numpy.log10(x)", x="y_bar / (2.302585092994046 * x)")
rule("math.ldexp(x, n) numpy.ldexp(x, n)", x="ldexp(y_bar, n)", n="0")

# trigonometric
rule("math.sin(x) numpy.sin(x)", x="y_bar * cos(x)")
rule("math.cos(x) numpy.cos(x)", x="-y_bar * sin(x)")
rule("math.tan(x) numpy.tan(x)", x="y_bar * (1 + y * y)")
rule("math.asin(x)", x="y_bar * (1 / sqrt((1 - x) * (1 + x)) if fabs(x) != 1 else inf)")
rule("math.acos(x)", x="-y_bar * (1 / sqrt((1 - x) * (1 + x)) if fabs(x) != 1 else inf)")
rule("numpy.arcsin(x)", x="y_bar / sqrt((1 - x) * (1 + x))")
rule("numpy.arccos(x)", x="-y_bar / sqrt((1 - x) * (1 + x))")
rule("math.atan(x) numpy.arctan(x)", x="y_bar / (1 + x * x)")
rule("math.degrees(x) numpy.degrees(x) numpy.rad2deg(x)", x="57.29577951308232 * y_bar")
rule("math.radians(x) numpy.radians(x) numpy.deg2rad(x)", x="0.017453292519943295 * y_bar")

# hyperbolic
rule("math.sinh(x) numpy.sinh(x)", x="y_bar * cosh(x)")
rule("math.cosh(x) numpy.cosh(x)", x="y_bar * sinh(x)")
rule("math.tanh(x) numpy.tanh(x)", x="y_bar * (1 - y * y)")
rule("math.asinh(x) numpy.arcsinh(x)", x="y_bar / sqrt(1 + x * x)")
rule("math.acosh(x)", x="y_bar * (1 / sqrt((x - 1) * (x + 1)) if x != 1 else inf)")
rule("numpy.arccosh(x)", x="y_bar / sqrt((x - 1) * (x + 1))")
rule("math.atanh(x) numpy.arctanh(x)", x="y_bar / ((1 - x) * (1 + x))")

# functions of zero derivative
zero("floordiv round int bool lt le gt ge eq ne not and or xor is isnot in notin len shape size "
     "bitand bitor bitxor lshift rshift invert stop_gradient assert raise")
zero("math.floor math.ceil math.trunc math.isnan math.isinf math.isfinite math.isclose math.factorial math.comb "
     "math.perm math.gcd math.lcm math.isqrt math.ulp")
zero("numpy.floor numpy.ceil numpy.trunc numpy.rint numpy.sign numpy.round numpy.around numpy.floor_divide numpy.isfinite "
     "numpy.isnan numpy.isinf numpy.logical_and numpy.logical_or numpy.logical_not numpy.logical_xor numpy.greater "
     "numpy.greater_equal numpy.less numpy.less_equal numpy.equal numpy.not_equal numpy.isclose numpy.allclose "
     "numpy.array_equal numpy.array_equiv "
     "numpy.signbit numpy.any numpy.all numpy.argmax numpy.argmin numpy.count_nonzero numpy.argsort numpy.fix "
     "numpy.isposinf numpy.isneginf numpy.isreal numpy.iscomplex numpy.spacing numpy.angle "
     "numpy.zeros numpy.ones numpy.empty numpy.eye numpy.identity numpy.zeros_like numpy.ones_like numpy.empty_like")
