"""Functions that work element by element: on numbers, arrays of every rank, and pairs that broadcast."""

_ANY = "negative positive absolute abs fabs exp expm1 exp2 square sin cos tan arctan atan sinh cosh tanh arcsinh asinh cbrt " \
       "rad2deg deg2rad degrees radians sinc"
_POSITIVE = "log log1p log2 log10 sqrt reciprocal"
_UNIT = "arcsin asin arccos acos arctanh atanh"

CASES = {
    **{f"numpy.{f}": [f"np.{f}(x)", f"np.{f}(s)", f"np.{f}(X)", f"np.{f}(T[:, :1]) * 2", f"np.{f}(zero_d)", f"np.{f}(1.2 * one) * s"]
       for f in _ANY.split()},
    **{f"numpy.{f}": [f"np.{f}(y)", f"np.{f}(s)", f"np.{f}(Y)", f"np.{f}(zero_d)"] for f in _POSITIVE.split()},
    **{f"numpy.{f}": [f"np.{f}(u)", f"np.{f}(s)", f"np.{f}(U)", f"np.{f}(-U)"] for f in _UNIT.split()},
    **{f"numpy.{f}": [f"np.{f}(1 + y)", f"np.{f}(t)", f"np.{f}(1 + Y)"] for f in ("arccosh", "acosh")},
    **{f"numpy.{f}": [f"np.{f}(x, y)", f"np.{f}(x, s)", f"np.{f}(t, X)", f"np.{f}(X, v)", f"np.{f}(col, v)", f"np.{f}(row, col)",
                      f"np.{f}(X, col)", f"np.{f}(T, X)", f"np.{f}(s, t)", f"np.{f}(zero_d, x)", f"np.{f}(one, x)"]
       for f in "add subtract multiply maximum minimum fmax fmin logaddexp logaddexp2 hypot arctan2 atan2 copysign".split()},
    **{f"numpy.{f}": [f"np.{f}(x, y)", f"np.{f}(x, t)", f"np.{f}(s, Y)", f"np.{f}(X, Y[0])", f"np.{f}(col, Y)", f"np.{f}(s, t)",
                      f"np.{f}(-x, y)"]
       for f in "divide true_divide mod remainder fmod".split()},
    **{f"numpy.{f}": [f"np.{f}(y, x)", f"np.{f}(y, 2)", f"np.{f}(y, s)", f"np.{f}(t, X)", f"np.{f}(Y, v)", f"np.{f}(s, t)"]
       for f in "power pow float_power".split()},
    "numpy.where": ["np.where(x > 0, x, y)", "np.where(m, x, 0.0)", "np.where(M, X, s)", "np.where(M, col, row)", "np.where(s > 0, x, y)",
                    "np.where(X > 0, np.log(np.abs(X)), X ** 2)", "np.sum(np.where(m)[0]) * x", "x[np.where(x > 0)]"],
    "numpy.clip": ["np.clip(x, -0.5, 1.0)", "np.clip(X, row - 1, col + 3)", "np.clip(x, None, t)", "np.clip(x, s, None)", "np.clip(s, 0, t)",
                   "np.clip(x, a_min=-0.5, a_max=0.5)"],
    "numpy.nan_to_num": ["np.nan_to_num(x)", "np.nan_to_num(np.where(m, x, np.nan))", "np.nan_to_num(np.where(m, x, np.inf), posinf=2.0)",
                         "np.nan_to_num(np.where(m, x, np.nan), nan=3.0)"],
    **{f"numpy.{f}": [f"np.{f}(x) * x", f"np.{f}(X * 2.2)", f"np.{f}(s) * t"] for f in "floor ceil trunc rint sign fix".split()},
    "numpy.round": ["np.round(x) * x", "np.round(X, 1) * X", "np.round(x, decimals=-1)", "np.round(s, 1) * s"],
    "numpy.around": ["np.around(x) * x", "np.around(X, 1) * X"],
    "numpy.floor_divide": ["np.floor_divide(x, 0.29) * x", "np.floor_divide(X, v) * X"],
    "numpy.heaviside": ["np.heaviside(x, 0.5) * x", "np.heaviside(X, v)"],
    "numpy.nextafter": ["np.nextafter(x, y)", "np.nextafter(X, 2.0)"],
    "numpy.spacing": ["np.spacing(x) + x"],
    **{f"numpy.{f}": [f"np.{f}(x) * x", f"np.sum(np.{f}(X)) * s"]
       for f in "isfinite isnan isinf isneginf isposinf signbit logical_not isreal iscomplex".split()},
    **{f"numpy.{f}": [f"np.{f}(x > 0, y > 1) * x", f"np.{f}(X > 0, v > 0) * X"] for f in "logical_and logical_or logical_xor".split()},
    **{f"numpy.{f}": [f"np.{f}(x, y) * x", f"np.{f}(X, v) * X", f"np.{f}(x, 0.3) * y"]
       for f in "greater greater_equal less less_equal equal not_equal".split()},
    "numpy.isclose": ["np.isclose(x, y) * x", "np.isclose(X, X + 1e-9) * X", "np.isclose(x, y, atol=0.5) * x"],
    "numpy.allclose": ["x * np.allclose(x, y)", "x * np.allclose(x, x + 1e-9, rtol=1e-3)", "x if np.allclose(X, X) else y"],
    "numpy.select": ["np.select([x < 0, x > 1], [x ** 2, y], s)", "np.select([X < 0, M], [X, row])", "np.select([m], [x], default=1.5)"],
    "numpy.piecewise": ["np.piecewise(x, [x < 0, x >= 0], [lambda q: q ** 2, lambda q: 3 * q])",
                        "np.piecewise(x, [x > 1], [lambda q: np.sin(q), 0.5])"],
    "numpy.choose": ["np.choose(m.astype(int), [x, y])", "np.choose(np.array([0, 2, 1, 1, 0]), [x, y, z])"],
}
DOUBLE = {"numpy.sinc", "numpy.float_power", "numpy.nextafter", "numpy.spacing", "numpy.logaddexp2"}
