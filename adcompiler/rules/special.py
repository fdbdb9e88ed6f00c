"""Special functions of `math` and `scipy.special`.

Derivatives are those of the Digital Library of Mathematical Functions (dlmf.nist.gov), in forms that keep their digits in
the tails. A function whose derivative with respect to a parameter (the order of a Bessel function, the shape of an
incomplete gamma or beta function) is no elementary function has no rule for that parameter, and is refused there.
"""

from __future__ import annotations

from adcompiler.ir.build import const
from adcompiler.ir.nodes import Atom
from adcompiler.rules.reductions import reduced
from adcompiler.rules.table import Pull, pullback, rule, select, zero

# error functions; 2/sqrt(pi) = 1.1283791670955126, sqrt(pi)/2 = 0.886226925452758
rule("math.erf(x) scipy.special.erf(x)", x="1.1283791670955126 * y_bar * exp(-x * x)")
rule("math.erfc(x) scipy.special.erfc(x)", x="-1.1283791670955126 * y_bar * exp(-x * x)")
rule("scipy.special.erfcx(x)", x="y_bar * (2 * x * y - 1.1283791670955126)")
rule("scipy.special.erfi(x)", x="1.1283791670955126 * y_bar * exp(x * x)")
rule("scipy.special.dawsn(x)", x="y_bar * (1 - 2 * x * y)")
rule("scipy.special.erfinv(x)", x="0.886226925452758 * y_bar * exp(y * y)")
rule("scipy.special.erfcinv(x)", x="-0.886226925452758 * y_bar * exp(y * y)")

# the normal distribution; 1/sqrt(2 pi) = 0.3989422804014327, log(sqrt(2 pi)) = 0.9189385332046727
rule("scipy.special.ndtr(x)", x="0.3989422804014327 * y_bar * exp(-0.5 * x * x)")
rule("scipy.special.log_ndtr(x)", x="y_bar * exp(-0.5 * x * x - y - 0.9189385332046727)")
rule("scipy.special.ndtri(x)", x="2.5066282746310002 * y_bar * exp(0.5 * y * y)")
rule("scipy.special.ndtri_exp(x)", x="y_bar * exp(x + 0.5 * y * y + 0.9189385332046727)")
rule("scipy.special.owens_t(h, a)",
     h="-0.19947114020071635 * y_bar * exp(-0.5 * h * h) * scipy.special.erf(0.7071067811865476 * a * h)",
     a="0.15915494309189535 * y_bar * exp(-0.5 * h * h * (1 + a * a)) / (1 + a * a)")

# gamma and beta functions
rule("math.lgamma(x) scipy.special.gammaln(x) scipy.special.loggamma(x)", x="y_bar * scipy.special.digamma(x)")
rule("math.gamma(x) scipy.special.gamma(x)", x="y_bar * y * scipy.special.digamma(x)")
rule("scipy.special.rgamma(x)",
     x="-y_bar * y * scipy.special.digamma(x) if x > 0 else y_bar * (scipy.special.gamma(1 - x) * cos(pi * x) - "
       "y * scipy.special.digamma(1 - x))")
rule("scipy.special.digamma(x) scipy.special.psi(x)", x="y_bar * scipy.special.polygamma(1, x)")
rule("scipy.special.polygamma(n, x)", x="y_bar * scipy.special.polygamma(n + 1, x)")
rule("scipy.special.zeta(s, q)", q="-s * y_bar * scipy.special.zeta(s + 1, q)")
rule("scipy.special.beta(a, b)", a="y_bar * y * (scipy.special.digamma(a) - scipy.special.digamma(a + b))",
     b="y_bar * y * (scipy.special.digamma(b) - scipy.special.digamma(a + b))")
rule("scipy.special.betaln(a, b)", a="y_bar * (scipy.special.digamma(a) - scipy.special.digamma(a + b))",
     b="y_bar * (scipy.special.digamma(b) - scipy.special.digamma(a + b))")
rule("scipy.special.binom(n, k)",
     n="y_bar * y * (scipy.special.digamma(n + 1) - scipy.special.digamma(n - k + 1))",
     k="y_bar * y * (scipy.special.digamma(n - k + 1) - scipy.special.digamma(k + 1))")
rule("scipy.special.poch(z, m)", z="y_bar * y * (scipy.special.digamma(z + m) - scipy.special.digamma(z))",
     m="y_bar * y * scipy.special.digamma(z + m)")

