"""`scipy.special` and densities of `scipy.stats`."""

_REAL = "erf erfc expit erfcx log_ndtr ndtr log_expit i0 i0e i1 i1e j0 j1 exprel sinc cbrt exp2 exp10 cosm1 expm1"
_POSITIVE = "gammaln digamma psi gamma loggamma rgamma log1p entr"
_UNIT = "logit ndtri"

CASES = {
    **{f"scipy.special.{f}": [f"scipy.special.{f}(x)", f"scipy.special.{f}(X)", f"special.{f}(s)", f"special.{f}(0.5 * T) * s"] for f in _REAL.split()},
    **{f"scipy.special.{f}": [f"scipy.special.{f}(y)", f"scipy.special.{f}(Y)", f"special.{f}(s)"] for f in _POSITIVE.split()},
    **{f"scipy.special.{f}": [f"scipy.special.{f}(u)", f"scipy.special.{f}(U)", f"special.{f}(s)"] for f in _UNIT.split()},
    "scipy.special.erfinv": ["special.erfinv(u)", "special.erfinv(-0.8 * U)"], "scipy.special.erfcinv": ["special.erfcinv(2 * u)"],
    "scipy.special.logsumexp": ["special.logsumexp(x)", "special.logsumexp(X, axis=0)", "special.logsumexp(X, axis=1, keepdims=True)", "special.logsumexp(X, axis=-1, b=Y)", "special.logsumexp(T, axis=(0, 1))", "special.logsumexp(x * 500)"],
    "scipy.special.softmax": ["special.softmax(x)", "special.softmax(X, axis=0)", "special.softmax(X, axis=-1)", "special.softmax(X)"],
    "scipy.special.log_softmax": ["special.log_softmax(x)", "special.log_softmax(X, axis=1)", "special.log_softmax(X, axis=0)"],
    "scipy.special.xlogy": ["special.xlogy(x, y)", "special.xlogy(X, Y)", "special.xlogy(s, Y)"], "scipy.special.xlog1py": ["special.xlog1py(x, y)", "special.xlog1py(X, Y[0])"],
    "scipy.special.rel_entr": ["special.rel_entr(y, u)", "special.rel_entr(Y, y[:4])"], "scipy.special.kl_div": ["special.kl_div(y, u)", "special.kl_div(Y, y[:4])"],
    "scipy.special.polygamma": ["special.polygamma(1, y)", "special.polygamma(2, Y)", "special.polygamma(0, y)"],
    "scipy.special.beta": ["special.beta(y, u)", "special.beta(s, Y)"], "scipy.special.betaln": ["special.betaln(y, u)", "special.betaln(s, Y)"],
    "scipy.special.multigammaln": ["special.multigammaln(5.0 + s, 3)"],
    "scipy.special.gammainc": ["special.gammainc(2.5, y)"], "scipy.special.gammaincc": ["special.gammaincc(1.5, y)"], "scipy.special.betainc": ["special.betainc(2.5, 1.5, u)"],
    "scipy.special.boxcox": ["special.boxcox(y, 0.4)", "special.boxcox(y, s)"], "scipy.special.boxcox1p": ["special.boxcox1p(y, 0.4)", "special.boxcox1p(y, s)"],
    "scipy.special.inv_boxcox": ["special.inv_boxcox(x, 0.3)", "special.inv_boxcox(y, s)"], "scipy.special.inv_boxcox1p": ["special.inv_boxcox1p(x, 0.3)", "special.inv_boxcox1p(y, s)"],
    "scipy.special.huber": ["special.huber(1.0, x)", "special.huber(s, X)"], "scipy.special.pseudo_huber": ["special.pseudo_huber(1.0, x)", "special.pseudo_huber(s, X)"],
    "scipy.special.powm1": ["special.powm1(y, x)", "special.powm1(Y, s)"], "scipy.special.binom": ["special.binom(5.5, u)", "special.binom(3.0 + y, u)"],
    "scipy.special.poch": ["special.poch(y, u)", "special.poch(Y, 2.0)"], "scipy.special.comb": ["special.comb(5, n) * s"], "scipy.special.gammasgn": ["special.gammasgn(x) * x"],
    **{f"scipy.stats.norm.{f}": [f"stats.norm.{f}(x)", f"stats.norm.{f}(x, s, t)", f"scipy.stats.norm.{f}(X, loc=v, scale=Y)", f"stats.norm.{f}(x, scale=y)"]
       for f in "pdf logpdf cdf logcdf sf logsf".split()},
    "scipy.stats.norm.ppf": ["stats.norm.ppf(u)", "stats.norm.ppf(u, s, t)"],
    **{f"scipy.stats.t.{f}": [f"stats.t.{f}(x, 4.0)", f"stats.t.{f}(x, 5.0, s, t)"] for f in "pdf logpdf cdf logcdf".split()},
    **{f"scipy.stats.uniform.{f}": [f"stats.uniform.{f}(u)" + " * s", f"stats.uniform.{f}(u, 0.1, t)", f"stats.uniform.{f}(u, loc=-s, scale=3 * t)"] for f in "pdf logpdf cdf".split()},
    **{f"scipy.stats.gamma.{f}": [f"stats.gamma.{f}(y, 2.5)", f"stats.gamma.{f}(y, 2.5, scale=t)", f"stats.gamma.{f}(y, 2.5, -s)"] for f in "pdf logpdf cdf".split()},
    **{f"scipy.stats.expon.{f}": [f"stats.expon.{f}(y)", f"stats.expon.{f}(y, -s, t)"] for f in "pdf logpdf cdf".split()},
    **{f"scipy.stats.chi2.{f}": [f"stats.chi2.{f}(y, 3)", f"stats.chi2.{f}(y, 3, scale=t)"] for f in "pdf logpdf cdf".split()},
    **{f"scipy.stats.beta.{f}": [f"stats.beta.{f}(u, 2.5, 1.5)", f"stats.beta.{f}(u, 2.0, 3.0, -s, 2 * t)"] for f in "pdf logpdf cdf".split()},
    **{f"scipy.stats.poisson.{f}": [f"stats.poisson.{f}(k, s)", f"stats.poisson.{f}(k[:4], y[:4])"] for f in "pmf logpmf".split()},
    "scipy.stats.poisson.cdf": ["stats.poisson.cdf(k, s)"],
    **{f"scipy.stats.multivariate_normal.{f}": [f"stats.multivariate_normal.{f}(v, A[0], A @ A.T)", f"stats.multivariate_normal.{f}(X, v, S + S.T)", f"stats.multivariate_normal.{f}(v, mean=v * s, cov=A.T @ A)"] for f in "logpdf pdf".split()},
    **{f"scipy.stats.dirichlet.{f}": [f"stats.dirichlet.{f}(np.array([0.2, 0.5, 0.3]), y[:3])"] for f in "pdf logpdf".split()},
}
CASES["scipy.stats.gamma.pdf"].append("stats.gamma.pdf(y, s + 2)")
CASES["scipy.stats.gamma.logpdf"].append("stats.gamma.logpdf(y, s + 2)")
CASES["scipy.stats.t.logpdf"].append("stats.t.logpdf(x, 3 + s)")
CASES["scipy.stats.beta.logpdf"].append("stats.beta.logpdf(u, s, t)")
DOUBLE = {row for row in CASES}
