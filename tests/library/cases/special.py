"""`scipy.special`, and the distributions of `scipy.stats`."""

_REAL = "erf erfc expit erfcx log_ndtr ndtr log_expit i0 i0e i1 i1e j0 j1 exprel sinc cbrt exp2 exp10 cosm1 expm1"
_POSITIVE = "gammaln digamma psi gamma loggamma rgamma log1p entr"
_UNIT = "logit ndtri erfinv"


def _each(functions, *texts):
    return {f"scipy.special.{f}": [text.replace("f(", f"special.{f}(") for text in texts] for f in functions.split()}


def _density(name, functions, *texts):
    return {f"scipy.stats.{name}.{f}": [text.replace("f(", f"stats.{name}.{f}(") for text in texts] for f in functions.split()}


CASES = {
    **_each(_REAL, "scipy.f(x)", "f(X)", "f(s)", "f(0.5 * T) * s", "f(zero_d)", "f(one) * x", "f(np.sin(x)) ** 2"),
    **_each(_POSITIVE, "scipy.f(y)", "f(Y)", "f(s)", "f(zero_d)", "f(2 + x) * y", "f(n + y)"),
    **_each(_UNIT, "scipy.f(u)", "f(U)", "f(s)", "f(0.5 + 0.2 * x)"),
    "scipy.special.erfcinv": ["special.erfcinv(2 * u)", "special.erfcinv(s)", "special.erfcinv(U + 0.7)"],
    "scipy.special.gammasgn": ["special.gammasgn(x) * x", "special.gammasgn(X - 0.5) * X"],
    "scipy.special.comb": ["special.comb(5, n) * s", "special.comb(n, 1) * x"],
    "scipy.special.logsumexp": ["special.logsumexp(x)", "special.logsumexp(X, axis=0)",
                                "special.logsumexp(X, axis=1, keepdims=True)", "special.logsumexp(X, -1)",
                                "special.logsumexp(X, axis=-1, b=Y)", "special.logsumexp(T, axis=(0, 1))",
                                "special.logsumexp(x * 500)", "special.logsumexp(x, b=u)", "special.logsumexp([s, t, 0.1])",
                                "special.logsumexp(X - special.logsumexp(X, axis=0))", "special.logsumexp(X, b=0.5)",
                                "special.logsumexp(X, axis=1, b=y[:4])", "special.logsumexp(np.where(m, x, -np.inf))"],
    "scipy.special.softmax": ["special.softmax(x)", "special.softmax(X, axis=0)", "special.softmax(X, axis=-1)",
                              "special.softmax(X)", "special.softmax(T, axis=(0, 2))", "special.softmax(9 * x)",
                              "special.softmax(X, 1) @ v", "special.softmax([s, t])"],
    "scipy.special.log_softmax": [
        "special.log_softmax(x)", "special.log_softmax(X, axis=1)", "special.log_softmax(X, axis=0)", "special.log_softmax(X)",
        "special.log_softmax(T, axis=-1)", "special.log_softmax(300 * x)"],
    **_each("xlogy xlog1py", "f(x, y)", "f(X, Y)", "f(s, Y)", "f(X, y[:4])", "f(col, t)", "f(s, t)",
            "f(np.where(m, x, 0.0), y)", "f(2, y)"),
    **_each("rel_entr kl_div", "f(y, u)", "f(Y, y[:4])", "f(s, t)", "f(u, s)", "f(1.0, Y)", "f(y[:1], u)"),
    "scipy.special.polygamma": ["special.polygamma(1, y)", "special.polygamma(2, Y)", "special.polygamma(0, y)",
                                "special.polygamma(n, y)", "special.polygamma(1, s)"],
    **_each("beta betaln", "f(y, u)", "f(s, Y)", "f(Y, y[:4])", "f(s, t)", "f(2, y)", "f(col ** 2, Y)"),
    "scipy.special.multigammaln": ["special.multigammaln(5.0 + s, 3)", "special.multigammaln(4 + y, 2)",
                                   "special.multigammaln(t, 1)"],
    **_each("gammainc gammaincc", "f(2.5, y)", "f(1.5, Y)", "f(2, s)", "f(y[:4], 1.2) * v",
            "f(np.array([0.5, 1.5, 2.5, 3.5, 4.5]), y)", "f(s, y)"),
    "scipy.special.betainc": ["special.betainc(2.5, 1.5, u)", "special.betainc(2, 3, U)", "special.betainc(0.5, 1.5, s)",
                              "special.betainc(s, t, u)"],
    **_each("boxcox boxcox1p", "f(y, 0.4)", "f(y, s)", "f(Y, v)", "f(Y, col)", "f(s, t)", "f(y, 2)", "f(y, 0.0) + f(y, 0)"),
    **_each("inv_boxcox inv_boxcox1p", "f(x, 0.3)", "f(y, s)", "f(Y, y[:4])", "f(s, t)", "f(x, 0.0)"),
    **_each("huber pseudo_huber", "f(1.0, x)", "f(s, X)", "f(y, x)", "f(Y, v)", "f(t, s)", "f(one, x)", "f(0.2, 10 * x)"),
    "scipy.special.powm1": ["special.powm1(y, x)", "special.powm1(Y, s)", "special.powm1(s, t)", "special.powm1(Y, v)",
                            "special.powm1(y, 2)"],
    "scipy.special.binom": ["special.binom(5.5, u)", "special.binom(3.0 + y, u)", "special.binom(4.5 + Y, t)",
                            "special.binom(5 + s, 2)", "special.binom(5.3, s)"],
    "scipy.special.poch": ["special.poch(y, u)", "special.poch(Y, 2.0)", "special.poch(s, t)", "special.poch(y[:4], U)",
                           "special.poch(y, 3)"],
    **_density("norm", "pdf logpdf cdf logcdf sf logsf", "f(x)", "f(x, s, t)", "scipy.f(X, loc=v, scale=Y)", "f(x, scale=y)",
               "f(s)", "f(X, col, t)", "f(x, loc=s)", "f(k, v, y[:4])", "f(6 * x)"),
    "scipy.stats.norm.ppf": ["stats.norm.ppf(u)", "stats.norm.ppf(u, s, t)", "stats.norm.ppf(U, loc=v, scale=Y)",
                             "stats.norm.ppf(s)"],
    **_density("t", "pdf logpdf cdf logcdf", "f(x, 4.0)", "f(x, 5.0, s, t)", "f(X, 3, loc=v, scale=Y)", "f(s, 2.5)"),
    **_density("uniform", "pdf logpdf cdf", "f(u) * s", "f(u, 0.1, t)", "f(u, loc=-s, scale=3 * t)", "f(U, -col ** 2, 8 + v)",
               "f(s)"),
    **_density("gamma", "pdf logpdf cdf", "f(y, 2.5)", "f(y, 2.5, scale=t)", "f(y, 2.5, -s)", "f(Y, 3, scale=y[:4])",
               "f(s, 1.5)"),
    **_density("expon", "pdf logpdf cdf", "f(y)", "f(y, -s, t)", "f(Y, scale=y[:4])", "f(s)", "f(y, loc=-0.5)"),
    **_density("chi2", "pdf logpdf cdf", "f(y, 3)", "f(y, 3, scale=t)", "f(Y, 2.5)", "f(s, 4)", "f(y, 5.0, -s, t)"),
    **_density("beta", "pdf logpdf cdf", "f(u, 2.5, 1.5)", "f(u, 2.0, 3.0, -s, 2 * t)", "f(U, 2, 2)", "f(s, 1.5, 0.5)"),
    **_density("poisson", "pmf logpmf", "f(k, s)", "f(k, y[:4])", "f(2, s)", "f(np.array([1, 0, 3]), Y[:, :3])", "f(n, y)"),
    "scipy.stats.poisson.cdf": ["stats.poisson.cdf(k, s)", "stats.poisson.cdf(k, y[:4])", "stats.poisson.cdf(n, t)"],
    **_density("multivariate_normal", "logpdf pdf", "f(v, A[0], A @ A.T)", "f(X, v, S + S.T)", "f(v, mean=v * s, cov=A.T @ A)",
               "f(v)", "f(X, X[0], 2.0)", "f(v, np.zeros(4), np.diag(y[:4]))", "f(s, 0.2, t)"),
    **_density("dirichlet", "logpdf pdf", "f(np.array([0.2, 0.5, 0.3]), y[:3])", "f([0.2, 0.5, 0.3], np.array([s, t, 2.0]))",
               "f(np.array([0.1, 0.4, 0.2, 0.3]), y[:4])"),
}
for _row, _text in {
    "scipy.stats.gamma.pdf": "stats.gamma.pdf(y, s + 2)", "scipy.stats.gamma.logpdf": "stats.gamma.logpdf(y, s + 2)",
    "scipy.stats.gamma.cdf": "stats.gamma.cdf(y, s + 2)", "scipy.stats.chi2.logpdf": "stats.chi2.logpdf(y, 2 + t)",
    "scipy.stats.chi2.pdf": "stats.chi2.pdf(Y, 2 + y[:4])", "scipy.stats.t.logpdf": "stats.t.logpdf(x, 3 + s)",
    "scipy.stats.t.pdf": "stats.t.pdf(X, 2 + y[:4])", "scipy.stats.t.cdf": "stats.t.cdf(x, 3 + s)",
    "scipy.stats.beta.logpdf": "stats.beta.logpdf(u, s, t)", "scipy.stats.beta.pdf": "stats.beta.pdf(U, y[:4], t)",
    "scipy.stats.beta.cdf": "stats.beta.cdf(u, s, t)",
}.items():
    CASES[_row].append(_text)
FLOAT64_ONLY = set()