# incomplete gamma and beta functions: the densities of the gamma and the beta distribution
_GAMMA = "exp(scipy.special.xlogy(a - 1, x) - x - scipy.special.gammaln(a))"
_CHI = "exp(scipy.special.xlogy(0.5 * v - 1, 0.5 * x) - 0.5 * x - scipy.special.gammaln(0.5 * v))"
_BETA = "exp(scipy.special.xlogy(a - 1, x) + scipy.special.xlog1py(b - 1, -x) - scipy.special.betaln(a, b))"
_POISSON = "exp(scipy.special.xlogy(floor(k), m) - m - scipy.special.gammaln(floor(k) + 1))"
rule("scipy.special.gammainc(a, x)", x=f"y_bar * {_GAMMA}")
rule("scipy.special.gammaincc(a, x)", x=f"-y_bar * {_GAMMA}")
rule("scipy.special.gammaincinv(a, p)", p="y_bar * exp(y + scipy.special.gammaln(a) - scipy.special.xlogy(a - 1, y))")
rule("scipy.special.gammainccinv(a, p)", p="-y_bar * exp(y + scipy.special.gammaln(a) - scipy.special.xlogy(a - 1, y))")
rule("scipy.special.betainc(a, b, x)", x=f"y_bar * {_BETA}")
rule("scipy.special.betaincc(a, b, x)", x=f"-y_bar * {_BETA}")
rule("scipy.special.betaincinv(a, b, p)",
     p="y_bar * exp(scipy.special.betaln(a, b) - scipy.special.xlogy(a - 1, y) - scipy.special.xlog1py(b - 1, -y))")
rule("scipy.special.betainccinv(a, b, p)",
     p="-y_bar * exp(scipy.special.betaln(a, b) - scipy.special.xlogy(a - 1, y) - scipy.special.xlog1py(b - 1, -y))")
rule("scipy.special.chdtr(v, x)", x=f"0.5 * y_bar * {_CHI}")
rule("scipy.special.chdtrc(v, x)", x=f"-0.5 * y_bar * {_CHI}")
rule("scipy.special.pdtr(k, m)", m=f"-y_bar * {_POISSON}")
rule("scipy.special.pdtrc(k, m)", m=f"y_bar * {_POISSON}")

# logistic functions and entropies
rule("scipy.special.expit(x)", x="y_bar * y * (1 - y)")
rule("scipy.special.logit(x)", x="y_bar / (x * (1 - x))")
rule("scipy.special.log_expit(x)", x="y_bar * scipy.special.expit(-x)")
rule("scipy.special.xlogy(a, b)", a="y_bar * log(b)", b="y_bar * a / (b if a != 0 else 1.0)")
rule("scipy.special.xlog1py(a, b)", a="y_bar * log1p(b)", b="y_bar * a / (1 + (b if a != 0 else 0.0))")
rule("scipy.special.entr(x)", x="-y_bar * (log(x) + 1)")
rule("scipy.special.rel_entr(a, b)", a="y_bar * (log(a / b) + 1)", b="-y_bar * a / (b if a != 0 else 1.0)")
rule("scipy.special.kl_div(a, b)", a="y_bar * log(a / b)", b="y_bar * (1 - a / (b if a != 0 else 1.0))")

# powers and exponentials; exprel(x) = 1F1(1, 2, x), so that its derivative is 1F1(2, 3, x) / 2
rule("scipy.special.expm1(x)", x="y_bar * (y + 1)")
rule("scipy.special.log1p(x)", x="y_bar / (1 + x)")
rule("scipy.special.cbrt(x)", x="y_bar / (3 * y * y)")
rule("scipy.special.exp2(x)", x="0.6931471805599453 * y_bar * y")
rule("scipy.special.exp10(x)", x="2.302585092994046 * y_bar * y")
rule("scipy.special.exprel(x)", x="0.5 * y_bar * scipy.special.hyp1f1(2, 3, x)")
rule("scipy.special.powm1(x, p)", x="y_bar * p * x ** (p - 1)", p="y_bar * (y + 1) * log(x if x > 0 else 1.0)")
rule("scipy.special.boxcox(x, p)", x="y_bar * x ** (p - 1)",
     p="0.5 * y_bar * log(x) ** 2 * scipy.special.hyp1f1(2, 3, p * log(x))")
rule("scipy.special.boxcox1p(x, p)", x="y_bar * (1 + x) ** (p - 1)",
     p="0.5 * y_bar * log1p(x) ** 2 * scipy.special.hyp1f1(2, 3, p * log1p(x))")
rule("scipy.special.inv_boxcox(x, p)", x="y_bar * y ** (1 - p)",
     p="-0.5 * y_bar * y ** (1 - p) * log(y) ** 2 * scipy.special.hyp1f1(2, 3, p * log(y))")
