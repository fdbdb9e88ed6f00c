"""Reductions, cumulative functions, statistics, and calculus on samples."""

_AXES = ["np.{f}(x)", "np.{f}(X)", "np.{f}(X, axis=0)", "np.{f}(X, axis=-1)", "np.{f}(X, 1, keepdims=True)", "np.{f}(T, axis=(0, 2))",
         "np.{f}(T, axis=1)", "np.{f}(X, axis=None, keepdims=True)", "np.{f}(T, axis=(-1, 0), keepdims=True)", "np.{f}(row, axis=0)",
         "np.{f}(col, axis=1)", "np.{f}(one)", "np.{f}(s)", "np.{f}(zero_d) * s", "X - np.{f}(X, axis=1, keepdims=True)", "np.{f}([s, t, 0.3])"]


def _over(f, *others):
    return [text.format(f=f) for text in (*_AXES, *others)]


CASES = {
    "numpy.sum": _over("sum", "np.sum(x, dtype=float)", "np.sum(m * x)", "np.sum(x, initial=2.0)", "np.sum(X, axis=())"),
    "numpy.mean": _over("mean", "np.mean(X, axis=0, dtype=np.float64)"),
    "numpy.prod": _over("prod", "np.prod(np.array([0.0, 1.0, 1.0, 1.0, 1.0]) * x)", "np.prod(X * (M > -1), axis=1)",
                        "np.prod(np.where(M, X, 0.0), axis=0)", "np.prod(x, initial=2.0)"),
    "numpy.max": _over("max", "np.max(x, initial=1.0)"), "numpy.min": _over("min", "np.min(x, initial=1.0)"),
    "numpy.amax": ["np.amax(x)", "np.amax(X, axis=1)"], "numpy.amin": ["np.amin(x)", "np.amin(X, axis=0, keepdims=True)"],
    "numpy.var": ["np.var(x)", "np.var(X, axis=0)", "np.var(X, axis=1, ddof=1)", "np.var(x, ddof=1)", "np.var(T, axis=(0, 1))",
                  "np.var(X, axis=-1, keepdims=True)", "np.var(X, 0, ddof=2)"],
    "numpy.std": ["np.std(x)", "np.std(X, axis=0)", "np.std(X, axis=1, ddof=1)", "np.std(T, axis=(0, 2), keepdims=True)", "np.std(X, ddof=1)"],
    "numpy.ptp": ["np.ptp(x)", "np.ptp(X, axis=1)", "np.ptp(X, 0)", "np.ptp(X, axis=-1, keepdims=True)"],
    "numpy.cumsum": ["np.cumsum(x)", "np.cumsum(X)", "np.cumsum(X, axis=0)", "np.cumsum(X, -1)", "np.cumsum(T, axis=1)", "np.cumsum([s, t])"],
    "numpy.cumprod": ["np.cumprod(x)", "np.cumprod(X)", "np.cumprod(X, axis=0)", "np.cumprod(X, -1)", "np.cumprod(m * x)",
                      "np.cumprod(np.where(M, X, 0.0), axis=1)", "np.cumprod(T, axis=2)"],
    "numpy.any": ["np.any(x > 1) * x", "np.any(X > 1, axis=0) * X", "np.any(M, axis=1, keepdims=True) * X"],
    "numpy.all": ["np.all(x > -2) * x", "np.all(X > -1, axis=0) * X", "np.all(m) * s"],
    "numpy.argmax": ["x[np.argmax(x)]", "np.argmax(X, axis=1) * col[:, 0]", "X[np.arange(3), np.argmax(X, axis=1)]"],
    "numpy.argmin": ["x[np.argmin(x)]", "np.argmin(X, axis=0) * X", "X.ravel()[np.argmin(X)]"],
    "numpy.count_nonzero": ["np.count_nonzero(x > 0) * x", "np.count_nonzero(M, axis=1) * col[:, 0]", "np.count_nonzero(x) * s"],
    "numpy.median": ["np.median(x)", "np.median(X)", "np.median(X, axis=0)", "np.median(X, axis=1)", "np.median(T, axis=-1, keepdims=True)",
                     "np.median(X, axis=0, keepdims=True)"],
    "numpy.average": ["np.average(x)", "np.average(x, weights=y)", "np.average(X, axis=1, weights=y[:4])", "np.average(X, weights=Y)",
                      "np.average(X, axis=0, weights=y[:3])", "np.average(X, 0)", "np.average(X, axis=1, weights=Y, keepdims=True)"],
    "numpy.percentile": ["np.percentile(x, 30)", "np.percentile(X, 62.5, axis=0)", "np.percentile(X, 50, axis=1)", "np.percentile(x, [10, 90])",
                         "np.percentile(x, 30, method='lower')", "np.percentile(x, 30, method='nearest')"],
    "numpy.quantile": ["np.quantile(x, 0.3)", "np.quantile(X, 0.6, axis=0)", "np.quantile(X, 0.4, axis=-1, keepdims=True)",
                       "np.quantile(x, 0.3, method='higher')", "np.quantile(x, 0.35, method='midpoint')", "np.quantile(x, [0.1, 0.45])",
                       "np.quantile(x, 1.0)", "np.quantile(x, 0)"],
    **{f"numpy.nan{f}": [f"np.nan{f}(x)", f"np.nan{f}(np.where(m, x, np.nan))", f"np.nan{f}(np.where(M, X, np.nan), axis=0)",
                         f"np.nan{f}(np.where(M, X, np.nan), axis=1, keepdims=True)", f"np.nan{f}(X, axis=(0, 1))"]
       for f in "sum mean max min".split()},
    "numpy.diff": ["np.diff(x)", "np.diff(X)", "np.diff(X, axis=0)", "np.diff(x, n=2)", "np.diff(X, 2, 1)", "np.diff(x, 0)", "np.diff(x, prepend=0.5)"],
    "numpy.trapezoid": ["np.trapezoid(y)", "np.trapezoid(x, dx=0.3)", "np.trapezoid(y, np.cumsum(y))", "np.trapezoid(X, axis=0)",
                        "np.trapezoid(X, v, axis=1)", "np.trapezoid(X, x=np.array([0.0, 0.5, 2.0]), axis=0)"],
    "numpy.gradient": ["np.gradient(x)", "np.gradient(x, 0.5)", "np.gradient(x, np.cumsum(y))", "np.gradient(X, axis=0)", "np.gradient(X, 0.3, axis=1)",
                       "np.gradient(x, edge_order=2)", "np.gradient(X)[0]", "np.gradient(x, np.array([0.0, 1.0, 1.5, 3.0, 3.4]), edge_order=2)"],
    "numpy.convolve": ["np.convolve(x, y)", "np.convolve(x, y[:3])", "np.convolve(x, y[:3], 'same')", "np.convolve(x, y[:3], mode='valid')",
                       "np.convolve(y[:2], x, 'valid')", "np.convolve(y[:2], x, 'same')", "np.convolve(x, [0.5, 0.25])"],
    "numpy.correlate": ["np.correlate(x, y)", "np.correlate(x, y[:3])", "np.correlate(x, y[:3], 'full')", "np.correlate(x, y[:3], mode='same')",
                        "np.correlate(y[:2], x, 'valid')"],
    "numpy.interp": ["np.interp(np.array([0.3, 1.7, 2.9, 9.0]), np.cumsum(y), x)", "np.interp(u * 5, np.array([0.0, 1.0, 2.5, 4.0]), v)",
                     "np.interp(s, np.array([0.0, 1.0, 2.0]), y[:3])", "np.interp(u * 9, np.cumsum(y), x, left=0.0, right=2.0)",
                     "np.interp(-1.0, np.cumsum(y), x)"],
    "numpy.bincount": ["np.bincount(k, weights=x[:4])", "np.bincount(k, x[:4], minlength=7)", "np.bincount(k) * x"],
    "numpy.sort": ["np.sort(x)", "np.sort(X)", "np.sort(X, axis=0)", "np.sort(X, axis=None)", "np.sort(T, axis=1)", "np.sort(x, kind='stable')",
                   "np.sort(x)[::-1]", "np.sort([s, t, 0.2])"],
    "numpy.partition": ["np.partition(x, 2)[2] * s", "np.sum(np.partition(x, 1)[:2])", "np.partition(X, 1, axis=0)[1]"],
    "numpy.argsort": ["x[np.argsort(x)]", "np.argsort(X, axis=0) * X", "y[np.argsort(-x)]"],
    "numpy.argpartition": ["np.sum(x[np.argpartition(x, 2)[:3]])"],
    "numpy.lexsort": ["x[np.lexsort((y, m))]"],
    "numpy.searchsorted": ["np.searchsorted(np.array([-1.0, 0.0, 1.0]), x) * x", "np.searchsorted(np.sort(x), 0.5) * s",
                           "np.searchsorted(np.array([-1.0, 0.0, 1.0]), x, side='right') * y"],
    "numpy.digitize": ["np.digitize(x, np.array([-1.0, 0.0, 1.0])) * x", "y[np.digitize(x, [-1.0, 0.0, 1.0])]"],
    "numpy.nonzero": ["x[np.nonzero(x > 0)]", "x[np.nonzero(m)[0]]", "X[np.nonzero(M)]"],
    "numpy.flatnonzero": ["x[np.flatnonzero(x > 0)]", "np.sum(np.flatnonzero(m)) * s"],
    "numpy.argwhere": ["x[np.argwhere(m)[:, 0]]", "np.sum(np.argwhere(M)) * s"],
}
DOUBLE = {"numpy.interp", "numpy.bincount", "numpy.percentile", "numpy.quantile", "numpy.convolve", "numpy.gradient", "numpy.trapezoid"}
