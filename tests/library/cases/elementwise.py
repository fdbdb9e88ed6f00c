"""Functions that work element by element: on numbers, arrays of every rank, lists, and pairs that broadcast."""

_REAL = ("negative positive absolute abs fabs exp expm1 exp2 square sin cos tan arctan atan sinh cosh tanh arcsinh asinh cbrt "
         "rad2deg deg2rad degrees radians sinc")
_POSITIVE = "log log1p log2 log10 sqrt reciprocal"
_UNIT = "arcsin asin arccos acos arctanh atanh"
_PAIRS = "add subtract multiply maximum minimum fmax fmin logaddexp logaddexp2 hypot arctan2 atan2 copysign"
_QUOTIENTS = "divide true_divide"
_REMAINDERS = "mod remainder fmod"
_POWERS = "power pow float_power"


def _each(functions, *texts):
    return {f"numpy.{f}": [text.replace("f(", f"np.{f}(") for text in texts] for f in functions.split()}


CASES = {
    **_each(_REAL, "f(x)", "f(s)", "f(X)", "f(T[:, :1]) * 2", "f(zero_d)", "f(1.2 * one) * s", "f(f(x) * 0.3)", "f([s, t])",
            "f(k) * v + f(v)", "f(empty)"),
    **_each(_POSITIVE, "f(y)", "f(s)", "f(Y)", "f(zero_d)", "f(2 + f(Y[:, None]))", "f([s, t])", "f(1 + n) * y"),
    **_each(_UNIT, "f(u)", "f(s)", "f(U)", "f(-U)", "f(zero_d)", "f([0.1, s])"),
    **_each("arccosh acosh", "f(1 + y)", "f(t)", "f(1.2 + Y)", "f(1 + zero_d)"),
    **_each(_PAIRS, "f(x, y)", "f(x, s)", "f(t, X)", "f(X, v)", "f(col, v)", "f(row, col)", "f(X, col)", "f(T, X)", "f(s, t)",
            "f(zero_d, x)", "f(one, x)", "f(x, x * y)", "f(x, 2)", "f([s, t], y[:2])", "f(k, v)"),
    **_each(_QUOTIENTS, "f(x, y)", "f(x, t)", "f(s, Y)", "f(X, y[:4])", "f(col, Y)", "f(x, y[:1])", "f(row, col)", "f(s, t)",
            "f(T, Y)", "f(1, x)", "f(n, y)", "f(zero_d, one)"),
    **_each(_REMAINDERS, "f(x, u)", "f(x, t)", "f(t, U + 0.35)", "f(X, y[:4])", "f(col, U + 0.45)", "f(s, 0.31)", "f(-x, u)",
            "f(x, -u)", "f(7 * s, -t)", "f(X, 1)", "f(zero_d, 0.4)"),
    **_each(_POWERS, "f(y, x)", "f(y, 2)", "f(x, 3.0)", "f(y, s)", "f(t, X)", "f(Y, v)", "f(s, t)", "f(x, 2)", "f(Y, col)",
            "f(y, -1.5)", "f(2.0, X)", "f(1.5 + row, col)", "f(x, 0.0) * x", "f(y, np.array([0.0, 1.0, 2.0, 3.0, -1.0]))"),
    "numpy.where": ["np.where(x > 0, x, y)", "np.where(m, x, 0.0)", "np.where(M, X, s)", "np.where(M, col, row)",
                    "np.where(s > 0, x, y)", "np.where(X > 0, np.log(np.abs(X)), X ** 2)",
                    "np.where(x > 0, np.log(x), 0.0) * y", "np.where(M, T, X)", "np.where(m, s, t)",
                    "np.where(col > 0, X, np.where(X > 1, 2 * X, v))", "x * np.sum(np.where(m)[0])", "x[np.where(x > 0)]",
                    "np.where(m, x, 1)", "np.where(m, x, [1.0, 2.0, 3.0, 4.0, 5.0])", "np.where(x > y, x - y, y - x) ** 2",
                    "np.where(M[:, :1], col, 0.0)", "np.where(X > 0)[0] * s", "np.where([True, False], s, t)",
                    "np.where(k == 2, v, 0)"],
    "numpy.clip": ["np.clip(x, -0.5, 1.0)", "np.clip(X, row - 1, col + 3)", "np.clip(x, None, t)", "np.clip(x, s, None)",
                   "np.clip(s, 0, t)", "np.clip(x, a_min=-0.5, a_max=0.5)", "np.clip(x, min=s)", "np.clip(x, max=0.5)",
                   "np.clip(X, -v ** 2, v ** 2)", "np.clip(T, -1, 1)", "np.clip(t, -s, s)", "np.clip(a=x, a_min=-1, a_max=1)",
                   "np.clip(k, 1, 3) * v", "np.clip(x, [-1, -1, 0, 0, -1], 1)", "np.clip(M * X, -s, t)"],
    "numpy.nan_to_num": [
        "np.nan_to_num(x)", "np.nan_to_num(np.where(m, x, np.nan))", "np.nan_to_num(np.where(m, x, np.inf), posinf=2.0)",
        "np.nan_to_num(np.where(m, x, np.nan), nan=3.0)", "np.nan_to_num(X, copy=True)", "np.nan_to_num(s) * t"],
    **_each("floor ceil trunc rint sign fix", "f(x) * x", "f(X * 2.2)", "f(s) * t", "f(zero_d) + x"),
    "numpy.round": ["np.round(x) * x", "np.round(0.97 * X, 1) * X", "np.round(x, decimals=-1) + x", "np.round(s, 1) * s",
                    "np.round(a=x, decimals=1) + x"],
    "numpy.around": ["np.around(x) * x", "np.around(0.97 * X, 1) * X", "np.around(x * 100.3, decimals=-2) * y"],
    "numpy.floor_divide": ["np.floor_divide(x, 0.29) * x", "np.floor_divide(X, v) * X", "np.floor_divide(t, U + 0.35) * s"],
    "numpy.heaviside": ["np.heaviside(x, 0.5) * x", "np.heaviside(X, v)", "np.heaviside(x, s) * t"],
    "numpy.nextafter": ["np.nextafter(x, y) * 0.0 + x", "np.floor(np.nextafter(X, 2.0)) * X"],
    "numpy.spacing": ["np.spacing(k.astype(float)) + v", "np.sign(np.spacing(x)) * x"],
    "numpy.select": [
        "np.select([x < 0, x > 1], [x ** 2, y], s)", "np.select([X < 0, M], [X, row])", "np.select([m], [x], default=1.5)",
        "np.select([x > 1, x > 0, m], [x, 2 * y, np.sin(z)])", "np.select([M, ~M], [X * col, np.log(Y)])",
        "np.select((x < 0, m), (s, t), default=x)"],
    "numpy.piecewise": ["np.piecewise(x, [x < 0, x >= 0], [lambda q: q ** 2, lambda q: 3 * q])",
                        "np.piecewise(x, [x > 1], [lambda q: np.sin(q), 0.5])",
                        "np.piecewise(x, [x < 0, x > 1], [-1.0, lambda q: q * s, lambda q: q + t])",
                        "np.piecewise(X, [M], [s, t])"],
    "numpy.choose": ["np.choose(m.astype(int), [x, y])", "np.choose(np.array([0, 2, 1, 1, 0]), [x, y, z])",
                     "np.choose([0, 1, 1, 0], [v, 2.0])", "np.choose(M.astype(int), [X, row])",
                     "np.choose(np.array([0, 3, -1, 2, 1]), [x, y], mode='wrap')",
                     "np.choose([0, 1, 5, -2], (v, s), mode='clip')"],
}
CASES["numpy.add"] += ["q = np.empty(5)\nnp.add(x, y, out=q)\nr = q", "np.add(x, y, where=m, out=np.zeros(5))"]
CASES["numpy.multiply"] += ["q = x.copy()\nnp.multiply(q, y, out=q)\nr = q * x"]
CASES["numpy.exp"] += ["np.exp(-0.5 * x ** 2) / np.sqrt(2 * np.pi)", "np.exp(x, dtype=float)"]
CASES["numpy.log"] += ["np.log(y, where=y > 1, out=np.zeros(5))", "np.log(np.sum(np.exp(x)))"]
CASES["numpy.maximum"] += ["np.maximum(0, x)", "np.maximum(np.maximum(x, y), z)", "np.maximum.reduce([x, y, z])",
                           "np.maximum(x, k[0])"]
FLOAT64_ONLY = set()