rule("scipy.special.inv_boxcox1p(x, p)", x="y_bar * (1 + y) ** (1 - p)",
     p="-0.5 * y_bar * (1 + y) ** (1 - p) * log1p(y) ** 2 * scipy.special.hyp1f1(2, 3, p * log1p(y))")
rule("scipy.special.huber(d, x)", d="y_bar * maximum(fabs(x) - d, 0)", x="y_bar * clip(x, -d, d)")
rule("scipy.special.pseudo_huber(d, x)",
     d="y_bar * (x * x / (d + hypot(d, x))) ** 2 / hypot(d, x) if x != 0 else 0.0 * y_bar",
     x="y_bar * x * d / hypot(d, x) if x != 0 else 0.0 * y_bar")
rule("scipy.special.wrightomega(x)", x="y_bar * (y / (1 + y))")

# trigonometric functions of degrees
rule("scipy.special.cosm1(x)", x="-y_bar * sin(x)")
rule("scipy.special.sindg(x)", x="0.017453292519943295 * y_bar * scipy.special.cosdg(x)")
rule("scipy.special.cosdg(x)", x="-0.017453292519943295 * y_bar * scipy.special.sindg(x)")
rule("scipy.special.tandg(x)", x="0.017453292519943295 * y_bar * (1 + y * y)")
rule("scipy.special.cotdg(x)", x="-0.017453292519943295 * y_bar * (1 + y * y)")
rule("scipy.special.radian(d, m, s)", d="0.017453292519943295 * y_bar", m="0.0002908882086657216 * y_bar",
     s="4.84813681109536e-06 * y_bar")

# Bessel functions (DLMF 10.6, 10.29)
rule("scipy.special.j0(x)", x="-y_bar * scipy.special.j1(x)")
rule("scipy.special.j1(x)", x="0.5 * y_bar * (scipy.special.j0(x) - scipy.special.jv(2, x))")
rule("scipy.special.y0(x)", x="-y_bar * scipy.special.y1(x)")
rule("scipy.special.y1(x)", x="0.5 * y_bar * (scipy.special.y0(x) - scipy.special.yv(2, x))")
rule("scipy.special.jv(n, x) scipy.special.jn(n, x) scipy.special.jve(n, x)",
     x="0.5 * y_bar * (scipy.special.jv(n - 1, x) - scipy.special.jv(n + 1, x))")
rule("scipy.special.yv(n, x) scipy.special.yn(n, x) scipy.special.yve(n, x)",
     x="0.5 * y_bar * (scipy.special.yv(n - 1, x) - scipy.special.yv(n + 1, x))")
rule("numpy.i0(x) scipy.special.i0(x)", x="y_bar * scipy.special.i1(x)")
rule("scipy.special.i1(x)", x="0.5 * y_bar * (scipy.special.i0(x) + scipy.special.iv(2, x))")
rule("scipy.special.i0e(x)", x="y_bar * (scipy.special.i1e(x) - sign(x) * y)")
rule("scipy.special.i1e(x)", x="y_bar * (0.5 * (scipy.special.i0e(x) + scipy.special.ive(2, x)) - sign(x) * y)")
rule("scipy.special.iv(n, x)", x="0.5 * y_bar * (scipy.special.iv(n - 1, x) + scipy.special.iv(n + 1, x))")
rule("scipy.special.ive(n, x)",
     x="y_bar * (0.5 * (scipy.special.ive(n - 1, x) + scipy.special.ive(n + 1, x)) - sign(x) * y)")
rule("scipy.special.k0(x)", x="-y_bar * scipy.special.k1(x)")
rule("scipy.special.k1(x)", x="-0.5 * y_bar * (scipy.special.k0(x) + scipy.special.kv(2, x))")
rule("scipy.special.k0e(x)", x="y_bar * (y - scipy.special.k1e(x))")
rule("scipy.special.k1e(x)", x="y_bar * (y - 0.5 * (scipy.special.k0e(x) + scipy.special.kve(2, x)))")
rule("scipy.special.kv(n, x) scipy.special.kn(n, x)",
     x="-0.5 * y_bar * (scipy.special.kv(n - 1, x) + scipy.special.kv(n + 1, x))")
rule("scipy.special.kve(n, x)", x="y_bar * (y - 0.5 * (scipy.special.kve(n - 1, x) + scipy.special.kve(n + 1, x)))")

# exponential integrals
rule("scipy.special.exp1(x)", x="-y_bar * exp(-x) / x")
rule("scipy.special.expi(x)", x="y_bar * exp(x) / x")
rule("scipy.special.expn(n, x)", x="-y_bar * scipy.special.expn(n - 1, x) if n > 0 else -y_bar * exp(-x) * (1 + x) / (x * x)")
rule("scipy.special.spence(x)", x="y_bar * log(x) / (1 - x) if x != 1 else -y_bar")

# elliptic integrals and hypergeometric functions
rule("scipy.special.hyp0f1(b, x)", x="y_bar * scipy.special.hyp0f1(b + 1, x) / b")
rule("scipy.special.hyp1f1(a, b, x)", x="y_bar * scipy.special.hyp1f1(a + 1, b + 1, x) * a / b")
rule("scipy.special.hyp2f1(a, b, c, x)", x="y_bar * scipy.special.hyp2f1(a + 1, b + 1, c + 1, x) * a * b / c")
rule("scipy.special.hyperu(a, b, x)", x="-a * y_bar * scipy.special.hyperu(a + 1, b + 1, x)")

# Student's t distribution
_STUDENT = ("exp(scipy.special.gammaln(0.5 * (v + 1)) - scipy.special.gammaln(0.5 * v) - 0.5 * (v + 1) * "
            "log1p({0} * {0} / v)) / sqrt(pi * v)")
rule("scipy.special.stdtr(v, x)", x=f"y_bar * {_STUDENT.format('x')}")
rule("scipy.special.stdtrit(v, p)", p=f"y_bar / ({_STUDENT.format('y')})")

# orthogonal polynomials (DLMF 18.9)
rule("scipy.special.eval_legendre(n, x)", x="y_bar * scipy.special.eval_gegenbauer(n - 1, 1.5, x)")
rule("scipy.special.eval_chebyt(n, x)", x="y_bar * n * scipy.special.eval_chebyu(n - 1, x)")
rule("scipy.special.eval_chebyu(n, x)", x="2 * y_bar * scipy.special.eval_gegenbauer(n - 1, 2, x)")
rule("scipy.special.eval_gegenbauer(n, a, x)", x="2 * a * y_bar * scipy.special.eval_gegenbauer(n - 1, a + 1, x)")
rule("scipy.special.eval_jacobi(n, a, b, x)",
     x="0.5 * (n + a + b + 1) * y_bar * scipy.special.eval_jacobi(n - 1, a + 1, b + 1, x)")
rule("scipy.special.eval_hermite(n, x)", x="2 * n * y_bar * scipy.special.eval_hermite(n - 1 if n > 0 else 0, x)")
rule("scipy.special.eval_hermitenorm(n, x)", x="n * y_bar * scipy.special.eval_hermitenorm(n - 1 if n > 0 else 0, x)")
rule("scipy.special.eval_laguerre(n, x)", x="-y_bar * scipy.special.eval_genlaguerre(n - 1, 1, x)")
rule("scipy.special.eval_genlaguerre(n, a, x)", x="-y_bar * scipy.special.eval_genlaguerre(n - 1, a + 1, x)")

zero("scipy.special.gammasgn scipy.special.round")


@pullback("scipy.special.logsumexp")
def _logsumexp(pull: Pull) -> None:
    """y_bar exp(x - y), the softmax; 0 where all of x is -inf."""
    y = reduced(pull, pull.y)
    finite = select(pull.builder, pull.prim("ne", y, const(-float("inf"))), y, const(0.0))
    share = pull.prim("numpy.exp", pull.prim("sub", pull.op.args[0], finite))
    pull.adjoints.add(pull.op.args[0], pull.prim("mul", reduced(pull, pull.y_bar), share))


@pullback("scipy.special.softmax")
def _softmax(pull: Pull) -> None:
    """y (y_bar - sum(y y_bar))."""
    pull.adjoints.add(pull.op.args[0], pull.prim("mul", pull.y, pull.prim("sub", pull.y_bar, _total(pull, pull.prim(
        "mul", pull.y, pull.y_bar)))))


@pullback("scipy.special.log_softmax")
def _log_softmax(pull: Pull) -> None:
    """y_bar - exp(y) sum(y_bar)."""
    total = pull.prim("mul", pull.prim("numpy.exp", pull.y), _total(pull, pull.full_bar))
    pull.adjoints.add(pull.op.args[0], pull.prim("sub", pull.y_bar, total))


def _total(pull: Pull, value: Atom) -> Atom:
    """The sum along the axis of the function, so that it broadcasts."""
    axis = pull.op.param("axis")
    return pull.prim("numpy.sum", value) if axis is None else pull.prim("numpy.sum", value, axis=axis, keepdims=True)
